/** Makes a checkpoint of as many float32 scalars as are wanted, each with its number in it. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [root, prefix, count] = process.argv.slice(2);
const { dtypeOf, tensorOfBytes, writeCheckpoint } = await import(pathToFileURL(join(root, 'dist/index.js')).href);

const tensors = new Map();
for (let i = 0; i < Number(count); i++) {
  const name = `model/bert/encoder/layer_${String(i).padStart(7, '0')}/attention/output/kernel`;
  tensors.set(name, tensorOfBytes(dtypeOf('float32'), [], new Uint8Array(Float32Array.of(i).buffer)));
}
await writeCheckpoint(prefix, tensors);
