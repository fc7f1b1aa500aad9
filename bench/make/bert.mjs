/** The variables of BERT, and an index of tensors whose data file has its length and no content: a listing does not read it. */
import { closeSync, ftruncateSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { entryBytes, source } from './source.mjs';

export const WIDTH = 768;
export const INNER = 3072;
/** What the optimizer of BERT calls a variable and its slots. */
export const SLOTS = ['', '/adam_m', '/adam_v'];

const dense = (scope, from, to) => [
  [`${scope}/kernel`, [from, to]],
  [`${scope}/bias`, [to]],
];
const norm = (scope) => [
  [`${scope}/gamma`, [WIDTH]],
  [`${scope}/beta`, [WIDTH]],
];
const LAYER = [
  ...dense('attention/self/query_projection', WIDTH, WIDTH),
  ...dense('attention/self/key_projection', WIDTH, WIDTH),
  ...dense('attention/self/value_projection', WIDTH, WIDTH),
  ...dense('attention/output/dense_projection', WIDTH, WIDTH),
  ...norm('attention/output/LayerNorm'),
  ...dense('intermediate/feed_forward_dense', WIDTH, INNER),
  ...dense('output/feed_forward_dense', INNER, WIDTH),
  ...norm('output/LayerNorm'),
];

/** Name and shape of the variables of a layer. */
export const bertLayer = (scope) => LAYER.map(([name, shape]) => [`${scope}/${name}`, shape]);

/** Writes what lies at the start of the data file, and gives it its length, where the file system can hold a file so long. */
function makeDataFile(path, content, length) {
  const fd = openSync(path, 'w');
  try {
    writeSync(fd, content);
    ftruncateSync(fd, length);
  } catch {
    // a listing needs no data file
  }
  closeSync(fd);
}

/**
 * Writes an index of tensors, each a name, a shape and the number of its dtype, with made-up checksums; `strings` are names
 * and contents of string scalars, which are written.
 */
export async function writeIndex(root, prefix, tensors, strings = []) {
  const modules = await source(
    root,
    'bytes/byte-writer.ts',
    'bytes/source.ts',
    'sstable/table-writer.ts',
    'proto/bundle.ts',
    'tensor/strings.ts',
  );
  const { encodeBundleHeader, encodeStrings, MemorySink, TableWriter } = modules;
  const contents = strings.map(([, bytes]) => encodeStrings([bytes]));
  let crc32c = 1;
  let offset = 0;
  const entries = [...strings.map(([name], i) => [name, [], 7, contents[i].length]), ...tensors].map(
    ([name, shape, dtype, bytes]) => {
      const size = bytes ?? shape.reduce((product, length) => product * length, dtype === 9 ? 8 : 4);
      crc32c = Math.imul(crc32c, 2654435761) >>> 0;
      const entry = { dtype, shape, shardId: 0, offset, size, crc32c, slices: [] };
      offset += size;
      return [name, entry];
    },
  );
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  const sink = new MemorySink();
  const table = new TableWriter(sink);
  table.add(new Uint8Array(0), encodeBundleHeader(1));
  const encoder = new TextEncoder();
  for (const [name, entry] of entries) table.add(encoder.encode(name), entryBytes(modules, entry));
  table.finish();
  makeDataFile(`${prefix}.data-00000-of-00001`, Buffer.concat(contents), offset);
  writeFileSync(`${prefix}.index`, sink.toBytes());
}
