/** The fixtures as tests see them: a folder is a case, and its `expected.json` says what is true of it (fixtures/README.md). */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const REPOSITORY = dirname(dirname(fileURLToPath(import.meta.url)));
const FIXTURES = join(REPOSITORY, 'fixtures');

export interface ExpectedTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly sha256?: string;
  readonly bytes: number;
  /** Why TensorFlow does not read it. */
  readonly tensorflow_error?: string;
  readonly slices?: readonly string[];
}

export interface ExpectedCheckpoint {
  readonly tensors: Readonly<Record<string, ExpectedTensor>>;
  readonly numShards: number;
  readonly endianness: 'little' | 'big';
  readonly dataOrder?: readonly string[];
  readonly objectGraph?: {
    readonly nodes: number;
    readonly fullNames: Readonly<Record<string, string>>;
    readonly slots: readonly (readonly [string | null, string, string | null])[];
  };
  readonly written_by: 'tensorflow' | 'synthetic';
  readonly tensorflow_reads: boolean;
}

export interface ExpectedFinding {
  readonly code: string;
  readonly tensor: string | null;
  readonly file: string | null;
}

export interface ExpectedDamage {
  readonly note: string;
  readonly path: string;
  readonly opens: boolean;
  readonly kind: string | null;
  readonly error_matches: string | null;
  readonly findings?: readonly ExpectedFinding[];
  readonly sound?: readonly string[];
}

function foldersOf(kind: string): string[] {
  return readdirSync(join(FIXTURES, kind), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(FIXTURES, kind, entry.name))
    .sort();
}

function expectedIn(folder: string): unknown {
  return JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8'));
}

export interface SoundCheckpoint {
  /** Case and prefix, for the title of a test. */
  readonly title: string;
  readonly prefix: string;
  readonly expected: ExpectedCheckpoint;
}

/** Every checkpoint of every folder in fixtures/v2 or fixtures/v1. */
export function soundCheckpoints(format: 'v1' | 'v2'): SoundCheckpoint[] {
  return foldersOf(format).flatMap((folder) => {
    const { checkpoints } = expectedIn(folder) as { checkpoints: Record<string, ExpectedCheckpoint> };
    return Object.entries(checkpoints).map(([name, expected]) => ({
      title: `${folder.slice(FIXTURES.length + 1)}: ${name}`,
      prefix: `${folder}/${name}`,
      expected,
    }));
  });
}

export interface DamagedCase {
  readonly title: string;
  readonly folder: string;
  readonly expected: ExpectedDamage;
}

/** Every folder in fixtures/damaged. */
export function damagedCases(): DamagedCase[] {
  return foldersOf('damaged').map((folder) => {
    const expected = expectedIn(folder) as ExpectedDamage;
    return { title: `${folder.slice(FIXTURES.length + 1)}: ${expected.note}`, folder, expected };
  });
}

export interface ExpectedState {
  readonly latest: string;
  readonly all: readonly string[];
  readonly timestamps: readonly number[];
  readonly lastPreserved: number | null;
  /** What `tf.train.latest_checkpoint` gives, from the directory itself. */
  readonly latest_checkpoint: string | null;
}

export interface StateFile {
  readonly title: string;
  readonly folder: string;
  readonly path: string;
  readonly expected: ExpectedState;
}

/** Every state file of every folder in fixtures/state. */
export function stateFiles(): StateFile[] {
  return foldersOf('state').flatMap((folder) => {
    const { states } = expectedIn(folder) as { states: Record<string, ExpectedState> };
    return Object.entries(states).map(([name, expected]) => ({
      title: `${folder.slice(FIXTURES.length + 1)}/${name}`,
      folder,
      path: join(folder, name),
      expected,
    }));
  });
}

/** The path of one fixture. */
export function fixture(path: string): string {
  return join(FIXTURES, path);
}
