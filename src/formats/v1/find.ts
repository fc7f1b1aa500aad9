/**
 * Which files of a directory are V1 checkpoints. Such a checkpoint is one file without an ending, or shards
 * `P-00000-of-00002` that a pattern stands for, `P-?????-of-00002`; nothing but the content tells the file from any other.
 */
import { readBytes } from '../../bytes/source.ts';
import { NotACheckpointError, UnreadableError } from '../../errors.ts';
import { parseDataName, parseTableName, splitPrefix, stemOf, tableName, tablePattern } from '../../io/shard-names.ts';
import type { Store } from '../../io/store.ts';
import { isDirectory, isFile, namesIn, withFile } from '../../io/stored.ts';
import { mayBeBundle } from '../../proto/generator-bundle.ts';
import { hasMagic, MAGIC } from '../../sstable/format.ts';
import type { Found } from '../format.ts';
import { firstTag, isDamagedV1, isOtherTable, V1_TAG } from '../table-kind.ts';

/** Whether a file has what any V1 file has: the empty key in front, the end of a table, or a Magenta bundle around it. Others are told without the code that reads tables. */
function mayBeTable(store: Store, path: string): boolean {
  return withFile(store, path, (file) => {
    const [shared, unshared] = readBytes(file, 0, Math.min(2, file.byteLength));
    if ((shared === 0 && unshared === 0) || mayBeBundle(file)) return true;
    const tail = Math.min(MAGIC.length, file.byteLength);
    return hasMagic(readBytes(file, file.byteLength - tail, tail));
  });
}

/** Whether a file is a V1 checkpoint or a shard of one; by its head alone if it is damaged or cut off, by its name if its list is gone. */
function isV1File(store: Store, path: string): boolean {
  if (!isFile(store, path) || !mayBeTable(store, path)) return false;
  const tag = firstTag(store, path);
  if (tag !== undefined) return tag === V1_TAG;
  return isDamagedV1(store, path) || (parseTableName(path) !== undefined && isOtherTable(store, path));
}

/** The same of a file that the system may not give: by its name it may be a shard, and whoever opens it should hear of it. */
function mayBeV1File(store: Store, path: string, isShard: boolean): boolean {
  try {
    return isV1File(store, path);
  } catch (error) {
    if (error instanceof UnreadableError) return isShard;
    throw error;
  }
}

const foundAt = (prefix: string, files: readonly string[]): Found => ({
  format: 'v1',
  prefix,
  stem: stemOf(prefix),
  files,
});

/** So many files of a directory are looked into for what they are. */
const MOST_LOOKED_INTO = 100;
/** Endings of files that are something else. */
const OTHER = /\.(index|meta|pb|pbtxt|txt|json|py|tempstate\d+)$|^checkpoint$/;

/** The V1 checkpoints among names of a directory, sets of shards as one each. */
export function findTables(store: Store, dir: string, names: readonly string[]): Found[] {
  const sets = new Map<string, string[]>();
  let looked = 0;
  for (const name of names) {
    if (OTHER.test(name) || parseDataName(name) !== undefined) continue;
    const shard = parseTableName(name);
    const prefix = dir + (shard === undefined ? name : tablePattern(shard.prefix, shard.shards));
    const set = sets.get(prefix);
    if (set !== undefined) set.push(dir + name);
    else if (looked++ < MOST_LOOKED_INTO && mayBeV1File(store, dir + name, shard !== undefined)) {
      sets.set(prefix, [dir + name]);
    }
  }
  return [...sets].map(([prefix, files]) => foundAt(prefix, files));
}

/**
 * The V1 checkpoint that a path names: the file itself, be it a shard, the shards that a pattern takes, or the shards that it is
 * the prefix of. Undefined for none; throws {@link NotACheckpointError} for several.
 */
export function tablesAt(store: Store, path: string): Found | undefined {
  if (isFile(store, path)) return isV1File(store, path) ? foundAt(path, [path]) : undefined;
  const { directory, base } = splitPrefix(path);
  if (base === '' || isDirectory(store, path)) return undefined;
  const set = parseTableName(base);
  const isCalled = (name: string): boolean => {
    const shard = parseTableName(name);
    return shard?.prefix === base || (set?.shard === undefined && isShardOf(shard, set));
  };
  const found = findTables(store, directory, namesIn(store, directory).filter(isCalled));
  const [only, ...others] = found;
  if (others.length === 0) return only ?? promisedAt(store, path);
  throw new NotACheckpointError(
    `${path} leads to ${found.length} V1 checkpoints; name one:\n${found.map(({ prefix }) => `  ${prefix}`).join('\n')}`,
    path,
    found.map(({ prefix }) => prefix),
  );
}

const isShardOf = (shard: ReturnType<typeof parseTableName>, set: ReturnType<typeof parseTableName>): boolean =>
  set !== undefined && shard?.prefix === set.prefix && shard.shards === set.shards;

/** The shards of a pattern where no directory can be listed: the first of them tells. */
function promisedAt(store: Store, path: string): Found | undefined {
  const set = store.isDistant === true ? parseTableName(path) : undefined;
  if (set === undefined || set.shard !== undefined) return undefined;
  const first = tableName(set.prefix, 0, set.shards);
  return isV1File(store, first) ? foundAt(path, [first]) : undefined;
}

/** Every V1 file that a prefix names: the file itself, and shards whatever their number. */
export function tableFilesOf(store: Store, prefix: string): string[] {
  const { directory, base } = splitPrefix(prefix);
  const isShard = (name: string): boolean => name.startsWith(base) && parseTableName(name)?.prefix === base;
  const shards = findTables(store, directory, namesIn(store, directory).filter(isShard));
  const own = isV1File(store, prefix) ? [prefix] : [];
  return [...own, ...shards.flatMap(({ files }) => files)];
}
