/** How the files of a model are called. */

/** The ending of an index, which stands for the model in several files. */
export const INDEX_SUFFIX = '.safetensors.index.json';
/** The ending of a file. */
export const SUFFIX = '.safetensors';

/** A path without the ending of the format's files. */
export function stemOf(path: string): string {
  return path.replace(/\.safetensors(\.index\.json)?$/, '');
}

/** `P-00001-of-00003.safetensors`, counted from 1, as huggingface_hub names shards. */
export function shardName(stem: string, shard: number, shards: number): string {
  const digits = (count: number): string => String(count).padStart(5, '0');
  return `${stem}-${digits(shard + 1)}-of-${digits(shards)}.safetensors`;
}
