/**
 * The table on a terminal. `script` makes a pseudo terminal once, and the same measuring as everywhere runs inside of it,
 * node doing nothing included: so neither time contains the making of the terminal.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { childEnvironment } from '../environment.mjs';
import { checkEnd } from '../measure.mjs';
import { comparison, skipped } from '../report.mjs';

const INSIDE = fileURLToPath(new URL('../in-terminal.mjs', import.meta.url));
const NAME = '`list`, 200 tensors, table on a terminal';

/** The one whose options are used here; others of the name take others. */
function hasScript() {
  return /util-linux/.test(spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout ?? '');
}

const quoted = (word) => `'${word.replaceAll("'", "'\\''")}'`;

/** Times of jobs, as {@link measure} gives them, taken on a terminal of 120 columns. */
function measureInTerminal(bench, jobs, rounds) {
  const order = bench.scratch.path('terminal-jobs.json');
  const answer = bench.scratch.path('terminal-times.json');
  writeFileSync(order, JSON.stringify({ jobs, rounds }));
  const inside = [process.execPath, INSIDE, order, answer].map(quoted).join(' ');
  const command = ['script', '-qec', `stty cols 120 rows 50; ${inside}`, '/dev/null'];
  const options = { encoding: 'utf8', env: childEnvironment(), maxBuffer: 2 ** 30 };
  const result = spawnSync(command[0], command.slice(1), options);
  checkEnd(['script', ...command.slice(2)], { ...result, stderr: result.stdout?.slice(-2000) });
  return bench.timesOf(JSON.parse(readFileSync(answer, 'utf8')));
}

export const terminal = {
  name: 'terminal',
  rows(bench) {
    if (!hasScript()) return [skipped(NAME, 'no `script` of util-linux to make a pseudo terminal with')];
    const list = bench.ckpt('list', bench.scratch.manyTensors(200));
    const jobs = [
      { id: 'node', command: bench.node('0'), stdout: 'inherit' },
      { id: 'table', command: list, stdout: 'inherit' },
    ];
    const times = measureInTerminal(bench, jobs, bench.rounds.small);
    return [
      comparison({
        name: NAME,
        ours: times.get('table').median,
        baseline: times.get('node').median,
        than: 'node -e 0 there',
        limit: { atMost: 4 },
      }),
    ];
  },
};
