/** Work that must grow as its input does: exact names and globs by the thousand, at growing sizes, against the plain listing. */
import { writeFileSync } from 'node:fs';
import { comparison } from '../report.mjs';

/** The last of many names: those of the first layers, as bench/make/many-tensors.mjs has them. */
function namesFile(bench, prefix, count) {
  const path = bench.scratch.path(`names-${count}.txt`);
  const names = bench
    .output(bench.ckpt('list', prefix, '--names'))
    .split('\n')
    .slice(0, count);
  writeFileSync(path, `${names.join('\n')}\n`);
  return path;
}

export const patterns = {
  name: 'patterns',
  rows(bench) {
    const tensors = Math.min(bench.sizes.tensors.at(-1), 100_000);
    const prefix = bench.scratch.manyTensors(tensors);
    const counts = [1_000, 10_000, 100_000].filter((count) => count <= tensors);
    const job = (id, ...args) => ({ id, command: bench.ckpt(...args), stdout: bench.pipe });
    const times = bench.time(
      [
        job('list', 'list', prefix, '--tsv'),
        ...counts.map((count) =>
          job(`${count}`, 'list', prefix, '--tsv', '--patterns-from', namesFile(bench, prefix, count)),
        ),
        job('globs', 'list', prefix, '--tsv', '**/layer_0*/**', '!**/bias/**', '**/kernel*'),
      ],
      bench.rounds.slow,
    );
    const row = (id, name) =>
      comparison({
        name: `\`list --tsv\` of ${tensors.toLocaleString('en-US').replaceAll(',', ' ')} tensors, ${name}`,
        ours: times.get(id).median,
        baseline: times.get('list').median,
        than: 'without patterns',
        limit: { atMost: 3 },
      });
    return [...counts.map((count) => row(`${count}`, `${count} exact names`)), row('globs', 'three globs')];
  },
};
