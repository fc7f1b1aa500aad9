/** Questions about the files of any store. */
import { readBytes } from '../bytes/source.ts';
import { decodeText } from '../bytes/text.ts';
import { UnreadableError } from '../errors.ts';
import type { Store, StoredFile } from './store.ts';

/** Names in a directory, sorted; none where it cannot be read. */
export function namesIn(store: Store, directory: string): string[] {
  try {
    return store.list(directory);
  } catch (error) {
    if (error instanceof UnreadableError) return [];
    throw error;
  }
}

export function isFile(store: Store, path: string): boolean {
  return store.size(path) !== undefined;
}

export function isDirectory(store: Store, path: string): boolean {
  if (store.isDirectory !== undefined) return store.isDirectory(path);
  return !isFile(store, path) && namesIn(store, path).length > 0;
}

/** Whether two paths lead to one file or directory. */
export function isSameFile(store: Store, a: string, b: string): boolean {
  return a === b || store.isSame?.(a, b) === true;
}

/** Opens a file for as long as `look` takes. */
export function withFile<T>(store: Store, path: string, look: (file: StoredFile) => T): T {
  const file = store.open(path);
  try {
    return look(file);
  } finally {
    file.close();
  }
}

/** The text of a small file; bytes that are no text survive in it, as {@link decodeText} says. */
export function readText(store: Store, path: string): string {
  return withFile(store, path, (file) => decodeText(readBytes(file, 0, file.byteLength)));
}
