import { mkdirSync } from 'node:fs';
import { join, normalize } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { openCheckpoint } from '../src/checkpoints/checkpoint.ts';
import { readCheckpointDirectory } from '../src/checkpoints/checkpoint-directory.ts';
import { newestCheckpoint } from '../src/checkpoints/newest-checkpoint.ts';
import { repairedState } from '../src/checkpoints/repaired-state.ts';
import type { CheckpointState } from '../src/checkpoints/state-file.ts';
import { writeCheckpointState } from '../src/checkpoints/write-state.ts';
import { TestDirectory } from './checkpoints/directories.ts';
import { NO_PYTHON, PYTHON, python } from './python.ts';
import { scratch } from './scratch.ts';

interface ReadState {
  readonly latest: string | null;
  readonly all: readonly string[] | null;
  readonly timestamps: readonly number[] | null;
  readonly found: string | null;
  readonly names: readonly string[] | null;
}

/** What TensorFlow says of state files: directory and name of each. */
function readByTensorFlow(files: readonly (readonly [string, string])[]): ReadState[] {
  return python('states.py', [], files) as ReadState[];
}

const run = (): TestDirectory => new TestDirectory();

/** Directories that want repair. */
const SICK: readonly (readonly [string, () => TestDirectory])[] = [
  [
    'absolute paths of another machine',
    () => run().save('m-1').save('m-2').state('/far/m-2', ['/far/m-1', '/far/m-2']),
  ],
  ['the latest gone', () => run().save('m-1').save('m-10').save('m-9').state('m-11', ['m-9', 'm-10', 'm-11'])],
  [
    'the latest without its data',
    () => run().save('m-1').save('m-2').remove('m-2.data-00000-of-00001').state('m-2', ['m-1', 'm-2']),
  ],
  ['no state file', () => run().save('m-1').save('m-2')],
  ['a state file that is cut off', () => run().save('m-1').write('checkpoint', 'model_checkpoint_path: "m-')],
  ['an empty state file', () => run().save('m-1').write('checkpoint', '')],
  ['a checkpoint called checkpoint', () => run().save('checkpoint')],
  ['a checkpoint without a name', () => run().save('').state('.', ['.'])],
  ['names beyond ASCII', () => run().save("modèle 训练 'a'-3")],
  ['a crash before the state file was written', () => run().save('m-1').save('m-2').state('m-1', ['m-1'])],
];

/** Strings that protobuf takes: text without half characters. */
const texts = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: fc.constantFrom('\\', '"', "'", '\n', '\r', '\t', '\x7f', '\x01', 'é', '7', 'x', '#', ' ') }),
);
const paths = texts.filter((text) => !text.startsWith('/') && !text.includes('\0')).map((text) => `m${text}`);
const states: fc.Arbitrary<CheckpointState> = fc.record({
  latest: paths,
  all: fc.array(paths, { maxLength: 4 }),
  timestamps: fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { maxLength: 4 }),
  lastPreserved: fc.constant(undefined),
});

describe.skipIf(PYTHON === undefined)(`TensorFlow${NO_PYTHON}`, () => {
  const sick: { title: string; path: string }[] = [];
  const generated: { path: string; state: CheckpointState }[] = [];
  let read: ReadState[] = [];

  beforeAll(() => {
    for (const [title, make] of SICK) {
      const { path } = make();
      const directory = readCheckpointDirectory(path);
      writeCheckpointState(directory.stateFile, repairedState(directory));
      sick.push({ title, path });
    }
    const folder = scratch();
    for (const [i, state] of fc.sample(states, { numRuns: 200, seed: 9 }).entries()) {
      const path = join(folder, String(i));
      mkdirSync(path);
      writeCheckpointState(join(path, 'checkpoint'), state);
      generated.push({ path, state });
    }
    read = readByTensorFlow([...sick, ...generated].map(({ path }) => [path, 'checkpoint'] as const));
  }, 120_000);

  it('takes for the latest what we do after a repair, and opens it', async () => {
    for (const [i, { title, path }] of sick.entries()) {
      const { found } = await newestCheckpoint(readCheckpointDirectory(path));
      const prefix = found?.checkpoint.prefix ?? '';
      const names = [...(await openCheckpoint(prefix)).tensors.keys()].sort();
      expect({ title, found: read[i]?.found, names: read[i]?.names }).toEqual({
        title,
        found: normalize(prefix).replace(/\/$/, ''),
        names,
      });
    }
  });

  it('reads every path and time that we write', () => {
    for (const [i, { path, state }] of generated.entries()) {
      const { latest, all, timestamps } = read[sick.length + i] as ReadState;
      expect({ latest, all, timestamps }).toEqual({
        latest: `${path}/${state.latest}`,
        all: state.all.map((name) => `${path}/${name}`),
        timestamps: state.timestamps.map((seconds) => seconds + 0),
      });
    }
  });
});
