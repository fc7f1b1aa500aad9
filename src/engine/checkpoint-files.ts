/** The files of a checkpoint by its path, as `tf.train.Saver` and `tf.train.latest_checkpoint` know them, and the state file. */
import { basename, dirname, isAbsolute, join, relative } from 'node:path';
import { type CheckpointState, MOST_STATE_BYTES, parseCheckpointState } from '../checkpoints/state-file.ts';
import { writeCheckpointState } from '../checkpoints/write-state.ts';
import { CkptError, UsageError } from '../errors.ts';
import { compileGlob, isGlob } from '../io/glob.ts';
import { putBack } from '../io/leavings.ts';
import { removeFiles } from '../io/remove-files.ts';
import { listShardFiles } from '../io/shard-files.ts';
import { indexName, splitPrefix, stemOf } from '../io/shard-names.ts';
import { fileStore } from '../io/store.ts';
import { isFile, namesIn, readText } from '../io/stored.ts';

/** A Saver saves on this machine. */
const FILES = fileStore();

/** The `.meta` of a checkpoint. */
export function metaName(path: string): string {
  return `${stemOf(path)}.meta`;
}

/** The files of V1 at a path, which may be a pattern. */
function tablesAt(path: string): string[] {
  if (isFile(FILES, path)) return [path];
  const { directory, base } = splitPrefix(path);
  if (!isGlob(base)) return [];
  const pattern = compileGlob(base);
  return namesIn(FILES, directory)
    .filter((name) => pattern.test(name))
    .map((name) => directory + name);
}

/**
 * Whether there is a checkpoint of this name, of V2 or of V1 (`tf.train.checkpoint_exists`). One that a killed save put aside, and
 * did not replace, is brought back.
 */
export function checkpointExists(prefix: string): boolean {
  if (typeof prefix !== 'string' || prefix === '') {
    throw new UsageError('checkpointExists takes the path of a checkpoint');
  }
  return isThere(prefix) || putBack(prefix) > 0;
}

function isThere(prefix: string): boolean {
  return isFile(FILES, indexName(prefix)) || tablesAt(prefix).length > 0;
}

/** When a checkpoint was written, in seconds since 1970; undefined where there is none. */
export function checkpointTime(prefix: string): number | undefined {
  const [file] = isFile(FILES, indexName(prefix)) ? [indexName(prefix)] : tablesAt(prefix);
  const time = file === undefined ? undefined : FILES.modified?.(file);
  return time === undefined ? undefined : time / 1000;
}

/** Deletes a checkpoint, what makes it one first, and its `.meta`. */
export function removeCheckpoint(path: string): void {
  const files = [
    indexName(path),
    ...listShardFiles(FILES, path).map((file) => file.path),
    ...tablesAt(path),
    metaName(path),
  ];
  removeFiles(files.filter((file) => isFile(FILES, file)));
}

/** The directory that a path lies in, as Python has it: empty for a name alone. */
export function directoryOf(path: string): string {
  const at = path.lastIndexOf('/');
  return at < 0 ? '' : at === 0 ? '/' : dirname(path);
}

/** A path as it stands in a state file (`generate_checkpoint_state_proto`). */
function inState(path: string, directory: string, relativePaths: boolean): string {
  if (isAbsolute(path)) return relativePaths ? relative(directory || '.', path) : path;
  return isAbsolute(directory) ? path : relative(directory || '.', path);
}

/** What a state file is to say. */
export interface StateToWrite {
  readonly latest: string;
  readonly all: readonly string[];
  readonly relativePaths: boolean;
  /** When each of `all` was saved, in seconds since 1970; none where that is not kept. */
  readonly timestamps?: readonly number[] | undefined;
  readonly lastPreserved?: number | undefined;
}

/** Writes the state file in the directory of the checkpoints, byte for byte as `tf.train.Saver` does. */
export function updateState(stateFile: string, state: StateToWrite): void {
  const { latest, all, relativePaths, timestamps = [], lastPreserved } = state;
  const directory = directoryOf(stateFile);
  const listed = all.at(-1) === latest ? all : [...all, latest];
  const shown = (path: string): string => inState(path, directory, relativePaths);
  writeCheckpointState(stateFile, {
    latest: shown(latest),
    all: listed.map(shown),
    timestamps,
    lastPreserved,
  });
}

/**
 * The newest checkpoint of a directory by its state file, where it is still there (`tf.train.latest_checkpoint`); undefined
 * where there is none.
 */
export function latestCheckpoint(directory: string, latestFilename = 'checkpoint'): string | undefined {
  if (typeof directory !== 'string') throw new UsageError('latestCheckpoint takes a directory');
  const path = readState(directory, latestFilename)?.latest;
  return path !== undefined && checkpointExists(path) ? path : undefined;
}

/** The state file of a directory, its paths led from there; undefined where there is none, or none that can be read. */
export function readState(directory: string, latestFilename = 'checkpoint'): CheckpointState | undefined {
  const stateFile = join(directory, latestFilename);
  const size = FILES.size(stateFile);
  if (size === undefined || size > MOST_STATE_BYTES) return undefined;
  try {
    const state = parseCheckpointState(readText(FILES, stateFile));
    const led = (path: string): string => (isAbsolute(path) ? path : pythonJoin(directory, path));
    return { ...state, latest: state.latest === undefined ? undefined : led(state.latest), all: state.all.map(led) };
  } catch (error) {
    if (error instanceof CkptError) return undefined;
    throw error;
  }
}

/** `os.path.join`, which keeps `./` and double dots as they are. */
function pythonJoin(directory: string, name: string): string {
  return directory === '' || directory.endsWith('/') ? directory + name : `${directory}/${name}`;
}

/** The last part of a path. */
export function lastPartOf(path: string): string {
  return basename(path);
}
