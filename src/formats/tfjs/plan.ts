/** Planning weights of TensorFlow.js: shards of at most 4 MiB unless said otherwise, and the model.json that names them. */
import { crc32cCombine } from '../../bytes/crc32c.ts';
import { RegionSource } from '../../bytes/source.ts';
import { UnsupportedError, UsageError } from '../../errors.ts';
import { isTaken } from '../../io/paths.ts';
import { splitPrefix } from '../../io/shard-names.ts';
import { fileStore } from '../../io/store.ts';
import { DerivedMap } from '../../tensor/derived-map.ts';
import { changedRange, type Tensor, type TensorMap } from '../../tensor/tensor.ts';
import { assignShards } from '../assign-shards.ts';
import { planOf } from '../carry-out.ts';
import { EntryTable } from '../entry-table.ts';
import type { Reading } from '../reading.ts';
import { checksumMismatch } from '../recorded-checksum.ts';
import { RECORD_KEY, recordOf, WholeTensors } from '../round-trip.ts';
import type { FileLayout, Owner } from '../write-layout.ts';
import type { CarryOutOptions, WriteOptions, WritePlan } from '../write-plan.ts';
import { checkTargets } from '../write-targets.ts';
import { modelFileOf, tfjsFilesOf } from './find.ts';
import { encodeModel, type PlannedShard, planShards, SHARD_BYTES, type ShardRange } from './plan-manifest.ts';
import { plainContent, type StoredWeight, storedWeight } from './stored-weights.ts';

/** A stretch of a weight as a tensor of bytes: of one that lies in a file, a stretch of that file. */
function cut({ dtype, source, stored }: Tensor, from: number, byteLength: number): Tensor {
  return {
    dtype,
    shape: [byteLength],
    byteLength,
    source: new RegionSource(source, from, byteLength),
    stored:
      stored && changedRange(stored, { offset: stored.offset + from, byteLength, crc32c: undefined, check: undefined }),
  };
}

/** What a weight's bytes sum to, out of the sums of its stretches. */
class WeightSums {
  readonly #sums = new Map<number, number>();

  add({ weight, byteLength }: ShardRange, crc32c: number): void {
    const before = this.#sums.get(weight);
    this.#sums.set(weight, before === undefined ? crc32c : crc32cCombine(before, crc32c, byteLength));
  }

  /** Throws where a weight is not what its checksum says. */
  check(weights: readonly StoredWeight[]): void {
    for (const [i, { crc32c, weight }] of weights.entries()) {
      const actual = this.#sums.get(i);
      if (crc32c !== undefined && actual !== undefined && actual !== crc32c) {
        throw checksumMismatch(weight.name, crc32c, actual);
      }
    }
  }
}

/** The stretches of weights as tensors, made when they are asked for: there may be a million. */
class Stretches extends DerivedMap {
  constructor(
    readonly weights: readonly StoredWeight[],
    readonly whole: TensorMap,
    readonly ranges: readonly ShardRange[],
  ) {
    super();
  }

  override *entries(): MapIterator<[string, Tensor]> {
    for (const [i, range] of this.ranges.entries()) yield [`${i}`, this.#stretch(range)];
  }

  override get(name: string): Tensor | undefined {
    const range = this.ranges[Number(name)];
    return range === undefined ? undefined : this.#stretch(range);
  }

  #stretch({ weight, from, byteLength }: ShardRange): Tensor {
    const stored = this.weights[weight] as StoredWeight;
    const content = stored.content ?? plainContent(this.whole.get(stored.weight.name) as Tensor);
    return cut(content, from, byteLength);
  }
}

function weightsOf(whole: TensorMap, options: WriteOptions): StoredWeight[] {
  // The order of the content is that in which it is read; names that are none are refused on the way.
  const entries = new EntryTable(whole, (name, { problem }) => {
    if (problem !== undefined) throw problem;
    if (/\p{Surrogate}/u.test(name))
      throw new UnsupportedError(`tensor ${name}: a name must be UTF-8; rename it first`, 'name');
  });
  const names = [...whole.keys()];
  const rows = assignShards(entries, { ...options, shards: 1, maxShardBytes: undefined })[0] ?? [];
  return rows.map((row) =>
    storedWeight(names[row] as string, whole.get(names[row] as string) as Tensor, options.quantize),
  );
}

function checkOptions({ shards }: WriteOptions): void {
  if (typeof shards !== 'number' || shards === 1) return;
  throw new UsageError('the weights of TensorFlow.js are cut by size: --max-shard-size 4MiB, not --shards');
}

/** What a model.json held beside the weights, and the record of what TensorFlow.js cannot hold. */
function modelWith(
  model: ReadonlyMap<string, unknown> | undefined,
  tensors: TensorMap,
  { metadata }: WriteOptions,
): ReadonlyMap<string, unknown> {
  const next = new Map(
    model ?? [
      ['format', 'weights'],
      ['generatedBy', 'ckpt'],
    ],
  );
  next.delete(RECORD_KEY);
  const record = recordOf(tensors, () => true, metadata);
  if (record !== undefined) next.set(RECORD_KEY, record);
  return next;
}

/** Plans a model.json, or a folder with one; throws a `CkptError` for whatever cannot be held. */
export function planTfjs(
  path: string,
  tensors: TensorMap,
  options: WriteOptions = {},
  { inputs = [], release }: Reading = {},
  model?: ReadonlyMap<string, unknown>,
): WritePlan {
  checkOptions(options);
  const whole = new WholeTensors(tensors, (_, tensor) => tensor);
  const weights = weightsOf(whole, options);
  const shards = planShards(
    weights.map(({ weight }) => weight),
    options.maxShardBytes ?? SHARD_BYTES,
  );
  const ranges = shards.flatMap((shard) => shard.ranges);
  const table = new EntryTable(new Stretches(weights, whole, ranges), () => {});
  let row = 0;
  for (const [file, shard] of shards.entries()) {
    for (const { at } of shard.ranges) {
      table.target.set(row, file);
      table.place.set(row++, at);
    }
  }
  const modelFile = modelFileOf(path);
  const { directory } = splitPrefix(modelFile);
  const check = (carryingOut: CarryOutOptions): void => {
    if (carryingOut.verify === false) return;
    const sums = new WeightSums();
    for (const [at, range] of ranges.entries()) sums.add(range, table.crc32c.at(at));
    sums.check(weights);
  };
  const planned = weights.map(({ weight }) => weight);
  const files = [
    ...shards.map((shard) => shardFile(directory, shard, release === undefined ? 'copy' : 'replace')),
    modelFileWith(modelFile, encodeModel(planned, shards, modelWith(model, tensors, options)), check),
  ];
  const older = tfjsFilesOf(fileStore(), modelFile);
  const inTheWay = [...new Set([...older, ...files.map((file) => file.path).filter(isTaken)])];
  const read = options.replaceInput === true ? [] : [...table.paths, ...inputs];
  if (release === undefined) checkTargets(path, inTheWay, read, options.force === true);
  const targets = new Set(files.map((file) => file.path));
  const ownerOf = (at: number): Owner => ownerAt(weights, ranges[at], tensors);
  const layout = {
    path: modelFile,
    format: 'tfjs' as const,
    files,
    obsolete: older.filter((file) => !targets.has(file)),
    tensorCount: weights.length,
    release,
    contents: () => ({
      table,
      rows: rowsByFile(shards),
      pulled: (at: number) => table.pulled.get(at),
      needsChecksums: true,
      ownerOf,
    }),
  };
  return planOf(layout, options);
}

const shardFile = (directory: string, { name, byteLength }: PlannedShard, action: 'copy' | 'replace'): FileLayout => ({
  path: directory + name,
  kind: 'data',
  action,
  byteLength,
});

/** The manifest, written when all content is in its place and was checked. */
function modelFileWith(path: string, bytes: Uint8Array, check: (options: CarryOutOptions) => void): FileLayout {
  return {
    path,
    kind: 'index',
    action: 'write',
    byteLength: undefined,
    compose: (sink, _, options) => {
      check(options);
      sink.write(bytes);
    },
  };
}

function ownerAt(weights: readonly StoredWeight[], range: ShardRange | undefined, tensors: TensorMap): Owner {
  const { name } = (weights[range?.weight ?? 0] as StoredWeight).weight;
  return { name, tensor: tensors.get(name) as Tensor };
}

/** The numbers of the stretches of each shard. */
function rowsByFile(shards: readonly PlannedShard[]): number[][] {
  let next = 0;
  return shards.map(({ ranges }) => ranges.map(() => next++));
}
