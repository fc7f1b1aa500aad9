/**
 * Where files come from, as a value that is handed in: the disk, or anything that gives bytes at its leisure. A store is
 * synchronous, as decoders are; one whose bytes have to be fetched throws {@link Missing}, and {@link supply} loads them.
 */
import type { ByteSource } from '../bytes/source.ts';

import { FetchedStore, type Origin } from './fetched.ts';
import { FILES } from './file-store.ts';

export { Missing, supply } from '../bytes/missing.ts';
export type { Origin } from './fetched.ts';

/** A file of a store. It may open on the first read; closing it twice is once. */
export interface StoredFile extends ByteSource {
  close(): void;
}

export interface Store {
  /** Names in a directory, sorted; none where there is no such directory. Throws `UnreadableError` for one that is not given. */
  list(dir: string): string[];
  /** Length of a file in bytes; undefined where there is none, as at a directory. */
  size(path: string): number | undefined;
  /** Throws `NotACheckpointError` where there is no file. */
  open(path: string): StoredFile;
  /** Whether a path is a directory; a store that does not say has those that list something. */
  isDirectory?(path: string): boolean;
  /** Whether a path is a link to something else; a store that does not say has none. */
  isLink?(path: string): boolean;
  /** When a file was written, in milliseconds since 1970, as far as the store knows. */
  modified?(path: string): number | undefined;
  /** Whether two paths lead to one file or directory; a store that does not say goes by their text. */
  isSame?(a: string, b: string): boolean;
  /** Whether paths are those of this machine, so that files may be copied, linked and read by their paths. */
  readonly isOnDisk?: boolean;
  /** Whether each look takes a while, so that nobody looks without need. */
  readonly isDistant?: boolean;
}

/**
 * The files of this machine. It never throws {@link Missing}.
 *
 * @example
 * const checkpoint = await openCheckpoint('model.ckpt', { store: fileStore() }); // what it does without being told
 * console.log(checkpoint.files);
 */
export function fileStore(): Store {
  return FILES;
}

/**
 * A store over an origin: its files throw {@link Missing} for bytes that are not here yet, and {@link supply} loads them.
 *
 * @example
 * const files = new Map([['a.txt', new TextEncoder().encode('not a checkpoint')]]); // stands for a server
 * const store = fetched({
 *   size: async (path) => files.get(path)?.length,
 *   read: async (path, offset, length) => files.get(path)?.slice(offset, offset + length) ?? new Uint8Array(0),
 * });
 * await openCheckpoint('model.ckpt', { store }).catch((error) => console.log(error.message));
 */
export function fetched(origin: Origin): Store {
  return new FetchedStore(origin);
}
