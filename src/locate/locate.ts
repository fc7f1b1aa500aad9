/**
 * What did the user mean by this path? Anything that people have in hand leads to a checkpoint: its prefix, one of its
 * files, a directory with a state file, the state file, a SavedModel, its variables. A path is tried as it stands before
 * it is taken for a pattern. When nothing fits, the error says what was found and what to type.
 */
import { basename, dirname, isAbsolute, join } from 'node:path';
import { CkptError, NotACheckpointError, UnsupportedError } from '../errors.ts';
import { isDirectory, namesIn, readText } from '../io/directory.ts';
import { fileSize } from '../io/file-source.ts';
import { indexName, splitPrefix, stripCheckpointSuffix } from '../io/shard-names.ts';
import { globToRegExp, isGlob } from './glob.ts';
import { failAtFile, failAtNothing } from './nothing-there.ts';
import { type CheckpointState, MOST_STATE_BYTES, parseCheckpointState } from './state-file.ts';

export interface Located {
  /** The prefix that the checkpoint's files share. */
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
  if (path !== '' && hasIndex(path)) return found(path);
  if (isDirectory(path)) return locateInDirectory(path);
  const prefix = stripCheckpointSuffix(path);
  if (prefix !== path && hasIndex(prefix)) return found(prefix);
  if (!isFile(path)) return undefined;
  if (/^saved_model\.pb(txt)?$/.test(basename(path))) return locateInDirectory(dirname(path));
  if (isStateFile(path)) return locateByState(path);
  return undefined;
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

function locateInDirectory(directory: string): Located {
  const state = join(directory, 'checkpoint');
  const prefixes = prefixesIn(directory);
  if (isFile(state) && isStateFile(state)) return locateByState(state);
  const inside = [join(directory, 'variables', 'variables'), join(directory, 'variables')].find(hasIndex);
  if (inside !== undefined) return found(inside);
  const [only, ...others] = prefixes;
  if (only !== undefined && others.length === 0) return found(only);
  if (only !== undefined) {
    const names = prefixes.slice(-5).map((prefix) => `  ${prefix}`);
    throw new NotACheckpointError(
      `${directory} holds ${prefixes.length} checkpoints and no state file that says which; name one:\n${names.join('\n')}`,
      directory,
      prefixes,
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
  if (hasIndex(written)) return found(written);
  const beside = `${directory}/${basename(latest)}`;
  if (hasIndex(beside)) return found(beside, `${path} points to ${latest}, which is gone; using ${beside} beside it`);
  const prefixes = prefixesIn(directory);
  const [only, ...others] = prefixes;
  if (only !== undefined && others.length === 0) {
    return found(only, `${path} points to ${latest}, which is gone; using ${only}, the only checkpoint there`);
  }
  if (isV1Name(directory, basename(latest))) {
    throw new UnsupportedError(`${written} is a V1 checkpoint; this version reads V2 only`, 'V1');
  }
  const there = prefixes.length === 0 ? 'no checkpoint is beside it' : `beside it are ${prefixes.slice(-5).join(', ')}`;
  throw new NotACheckpointError(
    `the state file ${path} points to ${latest}, which is not there; ${there}`,
    path,
    prefixes,
  );
}

function isV1Name(directory: string, name: string): boolean {
  const pattern = globToRegExp(name);
  return namesIn(directory).some((other) => pattern.test(other));
}

/** A pattern in the last part of a path, tried against the prefixes and files that are there. */
function locateGlob(path: string): Located | undefined {
  const { directory, base } = splitPrefix(stripCheckpointSuffix(path));
  if (!isGlob(base)) return undefined;
  const pattern = globToRegExp(base);
  const matches = prefixesIn(directory === '' ? '.' : directory).filter((prefix) => pattern.test(basename(prefix)));
  const [only, ...others] = matches;
  if (only === undefined) return undefined;
  if (others.length === 0) return found(only);
  throw new NotACheckpointError(
    `${path} matches ${matches.length} checkpoints; name one:\n${matches
      .slice(-5)
      .map((prefix) => `  ${prefix}`)
      .join('\n')}`,
    path,
    matches,
  );
}
