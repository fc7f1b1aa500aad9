/** How the files of a checkpoint are called (tensorflow/core/util/tensor_bundle/naming.cc). */
import { sep } from 'node:path';

export function indexName(prefix: string): string {
  return `${prefix}.index`;
}

/** `P.data-00001-of-00003`; both numbers grow beyond five digits where they must. */
export function dataName(prefix: string, shard: number, shards: number): string {
  return `${prefix}.data-${String(shard).padStart(5, '0')}-of-${String(shards).padStart(5, '0')}`;
}

/** The directory of a prefix, with its slash, and what its files' names start with: nothing, for a prefix that ends in a slash. */
export function splitPrefix(prefix: string): { readonly directory: string; readonly base: string } {
  const slash = Math.max(prefix.lastIndexOf('/'), sep === '\\' ? prefix.lastIndexOf('\\') : -1);
  return { directory: prefix.slice(0, slash + 1), base: prefix.slice(slash + 1) };
}

const DATA_SUFFIX = /\.data-(\d{5,})-of-(\d{5,})$/;

/** The parts of a data file's name, or undefined for any other name. */
export function parseDataName(path: string): { prefix: string; shard: number; shards: number } | undefined {
  const match = DATA_SUFFIX.exec(path);
  if (match === null) return undefined;
  return { prefix: path.slice(0, match.index), shard: Number(match[1]), shards: Number(match[2]) };
}

/** What a path would be without the ending of one of a checkpoint's files. */
export function stripCheckpointSuffix(path: string): string {
  return path.replace(/\.(index|meta)$/, '').replace(DATA_SUFFIX, '');
}

/** `P-00001-of-00003`: a shard of a V1 checkpoint (ShardedFilename in tensorflow/core/kernels/save_op.cc). */
export function tableName(prefix: string, shard: number, shards: number): string {
  return `${prefix}-${String(shard).padStart(5, '0')}-of-${String(shards).padStart(5, '0')}`;
}

/** `P-?????-of-00003`: the pattern that stands for all shards of a V1 checkpoint (ShardedFilespec). */
export function tablePattern(prefix: string, shards: number): string {
  return `${prefix}-?????-of-${String(shards).padStart(5, '0')}`;
}

const TABLE_SUFFIX = /-(\d{5,}|\?{5,})-of-(\d{5,})$/;

/** What TensorFlow cuts from the name of a checkpoint before it adds `.meta` (meta_graph_filename in checkpoint_management.py). */
const SHARDS = /-[\d?]+-of-\d+$/;

/** What files beside a checkpoint begin with: its prefix without what tells its shards apart. */
export function stemOf(prefix: string): string {
  return prefix.replace(SHARDS, '');
}

/** The parts of a V1 shard's name, or of the pattern for all of them, whose `shard` is undefined. */
export function parseTableName(
  path: string,
): { prefix: string; shard: number | undefined; shards: number } | undefined {
  const match = TABLE_SUFFIX.exec(path);
  if (match === null || parseDataName(path) !== undefined) return undefined;
  const [, shard] = match;
  return {
    prefix: path.slice(0, match.index),
    shard: shard?.startsWith('?') === true ? undefined : Number(shard),
    shards: Number(match[2]),
  };
}
