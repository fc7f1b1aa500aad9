/**
 * Where the files of V1 checkpoints lie. Such a checkpoint is one file without an ending, or shards `P-00000-of-00002` that a
 * pattern stands for, `P-?????-of-00002`; nothing but the content tells the file from any other.
 */
import { CkptError, NotACheckpointError, UnreadableError } from '../errors.ts';
import { namesIn } from '../io/directory.ts';
import { FileSource, fileSize } from '../io/file-source.ts';
import { readHead } from '../io/recognise.ts';
import { parseDataName, parseTableName, splitPrefix, tablePattern } from '../io/shard-names.ts';
import { TableReader } from '../sstable/table-reader.ts';
import { compileGlob, isGlob } from './glob.ts';

/** First byte of the value under the empty key: a V1 file's list, or a bundle's header. */
const V1_TAG = 0x0a;
const V2_TAG = 0x08;

/** The first byte of the value under a table's first key; undefined for what is no table. */
function firstTag(path: string): number | undefined {
  if (fileSize(path) === undefined) return undefined;
  const file = new FileSource(path);
  try {
    for (const cursor of new TableReader(file, path).entries()) return cursor.bytes[cursor.valueStart];
    return undefined;
  } catch (error) {
    if (error instanceof CkptError) return undefined;
    throw error;
  } finally {
    file.close();
  }
}

/** Whether a file is the index of a V2 checkpoint, whatever it is called. */
export function isIndexTable(path: string): boolean {
  return firstTag(path) === V2_TAG;
}

/** Whether the first entry is that of a V1 file, whatever comes behind: nothing shared, no key, and a value that is a list. */
function startsLikeV1(path: string): boolean {
  const head = readHead(path);
  let at = 2;
  while (at < 7 && (head[at] ?? 0) >= 0x80) at++;
  return head.length > at + 1 && head[0] === 0 && head[1] === 0 && head[2] !== 0 && head[at + 1] === V1_TAG;
}

/** Whether a file is a V1 checkpoint or a shard of one; by its head alone if it is damaged or cut off. */
export function isV1File(path: string): boolean {
  if (fileSize(path) === undefined) return false;
  const tag = firstTag(path);
  return tag === undefined ? startsLikeV1(path) : tag === V1_TAG;
}

/** The same of a file that the system may not give, which then counts as `unreadable` says. */
function mayBeV1File(path: string, unreadable: boolean): boolean {
  try {
    return isV1File(path);
  } catch (error) {
    if (error instanceof UnreadableError) return unreadable;
    throw error;
  }
}

/** A V1 checkpoint: its file, or the pattern for its shards, and the files that are there. */
export interface V1Files {
  readonly path: string;
  readonly files: readonly string[];
}

/** So many files of a directory are looked into for what they are. */
const MOST_LOOKED_INTO = 100;
/** Endings of files that are something else. */
const OTHER = /\.(index|meta|pb|pbtxt|txt|json|py|tempstate\d+)$|^checkpoint$/;

/**
 * The V1 checkpoints among the names of a directory that `wanted` takes, sets of shards as one each. A file that cannot be
 * read is one of them where `unreadable` says so: whoever named it should hear of it when it is opened.
 */
export function v1CheckpointsIn(
  directory: string,
  wanted: (name: string) => boolean = () => true,
  unreadable = false,
): V1Files[] {
  const base = directory === '' || directory.endsWith('/') ? directory : `${directory}/`;
  const sets = new Map<string, string[]>();
  let looked = 0;
  for (const name of namesIn(directory)) {
    if (!wanted(name) || OTHER.test(name) || parseDataName(name) !== undefined) continue;
    const shard = parseTableName(name);
    const path = base + (shard === undefined ? name : tablePattern(shard.prefix, shard.shards));
    const set = sets.get(path);
    if (set !== undefined) set.push(base + name);
    else if (looked++ < MOST_LOOKED_INTO && mayBeV1File(base + name, unreadable)) sets.set(path, [base + name]);
  }
  return [...sets].map(([path, files]) => ({ path, files }));
}

/**
 * The V1 checkpoint that a path names: itself, the shards that a pattern takes, or the shards that it is the prefix of.
 * Undefined for none; throws {@link NotACheckpointError} for several.
 */
export function v1FilesAt(path: string): V1Files | undefined {
  if (fileSize(path) !== undefined) return isV1File(path) ? { path, files: [path] } : undefined;
  const { directory, base } = splitPrefix(path);
  const pattern = isGlob(base) ? compileGlob(base) : undefined;
  const wanted = (name: string): boolean => parseTableName(name)?.prefix === base || pattern?.test(name) === true;
  const found = v1CheckpointsIn(directory, wanted, true);
  const [only, ...others] = found;
  if (others.length === 0) return only;
  throw new NotACheckpointError(
    `${path} leads to ${found.length} V1 checkpoints; name one:\n${found.map((one) => `  ${one.path}`).join('\n')}`,
    path,
    found.map((one) => one.path),
  );
}

/** Every V1 file that a prefix names: the file itself, and shards whatever their number. */
export function v1FilesOf(prefix: string): string[] {
  const { directory, base } = splitPrefix(prefix);
  const isShard = (name: string): boolean => name.startsWith(base) && parseTableName(name)?.prefix === base;
  const shards = v1CheckpointsIn(directory, isShard);
  const own = isV1File(prefix) ? [prefix] : [];
  return [...own, ...shards.flatMap(({ files }) => files)];
}
