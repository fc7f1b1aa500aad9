/**
 * The command line in a thread of the tests' own process: it runs one command after the other, as bin/ckpt.js would, on a
 * console that keeps what is written. The tests wait for it without giving up their turn, so that a call is an ordinary
 * call; and what is under test is what the build made.
 */
const { workerData } = require('node:worker_threads');
const fs = require('node:fs');

/** Bytes that commands have read from files, here and not in threads of their own. */
let bytesRead = 0;
const { readSync } = fs;
fs.readSync = (...args) => {
  const count = readSync(...args);
  bytesRead += count;
  return count;
};
const { main } = require(workerData.bin);

/** A console that gives `stdin`, and keeps the output; on a terminal both streams arrive together. */
function recordingConsole({ env, stdin, columns }) {
  const written = { stdout: [], stderr: [] };
  let rest = new TextEncoder().encode(stdin ?? '');
  return {
    written,
    env,
    write: (stream, bytes) => written[columns === undefined ? stream : 'stdout'].push(Buffer.from(bytes)),
    columnsOf: () => columns,
    readInto(target) {
      const part = rest.subarray(0, target.length);
      rest = rest.subarray(part.length);
      target.set(part);
      return part.length;
    },
  };
}

async function run({ args, counted, ...connected }) {
  const console = recordingConsole(connected);
  bytesRead = 0;
  const more = () => (counted ? { bytesRead } : {});
  const textOf = (stream) => Buffer.concat(console.written[stream]).toString('utf8');
  try {
    const code = await main(args, console);
    return { stdout: textOf('stdout'), stderr: textOf('stderr'), code, ...more() };
  } catch (error) {
    return { stdout: textOf('stdout'), stderr: `${textOf('stderr')}${error.stack}\n`, code: null, ...more() };
  }
}

const { port, signal } = workerData;
port.on('message', async (request) => {
  port.postMessage(await run(request));
  Atomics.store(signal, 0, 1);
  Atomics.notify(signal, 0);
});
