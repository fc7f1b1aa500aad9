/**
 * What the bench times of the engine, each in a process of its own, which leaves the seconds that the step itself took:
 *
 *     node engine-program.mjs ROOT STEP CHECKPOINT OUTPUT REPORT
 *
 * Steps: `save` (the variables of a checkpoint, which are restored before the clock starts) and `restore`; `write` and `read` do
 * the same with the bytes of the data file and nothing else.
 */
import { closeSync, openSync, readSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [root, step, checkpoint, output, report] = process.argv.slice(2);
const { openCheckpoint, Saver, Variable, zeros } = await import(pathToFileURL(join(root, 'dist/index.js')).href);

const CHUNK = 2 ** 19;

async function variablesOf(path) {
  const opened = await openCheckpoint(path);
  const variables = [...opened.tensors].map(
    ([name, { dtype, shape }]) => new Variable(zeros(shape), { name, dtype: dtype.name }),
  );
  opened.close();
  return variables;
}

/** The bytes of the data file in memory, as many arrays as there are chunks. */
function readAll(path) {
  const fd = openSync(path, 'r');
  const bytes = new Uint8Array(statSync(path).size);
  for (let at = 0; at < bytes.length; at += CHUNK) readSync(fd, bytes, at, Math.min(CHUNK, bytes.length - at), at);
  closeSync(fd);
  return bytes;
}

function writeAll(path, bytes) {
  const fd = openSync(path, 'w');
  for (let at = 0; at < bytes.length; at += CHUNK) writeSync(fd, bytes, at, Math.min(CHUNK, bytes.length - at));
  closeSync(fd);
}

const data = `${checkpoint}.data-00000-of-00001`;
const steps = {
  save: async () => {
    const saver = new Saver(await variablesOf(checkpoint));
    await saver.restore(checkpoint);
    return () => saver.save(output);
  },
  restore: async () => {
    const saver = new Saver(await variablesOf(checkpoint));
    return () => saver.restore(checkpoint);
  },
  write: async () => {
    const bytes = readAll(data);
    return () => writeAll(output, bytes);
  },
  read: async () => () => readAll(data),
};

const run = await steps[step]();
const start = process.hrtime.bigint();
await run();
writeFileSync(report, String(Number(process.hrtime.bigint() - start) / 1e9));
