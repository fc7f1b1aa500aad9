/** Looking into values: statistics against checking the same bytes, and comparing two checkpoints against reading both. */
import { linkSync, rmSync } from 'node:fs';
import { readThrough } from '../environment.mjs';
import { mebibytes, plainValue } from '../report.mjs';
import { speed } from './surgery.mjs';

const dataOf = (prefix) => `${prefix}.data-00000-of-00001`;

function statsRows(bench, prefix) {
  const jobs = [
    { id: '`verify`', command: bench.ckpt('verify', prefix) },
    { id: 'stats', command: bench.ckpt('stats', prefix, '--tsv') },
    { id: 'json', command: bench.ckpt('stats', prefix, '--json') },
  ];
  const times = bench.time(jobs, bench.rounds.large);
  const title = `float32, ${bench.sizeText(bench.sizes.medium)}`;
  return [
    speed(`speed of \`stats\` of ${title}`, times, 'stats', '`verify`', { atLeast: 0.5 }),
    speed(`speed of \`stats --json\` of ${title}, percentiles too`, times, 'json', '`verify`'),
  ];
}

/** Equal ones have the same bytes under another name; the others differ in every number. */
function diffRows(bench, prefix, other) {
  const equal = bench.scratch.path('equal');
  for (const ending of ['.index', '.data-00000-of-00001']) {
    rmSync(equal + ending, { force: true });
    linkSync(prefix + ending, equal + ending);
  }
  const answer = { exitCode: 1 };
  const jobs = [
    { id: '`cat` of both', command: ['cat', dataOf(prefix), dataOf(other)] },
    { id: 'equal', command: bench.ckpt('diff', '--values', prefix, equal) },
    { id: 'differ', command: bench.ckpt('diff', '--values', prefix, other), ...answer },
  ];
  const times = bench.time(jobs, bench.rounds.large);
  const title = `twice ${bench.sizeText(bench.sizes.medium)}`;
  return [
    speed(`speed of \`diff --values\` of two equal ones, ${title}`, times, 'equal', '`cat` of both', { atLeast: 0.9 }),
    speed(`the same where every number differs`, times, 'differ', '`cat` of both', { atLeast: 0.3 }),
  ];
}

export const values = {
  name: 'values',
  async rows(bench) {
    const bytes = bench.sizes.medium;
    const [prefix, other] = [bench.scratch.largeTensors(bytes), bench.scratch.otherTensors(bytes)];
    readThrough([dataOf(prefix), dataOf(other)]);
    const peak = (name, ...args) =>
      bench
        .peakMemory({ command: bench.ckpt(...args) })
        .then((ours) =>
          plainValue({ name: `peak memory of \`${name}\``, ours, format: mebibytes, limit: { atMost: 120 } }),
        );
    return [
      ...statsRows(bench, prefix),
      ...diffRows(bench, prefix, other),
      await peak('stats --json', 'stats', bench.scratch.oneTensor(bytes), '--json'),
    ];
  },
};
