/**
 * A directory in which a training run keeps its checkpoints: what the state file lists, where each of these lies now, what
 * lies there beside them, and what crashed saves left behind. Only names are looked at, unless more is asked for.
 */
import { basename, dirname, isAbsolute, join } from 'node:path';
import { CkptError, NotACheckpointError } from '../errors.ts';
import { isDirectory, namesIn } from '../io/directory.ts';
import { fileSize, readText } from '../io/file-source.ts';
import { isSameFile } from '../io/paths.ts';
import { recogniseFile } from '../io/recognise.ts';
import { indexName, parseDataName, splitPrefix } from '../io/shard-names.ts';
import { compileGlob, isGlob } from '../locate/glob.ts';
import { type CheckpointState, MOST_STATE_BYTES, parseCheckpointState } from '../locate/state-file.ts';
import { isV1File, v1CheckpointsIn } from '../locate/v1-files.ts';
import { byAge, FoundCheckpoint } from './found-checkpoint.ts';

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

/** The files of a directory by the checkpoint they belong to, read once. */
class Neighbours {
  readonly #folders = new Map<string, ReadonlyMap<string, readonly string[]>>();
  readonly #found = new Map<string, FoundCheckpoint | undefined>();

  /** Data files in a directory, by prefix. */
  #dataIn(directory: string): ReadonlyMap<string, readonly string[]> {
    let folder = this.#folders.get(directory);
    if (folder === undefined) {
      const files = new Map<string, string[]>();
      for (const name of namesIn(directory)) {
        const prefix = parseDataName(name)?.prefix;
        if (prefix === undefined) continue;
        const known = files.get(prefix);
        if (known === undefined) files.set(prefix, [directory + name]);
        else known.push(directory + name);
      }
      folder = files;
      this.#folders.set(directory, folder);
    }
    return folder;
  }

  /** The checkpoint of a prefix, V2 before V1, as TensorFlow looks for it; undefined when there is none. */
  at(prefix: string): FoundCheckpoint | undefined {
    if (!this.#found.has(prefix)) this.#found.set(prefix, this.#lookAt(prefix));
    return this.#found.get(prefix);
  }

  #lookAt(prefix: string): FoundCheckpoint | undefined {
    const { directory, base } = splitPrefix(prefix);
    if (fileSize(indexName(prefix)) !== undefined) {
      const data = this.#dataIn(directory).get(base) ?? [];
      return new FoundCheckpoint(prefix, 'v2', [indexName(prefix), ...data]);
    }
    const files = tablesAt(prefix);
    return files.length === 0 ? undefined : new FoundCheckpoint(prefix, 'v1', files);
  }
}

/** The V1 file at a path, or the shards that a pattern takes: TensorFlow adds nothing to what a state file says. */
function tablesAt(path: string): string[] {
  if (isV1File(path)) return [path];
  const { directory, base } = splitPrefix(path);
  if (!isGlob(base)) return [];
  const pattern = compileGlob(base);
  return v1CheckpointsIn(directory, (name) => pattern.test(name)).flatMap(({ files }) => files);
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
    if (!isSameFile(directory || '.', base || '.')) return { place: 'elsewhere', checkpoint: there };
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

/** What names every checkpoint in a directory. */
function prefixesIn(base: string, stateName: string): string[] {
  const bundles = namesIn(base)
    .filter((name) => name.endsWith('.index') && fileSize(base + name) !== undefined)
    .map((name) => base + name.slice(0, -'.index'.length) || './');
  const tables = v1CheckpointsIn(base, (name) => name !== stateName).map(({ path }) => path);
  return [...new Set([...bundles, ...tables])];
}

const TEMPORARY_FILE = /\.tempstate\d+$/;
const TEMPORARY_DIRECTORY = /_temp(_[0-9a-f]{32})?$/;

/** Temporary files and directories of saves, by the names that TensorFlow gives them (tensor_bundle.cc, saver.py). */
function leftoversIn(base: string): Leftover[] {
  const found: Leftover[] = [];
  for (const name of namesIn(base)) {
    const path = base + name;
    if (TEMPORARY_FILE.test(name)) {
      const bytes = fileSize(path);
      if (bytes !== undefined) found.push({ path, kind: 'file', bytes });
    } else if (TEMPORARY_DIRECTORY.test(name) && isDirectory(path)) {
      const parts = namesIn(path);
      if (!parts.some((part) => part.startsWith('part-'))) continue;
      const bytes = parts.reduce((sum, part) => sum + (fileSize(`${path}/${part}`) ?? 0), 0);
      found.push({ path, kind: 'directory', bytes });
    }
  }
  return found;
}

/** The state in a file; a text that cannot be read is a problem, what is no text at all is no state file and is left alone. */
function readState(path: string, named: boolean): Pick<CheckpointDirectory, 'state' | 'stateProblem'> {
  const size = fileSize(path);
  if (size === undefined) return { state: undefined, stateProblem: undefined };
  const foreign = recogniseFile(path);
  const text = size > MOST_STATE_BYTES || isV1File(path) ? undefined : readText(path);
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
function stateFileOf(path: string): string {
  if (isDirectory(path)) return `${withSlash(path)}checkpoint`;
  if (fileSize(path) !== undefined || (basename(path) === 'checkpoint' && isDirectory(dirname(path)))) return path;
  throw new NotACheckpointError(`there is neither a directory nor a state file at ${path}`, path);
}

/**
 * Reads the directory at `path`, or the one of the state file at `path`, which may have any name (TensorFlow's
 * `latest_filename`). Throws {@link NotACheckpointError} when there is neither a state file nor a checkpoint.
 */
export function readCheckpointDirectory(path: string): CheckpointDirectory {
  const stateFile = stateFileOf(path);
  const directory = dirname(stateFile);
  const base = withSlash(directory);
  const neighbours = new Neighbours();
  const { state, stateProblem } = readState(stateFile, basename(stateFile) !== 'checkpoint');
  const listed = state === undefined ? [] : listedIn(state, base, neighbours);
  const known = new Set(listed.map(({ checkpoint }) => checkpoint));
  const all = prefixesIn(base, basename(stateFile)).map((prefix) => neighbours.at(prefix));
  const unlisted = all
    .filter((found): found is FoundCheckpoint => found !== undefined && !known.has(found))
    .sort(byAge);
  if (state === undefined && unlisted.length === 0) {
    if (stateProblem !== undefined) {
      throw new NotACheckpointError(`the state file ${stateFile} cannot be read: ${stateProblem}`, stateFile);
    }
    throw new NotACheckpointError(`${directory} holds neither a state file nor a checkpoint`, directory);
  }
  return { directory, stateFile, state, stateProblem, listed, unlisted, leftovers: leftoversIn(base) };
}
