/**
 * Variables saved and restored: a large model against writing and reading the same bytes raw, many small variables against a
 * rename of their checkpoint, and TensorFlow's own Saver and Checkpoint with the same variables. The clock of each runs within
 * its process, while it saves or restores; that of a rename is the whole command.
 */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { canRun, readThrough } from '../environment.mjs';
import { quantile } from '../measure.mjs';
import { comparison, mebibytes, plainValue, skipped } from '../report.mjs';
import { conditioned } from './surgery.mjs';

const PROGRAM = join(dirname(dirname(fileURLToPath(import.meta.url))), 'engine-program.mjs');
const MANY = 10_000;
/** A raw write or read takes 1; a rename takes 1. */
const MOST_TIMES_RAW = 1.3;
const MOST_TIMES_RENAME = 3;
/** Of Node itself, beside the variables and a chunk. */
const PROCESS_MEBIBYTES = 160;

/** The same in Python; the variables are those of the checkpoint. One process does both steps, and leaves the seconds of each. */
const python = (kind) => `
import json, sys, time
prefix, output, report = sys.argv[1:]
import tensorflow as tf
reader = tf.train.load_checkpoint(prefix)
shapes = reader.get_variable_to_shape_map()
${
  kind === 'Saver'
    ? `
tf.compat.v1.disable_eager_execution()
variables = [tf.compat.v1.get_variable(name, shape) for name, shape in shapes.items()]
saver = tf.compat.v1.train.Saver(variables)
session = tf.compat.v1.Session()
restore, save = lambda: saver.restore(session, prefix), lambda: saver.save(session, output)
`
    : `
variables = {name.replace('/', '.'): tf.Variable(reader.get_tensor(name), name=name) for name in shapes}
checkpoint = tf.train.Checkpoint(**variables)
save = lambda: checkpoint.write(output)
restore = lambda: checkpoint.read(output).assert_consumed()
`
}
seconds = {}
for name, step in ${kind === 'Saver' ? "('restore', restore), ('save', save)" : "('save', save), ('restore', restore)"}:
    start = time.perf_counter()
    step()
    seconds[name] = time.perf_counter() - start
json.dump(seconds, open(report, 'w'))
`;

function removeFiles(prefix) {
  const directory = dirname(prefix);
  for (const name of readdirSync(directory)) {
    if (name === basename(prefix) || name.startsWith(`${basename(prefix)}.`))
      rmSync(join(directory, name), { force: true });
  }
}

/** A step in a process of its own; memory for the variables and for what is written was in use a moment before (surgery.mjs). */
function job(bench, id, step, checkpoint) {
  const output = bench.scratch.path(`engine-${id}`);
  const timeFile = bench.scratch.path(`engine-${id}.seconds`);
  const command = [process.execPath, PROGRAM, bench.root, step, checkpoint, output, timeFile];
  const condition = conditioned(`${checkpoint}.data-00000-of-00001`, output);
  const before = () => {
    removeFiles(output);
    condition();
  };
  return { id, command, before, timeFile, output };
}

/** Milliseconds of TensorFlow's steps, behind the others: a graph of thousands of variables takes it a minute. */
function pythonTimes(bench, what, checkpoint, rounds) {
  const times = new Map();
  if (bench.python === undefined || !canRun(bench.python, ['-c', 'import tensorflow'])) return times;
  for (const kind of ['Saver', 'Checkpoint']) {
    const { output, timeFile, before } = job(bench, `${what}-${kind}`, 'save', checkpoint);
    const all = { save: [], restore: [] };
    for (let round = 0; round < rounds; round++) {
      before();
      bench.run([bench.python, '-c', python(kind), checkpoint, output, timeFile]);
      const seconds = JSON.parse(readFileSync(timeFile, 'utf8'));
      for (const step of ['save', 'restore']) all[step].push(seconds[step] * 1000);
    }
    removeFiles(output);
    for (const step of ['save', 'restore']) times.set(`${kind}-${step}`, quantile(all[step], 0.5));
  }
  return times;
}

/** Rows that hold a step of ours against each of TensorFlow's. */
function pythonRows(times, theirs, what, name) {
  return ['save', 'restore'].flatMap((step) =>
    ['Saver', 'Checkpoint'].flatMap((kind) => {
      const baseline = theirs.get(`${kind}-${step}`);
      if (baseline === undefined) return [];
      return comparison({
        name: `\`Saver.${step}\`, ${name}`,
        ours: times.get(`${what}-${step}`).innerMedian,
        baseline,
        than: kind === 'Saver' ? '`tf.compat.v1.train.Saver`' : '`tf.train.Checkpoint`',
      });
    }),
  );
}

async function largeRows(bench) {
  const bytes = bench.sizes.medium;
  const checkpoint = bench.scratch.largeTensors(bytes);
  const name = bench.sizeText(bytes);
  readThrough([`${checkpoint}.data-00000-of-00001`]);
  const own = ['save', 'write', 'restore', 'read'].map((step) => job(bench, `large-${step}`, step, checkpoint));
  const times = bench.time(own, bench.rounds.large);
  const theirs = pythonTimes(bench, 'large', checkpoint, bench.rounds.slow);
  const row = (step, raw, text) =>
    comparison({
      name: `\`Saver.${step}\`, ${name}`,
      ours: times.get(`large-${step}`).innerMedian,
      baseline: times.get(`large-${raw}`).innerMedian,
      than: text,
      limit: { atMost: MOST_TIMES_RAW },
    });
  const memory = await bench.peakMemory(own[2]);
  for (const { output } of own) removeFiles(output);
  return [
    row('save', 'write', 'writing its bytes'),
    row('restore', 'read', 'reading its bytes'),
    plainValue({
      name: `peak memory of \`Saver.restore\` beside the variables, ${name}`,
      ours: memory - bytes / 2 ** 20,
      format: mebibytes,
      limit: { atMost: PROCESS_MEBIBYTES },
    }),
    ...pythonRows(times, theirs, 'large', name),
  ];
}

function manyRows(bench) {
  const checkpoint = bench.scratch.tinyTensors(MANY);
  const name = `${MANY.toLocaleString('en-US').replaceAll(',', ' ')} small variables`;
  const renamed = bench.scratch.path('engine-renamed');
  const jobs = [
    {
      id: 'rename',
      command: bench.ckpt('rename', checkpoint, '--add-prefix', 'net/', '-o', renamed),
      before: () => removeFiles(renamed),
    },
    ...['save', 'restore'].map((step) => job(bench, `many-${step}`, step, checkpoint)),
  ];
  const times = bench.time(jobs, bench.rounds.large);
  for (const prefix of [renamed, ...jobs.flatMap(({ output }) => output ?? [])]) removeFiles(prefix);
  const rows = ['save', 'restore'].map((step) =>
    comparison({
      name: `\`Saver.${step}\`, ${name}`,
      ours: times.get(`many-${step}`).innerMedian,
      baseline: times.get('rename').median,
      than: '`ckpt rename` of their checkpoint',
      limit: { atMost: MOST_TIMES_RENAME },
    }),
  );
  const theirs = pythonTimes(bench, 'many', checkpoint, 1);
  return [...rows, ...pythonRows(times, theirs, 'many', name)];
}

export const engine = {
  name: 'engine',
  async rows(bench) {
    const rows = [...(await largeRows(bench)), ...manyRows(bench)];
    if (bench.python === undefined) rows.push(skipped('variables in TensorFlow', 'CKPT_TENSORFLOW_PYTHON is not set'));
    return rows;
  },
};
