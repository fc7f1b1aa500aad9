/** Planning safetensors files: one, or several and their index. Nothing is read but what the tensors carry. */

import { PackedSource } from '../../bytes/packed-bits.ts';
import { compareText } from '../../bytes/text.ts';
import { CkptError, UnsupportedError } from '../../errors.ts';
import { isTaken } from '../../io/paths.ts';
import { splitPrefix } from '../../io/shard-names.ts';
import { fileStore } from '../../io/store.ts';
import { readText } from '../../io/stored.ts';
import { dtypeOf } from '../../tensor/dtype.ts';
import { changedRange, type Tensor, type TensorMap } from '../../tensor/tensor.ts';
import { assignShards } from '../assign-shards.ts';
import { planOf } from '../carry-out.ts';
import { EntryTable } from '../entry-table.ts';
import type { Reading } from '../reading.ts';
import { RECORD_KEY, recordOf, WholeTensors } from '../round-trip.ts';
import type { FileLayout, Owner } from '../write-layout.ts';
import type { WriteOptions, WritePlan } from '../write-plan.ts';
import { checkTargets } from '../write-targets.ts';
import { type SafetensorsDType, tensorType, typeOf } from './dtypes.ts';
import { METADATA_KEY } from './header-entry.ts';
import { INDEX_SUFFIX, shardName, stemOf } from './names.ts';
import { inReferenceOrder, type PlannedEntry, type PlannedHeader, planHeader } from './plan-header.ts';
import { encodeShardIndex, parseShardIndex } from './shard-index.ts';

/** Throws {@link UnsupportedError} for a tensor that no file of the format holds. */
function checkHolds(name: string, { dtype }: Tensor): void {
  if (name === METADATA_KEY) {
    throw new UnsupportedError(`${METADATA_KEY} is no name for a tensor in safetensors; rename it first`, 'name');
  }
  if (/\p{Surrogate}/u.test(name)) {
    throw new UnsupportedError(`tensor ${name}: a name in safetensors must be UTF-8; rename it first`, 'name');
  }
  if (typeOf(dtype) !== undefined) return;
  throw new UnsupportedError(
    `tensor ${name}: safetensors cannot hold dtype ${dtype.name}; leave such tensors out with --drop-unsupported`,
    'dtype',
  );
}

/** A tensor whose bytes are those of the file: of the narrow floats, packed. */
function encoded(_: string, tensor: Tensor): Tensor {
  const bits = tensorType(tensor)?.bits ?? 8;
  if (bits >= 8) return tensor;
  const source = new PackedSource(tensor.source, bits);
  const stored = tensor.stored === undefined ? undefined : changedRange(tensor.stored, { isRecord: true });
  return { dtype: dtypeOf('uint8'), shape: [source.byteLength], byteLength: source.byteLength, source, stored };
}

/** A file of the plan, and which entries are in it. */
interface PlannedShard {
  readonly path: string;
  readonly header: PlannedHeader;
  readonly rows: readonly number[];
}

class Planning {
  readonly #entries: EntryTable;
  readonly #planned: PlannedEntry[] = [];

  constructor(
    readonly tensors: TensorMap,
    readonly options: WriteOptions,
  ) {
    for (const [name, tensor] of new WholeTensors(tensors, (_, tensor) => tensor)) {
      if (tensor.problem !== undefined) throw tensor.problem;
      checkHolds(name, tensor);
      const row = this.#planned.length;
      this.#planned.push({
        name,
        type: tensorType(tensor) as SafetensorsDType,
        shape: tensor.shape,
        begin: 0,
        end: 0,
        row,
      });
    }
    this.#entries = new EntryTable(new WholeTensors(tensors, encoded), () => undefined);
  }

  get entries(): EntryTable {
    return this.#entries;
  }

  /** One file, unless several are asked for; each is laid out as the reference does it. */
  shards(pathOf: (shard: number, shards: number) => string): PlannedShard[] {
    const { shards, maxShardBytes } = this.options;
    const wanted = typeof shards === 'number' ? shards : maxShardBytes === undefined ? 1 : undefined;
    const files = assignShards(this.#entries, { ...this.options, shards: wanted });
    const metadata = this.#metadata();
    return files.map((file, shard) => {
      const ordered = inReferenceOrder(file.map((row) => this.#planned[row] as PlannedEntry));
      const header = planHeader(ordered, metadata);
      const start = header.bytes.length;
      for (const { row, begin } of header.entries) {
        this.#entries.target.set(row, shard);
        this.#entries.place.set(row, start + begin);
      }
      return { path: pathOf(shard, files.length), header, rows: file };
    });
  }

  #metadata(): ReadonlyMap<string, string> | undefined {
    const metadata = new Map(this.options.metadata);
    metadata.delete(RECORD_KEY);
    const record = recordOf(this.tensors, (tensor) => tensorType(tensor)?.dtype === tensor.dtype);
    if (record !== undefined) metadata.set(RECORD_KEY, record);
    return metadata.size === 0 ? undefined : metadata;
  }
}

/** One file of `tensors`, to be written front to back: its header, and the content of each tensor as it lies in it. */
export function streamable(
  tensors: TensorMap,
  options: WriteOptions,
): { readonly header: PlannedHeader; tensorOf(name: string): Tensor } {
  const [file] = new Planning(tensors, { ...options, shards: 1, maxShardBytes: undefined }).shards(() => '');
  const contents = new WholeTensors(tensors, encoded);
  return { header: (file as PlannedShard).header, tensorOf: (name) => contents.get(name) as Tensor };
}

/** The files of an older model of this name: the index first, then the shards that it names, and the file by itself. */
export function olderFiles(path: string): string[] {
  const index = `${stemOf(path)}${INDEX_SUFFIX}`;
  const { directory } = splitPrefix(path);
  const files = [index, ...shardsOf(index).map((name) => directory + name), path];
  return files.filter(isTaken);
}

function shardsOf(index: string): readonly string[] {
  if (!isTaken(index)) return [];
  try {
    return parseShardIndex(readText(fileStore(), index)).files;
  } catch (error) {
    if (error instanceof CkptError) return [];
    throw error;
  }
}

/** Where a single file goes: a path that ends as an index does stands for the model. */
const fileName = (path: string): string => (path.endsWith(INDEX_SUFFIX) ? `${stemOf(path)}.safetensors` : path);

/** Plans files for `tensors`; throws a `CkptError` for whatever the format cannot hold. */
export function planSafetensors(
  path: string,
  tensors: TensorMap,
  options: WriteOptions = {},
  { inputs = [], release }: Reading = {},
): WritePlan {
  const planning = new Planning(tensors, options);
  const { entries } = planning;
  const single = fileName(path);
  const shards = planning.shards((shard, count) => (count === 1 ? single : shardName(stemOf(path), shard, count)));
  const data = shards.map(
    ({ path: file, header }): FileLayout => ({
      path: file,
      kind: 'data',
      action: release === undefined ? 'copy' : 'replace',
      byteLength: header.bytes.length + (header.entries.at(-1)?.end ?? 0),
      header: header.bytes,
    }),
  );
  const files = shards.length === 1 ? data : [...data, indexOf(`${stemOf(path)}${INDEX_SUFFIX}`, shards)];
  const older = release === undefined ? [...new Set([...olderFiles(single), ...(options.older?.() ?? [])])] : [];
  if (release === undefined) {
    const inTheWay = [...new Set([...older, ...files.map((file) => file.path).filter(isTaken)])];
    checkTargets(
      single,
      inTheWay,
      options.replaceInput === true ? [] : [...entries.paths, ...inputs],
      options.force === true,
    );
  }
  const targets = new Set(files.map((file) => file.path));
  const ownerOf = (row: number): Owner => entries.entryAt(row);
  const layout = {
    path: files.at(-1)?.path ?? single,
    format: 'safetensors' as const,
    files,
    obsolete: older.filter((file) => !targets.has(file)),
    tensorCount: entries.tensors,
    held: () => entries.held,
    release,
    contents: () => ({
      table: entries,
      rows: shards.map(({ rows }) => rows),
      pulled: (row: number) => entries.pulled.get(row),
      zipRecorded: entries.zipCrc32,
      ownerOf,
    }),
  };
  return planOf(layout, options);
}

/** The index of several files. */
function indexOf(path: string, shards: readonly PlannedShard[]): FileLayout {
  const pairs = shards.flatMap(({ path: file, header }) =>
    header.entries.map(({ name }) => [name, splitPrefix(file).base] as const),
  );
  pairs.sort(([a], [b]) => compareText(a, b));
  const total = shards.reduce((sum, { header }) => sum + (header.entries.at(-1)?.end ?? 0), 0);
  const bytes = encodeShardIndex(pairs, total);
  return {
    path,
    kind: 'index',
    action: 'write',
    byteLength: undefined,
    compose: (sink) => sink.write(bytes),
  };
}
