/** What the formats are called, and their files. */

export type FormatName = 'v1' | 'v2' | 'safetensors' | 'npz' | 'npy' | 'hdf5' | 'tfjs';

/** A file of a checkpoint; a V1 file is a table, in which names and content lie together. */
export type FileKind = 'index' | 'data' | 'table';
