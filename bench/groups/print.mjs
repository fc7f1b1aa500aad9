/**
 * Printing values: a few rows of a tensor far larger than they are, and a million numbers in full against numpy, which is
 * timed within its process, from reading the numbers to having written the text; its import is not counted.
 */
import { spawnSync } from 'node:child_process';
import { canRun, childEnvironment } from '../environment.mjs';
import { comparison, skipped } from '../report.mjs';

const NUMPY = `
import sys, time
data, report = sys.argv[1:]
import numpy
numpy.set_printoptions(threshold=sys.maxsize)
start = time.perf_counter()
print(numpy.fromfile(data, '<f4').reshape(1000, 1000), flush=True)
open(report, 'w').write(str(time.perf_counter() - start))
`;

/** Ten rows, 64 numbers of each; and ten whole rows of 1024, where making the text takes longer than the start. */
function slices(bench) {
  const name = `\`print\`, ten rows of a ${bench.sizeText(bench.sizes.large)} tensor`;
  if (!bench.has('print')) return [skipped(name, 'there is no `ckpt print` yet')];
  const prefix = bench.scratch.oneTensor(bench.sizes.large);
  const jobs = [
    { id: 'node', command: bench.node('0'), stdout: bench.pipe },
    { id: 'slice', command: bench.ckpt('print', prefix, 'embeddings[50000:50010,:64]'), stdout: bench.pipe },
    { id: 'whole', command: bench.ckpt('print', prefix, 'embeddings[50000:50010]'), stdout: bench.pipe },
  ];
  const times = bench.time(jobs, bench.rounds.small);
  const row = (id, columns, limit) =>
    comparison({
      name: `${name}, ${columns} columns`,
      ours: times.get(id).median,
      baseline: times.get('node').median,
      than: 'node -e 0',
      limit,
    });
  return [row('slice', 64, { atMost: 1.6 }), row('whole', '1,024')];
}

function numpyPython(bench) {
  return [bench.python, 'python3'].find((python) => python !== undefined && canRun(python, ['-c', 'import numpy']));
}

/** Throws unless both print the same text, a header of ours apart. */
function checkSame(ours, theirs) {
  const [mine, numpys] = [ours, theirs].map(([file, ...args]) => {
    const { stdout } = spawnSync(file, args, { encoding: 'utf8', maxBuffer: 2 ** 30, env: childEnvironment() });
    return stdout.trimEnd();
  });
  if (!mine.endsWith(numpys)) throw new Error('`ckpt print --full` and numpy do not print the same text');
}

function full(bench) {
  const name = '`print --full`, float32 [1000,1000], into a pipe';
  if (!bench.has('print')) return skipped(name, 'there is no `ckpt print` yet');
  const python = numpyPython(bench);
  if (python === undefined) return skipped(name, 'no python with numpy (python3, or CKPT_TENSORFLOW_PYTHON)');
  const prefix = bench.scratch.matrix();
  const timeFile = bench.scratch.path('numpy-seconds.txt');
  const ours = bench.ckpt('print', prefix, 'matrix', '--full');
  const theirs = [python, '-c', NUMPY, `${prefix}.data-00000-of-00001`, timeFile];
  checkSame(ours, theirs);
  const jobs = [
    { id: 'ours', command: ours, stdout: bench.pipe },
    { id: 'numpy', command: theirs, stdout: bench.pipe, timeFile },
  ];
  const times = bench.time(jobs, bench.rounds.large);
  return comparison({
    name,
    ours: times.get('ours').median,
    baseline: times.get('numpy').innerMedian,
    than: 'numpy, its import apart',
    limit: { atMost: 1 },
  });
}

export const print = { name: 'print', rows: (bench) => [...slices(bench), full(bench)] };
