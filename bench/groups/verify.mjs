/**
 * Checking every byte, against `cat` reading the same files: with the files cached, and, where this process may drop the
 * caches, from the disk.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { dropCaches, memoryForCache, readThrough } from '../environment.mjs';
import { comparison, mebibytes, plainValue, skipped } from '../report.mjs';

/** What the system must have left beside the cached files. */
const SPARE_BYTES = 2 ** 30;

/** Two peaks of memory are called the same up to this factor. */
const SAME = 1.1;

const filesOf = (prefix) => [`${prefix}.data-00000-of-00001`, `${prefix}.index`];

function jobsOf(bench, prefix, before) {
  return [
    { id: 'verify', command: bench.ckpt('verify', prefix), before },
    { id: 'cat', command: ['cat', ...filesOf(prefix)], before },
  ];
}

function speedRow(name, times, limit) {
  const [ours, baseline] = [times.get('verify').median, times.get('cat').median];
  return comparison({ name, ours, baseline, than: 'cat', limit: { atLeast: limit }, inverse: true });
}

/** Drops the caches, then brings back all but the checkpoint: the programs themselves are not to be read from the disk. */
function coldStart(bench) {
  const small = bench.scratch.manyTensors(1);
  const code = join(bench.root, 'dist/cli');
  return () => {
    dropCaches();
    readThrough([...readdirSync(code).map((file) => join(code, file)), `${small}.index`]);
    bench.run(bench.ckpt('verify', '--help'));
  };
}

function warm(bench, prefix) {
  const name = `speed of \`verify\`, ${bench.sizeText(bench.sizes.large)}, cached`;
  const room = memoryForCache();
  if (room !== undefined && room < bench.sizes.large + SPARE_BYTES) {
    return skipped(name, 'there is not enough memory to cache the files');
  }
  dropCaches();
  readThrough(filesOf(prefix));
  return speedRow(name, bench.time(jobsOf(bench, prefix), bench.rounds.large), 0.95);
}

function cold(bench, prefix) {
  const name = `speed of \`verify\`, ${bench.sizeText(bench.sizes.large)}, from the disk`;
  if (!dropCaches()) return skipped(name, 'only root may drop the caches, on Linux');
  return speedRow(name, bench.time(jobsOf(bench, prefix, coldStart(bench)), bench.rounds.large), 0.9);
}

async function memoryRows(bench) {
  const { medium, large } = bench.sizes;
  const peaks = [];
  for (const bytes of [medium, large]) {
    const prefix = bench.scratch.largeTensors(bytes);
    readThrough(filesOf(prefix));
    peaks.push(await bench.peakMemory({ command: bench.ckpt('verify', prefix) }));
  }
  const name = (bytes) => `peak memory of \`verify\`, ${bench.sizeText(bytes)}`;
  return [
    plainValue({ name: name(medium), ours: peaks[0], format: mebibytes, limit: { atMost: 100 } }),
    plainValue({ name: name(large), ours: peaks[1], format: mebibytes, limit: { atMost: 100 } }),
    comparison({
      name: `${name(large)}, against ${bench.sizeText(medium)}`,
      ours: peaks[1],
      baseline: peaks[0],
      than: `for ${bench.sizeText(medium)}`,
      format: mebibytes,
      limit: { atMost: SAME },
    }),
  ];
}

export const verify = {
  name: 'verify',
  async rows(bench) {
    const prefix = bench.scratch.largeTensors(bench.sizes.large);
    bench.note('The ratio of a speed is the time of cat divided by ours: larger is faster.');
    return [warm(bench, prefix), cold(bench, prefix), ...(await memoryRows(bench))];
  },
};
