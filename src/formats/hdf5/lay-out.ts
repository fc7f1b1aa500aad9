/** An HDF5 file laid out to the byte: the structure first, then content, end to end. */
import { TextMap } from '../../bytes/text-map.ts';
import { UnsupportedError, UsageError } from '../../errors.ts';
import { isTaken } from '../../io/paths.ts';
import type { Tensor, TensorMap } from '../../tensor/tensor.ts';
import { assignShards } from '../assign-shards.ts';
import { EntryTable } from '../entry-table.ts';
import { FixedTexts } from '../fixed-texts.ts';
import type { Reading } from '../reading.ts';
import { RECORD_KEY, recordOf } from '../round-trip.ts';
import type { WriteOptions } from '../write-plan.ts';
import { checkTargets } from '../write-targets.ts';
import { hdf5Holds } from './datatype.ts';
import { type GroupAttributes, withLayers } from './layers.ts';
import { pathsOfNames } from './names.ts';
import { type OutgoingAttributes, type OutgoingDataset, planHdf5 } from './plan-file.ts';

function checkHolds(name: string, { dtype }: Tensor): void {
  if (/\p{Surrogate}/u.test(name)) {
    throw new UnsupportedError(`tensor ${name}: a name in HDF5 must be UTF-8; rename it first`, 'name');
  }
  if (hdf5Holds(dtype)) return;
  throw new UnsupportedError(
    `tensor ${name}: HDF5 cannot hold dtype ${dtype.name}; leave such tensors out with --drop-unsupported`,
    'dtype',
  );
}

function checkOneFile({ shards, maxShardBytes }: WriteOptions): void {
  if (maxShardBytes === undefined && (typeof shards !== 'number' || shards === 1)) return;
  throw new UsageError('an HDF5 file is one file, of any size: leave --shards and --max-shard-size out');
}

/** The attributes of the groups, with the texts that were asked for and the record at the root. */
function rootWith(groups: GroupAttributes, tensors: TensorMap, { metadata }: WriteOptions): GroupAttributes {
  const root: Record<string, OutgoingAttributes[string]> = { ...groups.get('') };
  for (const [key, text] of metadata ?? []) root[key] = text;
  delete root[RECORD_KEY];
  const record = recordOf(tensors, () => true);
  if (record !== undefined) root[RECORD_KEY] = record;
  return new Map([...groups, ['', root]]);
}

/** A file laid out: its structure, and the place of each row's content in it. */
export interface LaidOut {
  readonly entries: EntryTable;
  /** The rows in the order in which their content lies. */
  readonly rows: ArrayLike<number>;
  /** The beginning of the file. */
  readonly metadata: Uint8Array;
  readonly byteLength: number;
}

/** Lays out a file; throws a `CkptError` for whatever it cannot hold. */
export function layOutHdf5(tensors: TensorMap, options: WriteOptions, groups: GroupAttributes): LaidOut {
  checkOneFile(options);
  const whole = new FixedTexts(tensors);
  const entries = new EntryTable(whole, checkHolds);
  const names = [...whole.keys()];
  const paths = pathsOfNames(names);
  const rows = assignShards(entries, { ...options, shards: 1 })[0] ?? [];
  const datasets = new TextMap<OutgoingDataset>();
  for (const row of rows) {
    const name = names[row] as string;
    const { dtype, shape, byteLength } = whole.get(name) as Tensor;
    datasets.set(paths.get(name) as string, { dtype, shape, byteLength, textWidth: whole.widthOf(name) });
  }
  const { layers } = options;
  const said = rootWith(layers === undefined ? groups : withLayers(groups, layers, paths), tensors, options);
  const { metadata, offsets, byteLength } = planHdf5({ datasets, groups: said });
  for (const row of rows) entries.place.set(row, offsets.get(paths.get(names[row] as string) as string) as number);
  return { entries, rows, metadata, byteLength };
}

/** Throws where a file may not go. */
export function checkTarget(path: string, entries: EntryTable, options: WriteOptions, reading: Reading): void {
  if (reading.release !== undefined) return;
  const read = options.replaceInput === true ? [] : [...entries.paths, ...(reading.inputs ?? [])];
  checkTargets(path, [path].filter(isTaken), read, options.force === true);
}
