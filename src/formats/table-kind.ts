/** What a table is for, by the value under its first key, whatever the file is called. */
import { CkptError } from '../errors.ts';
import type { Store } from '../io/store.ts';
import { isFile, withFile } from '../io/stored.ts';
import { TableReader } from '../sstable/table-reader.ts';

/** First byte of the value under the empty key: a V1 file's list, or a bundle's header. */
export const V1_TAG = 0x0a;
const V2_TAG = 0x08;

/** The first byte of the value under a table's first key; undefined for what is no table. */
export function firstTag(store: Store, path: string): number | undefined {
  if (!isFile(store, path)) return undefined;
  return withFile(store, path, (file) => {
    try {
      for (const cursor of new TableReader(file, path).entries()) return cursor.bytes[cursor.valueStart];
    } catch (error) {
      if (!(error instanceof CkptError)) throw error;
    }
    return undefined;
  });
}

/** Whether a file is the index of a bundle, whatever it is called. */
export function isIndexTable(store: Store, path: string): boolean {
  return firstTag(store, path) === V2_TAG;
}
