/**
 * Makes a checkpoint with the index of a very deep BERT: sixteen variables a layer, each with two slots of Adam. The data
 * file has its length and no content, since a listing does not read it; the checksums are made up.
 */
import { closeSync, ftruncateSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [root, prefix, count] = process.argv.slice(2);
const load = (path) => import(pathToFileURL(join(root, 'dist', path)).href);
const { AtomicFiles } = await load('io/atomic-files.js');
const { TableWriter } = await load('sstable/table-writer.js');
const { encodeBundleEntry, encodeBundleHeader } = await load('proto/bundle.js');

const FLOAT32 = 1;
const WIDTH = 768;
const INNER = 3072;
const SLOTS = ['', '/adam_m', '/adam_v'];

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

/** Name and shape of tensor after tensor, layer by layer. */
function* tensors() {
  for (let layer = 0; ; layer++) {
    const scope = `model/bert/encoder/layer_${String(layer).padStart(6, '0')}`;
    for (const [name, shape] of LAYER) for (const slot of SLOTS) yield [`${scope}/${name}${slot}`, shape];
  }
}

function firstOf(items, most) {
  const first = [];
  for (const item of items) {
    if (first.length === most) break;
    first.push(item);
  }
  return first;
}

/** Gives the data file its length, where the file system can hold a file so long with nothing in it. */
function makeDataFile(path, length) {
  const fd = openSync(path, 'w');
  try {
    ftruncateSync(fd, length);
  } catch {
    // a listing needs no data file
  }
  closeSync(fd);
}

const sorted = firstOf(tensors(), Number(count)).sort(([a], [b]) => (a < b ? -1 : 1));
const files = new AtomicFiles();
const table = new TableWriter(files.create(`${prefix}.index`));
table.add(new Uint8Array(0), encodeBundleHeader(1));
const encoder = new TextEncoder();
let offset = 0;
let crc32c = 1;
for (const [name, shape] of sorted) {
  const size = shape.reduce((product, length) => product * length, 4);
  crc32c = Math.imul(crc32c, 2654435761) >>> 0;
  table.add(
    encoder.encode(name),
    encodeBundleEntry({ dtype: FLOAT32, shape, shardId: 0, offset, size, crc32c, slices: [] }),
  );
  offset += size;
}
table.finish();
makeDataFile(`${prefix}.data-00000-of-00001`, offset);
files.commit();
