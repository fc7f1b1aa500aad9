/** What it takes to start: a listing, the help and the version, each written into a pipe, and the library; against node doing nothing. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { comparison } from '../report.mjs';

const CASES = [
  { id: 'list', name: '`list`, 200 tensors, into a pipe', limit: 1.4 },
  { id: 'help', name: '`--help`', limit: 1.6 },
  { id: 'version', name: '`--version`', limit: 1.6 },
  { id: 'library', name: "`import 'ckpt'`", limit: 1.6 },
];

export const startUp = {
  name: 'start-up',
  rows(bench) {
    const prefix = bench.scratch.manyTensors(200);
    const job = (id, ...args) => ({ id, command: bench.ckpt(...args), stdout: bench.pipe });
    const nothing = { id: 'node', command: bench.node('0'), stdout: bench.pipe };
    const program = `${prefix}.mjs`;
    writeFileSync(program, `import ${JSON.stringify(pathToFileURL(join(bench.root, 'dist/index.js')).href)};\n`);
    const library = { id: 'library', command: [process.execPath, program], stdout: bench.pipe };
    const jobs = [nothing, job('list', 'list', prefix), job('help', '--help'), job('version', '--version'), library];
    const times = bench.time([...jobs, { id: 'true', command: ['true'] }], bench.rounds.small);
    bench.note(
      `Every time includes ${times.get('true').median.toFixed(1)} ms that starting and awaiting any process takes here.`,
    );
    const baseline = times.get('node').median;
    return CASES.map(({ id, name, limit }) =>
      comparison({
        name,
        ours: times.get(id).median,
        baseline,
        than: 'node -e 0',
        limit: { atMost: limit },
      }),
    );
  },
};
