/**
 * A directory in which a training run keeps its checkpoints: what the state file lists, where each of these lies now, what
 * lies there beside them, and what crashed saves left behind. Only names are looked at, unless more is asked for.
 */
import { basename, dirname } from 'node:path';
import { CkptError, NotACheckpointError, UnreadableError } from '../errors.ts';
import { TENSORFLOW_FORMATS } from '../formats/registry.ts';
import { recogniseFile } from '../io/recognise.ts';
import { parseDataName, splitPrefix } from '../io/shard-names.ts';
import { fileStore, type Store } from '../io/store.ts';
import { isDirectory, isFile, isSameFile, namesIn } from '../io/stored.ts';
import { byAge, type FoundCheckpoint } from './found-checkpoint.ts';
import { Neighbours } from './neighbours.ts';
import {
  type CheckpointState,
  isStateText,
  parseCheckpointState,
  readStateText,
  refusedByTensorFlow,
} from './state-file.ts';
import { placesOf, withSlash } from './state-paths.ts';

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
  /** Why TensorFlow does not read it, though it is read here. */
  readonly stateRefusal: string | undefined;
  /** In the order of the state file; the latest comes last where the list lacks it. */
  readonly listed: readonly ListedCheckpoint[];
  /** Checkpoints beside the state file that it does not list, from the oldest to the newest. */
  readonly unlisted: readonly FoundCheckpoint[];
  /** Of these, the ones that another state file of the directory lists, with its path: what becomes of them is told there. */
  readonly listedBy: ReadonlyMap<FoundCheckpoint, string>;
  readonly leftovers: readonly Leftover[];
}

export interface DirectoryOptions {
  /** Where the files are; without it, on this machine. */
  readonly store?: Store | undefined;
}

/** A word that only a state file has. */
const STATE_FIELD = /\bmodel_checkpoint_paths?\b/;

/** Where the checkpoint of a listed path lies now. */
function placeOf(
  written: string,
  base: string,
  neighbours: Neighbours,
): Pick<ListedCheckpoint, 'place' | 'checkpoint'> {
  if (written === '') return { place: 'gone', checkpoint: undefined };
  const { there, moved } = placesOf(written, base);
  const found = neighbours.at(there);
  if (found !== undefined) {
    const { directory, base: name } = splitPrefix(found.prefix);
    if (!isSameFile(neighbours.store, directory || '.', base || '.')) return { place: 'elsewhere', checkpoint: found };
    return { place: 'here', checkpoint: neighbours.at(base + name || './') };
  }
  for (const name of moved) {
    const beside = neighbours.at(name);
    if (beside !== undefined) return { place: 'moved', checkpoint: beside };
  }
  return { place: 'gone', checkpoint: undefined };
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

type StateOf = Pick<CheckpointDirectory, 'state' | 'stateProblem' | 'stateRefusal'>;
const NO_STATE: StateOf = { state: undefined, stateProblem: undefined, stateRefusal: undefined };

/** The state in a file; a text that cannot be read is a problem, what is no text at all is no state file and is left alone. */
function readState(store: Store, path: string, named: boolean): StateOf {
  if (!isFile(store, path)) return NO_STATE;
  const foreign = recogniseFile(store, path);
  const isCheckpoint = TENSORFLOW_FORMATS.some((format) => format.at(store, path)?.files.includes(path));
  const text = isCheckpoint ? undefined : readStateText(store, path);
  if (text === undefined || text.includes('\0') || (named && !STATE_FIELD.test(text))) {
    const what = foreign === undefined ? '' : `: it ${foreign.sentence}`;
    throw new NotACheckpointError(`${path} is no state file${what}`, path);
  }
  try {
    return { ...NO_STATE, state: parseCheckpointState(text), stateRefusal: refusedByTensorFlow(store, path) };
  } catch (error) {
    if (error instanceof CkptError) return { ...NO_STATE, stateProblem: foreign?.sentence ?? error.message };
    throw error;
  }
}

/** More files than this are not looked into for what they are. */
const MOST_LOOKED_INTO = 100;
/** Endings of files that are no state file. */
const OTHER = /\.(index|meta|pb|pbtxt|json|py|log|tempstate\d+)$/;

/** What the other state files of a directory list. */
function listedByOthers(stateFile: string, base: string, neighbours: Neighbours): Map<FoundCheckpoint, string> {
  const { store } = neighbours;
  const taken = new Set(neighbours.in(base).flatMap(({ files }) => files));
  const paths = namesIn(store, base)
    .filter((name) => !OTHER.test(name) && parseDataName(name) === undefined)
    .map((name) => base + name);
  const others = paths.filter((path) => path !== stateFile && !taken.has(path) && isFile(store, path));
  const listed = new Map<FoundCheckpoint, string>();
  for (const path of others.slice(0, MOST_LOOKED_INTO)) {
    for (const { checkpoint } of listedInFile(path, base, neighbours)) {
      if (checkpoint !== undefined && !listed.has(checkpoint)) listed.set(checkpoint, path);
    }
  }
  return listed;
}

/** What a file lists that may be a state file; nothing where it is none, or none that can be read. */
function listedInFile(path: string, base: string, neighbours: Neighbours): ListedCheckpoint[] {
  try {
    const text = readStateText(neighbours.store, path);
    return text === undefined || !isStateText(text) ? [] : listedIn(parseCheckpointState(text), base, neighbours);
  } catch (error) {
    if (error instanceof CkptError || error instanceof UnreadableError) return [];
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
 * `latest_filename`). Throws {@link NotACheckpointError} when there is neither a state file nor a checkpoint. It does not wait:
 * with a store that fetches, run it in `supply` of `ckpt/text`.
 */
export function readCheckpointDirectory(
  path: string,
  { store = fileStore() }: DirectoryOptions = {},
): CheckpointDirectory {
  const stateFile = stateFileOf(store, path);
  const directory = dirname(stateFile);
  const base = withSlash(directory);
  const neighbours = new Neighbours(store);
  const { state, stateProblem, stateRefusal } = readState(store, stateFile, basename(stateFile) !== 'checkpoint');
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
    store.list(directory); // of one that cannot be listed nobody knows
    throw new NotACheckpointError(`${directory} holds neither a state file nor a checkpoint`, directory);
  }
  const claimed = listedByOthers(stateFile, base, neighbours);
  const listedBy = new Map([...claimed].filter(([checkpoint]) => !known.has(checkpoint)));
  const leftovers = leftoversIn(store, base);
  return { directory, stateFile, state, stateProblem, stateRefusal, listed, unlisted, listedBy, leftovers };
}
