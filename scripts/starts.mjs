/** Which chunks the quickest commands load: one more costs a start a part of a millisecond, and is soon taken by accident. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** Commands, with NAMES for a checkpoint, FILE for a file of safetensors and OUT for an output, and the chunks that each may load. */
const STARTS = {
  'list NAMES': 'core',
  'list FILE': 'core safetensors',
  'list --help': 'core',
  'rename NAMES --add-prefix a/ --link -o OUT': 'core rename',
  'print NAMES **[:2]': 'core print paths values',
  'set NAMES weights=zeros --link -o OUT': 'core edits rename operate write-contents recorded-checksum',
};

const PROGRAM = `
  const [bin, ...args] = process.argv.slice(1);
  const { chunks, main } = require(bin);
  main(args).then((code) => {
    if (code !== 0) process.exit(1);
    require('node:fs').writeSync(3, chunks().map(([id]) => id.slice('./'.length, -'.cjs'.length)).join(' '));
  });`;

/** Runs each command, with a folder for outputs, and throws where it loads a chunk that it may not. */
export function checkStarts(root, { checkpoint, safetensors }, folder) {
  for (const [i, [command, allowed]] of Object.entries(STARTS).entries()) {
    const words = { NAMES: checkpoint, FILE: safetensors, OUT: join(folder, `start-${i}`) };
    const args = command.split(' ').map((word) => words[word] ?? word);
    const stdio = ['ignore', 'ignore', 'pipe', 'pipe'];
    const { status, output } = spawnSync(process.execPath, ['-e', PROGRAM, join(root, 'bin/ckpt.js'), ...args], {
      stdio,
    });
    if (status !== 0) throw new Error(`ckpt ${command} failed: ${output?.[2]}`);
    const more = `${output[3]}`.split(' ').filter((chunk) => !allowed.split(' ').includes(chunk));
    if (more.length > 0)
      throw new Error(`ckpt ${command} loads ${more.join(', ')}: say in chunks.mjs what lies nearer`);
  }
}
