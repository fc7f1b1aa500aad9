/** What stands in the way of a write: the files of an older checkpoint under the same name, in either format. */
import { WriteRefusedError } from '../errors.ts';
import { exists, isSameFile } from '../io/paths.ts';
import { listShardFiles } from '../io/shard-files.ts';
import { indexName } from '../io/shard-names.ts';
import { v1FilesOf } from '../locate/v1-files.ts';

/** The files that a prefix names, an index first: without it data files mean nothing. */
export function olderFiles(path: string): string[] {
  const data = listShardFiles(path).map((file) => file.path);
  return [...[indexName(path)].filter(exists), ...data, ...v1FilesOf(path)];
}

/** Throws {@link WriteRefusedError} where the write would replace something without leave, or one of its own inputs. */
export function checkTargets(older: readonly string[], inputs: readonly string[], force: boolean): void {
  const [inTheWay] = older;
  if (inTheWay !== undefined && !force) {
    throw new WriteRefusedError(
      `${inTheWay} exists already; choose another name, or overwrite it with --force`,
      inTheWay,
    );
  }
  for (const input of inputs) {
    if (older.some((path) => isSameFile(path, input))) {
      throw new WriteRefusedError(`${input} is read from; it cannot be overwritten by the same command`, input);
    }
  }
}
