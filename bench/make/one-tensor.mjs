/**
 * Makes a checkpoint whose only tensor spans the data file of another: a hard link, and an index whose checksum is joined
 * from those of the parts. So a tensor of gibibytes takes no room of its own.
 */
import { linkSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { entryBytes, source } from './source.mjs';

const [root, prefix, partsPrefix] = process.argv.slice(2);
const { openCheckpoint } = await import(pathToFileURL(join(root, 'dist/index.js')).href);
const modules = await source(
  root,
  'bytes/crc32c.ts',
  'bytes/byte-writer.ts',
  'bytes/source.ts',
  'sstable/table-writer.ts',
  'proto/bundle.ts',
);
const { crc32cCombine, encodeBundleHeader, maskCrc, MemorySink, TableWriter } = modules;

const FLOAT32 = 1;
const COLUMNS = 1024;
const DATA = '.data-00000-of-00001';

const parts = await openCheckpoint(partsPrefix);
const runs = [...parts.tensors.values()].map(({ stored }) => stored).sort((a, b) => a.offset - b.offset);
const crc = runs.reduce((sum, run) => crc32cCombine(sum, run.crc32c, run.byteLength), 0);
parts.close();

rmSync(prefix + DATA, { force: true });
linkSync(partsPrefix + DATA, prefix + DATA);
const { size } = statSync(prefix + DATA);
const sink = new MemorySink();
const table = new TableWriter(sink);
table.add(new Uint8Array(0), encodeBundleHeader(1));
const shape = [size / 4 / COLUMNS, COLUMNS];
const entry = { dtype: FLOAT32, shape, shardId: 0, offset: 0, size, crc32c: maskCrc(crc), slices: [] };
table.add(new TextEncoder().encode('embeddings'), entryBytes(modules, entry));
table.finish();
writeFileSync(`${prefix}.index`, sink.toBytes());
