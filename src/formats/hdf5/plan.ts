/** Planning an HDF5 file, or an archive of Keras with one in it. */
import type { TensorMap } from '../../tensor/tensor.ts';
import { planOf } from '../carry-out.ts';
import type { Reading } from '../reading.ts';
import type { FileLayout, Owner } from '../write-layout.ts';
import type { WriteOptions, WritePlan } from '../write-plan.ts';
import { checkTarget, layOutHdf5 } from './lay-out.ts';
import { type GroupAttributes, keptGroups } from './layers.ts';
import { pathsOfNames } from './names.ts';
import { attributesAmong, attributesOfFile } from './open.ts';
import { isArchivePath, planKerasArchive } from './plan-archive.ts';

/** What the file that is a template, or the only one that is read, says of groups that are written again. */
function groupsBefore(tensors: TensorMap, { like, inputs = [] }: WriteOptions): GroupAttributes {
  const attributes = (like === undefined ? undefined : attributesOfFile(like)) ?? attributesAmong(inputs);
  return attributes === undefined ? new Map() : keptGroups(attributes, pathsOfNames(tensors.keys()).values());
}

/** Plans a file, or an archive that has one in it; throws a `CkptError` for whatever it cannot hold. */
export function planHdf5File(
  path: string,
  tensors: TensorMap,
  options: WriteOptions = {},
  reading: Reading = {},
  groups?: GroupAttributes,
): WritePlan {
  if (isArchivePath(path)) return planKerasArchive(path, tensors, options, reading);
  const { entries, rows, metadata, byteLength } = layOutHdf5(
    tensors,
    options,
    groups ?? groupsBefore(tensors, options),
  );
  checkTarget(path, entries, options, reading);
  const { release } = reading;
  const file: FileLayout = {
    path,
    kind: 'table',
    action: release === undefined ? 'copy' : 'replace',
    byteLength,
    header: metadata,
  };
  const ownerOf = (row: number): Owner => entries.entryAt(row);
  const contents = {
    table: entries,
    rows: [rows],
    pulled: (row: number) => entries.pulled.get(row),
    zipRecorded: entries.zipCrc32,
    ownerOf,
  };
  const layout = {
    path,
    format: 'hdf5' as const,
    files: [file],
    obsolete: [],
    tensorCount: entries.tensors,
    held: () => entries.held,
    release,
    contents: () => contents,
  };
  return planOf(layout, options);
}
