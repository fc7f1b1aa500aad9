/**
 * TensorFlow's own way to the same answers, on the same files, by turns with ours: `tf.train.list_variables`, and reading
 * every tensor, which checks its checksum. Runs where CKPT_TENSORFLOW_PYTHON names a python that has TensorFlow.
 */
import { canRun, readThrough } from '../environment.mjs';
import { comparison, mebibytes, skipped } from '../report.mjs';

const LIST = 'tf.train.list_variables(prefix)';
const READ = `
reader = tf.train.load_checkpoint(prefix)
for name in reader.get_variable_to_shape_map(): reader.get_tensor(name)
`;

const program = (work) => `
import sys, time
prefix, report = sys.argv[1:]
import tensorflow as tf
start = time.perf_counter()
${work.trim()}
open(report, 'w').write(str(time.perf_counter() - start))
`;

async function rowsOf(bench, { name, theirName, ours, work, prefix }) {
  const timeFile = bench.scratch.path('tensorflow-seconds.txt');
  const jobs = [
    { id: 'ours', command: ours, stdout: bench.pipe },
    { id: 'theirs', command: [bench.python, '-c', program(work), prefix, timeFile], stdout: bench.pipe, timeFile },
  ];
  const times = bench.time(jobs, bench.rounds.slow);
  const time = times.get('ours').median;
  const theirs = times.get('theirs');
  const [memory, theirMemory] = [await bench.peakMemory(jobs[0]), await bench.peakMemory(jobs[1], 1)];
  return [
    comparison({ name, ours: time, baseline: theirs.median, than: theirName }),
    comparison({
      name: `${name}, TensorFlow's import not counted`,
      ours: time,
      baseline: theirs.innerMedian,
      than: theirName,
    }),
    comparison({
      name: `peak memory of ${name}`,
      ours: memory,
      baseline: theirMemory,
      than: theirName,
      format: mebibytes,
    }),
  ];
}

export const tensorflow = {
  name: 'tensorflow',
  async rows(bench) {
    const title = 'TensorFlow on the same files';
    if (bench.python === undefined) return [skipped(title, 'CKPT_TENSORFLOW_PYTHON is not set')];
    if (!canRun(bench.python, ['-c', 'import tensorflow'])) {
      return [skipped(title, 'the python that CKPT_TENSORFLOW_PYTHON names cannot import it')];
    }
    const list = (count) => {
      const prefix = bench.scratch.manyTensors(count);
      const name = `\`list --tsv\`, ${count.toLocaleString('en-US').replaceAll(',', ' ')} tensors`;
      return { name, theirName: 'list_variables', ours: bench.ckpt('list', prefix, '--tsv'), work: LIST, prefix };
    };
    const large = bench.scratch.largeTensors(bench.sizes.large);
    readThrough([`${large}.data-00000-of-00001`]);
    const read = {
      name: `\`verify\`, ${bench.sizeText(bench.sizes.large)}`,
      theirName: 'load_checkpoint, get_tensor',
      ours: bench.ckpt('verify', large),
      work: READ,
      prefix: large,
    };
    return [
      ...(await rowsOf(bench, list(200))),
      ...(await rowsOf(bench, list(bench.sizes.tensors.at(-1)))),
      ...(await rowsOf(bench, read)),
    ];
  },
};
