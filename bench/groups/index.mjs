/**
 * A large index: listing it against a process that only reads its file, peak memory, and what a tensor costs in a small
 * index and in a large one.
 */
import { statSync } from 'node:fs';
import { comparison, mebibytes, microseconds, plainValue } from '../report.mjs';

const READ = 'require("fs").readFileSync(process.argv[1])';

/** One round more costs little where an index is small, and the few milliseconds above the start need many. */
const REPEATS = 3;

/** Two costs a tensor are called the same up to this factor. */
const SAME = 1.1;

const countText = (count) => count.toLocaleString('en-US').replaceAll(',', ' ');

function listJob(bench, count, format) {
  const command = bench.ckpt('list', bench.scratch.manyTensors(count), `--${format}`);
  return { id: `${format} ${count}`, command, stdout: bench.pipe };
}

async function largeRows(bench, count, entryBytes, times) {
  const than = 'node, reading the file';
  const baseline = times.get('read').median;
  const row = (format, limit) =>
    comparison({
      name: `\`list --${format}\`, ${countText(count)} tensors, ${entryBytes.toFixed(0)} bytes each on disk`,
      ours: times.get(`${format} ${count}`).median,
      baseline,
      than,
      limit: { atMost: limit },
    });
  const memory = plainValue({
    name: `peak memory of \`list --tsv\`, ${countText(count)} tensors`,
    ours: await bench.peakMemory(listJob(bench, count, 'tsv')),
    format: mebibytes,
    limit: { atMost: 200 },
  });
  return [row('tsv', 10), memory, row('json', 20)];
}

/** Rows of what each tensor costs above the start-up, which is a listing of one tensor. */
function perTensorRows(counts, small, large) {
  const costs = counts.map((count) => {
    const times = small.has(`tsv ${count}`) ? small : large;
    const above = times.get(`tsv ${count}`).median - times.get('tsv 1').median;
    return { count, cost: (above * 1000) / count };
  });
  const rows = costs.map(({ count, cost }) =>
    plainValue({ name: `cost of each of ${countText(count)} tensors`, ours: cost, format: microseconds }),
  );
  const first = costs[0];
  const last = costs.at(-1);
  const whole = comparison({
    name: `cost of a tensor: one of ${countText(last.count)}`,
    ours: last.cost,
    baseline: first.cost,
    than: `one of ${countText(first.count)}`,
    format: microseconds,
    limit: { atMost: SAME },
  });
  return [...rows, whole];
}

export const index = {
  name: 'index',
  async rows(bench) {
    const counts = bench.sizes.tensors;
    const most = counts.at(-1);
    const path = `${bench.scratch.manyTensors(most)}.index`;
    const one = listJob(bench, 1, 'tsv');
    const large = bench.time(
      [
        { id: 'read', command: [process.execPath, '-e', READ, path], stdout: bench.pipe },
        ...counts.slice(2).map((count) => listJob(bench, count, 'tsv')),
        listJob(bench, most, 'json'),
        one,
      ],
      bench.rounds.large,
    );
    const small = bench.time(
      [one, ...counts.slice(0, 2).map((count) => listJob(bench, count, 'tsv'))],
      bench.rounds.small * REPEATS,
    );
    const entryBytes = statSync(path).size / most;
    bench.note(
      'Names of a large index are 70 bytes long; a listing goes into a pipe that is read as fast as it fills.',
    );
    bench.note('The cost of a tensor is the time of `list --tsv` less that of listing a single tensor, divided.');
    return [...(await largeRows(bench, most, entryBytes, large)), ...perTensorRows(counts, small, large)];
  },
};
