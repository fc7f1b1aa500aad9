/** Planning a bundle: which data files, which content at which offset. Nothing is read but what the tensors carry. */
import { fileSize } from '../../io/file-source.ts';
import { NO_FILE } from '../../io/range-table.ts';
import { dataName, indexName } from '../../io/shard-names.ts';
import type { TensorMap } from '../../tensor/tensor.ts';
import { assignShards } from '../assign-shards.ts';
import { planOf } from '../carry-out.ts';
import { EntryTable } from '../entry-table.ts';
import type { FileLayout } from '../write-layout.ts';
import type { WriteOptions, WritePlan } from '../write-plan.ts';
import { checkTargets } from '../write-targets.ts';
import { checkBundleHolds } from './holds.ts';
import { writeIndex } from './write-index.ts';

/**
 * The file that all entries of a data file come from and lie in as they will lie, with nothing between them but what is
 * superseded; undefined when that file holds anything else.
 */
function wholeOf(file: readonly number[], entries: EntryTable, options: WriteOptions): string | undefined {
  const from = file.length === 0 ? NO_FILE : entries.file.at(file[0] as number);
  const path = entries.paths[from];
  if (path === undefined) return undefined;
  const gone = (options.superseded ?? []).filter((range) => range.path === path).sort((a, b) => a.offset - b.offset);
  let end = 0;
  let next = 0;
  const passGone = (): void => {
    for (; gone[next]?.offset === end; next++) end += gone[next]?.byteLength ?? 0;
  };
  for (const entry of file) {
    passGone();
    if (entries.file.at(entry) !== from || entries.offset.at(entry) !== end || entries.crc32c.at(entry) < 0)
      return undefined;
    end += entries.length.at(entry);
  }
  passGone();
  return fileSize(path) === end ? path : undefined;
}

function layOut(
  path: string,
  shard: number,
  file: readonly number[],
  entries: EntryTable,
  options: WriteOptions,
): FileLayout {
  const { reuse = 'copy' } = options;
  const byteLength = entries.layOut(file, shard);
  const from = reuse === 'copy' ? undefined : wholeOf(file, entries, options);
  if (from === undefined) return { path, kind: 'data', action: 'copy', byteLength };
  for (const entry of file) entries.place.set(entry, entries.offset.at(entry));
  return { path, kind: 'data', action: reuse, byteLength: fileSize(from) ?? byteLength, from };
}

export function planBundle(path: string, tensors: TensorMap, options: WriteOptions = {}): WritePlan {
  const entries = new EntryTable(tensors, checkBundleHolds, options);
  const rows = assignShards(entries, options);
  const data = rows.map((file, shard) => layOut(dataName(path, shard, rows.length), shard, file, entries, options));
  const older = options.older?.() ?? [];
  checkTargets(path, older, options.replaceInput === true ? [] : entries.paths, options.force === true);
  const index: FileLayout = {
    path: indexName(path),
    kind: 'index',
    action: 'write',
    byteLength: undefined,
    compose: (sink) => writeIndex(sink, entries, data.length),
  };
  const files = [...data, index];
  const targets = new Set(files.map((file) => file.path));
  const layout = {
    path,
    format: 'v2' as const,
    files,
    obsolete: older.filter((file) => !targets.has(file)),
    tensorCount: entries.tensors,
    held: () => entries.held,
    notes: entries.carried,
    contents: () => {
      return {
        table: entries,
        rows,
        pulled: (row: number) => entries.pulled.get(row),
        ownerOf: (row: number) => entries.entryAt(row),
        needsChecksums: true,
        zipRecorded: entries.zipCrc32,
      };
    },
  };
  return planOf(layout, options);
}
