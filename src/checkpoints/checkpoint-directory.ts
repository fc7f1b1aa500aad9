/**
 * A directory in which a training run keeps its checkpoints: what the state file lists, where each of these lies now, what
 * lies there beside them, and what crashed saves left behind. Only names are looked at, unless more is asked for.
 */
import { basename, dirname, isAbsolute, join } from 'node:path';
import { CkptError, NotACheckpointError } from '../errors.ts';
import type { Found } from '../formats/format.ts';
import { TENSORFLOW_FORMATS } from '../formats/registry.ts';
import { compileGlob, isGlob } from '../io/glob.ts';
import { recogniseFile } from '../io/recognise.ts';
import { splitPrefix } from '../io/shard-names.ts';
import { fileStore, type Store } from '../io/store.ts';
import { isDirectory, isFile, isSameFile, namesIn, readText } from '../io/stored.ts';
import { byAge, FoundCheckpoint } from './found-checkpoint.ts';
import { type CheckpointState, MOST_STATE_BYTES, parseCheckpointState } from './state-file.ts';

/**
 * Where a listed checkpoint lies: where the file says, in its own directory or elsewhere; `moved`: not where the file says,
 * but under the same name beside the file; `gone`: nowhere.
 */
export type Location = 'here' | 'elsewhere' | 'moved' | 'gone';

export interface ListedCheckpoint {
  /** The path as the state file has it. */
  readonly written: string;
  readonly isLatest: boolean;
  readonly place: Location;
  /** Undefined while it is gone. */
  readonly checkpoint: FoundCheckpoint | undefined;
  /** When it was saved, in seconds since 1970, where the state file says. */
  readonly timestamp: number | undefined;
}

/** What a save that did not finish left behind; bytes in all. */
export interface Leftover {
  readonly path: string;
  readonly kind: 'file' | 'directory';
  readonly bytes: number;
}

export interface CheckpointDirectory {
  readonly directory: string;
  /** The state file, whether it is there or not. */
  readonly stateFile: string;
  /** Undefined when there is none, or none that can be read. */
  readonly state: CheckpointState | undefined;
  /** Why the state file, which is there, cannot be read. */
  readonly stateProblem: string | undefined;
  /** In the order of the state file; the latest comes last where the list lacks it. */
  readonly listed: readonly ListedCheckpoint[];
  /** Checkpoints beside the state file that it does not list, from the oldest to the newest. */
  readonly unlisted: readonly FoundCheckpoint[];
  readonly leftovers: readonly Leftover[];
}

/** The checkpoints of directories, each directory listed once. */
class Neighbours {
  readonly #folders = new Map<string, readonly Found[]>();
  readonly #found = new Map<string, FoundCheckpoint | undefined>();

  constructor(readonly store: Store) {}

  /** What lies in a directory, V2 before V1, as TensorFlow looks for it; of two with one prefix the first. */
  in(directory: string): readonly Found[] {
    let folder = this.#folders.get(directory);
    if (folder === undefined) {
      const names = namesIn(this.store, directory);
      const all = TENSORFLOW_FORMATS.flatMap((format) => format.find(this.store, directory, names));
      folder = [...new Map(all.toReversed().map((found) => [found.prefix, found])).values()].reverse();
      this.#folders.set(directory, folder);
    }
    return folder;
  }

  /** The checkpoint of a prefix: TensorFlow adds nothing to what a state file says, save where it is a pattern. */
  at(prefix: string): FoundCheckpoint | undefined {
    if (!this.#found.has(prefix)) {
      const found = this.#lookAt(prefix);
      this.#found.set(prefix, found === undefined ? undefined : new FoundCheckpoint(this.store, { ...found, prefix }));
    }
    return this.#found.get(prefix);
  }

  #lookAt(prefix: string): Found | undefined {
    const { directory, base } = splitPrefix(prefix);
    const all = this.in(directory);
    const exact = all.find((found) => found.prefix === prefix);
    if (exact !== undefined) return exact;
    for (const format of TENSORFLOW_FORMATS) {
      const found = isFile(this.store, prefix) ? format.at(this.store, prefix) : undefined;
      if (found?.prefix === prefix) return found;
    }
    if (!isGlob(base)) return undefined;
    const pattern = compileGlob(base);
    const taken = all.filter(
      ({ files }) => files.length > 0 && files.every((file) => pattern.test(splitPrefix(file).base)),
    );
    const [first] = taken;
    return first === undefined ? undefined : { ...first, files: taken.flatMap(({ files }) => files) };
  }
}

/** `run/` of `run`, so that names can be put after it. */
function withSlash(directory: string): string {
  if (directory === '.') return '';
  return directory.endsWith('/') ? directory : `${directory}/`;
}

/** A word that only a state file has. */
const STATE_FIELD = /\bmodel_checkpoint_paths?\b/;

/** The last part of a path, of whatever system. */
function lastPart(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}

/** Where a path of a state file leads. */
function resolved(written: string, base: string): string {
  if (isAbsolute(written)) return written;
  return /^(\.\/?)?$/.test(written) ? base || './' : join(base, written);
}

/** Where the checkpoint of a listed path lies now. */
function placeOf(
  written: string,
  base: string,
  neighbours: Neighbours,
): Pick<ListedCheckpoint, 'place' | 'checkpoint'> {
  if (written === '') return { place: 'gone', checkpoint: undefined };
  const there = neighbours.at(resolved(written, base));
  if (there !== undefined) {
    const { directory, base: name } = splitPrefix(there.prefix);
    if (!isSameFile(neighbours.store, directory || '.', base || '.')) return { place: 'elsewhere', checkpoint: there };
    return { place: 'here', checkpoint: neighbours.at(base + name || './') };
  }
  const beside = neighbours.at(base + lastPart(written));
  return { place: beside === undefined ? 'gone' : 'moved', checkpoint: beside };
}

function listedIn(state: CheckpointState, base: string, neighbours: Neighbours): ListedCheckpoint[] {
  const { latest, all, timestamps } = state;
  const dated = timestamps.length === all.length;
  const paths = latest === undefined || all.includes(latest) ? all : [...all, latest];
  return paths.map((written, i) => ({
    written,
    isLatest: written === latest,
    timestamp: dated ? timestamps[i] : undefined,
    ...placeOf(written, base, neighbours),
  }));
}

const TEMPORARY_FILE = /\.tempstate\d+$/;
const TEMPORARY_DIRECTORY = /_temp(_[0-9a-f]{32})?$/;

/** Temporary files and directories of saves, by the names that TensorFlow gives them (tensor_bundle.cc, saver.py). */
function leftoversIn(store: Store, base: string): Leftover[] {
  const found: Leftover[] = [];
  for (const name of namesIn(store, base)) {
    const path = base + name;
    if (TEMPORARY_FILE.test(name)) {
      const bytes = store.size(path);
      if (bytes !== undefined) found.push({ path, kind: 'file', bytes });
    } else if (TEMPORARY_DIRECTORY.test(name) && isDirectory(store, path)) {
      const parts = namesIn(store, path);
      if (!parts.some((part) => part.startsWith('part-'))) continue;
      const bytes = parts.reduce((sum, part) => sum + (store.size(`${path}/${part}`) ?? 0), 0);
      found.push({ path, kind: 'directory', bytes });
    }
  }
  return found;
}

/** The state in a file; a text that cannot be read is a problem, what is no text at all is no state file and is left alone. */
function readState(store: Store, path: string, named: boolean): Pick<CheckpointDirectory, 'state' | 'stateProblem'> {
  const size = store.size(path);
  if (size === undefined) return { state: undefined, stateProblem: undefined };
  const foreign = recogniseFile(store, path);
  const isCheckpoint = TENSORFLOW_FORMATS.some((format) => format.at(store, path)?.files.includes(path));
  const text = size > MOST_STATE_BYTES || isCheckpoint ? undefined : readText(store, path);
  if (text === undefined || text.includes('\0') || (named && !STATE_FIELD.test(text))) {
    const what = foreign === undefined ? '' : `: it ${foreign.sentence}`;
    throw new NotACheckpointError(`${path} is no state file${what}`, path);
  }
  try {
    return { state: parseCheckpointState(text), stateProblem: undefined };
  } catch (error) {
    if (error instanceof CkptError) return { state: undefined, stateProblem: foreign?.sentence ?? error.message };
    throw error;
  }
}

/** The state file that a path means: itself, or the one of a directory. */
function stateFileOf(store: Store, path: string): string {
  if (isDirectory(store, path)) return `${withSlash(path)}checkpoint`;
  if (isFile(store, path) || (basename(path) === 'checkpoint' && isDirectory(store, dirname(path)))) return path;
  throw new NotACheckpointError(`there is neither a directory nor a state file at ${path}`, path);
}

/**
 * Reads the directory at `path`, or the one of the state file at `path`, which may have any name (TensorFlow's
 * `latest_filename`). Throws {@link NotACheckpointError} when there is neither a state file nor a checkpoint.
 */
export function readCheckpointDirectory(path: string, store: Store = fileStore()): CheckpointDirectory {
  const stateFile = stateFileOf(store, path);
  const directory = dirname(stateFile);
  const base = withSlash(directory);
  const neighbours = new Neighbours(store);
  const { state, stateProblem } = readState(store, stateFile, basename(stateFile) !== 'checkpoint');
  const listed = state === undefined ? [] : listedIn(state, base, neighbours);
  const known = new Set(listed.map(({ checkpoint }) => checkpoint));
  const others = neighbours.in(base).filter(({ files }) => !files.includes(stateFile));
  const all = others.map(({ prefix }) => neighbours.at(prefix));
  const unlisted = all
    .filter((found): found is FoundCheckpoint => found !== undefined && !known.has(found))
    .sort(byAge);
  if (state === undefined && unlisted.length === 0) {
    if (stateProblem !== undefined) {
      throw new NotACheckpointError(`the state file ${stateFile} cannot be read: ${stateProblem}`, stateFile);
    }
    throw new NotACheckpointError(`${directory} holds neither a state file nor a checkpoint`, directory);
  }
  return { directory, stateFile, state, stateProblem, listed, unlisted, leftovers: leftoversIn(store, base) };
}
