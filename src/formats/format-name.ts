/** What the formats are called, and their files. */

/** The name that a format has in the registry: `v2`, `v1`, `safetensors`, ... */
export type FormatName = string;

/** A file of a checkpoint; a V1 file is a table, in which names and content lie together. */
export type FileKind = 'index' | 'data' | 'table';
