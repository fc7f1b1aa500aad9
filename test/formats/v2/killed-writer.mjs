/**
 * A process that writes a checkpoint and is killed on the way: from outside at any time, or by itself before a given call
 * to the file system. Works on the built library, as users have it.
 *
 * node killed-writer.mjs PREFIX BYTES FILL [CALL]
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const [prefix, bytes, fill, call] = process.argv.slice(2);
const CHANGING = [
  'openSync',
  'writeSync',
  'fsyncSync',
  'closeSync',
  'renameSync',
  'rmSync',
  'mkdirSync',
  'linkSync',
  'writeFileSync',
];

let calls = 0;
let counting = false;
if (call !== undefined) {
  // Before the library is loaded: parts of it keep the functions that they find.
  for (const name of CHANGING) {
    const original = fs[name];
    fs[name] = (...args) => {
      if (counting && calls++ === Number(call)) process.kill(process.pid, 'SIGKILL');
      return original(...args);
    };
  }
  syncBuiltinESMExports();
}

const { tensorOfBytes, dtypeOf, writeCheckpoint } = await import('../../../dist/index.js');

const tensors = new Map();
for (let i = 0; i < 6; i++) {
  const content = new Uint8Array(Number(bytes)).fill(Number(fill) + i);
  tensors.set(`tensor_${i}`, tensorOfBytes(dtypeOf('uint8'), [content.length], content));
}
process.stdout.write('ready');
counting = true;
await writeCheckpoint(prefix, tensors, { force: true, shards: 3 });
process.stdout.write(` ${calls}`);
