/**
 * Changing values: a cast against `cp` of the input, a mean of four checkpoints against `cat` of the four, one tensor set against
 * the start of node, and the way of a script with TensorFlow and numpy, one tensor at a time.
 */
import { comparison, mebibytes, plainValue, skipped } from '../report.mjs';
import { conditioned, removeFiles, speed } from './surgery.mjs';

const LIMIT = { atMost: 120 };

function castRows(bench, prefix, output) {
  const source = `${prefix}.data-00000-of-00001`;
  const before = conditioned(source, output);
  const cast = (dtype) => bench.ckpt('cast', prefix, '--dtype', dtype, '-o', output);
  const jobs = [
    { id: '`cp`', command: ['cp', source, `${output}.copy`], before },
    { id: 'bfloat16', command: cast('bfloat16'), before },
    { id: 'float16', command: cast('float16'), before },
  ];
  const times = bench.time(jobs, bench.rounds.large);
  removeFiles(output);
  const name = (dtype) => `speed of \`cast\` of float32 to ${dtype}, ${bench.sizeText(bench.sizes.script)}`;
  return [
    speed(name('bfloat16'), times, 'bfloat16', '`cp`', { atLeast: 0.6 }),
    speed(name('float16'), times, 'float16', '`cp`'),
  ];
}

function meanRows(bench, prefix, output) {
  const source = `${prefix}.data-00000-of-00001`;
  const before = conditioned(source, output);
  const four = Array.from({ length: 4 }, () => prefix);
  const jobs = [
    { id: '`cat` of the four', command: ['cat', ...four.map(() => source)], before },
    { id: 'mean', command: bench.ckpt('average', ...four, '-o', output), before },
    { id: 'weighted', command: bench.ckpt('average', ...four, '--weights', '.4,.3,.2,.1', '-o', output), before },
  ];
  const times = bench.time(jobs, bench.rounds.large);
  removeFiles(output);
  const title = `four times ${bench.sizeText(bench.sizes.medium)}`;
  return [
    speed(`speed of \`average\`, ${title}`, times, 'mean', '`cat` of the four', { atLeast: 0.5 }),
    speed(`speed of \`average --weights\`, ${title}`, times, 'weighted', '`cat` of the four'),
  ];
}

/** What is set is one number: how fast many are written is not the question. */
function setRows(bench, large, output) {
  const small = bench.scratch.matrix();
  const before = () => removeFiles(output);
  const jobs = [
    { id: 'node -e 0', command: bench.node('0') },
    {
      id: 'large',
      command: bench.ckpt('set', large, 'new:int64[]=1', '--link', '-o', output),
      before,
    },
    {
      id: 'small',
      command: bench.ckpt('set', small, 'new:int64[]=1', '--link', '-o', output),
      before,
    },
  ];
  const times = bench.time(jobs, bench.rounds.small);
  removeFiles(output);
  return [
    ['large', bench.sizeText(bench.sizes.large)],
    ['small', '4 MB'],
  ].map(([id, size]) =>
    comparison({
      name: `\`set --link\` of one tensor, ${size}`,
      ours: times.get(id).median,
      baseline: times.get('node -e 0').median,
      than: '`node -e 0`',
      limit: { atMost: 1.6 },
    }),
  );
}

async function memoryRows(bench, output) {
  const one = bench.scratch.oneTensor(bench.sizes.medium);
  const before = () => removeFiles(output);
  const size = bench.sizeText(bench.sizes.medium);
  const commands = [
    ['cast', one, '--dtype', 'bfloat16'],
    ['average', one, one, one, one],
    ['transpose', one, '**', '--perm', '1,0'],
    ['resize', one, '**', '--size', '1000000', '--cut'],
  ];
  const rows = [];
  for (const args of commands) {
    const ours = await bench.peakMemory({ command: bench.ckpt(...args, '-o', output), before });
    rows.push(
      plainValue({
        name: `peak memory of \`${args[0]}\`, one tensor of ${size}`,
        ours,
        format: mebibytes,
        limit: LIMIT,
      }),
    );
  }
  removeFiles(output);
  return rows;
}

/** The usual ways: each tensor is read, changed with numpy, and all are saved. */
const SCRIPT = `
import sys
what, output, *prefixes = sys.argv[1:]
import ml_dtypes, numpy as np, tensorflow as tf
readers = [tf.train.load_checkpoint(prefix) for prefix in prefixes]
names = sorted(readers[0].get_variable_to_shape_map())
if what == 'cast':
    tensors = [readers[0].get_tensor(name).astype(ml_dtypes.bfloat16) for name in names]
else:
    tensors = []
    for name in names:
        total = sum(reader.get_tensor(name).astype(np.float64) for reader in readers)
        tensors.append((total / len(readers)).astype(np.float32))
tf.raw_ops.SaveV2(prefix=output, tensor_names=names, shape_and_slices=[''] * len(names), tensors=tensors)
`;

function scriptRows(bench, prefix, output) {
  const title = `against a script, ${bench.sizeText(bench.sizes.medium)}`;
  if (bench.python === undefined)
    return [skipped(`\`cast\` and \`average\` ${title}`, 'CKPT_TENSORFLOW_PYTHON is not set')];
  const before = conditioned(`${prefix}.data-00000-of-00001`, output);
  const four = Array.from({ length: 4 }, () => prefix);
  const jobs = [
    { id: 'cast', command: bench.ckpt('cast', prefix, '--dtype', 'bfloat16', '-o', output), before },
    { id: 'cast by script', command: [bench.python, '-c', SCRIPT, 'cast', output, prefix], before },
    { id: 'average', command: bench.ckpt('average', ...four, '-o', output), before },
    { id: 'average by script', command: [bench.python, '-c', SCRIPT, 'average', output, ...four], before },
  ];
  const times = bench.time(jobs, bench.rounds.slow);
  removeFiles(output);
  return ['cast', 'average'].map((id) =>
    comparison({
      name: `\`${id}\` ${title}`,
      ours: times.get(id).median,
      baseline: times.get(`${id} by script`).median,
      than: 'TensorFlow and numpy',
    }),
  );
}

export const edits = {
  name: 'edits',
  async rows(bench) {
    const output = bench.scratch.path('edited');
    const medium = bench.scratch.largeTensors(bench.sizes.medium);
    return [
      ...castRows(bench, bench.scratch.largeTensors(bench.sizes.script), output),
      ...meanRows(bench, medium, output),
      ...setRows(bench, bench.scratch.largeTensors(bench.sizes.large), output),
      ...(await memoryRows(bench, output)),
      ...scriptRows(bench, medium, output),
    ];
  },
};
