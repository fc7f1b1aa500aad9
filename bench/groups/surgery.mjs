/**
 * Writing checkpoints, against `cp` of the same bytes. Before each timed run the new files are removed and the page cache is
 * conditioned: as much is written and removed again, so that nobody pays for memory that the system hands out afresh. Ours
 * waits for the disk before it calls a file written; `cp` does not, so both are shown: `cp` alone, and `cp` with `sync`.
 */

import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { comparison, mebibytes, plainValue } from '../report.mjs';

/** Removes every file of a prefix. */
function removeFiles(prefix) {
  const directory = dirname(prefix);
  for (const name of readdirSync(directory)) {
    if (name.startsWith(`${basename(prefix)}.`)) rmSync(join(directory, name), { force: true });
  }
}

/** What is done before each timed write: nothing of the last one stays, and the page cache is warm for as many bytes. */
function conditioned(source, output) {
  return () => {
    removeFiles(output);
    const filler = `${output}.filler`;
    spawnSync('cp', [source, filler]);
    rmSync(filler, { force: true });
    spawnSync('sync');
    spawnSync('cat', [source], { stdio: 'ignore' });
  };
}

const speed = (name, times, id, than, limit) =>
  comparison({ name, ours: times.get(id).median, baseline: times.get(than).median, than, limit, inverse: true });

/** Changes of the index alone, against the start of node. */
function startRows(bench, prefix, small) {
  const linked = bench.scratch.path('linked');
  const inPlace = bench.scratch.path('in-place');
  if (!existsSync(`${inPlace}.index`)) {
    for (const end of ['.index', '.data-00000-of-00001']) cpSync(`${small}${end}`, `${inPlace}${end}`);
  }
  const rename = ['--replace', 's/^/a/'];
  const times = bench.time(
    [
      { id: 'node -e 0', command: bench.node('0') },
      {
        id: 'link',
        command: bench.ckpt('rename', prefix, ...rename, '--link', '-o', linked),
        before: () => removeFiles(linked),
      },
      {
        id: 'in place',
        command: bench.ckpt('rename', inPlace, '--replace', 's/x/x/', '--allow-missing', '--in-place'),
      },
    ],
    bench.rounds.small,
  );
  removeFiles(linked);
  return [
    ['link', `\`rename --link\`, ${bench.sizeText(bench.sizes.large)}`],
    ['in place', '`rename --in-place`'],
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

function copyRows(bench, prefix) {
  const output = bench.scratch.path('written');
  const source = `${prefix}.data-00000-of-00001`;
  const before = conditioned(source, output);
  const copy = `${output}.copy`;
  const jobs = [
    { id: '`cp`', command: ['cp', source, copy], before },
    { id: '`cp` and `sync`', command: ['sh', '-c', 'cp "$0" "$1" && sync "$1"', source, copy], before },
    ...['--verify', '--no-verify'].flatMap((check) => [
      {
        id: `rename ${check}`,
        command: bench.ckpt('rename', prefix, '--add-prefix', 'net/', check, '-o', output),
        before,
      },
      { id: `subset ${check}`, command: bench.ckpt('subset', prefix, '**', check, '-o', output), before },
    ]),
    { id: 'subset of one', command: bench.ckpt('subset', prefix, '/01/', '-o', output), before },
  ];
  const times = bench.time(jobs, bench.rounds.large);
  removeFiles(output);
  const size = bench.sizeText(bench.sizes.large);
  const rows = ['rename', 'subset'].flatMap((command) => [
    speed(`speed of \`${command}\`, ${size}, checking`, times, `${command} --verify`, '`cp` and `sync`', {
      atLeast: 0.8,
    }),
    speed(`speed of \`${command} --no-verify\`, ${size}`, times, `${command} --no-verify`, '`cp` and `sync`', {
      atLeast: 0.9,
    }),
    speed(`the same, checking, against \`cp\` alone`, times, `${command} --verify`, '`cp`'),
    speed(`the same, \`--no-verify\`, against \`cp\` alone`, times, `${command} --no-verify`, '`cp`'),
  ]);
  const [one, all] = [times.get('subset of one').median, times.get('subset --verify').median];
  return [...rows, comparison({ name: '`subset` of 1 tensor in 32', ours: one, baseline: all, than: 'for all' })];
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
  const peak = await bench.peakMemory({
    command: bench.ckpt('rename', prefix, '--add-prefix', 'net/', '-o', output),
    before: () => removeFiles(output),
  });
  removeFiles(output);
  const name = `peak memory of \`rename\`, ${bench.sizeText(bench.sizes.large)}`;
  return [plainValue({ name, ours: peak, format: mebibytes, limit: { atMost: 100 } })];
}

export const surgery = {
  name: 'surgery',
  async rows(bench) {
    const prefix = bench.scratch.largeTensors(bench.sizes.large);
    const small = bench.scratch.manyTensors(1_000);
    return [
      ...startRows(bench, prefix, small),
      ...copyRows(bench, prefix),
      ...manyRows(bench),
      ...(await memoryRows(bench, prefix)),
    ];
  },
};
