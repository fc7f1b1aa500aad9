/** Planning .npy files: one for one tensor, or a directory of them, a folder for each scope. */
import { encodeText } from '../../bytes/text.ts';
import { UsageError } from '../../errors.ts';
import { isTaken } from '../../io/paths.ts';
import { fileStore } from '../../io/store.ts';
import { isDirectory } from '../../io/stored.ts';
import type { TensorMap } from '../../tensor/tensor.ts';
import { planOf } from '../carry-out.ts';
import type { Reading } from '../reading.ts';
import { recordOf } from '../round-trip.ts';
import type { FileLayout, Owner } from '../write-layout.ts';
import type { WriteOptions, WritePlan } from '../write-plan.ts';
import { checkTargets } from '../write-targets.ts';
import { filesIn, RECORD_FILE } from './directory.ts';
import { planArrays } from './layout.ts';
import { NPY_SUFFIX, pathOfName } from './names.ts';

/** Plans a file, where the path ends in .npy, or a directory; throws a `CkptError` for whatever cannot be held. */
export function planNpy(
  path: string,
  tensors: TensorMap,
  options: WriteOptions = {},
  { inputs = [], release }: Reading = {},
): WritePlan {
  const { shards, maxShardBytes } = options;
  if (maxShardBytes !== undefined || (typeof shards === 'number' && shards !== 1)) {
    throw new UsageError('each tensor has an .npy file of its own: leave --shards and --max-shard-size out');
  }
  const { arrays, entries } = planArrays(tensors, pathOfName);
  const single = path.endsWith(NPY_SUFFIX) && !isDirectory(fileStore(), path);
  if (single && arrays.length !== 1) {
    throw new UsageError(
      `an .npy holds one array, and there are ${arrays.length} tensors; write an .npz, or a directory: --to npy -o DIR`,
    );
  }
  const base = path.endsWith('/') ? path : `${path}/`;
  const data = arrays.map(({ file, header, byteLength }, i): FileLayout => {
    entries.target.set(i, i);
    entries.place.set(i, header.length);
    return {
      path: single ? path : base + file,
      kind: 'data',
      action: release === undefined ? 'copy' : 'replace',
      byteLength: header.length + byteLength,
      header,
    };
  });
  const files = single ? data : [...data, ...recordFile(base, tensors, options)];
  const older = single ? [path].filter(isTaken) : filesIn(fileStore(), path).map((file) => base + file);
  if (release === undefined) {
    const inTheWay = [...new Set([...older, ...files.map((file) => file.path).filter(isTaken)])];
    checkTargets(
      path,
      inTheWay,
      options.replaceInput === true ? [] : [...entries.paths, ...inputs],
      options.force === true,
    );
  }
  const targets = new Set(files.map((file) => file.path));
  const ownerOf = (row: number): Owner => entries.entryAt(row);
  const layout = {
    path,
    format: 'npy' as const,
    files,
    obsolete: older.filter((file) => !targets.has(file)),
    tensorCount: entries.tensors,
    held: () => entries.held,
    release,
    contents: () => ({
      table: entries,
      rows: data.map((_, i) => [i]),
      pulled: (row: number) => entries.pulled.get(row),
      zipRecorded: entries.zipCrc32,
      ownerOf,
    }),
  };
  return planOf(layout, options);
}

/** What numpy cannot hold, in a file beside the arrays. */
function recordFile(base: string, tensors: TensorMap, { metadata }: WriteOptions): FileLayout[] {
  const record = recordOf(tensors, () => true, metadata);
  if (record === undefined) return [];
  const bytes = encodeText(`${record}\n`);
  return [
    {
      path: base + RECORD_FILE,
      kind: 'index',
      action: 'write',
      byteLength: undefined,
      compose: (sink) => sink.write(bytes),
    },
  ];
}
