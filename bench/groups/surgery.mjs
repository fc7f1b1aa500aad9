/**
 * Writing checkpoints, against `cp` of the same bytes. Before each timed run the new files are removed and the page cache is
 * conditioned: as much is written and removed again, so that nobody pays for memory that the system hands out afresh.
 * Neither side waits for the disk; `--sync` does, and stands against `cp` followed by `sync`.
 */

import { spawnSync } from 'node:child_process';
import { linkSync, readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { comparison, mebibytes, plainValue, skipped } from '../report.mjs';

/** Removes every file of a prefix. */
export function removeFiles(prefix) {
  const directory = dirname(prefix);
  for (const name of readdirSync(directory)) {
    if (!name.startsWith(`${basename(prefix)}.`)) continue;
    rmSync(join(directory, name), { force: true, recursive: true });
  }
}

/**
 * What is done before each timed write: nothing of the last one stays, nothing waits for the disk, and memory for as many
 * bytes was in use a moment ago. The order matters: a machine that hands unused memory back does so within seconds.
 */
export function conditioned(source, output) {
  const fillers = [`${output}.filler-1`, `${output}.filler-2`];
  return () => {
    removeFiles(output);
    spawnSync('cat', [source], { stdio: 'ignore' });
    spawnSync('sync');
    for (const filler of fillers) spawnSync('cp', [source, filler]);
    for (const filler of fillers) rmSync(filler, { force: true });
  };
}

export const speed = (name, times, id, than, limit) =>
  comparison({ name, ours: times.get(id).median, baseline: times.get(than).median, than, limit, inverse: true });

/** Changes of the index alone, against the start of node. */
function startRows(bench, prefix) {
  const linked = bench.scratch.path('linked');
  const inPlace = bench.scratch.path('in-place');
  for (const end of ['.index', '.data-00000-of-00001']) {
    rmSync(`${inPlace}${end}`, { force: true });
    linkSync(`${prefix}${end}`, `${inPlace}${end}`);
  }
  const times = bench.time(
    [
      { id: 'node -e 0', command: bench.node('0') },
      {
        id: 'link',
        command: bench.ckpt('rename', prefix, '--replace', 's/^/a/', '--link', '-o', linked),
        before: () => removeFiles(linked),
      },
      { id: 'in place', command: bench.ckpt('rename', inPlace, '--replace', 's/(.)(.*)/\\2\\1/', '--in-place') },
    ],
    bench.rounds.small,
  );
  removeFiles(linked);
  removeFiles(inPlace);
  return [
    ['link', `\`rename --link\`, ${bench.sizeText(bench.sizes.large)}`],
    ['in place', `\`rename --in-place\`, ${bench.sizeText(bench.sizes.large)}`],
  ].map(([id, name]) =>
    comparison({
      name,
      ours: times.get(id).median,
      baseline: times.get('node -e 0').median,
      than: '`node -e 0`',
      limit: { atMost: 1.4 },
    }),
  );
}

/** Arguments of each command that copies everything; merge joins two halves. */
function copying(prefix, half) {
  return {
    rename: ['rename', prefix, '--add-prefix', 'net/'],
    subset: ['subset', prefix, '**'],
    merge: ['merge', half, half, '--prefix-each', 'a/,b/'],
  };
}

function copyRows(bench, prefix, half) {
  const output = bench.scratch.path('written');
  const source = `${prefix}.data-00000-of-00001`;
  const before = conditioned(source, output);
  const copy = `${output}.copy`;
  const commands = copying(prefix, half);
  const jobs = [
    { id: '`cp`', command: ['cp', source, copy], before },
    { id: '`cp` and `sync`', command: ['sh', '-c', 'cp "$0" "$1" && sync "$1"', source, copy], before },
    ...Object.entries(commands).flatMap(([name, args]) =>
      ['--verify', '--no-verify'].map((check) => ({
        id: `${name} ${check}`,
        command: bench.ckpt(...args, check, '-o', output),
        before,
      })),
    ),
    { id: 'rename --sync', command: bench.ckpt(...commands.rename, '--sync', '-o', output), before },
    { id: 'subset of one', command: bench.ckpt('subset', prefix, '/01/', '-o', output), before },
  ];
  const times = bench.time(jobs, bench.rounds.large);
  removeFiles(output);
  const size = bench.sizeText(bench.sizes.large);
  const rows = Object.keys(commands).flatMap((name) => [
    speed(`speed of \`${name}\`, ${size}, checking`, times, `${name} --verify`, '`cp`', { atLeast: 0.8 }),
    speed(`speed of \`${name} --no-verify\`, ${size}`, times, `${name} --no-verify`, '`cp`', { atLeast: 0.9 }),
  ]);
  const [one, all] = [times.get('subset of one').median, times.get('subset --verify').median];
  return [
    ...rows,
    speed(`speed of \`rename --sync\`, ${size}, checking`, times, 'rename --sync', '`cp` and `sync`'),
    comparison({ name: '`subset` of 1 tensor in 32', ours: one, baseline: all, than: 'for all' }),
  ];
}

function manyRows(bench) {
  const count = bench.sizes.tensors.at(-1);
  const many = bench.scratch.manyTensors(count);
  const output = bench.scratch.path('many-renamed');
  const times = bench.time(
    [
      { id: '`list --tsv`', command: bench.ckpt('list', many, '--tsv') },
      {
        id: 'rename',
        command: bench.ckpt('rename', many, '--add-prefix', 'net/', '--link', '-o', output),
        before: () => removeFiles(output),
      },
    ],
    bench.rounds.large,
  );
  removeFiles(output);
  const [ours, baseline] = [times.get('rename').median, times.get('`list --tsv`').median];
  const name = `\`rename --link\` of ${count.toLocaleString('en-US')} tensors`;
  return [comparison({ name, ours, baseline, than: '`list --tsv`', limit: { atMost: 2.5 } })];
}

async function memoryRows(bench, prefix) {
  const output = bench.scratch.path('written');
  const before = () => removeFiles(output);
  const large = await bench.peakMemory({
    command: bench.ckpt('rename', prefix, '--add-prefix', 'net/', '-o', output),
    before,
  });
  const count = bench.sizes.tensors.at(-1);
  const tiny = bench.scratch.tinyTensors(count);
  const rows = [
    plainValue({
      name: `peak memory of \`rename\`, ${bench.sizeText(bench.sizes.large)}`,
      ours: large,
      format: mebibytes,
      limit: { atMost: 100 },
    }),
  ];
  for (const args of [
    ['rename', tiny, '--add-prefix', 'net/'],
    ['subset', tiny, '**'],
  ]) {
    const ours = await bench.peakMemory({ command: bench.ckpt(...args, '-o', output), before });
    const name = `peak memory of \`${args[0]}\`, ${count.toLocaleString('en-US')} tensors`;
    rows.push(plainValue({ name, ours, format: mebibytes, limit: { atMost: 100 + (count * 300) / 2 ** 20 } }));
  }
  removeFiles(output);
  return rows;
}

/** The usual way: a script that reads every tensor and saves it again under another name. */
const SCRIPT = `
import sys
prefix, output = sys.argv[1:]
import tensorflow as tf
reader = tf.train.load_checkpoint(prefix)
names = sorted(reader.get_variable_to_shape_map())
tensors = [tf.constant(reader.get_tensor(name)) for name in names]
tf.raw_ops.SaveV2(prefix=output, tensor_names=['net/' + name for name in names], shape_and_slices=[''] * len(names), tensors=tensors)
`;

async function scriptRows(bench) {
  const prefix = bench.scratch.largeTensors(bench.sizes.script);
  const title = `\`rename\`, ${bench.sizeText(bench.sizes.script)}`;
  if (bench.python === undefined) return [skipped(`${title}, against a script`, 'CKPT_TENSORFLOW_PYTHON is not set')];
  const output = bench.scratch.path('written');
  const before = conditioned(`${prefix}.data-00000-of-00001`, output);
  const jobs = [
    { id: 'ours', command: bench.ckpt('rename', prefix, '--add-prefix', 'net/', '-o', output), before },
    { id: 'theirs', command: [bench.python, '-c', SCRIPT, prefix, output], before },
  ];
  const times = bench.time(jobs, bench.rounds.slow);
  const [memory, theirMemory] = [await bench.peakMemory(jobs[0]), await bench.peakMemory(jobs[1], 1)];
  removeFiles(output);
  const than = 'a script that loads and saves';
  return [
    comparison({ name: title, ours: times.get('ours').median, baseline: times.get('theirs').median, than }),
    comparison({ name: `peak memory of ${title}`, ours: memory, baseline: theirMemory, than, format: mebibytes }),
  ];
}

export const surgery = {
  name: 'surgery',
  async rows(bench) {
    const prefix = bench.scratch.largeTensors(bench.sizes.large);
    const half = bench.scratch.largeTensors(bench.sizes.large / 2);
    return [
      ...startRows(bench, prefix),
      ...copyRows(bench, prefix, half),
      ...manyRows(bench),
      ...(await memoryRows(bench, prefix)),
      ...(await scriptRows(bench)),
    ];
  },
};
