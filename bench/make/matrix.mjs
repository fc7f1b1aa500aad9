/** Makes a checkpoint of one float32 [1000,1000]; its data file is what numpy reads to print the same. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { normalFloats } from './normal-floats.mjs';

const [root, prefix] = process.argv.slice(2);
const { dtypeOf, tensorOfBytes, writeCheckpoint } = await import(pathToFileURL(join(root, 'dist/index.js')).href);

const floats = normalFloats(1_000_000);
const tensor = tensorOfBytes(dtypeOf('float32'), [1000, 1000], new Uint8Array(floats.buffer));
await writeCheckpoint(prefix, new Map([['matrix', tensor]]));
