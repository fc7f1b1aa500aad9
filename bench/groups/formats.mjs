/**
 * Files of other frameworks: what it takes to list one, and converting there and back against `cp` of the same bytes,
 * conditioned as every write is (surgery.mjs); where there is Python, against the script that it would take.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { comparison, mebibytes, plainValue, skipped } from '../report.mjs';
import { conditioned, speed } from './surgery.mjs';

/** A checkpoint as a file of another format, made once. */
function converted(bench, prefix, path, to = []) {
  bench.run(bench.ckpt('convert', prefix, ...to, '-o', path, '--force', '--quiet'));
  return path;
}

/** A file, or the files of a folder. */
function filesOf(path) {
  return statSync(path).isDirectory() ? readdirSync(path).map((name) => join(path, name)) : [path];
}

function listRows(bench) {
  const prefix = bench.scratch.tinyTensors(1000);
  const file = converted(bench, prefix, bench.scratch.path('thousand.safetensors'));
  const job = (id, command) => ({ id, command, stdout: bench.pipe });
  const times = bench.time(
    [job('node', bench.node('0')), job('safetensors', bench.ckpt('list', file)), job('V2', bench.ckpt('list', prefix))],
    bench.rounds.small,
  );
  rmSync(file);
  const ours = times.get('safetensors').median;
  const name = '`list` of a safetensors file, 1 000 tensors';
  return [
    comparison({ name, ours, baseline: times.get('node').median, than: 'node -e 0', limit: { atMost: 1.5 } }),
    comparison({ name, ours, baseline: times.get('V2').median, than: 'of a V2 checkpoint' }),
  ];
}

/** What is converted to and back, how large, and how fast it must be against `cp`; a folder needs to be asked for. */
const FOREIGN = [
  { title: 'safetensors', ending: 'safetensors', bytes: 'large', limit: 0.8 },
  { title: 'npz', ending: 'npz', bytes: 'large', limit: 0.7 },
  { title: 'TensorFlow.js', ending: 'web', to: ['--to', 'tfjs'], bytes: 'large', limit: 0.7 },
  { title: 'HDF5', ending: 'h5', bytes: 'medium', limit: 0.4 },
];

async function convertRows(bench) {
  const rows = [];
  // One file at a time: two more of this size would not fit into the memory that caches files.
  for (const { title, ending, to = [], bytes, limit } of FOREIGN) {
    const prefix = bench.scratch.largeTensors(bench.sizes[bytes]);
    const source = `${prefix}.data-00000-of-00001`;
    const size = bench.sizeText(bench.sizes[bytes]);
    const file = converted(bench, prefix, bench.scratch.path(`converted.${ending}`), to);
    const output = bench.scratch.path('foreign');
    const before = conditioned(source, output);
    // What is read lies in the page cache, whichever way: the other jobs of a round leave it alone for seconds.
    const beforeBack = () => {
      for (const path of filesOf(file)) spawnSync('cat', [path], { stdio: 'ignore' });
      before();
    };
    const there = bench.ckpt('convert', prefix, ...to, '-o', `${output}.${ending}`);
    const back = bench.ckpt('convert', file, '-o', `${output}.ckpt`);
    const jobs = [
      { id: `V2 to ${title}`, command: there, before },
      { id: `${title} to V2`, command: back, before: beforeBack },
    ];
    const times = bench.time(
      [{ id: '`cp`', command: ['cp', source, `${output}.copy`], before }, ...jobs],
      bench.rounds.large,
    );
    for (const { id } of jobs) {
      rows.push(speed(`speed of \`convert\`, ${id}, ${size}, checking`, times, id, '`cp`', { atLeast: limit }));
      const ours = await bench.peakMemory(jobs.find((job) => job.id === id));
      const name = `peak memory of \`convert\`, ${id}, ${size}`;
      rows.push(plainValue({ name, ours, format: mebibytes, limit: { atMost: 100 } }));
    }
    before();
    rmSync(file, { recursive: true });
  }
  return rows;
}

/** The usual way: a script that reads every tensor and hands all of them to safetensors. */
const SCRIPT = `
import sys
prefix, output = sys.argv[1:]
import tensorflow as tf
from safetensors.numpy import save_file
reader = tf.train.load_checkpoint(prefix)
save_file({name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map()}, output)
`;

async function scriptRows(bench) {
  const prefix = bench.scratch.largeTensors(bench.sizes.script);
  const title = `\`convert\` to safetensors, ${bench.sizeText(bench.sizes.script)}`;
  if (bench.python === undefined) return [skipped(`${title}, against a script`, 'CKPT_TENSORFLOW_PYTHON is not set')];
  const output = bench.scratch.path('foreign');
  const before = conditioned(`${prefix}.data-00000-of-00001`, output);
  const file = `${output}.safetensors`;
  const jobs = [
    { id: 'ours', command: bench.ckpt('convert', prefix, '-o', file), before },
    { id: 'theirs', command: [bench.python, '-c', SCRIPT, prefix, file], before },
  ];
  const times = bench.time(jobs, bench.rounds.slow);
  const [memory, theirMemory] = [await bench.peakMemory(jobs[0]), await bench.peakMemory(jobs[1], 1)];
  before();
  const than = 'a script that loads and saves';
  return [
    comparison({ name: title, ours: times.get('ours').median, baseline: times.get('theirs').median, than }),
    comparison({ name: `peak memory of ${title}`, ours: memory, baseline: theirMemory, than, format: mebibytes }),
  ];
}

export const formats = {
  name: 'formats',
  async rows(bench) {
    return [...listRows(bench), ...(await convertRows(bench)), ...(await scriptRows(bench))];
  },
};
