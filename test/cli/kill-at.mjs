/** Loaded before a command: kills the process before one of its calls that change a file system, CKPT_KILL_AT; tells how many there were. */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

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
  'fchmodSync',
];
const at = Number(process.env.CKPT_KILL_AT);
let calls = 0;
for (const name of CHANGING) {
  const original = fs[name];
  fs[name] = (...args) => {
    if (calls++ === at) process.kill(process.pid, 'SIGKILL');
    return original(...args);
  };
}
syncBuiltinESMExports();
process.on('exit', () => process.stderr.write(`calls: ${calls}\n`));
