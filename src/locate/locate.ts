/**
 * What did the user mean by this path? Anything that people have in hand leads to a checkpoint: its prefix, one of its
 * files, a directory with a state file, the state file, a SavedModel, its variables. A path is tried as it stands before
 * it is taken for a pattern. When nothing fits, the error says what was found and what to type.
 */
import { basename, dirname, isAbsolute, join } from 'node:path';
import { CkptError, NotACheckpointError } from '../errors.ts';
import { isDirectory, namesIn } from '../io/directory.ts';
import { fileSize, readText } from '../io/file-source.ts';
import { indexName, parseTableName, splitPrefix, stripCheckpointSuffix } from '../io/shard-names.ts';
import { failAtFile, failAtNothing } from './advice.ts';
import { compileGlob, isGlob } from './glob.ts';
import { type CheckpointState, MOST_STATE_BYTES, parseCheckpointState } from './state-file.ts';
import { isV1File, type V1Files, v1CheckpointsIn, v1FilesAt } from './v1-files.ts';

export interface Located {
  /** The prefix that a V2 checkpoint's files share; the file of a V1 checkpoint, or the pattern for its shards. */
  readonly prefix: string;
  /** What a user should know about how the path was read, a sentence each. */
  readonly notes: readonly string[];
}

const isFile = (path: string): boolean => fileSize(path) !== undefined;
const hasIndex = (prefix: string): boolean => isFile(indexName(prefix));
const found = (prefix: string, ...notes: string[]): Located => ({ prefix, notes });

/** A state file's text says what it is: after comments, one of its fields. */
const STATE_FIELD =
  /^\s*(?:#[^\n]*\n\s*)*(?:(?:all_)?model_checkpoint_(?:paths?|timestamps)|last_preserved_timestamp)\s*:/;

/** Finds the checkpoint behind a path; throws {@link NotACheckpointError} with advice when there is none. */
export function locate(path: string): Located {
  const trimmed = path.trimEnd();
  const result = locateExactly(path) ?? (trimmed === path ? undefined : locateExactly(trimmed)) ?? locateGlob(trimmed);
  if (result !== undefined) return result;
  if (isFile(trimmed)) return failAtFile(trimmed);
  return failAtNothing(trimmed);
}

function locateExactly(path: string): Located | undefined {
  if (path !== '' && hasIndex(path)) return found(path, ...shadowed(path));
  if (isDirectory(path)) return locateInDirectory(path);
  const prefix = stripCheckpointSuffix(path);
  if (prefix !== path && hasIndex(prefix)) return found(prefix, ...shadowed(prefix));
  if (!isFile(path)) return locateV1(path);
  if (/^saved_model\.pb(txt)?$/.test(basename(path))) return locateInDirectory(dirname(path));
  if (isStateFile(path)) return locateByState(path);
  return locateV1(path) ?? (path.endsWith('.meta') ? locateV1(prefix) : undefined);
}

/** The V1 checkpoint that a path names. A pattern that takes several is left to {@link locateGlob}. */
function locateV1(path: string): Located | undefined {
  const one = isGlob(basename(path)) && parseTableName(path) === undefined ? undefined : v1FilesAt(path);
  return one === undefined ? undefined : found(one.path);
}

/** What to say where a V1 checkpoint has the prefix of a V2 one: TensorFlow reads the latter. */
function shadowed(prefix: string): string[] {
  if (!hasIndex(prefix) || !isFile(prefix) || !isV1File(prefix)) return [];
  return [`${prefix} is a V1 checkpoint, and ${indexName(prefix)} one in V2; V2 is read, as TensorFlow does`];
}

function isStateFile(path: string): boolean {
  if ((fileSize(path) ?? 0) > MOST_STATE_BYTES) return false;
  return STATE_FIELD.test(readText(path)) || (basename(path) === 'checkpoint' && fileSize(path) === 0);
}

/** Prefixes of the V2 checkpoints in a directory. */
function prefixesIn(directory: string): string[] {
  const base = directory.endsWith('/') ? directory : `${directory}/`;
  return namesIn(directory)
    .filter((name) => name.endsWith('.index') && isFile(base + name))
    .map((name) => base + name.slice(0, -'.index'.length));
}

/** What can be named in a directory: prefixes of V2 checkpoints, and the files or patterns of V1. */
function checkpointsIn(directory: string): string[] {
  const prefixes = prefixesIn(directory);
  const base = directory.endsWith('/') ? directory : `${directory}/`;
  const v1 = v1CheckpointsIn(base).map((one: V1Files) => one.path);
  return [...prefixes, ...v1.filter((path) => !prefixes.includes(path))];
}

/** The checkpoint of a SavedModel, given its folder or that of its variables. */
function variablesIn(directory: string): Located | undefined {
  for (const prefix of [join(directory, 'variables', 'variables'), join(directory, 'variables')]) {
    if (hasIndex(prefix)) return found(prefix);
    const v1 = isDirectory(prefix) ? undefined : locateV1(prefix);
    if (v1 !== undefined) return v1;
  }
  return undefined;
}

function locateInDirectory(directory: string): Located {
  const state = join(directory, 'checkpoint');
  if (isFile(state) && isStateFile(state)) return locateByState(state);
  const variables = variablesIn(directory);
  if (variables !== undefined) return variables;
  const all = checkpointsIn(directory);
  const [only, ...others] = all;
  if (only !== undefined && others.length === 0) return found(only, ...shadowed(only));
  if (only !== undefined) {
    const names = all.slice(-5).map((path) => `  ${path}`);
    throw new NotACheckpointError(
      `${directory} holds ${all.length} checkpoints and no state file that says which; name one:\n${names.join('\n')}`,
      directory,
      all,
    );
  }
  return failAtNothing(directory);
}

function readState(path: string): CheckpointState {
  try {
    return parseCheckpointState(readText(path));
  } catch (cause) {
    if (!(cause instanceof CkptError)) throw cause;
    throw new NotACheckpointError(`the state file ${path} cannot be read: ${cause.message}`, path, [], { cause });
  }
}

/** Follows a state file. Its path may be stale, since directories are moved: then the same name beside it counts. */
function locateByState(path: string): Located {
  const { latest } = readState(path);
  const directory = dirname(path);
  if (latest === undefined) {
    throw new NotACheckpointError(`the state file ${path} names no checkpoint; name one by its prefix`, path);
  }
  const written = isAbsolute(latest) ? latest : latest === '.' ? `${directory}/` : join(directory, latest);
  const there = locatePrefix(written);
  if (there !== undefined) return there;
  const gone = (used: string, why: string): string => `${path} points to ${latest}, which is gone; using ${used}${why}`;
  const beside = locatePrefix(`${directory}/${basename(latest)}`);
  if (beside !== undefined) return found(beside.prefix, gone(beside.prefix, ' beside it'));
  const all = checkpointsIn(directory);
  const [only, ...others] = all;
  if (only !== undefined && others.length === 0) return found(only, gone(only, ', the only checkpoint there'));
  const besideIt = all.length === 0 ? 'no checkpoint is beside it' : `beside it are ${all.slice(-5).join(', ')}`;
  throw new NotACheckpointError(
    `the state file ${path} points to ${latest}, which is not there; ${besideIt}`,
    path,
    all,
  );
}

/** The checkpoint of exactly this name, in either format. */
function locatePrefix(prefix: string): Located | undefined {
  return hasIndex(prefix) ? found(prefix, ...shadowed(prefix)) : locateV1(prefix);
}

/** A pattern in the last part of a path, tried against the prefixes and files that are there. */
function locateGlob(path: string): Located | undefined {
  const { directory, base } = splitPrefix(stripCheckpointSuffix(path));
  if (!isGlob(base)) return undefined;
  const pattern = compileGlob(base);
  const prefixes = prefixesIn(directory === '' ? '.' : directory).filter((prefix) => pattern.test(basename(prefix)));
  const v1 = v1CheckpointsIn(directory, (name) => pattern.test(name)).map((one) => one.path);
  const matches = [...prefixes, ...v1.filter((one) => !prefixes.includes(one))];
  const [only, ...others] = matches;
  if (only === undefined) return undefined;
  if (others.length === 0) return found(only, ...shadowed(only));
  throw new NotACheckpointError(
    `${path} matches ${matches.length} checkpoints; name one:\n${matches
      .slice(-5)
      .map((prefix) => `  ${prefix}`)
      .join('\n')}`,
    path,
    matches,
  );
}
