/**
 * Data files of bundles under names that their index does not look for, told by content: a file has the length that the index
 * asks for, and the checksums of tensors in it are those that the index recorded.
 */
import { type ByteSource, RegionSource } from '../bytes/source.ts';
import { CkptError } from '../errors.ts';
import type { Checkpoint, Found } from '../formats/format.ts';
import { formatOf } from '../formats/registry.ts';
import { indexName, parseDataName, splitPrefix } from '../io/shard-names.ts';
import type { Store } from '../io/store.ts';
import { isFile, namesIn } from '../io/stored.ts';
import { storedChecksum } from '../tensor/checksum.ts';
import type { DType } from '../tensor/dtype.ts';
import { elementCount } from '../tensor/shape.ts';
import type { ByteRange, Tensor } from '../tensor/tensor.ts';

/** A data file, and the index that it belongs to. */
export interface DataElsewhere {
  /** Where the data lies. */
  readonly data: string;
  /** Where the index looks for it. */
  readonly wanted: string;
  /** Prefix of the index. */
  readonly prefix: string;
  /**
   * What has to be called otherwise, from and to: the data, or the index where that has the name of a copy. Undefined where the
   * data has an index of its own, of which this one is a copy.
   */
  readonly rename: readonly [from: string, to: string] | undefined;
}

/** What browsers and systems put behind the name of what is there already. */
const COPY = /( ?\(\d+\)| - Copy( \(\d+\))?| copy( \d+)?| \((another )?copy\)| [2-9])$/;

/** So many indexes, and files beside one, are looked into. */
const MOST_LOOKED_INTO = 100;
/** So many tensors of a file are held, and about so many bytes of them summed: one that matches is no chance. */
const MOST_HELD = 10_000;
const MOST_SUMMED_BYTES = 1 << 24;

const bundles = formatOf('v2');

/** What an index recorded of a tensor, or of a part. */
interface Recorded extends Pick<ByteRange, 'offset' | 'byteLength' | 'crc32c' | 'byteOrder'> {
  readonly dtype: DType;
  readonly elements: number;
}

/** What an index wants of a data file: where the last of its tensors ends, and some of them. */
interface Wanted {
  end: number;
  readonly recorded: Recorded[];
}

/** What an index wants of each data file, as far as it is sound. */
function wantedBy({ tensors }: Checkpoint): Map<string, Wanted> {
  const files = new Map<string, Wanted>();
  const visit = (all: Iterable<Tensor>): void => {
    for (const tensor of all) {
      if (tensor.problem !== undefined) continue;
      for (const { tensor: part } of tensor.parts ?? []) visit([part]);
      const { stored, dtype } = tensor;
      if (stored === undefined || stored.byteLength === 0) continue;
      const { path, offset, byteLength, crc32c, byteOrder } = stored;
      const wanted = files.get(path) ?? { end: 0, recorded: [] };
      files.set(path, wanted);
      wanted.end = Math.max(wanted.end, offset + byteLength);
      if (wanted.recorded.length === MOST_HELD) continue;
      wanted.recorded.push({ dtype, elements: elementCount(tensor.shape), offset, byteLength, crc32c, byteOrder });
    }
  };
  visit(tensors.values());
  return files;
}

function isSound(source: ByteSource, { dtype, elements, offset, byteLength, crc32c, byteOrder }: Recorded): boolean {
  if (crc32c === undefined) return false;
  return storedChecksum(dtype, new RegionSource(source, offset, byteLength), elements, byteOrder) === crc32c;
}

/** Whether the tensors in a file are what the index recorded: the smallest ones, at least one. */
function matches(source: ByteSource, { recorded }: Wanted): boolean {
  const own = [...recorded].sort((a, b) => a.byteLength - b.byteLength);
  let summed = 0;
  for (const tensor of own) {
    if (summed > 0 && summed + tensor.byteLength > MOST_SUMMED_BYTES) break;
    if (!isSound(source, tensor)) return false;
    summed += tensor.byteLength;
  }
  return own.length > 0;
}

/** What a look at something gives; undefined where it is not sound. */
function tolerating<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (error instanceof CkptError) return undefined;
    throw error;
  }
}

function opened<T>(store: Store, prefix: string, look: (checkpoint: Checkpoint) => T): T | undefined {
  const found: Found = { format: 'v2', prefix, stem: prefix, files: [indexName(prefix)] };
  return tolerating(() => {
    const checkpoint = bundles.open(store, found);
    try {
      return look(checkpoint);
    } finally {
      checkpoint.close();
    }
  });
}

/** Whether a file is what is wanted. */
function isWanted(store: Store, path: string, wanted: Wanted): boolean {
  const look = (): boolean => {
    const source = store.open(path);
    try {
      return matches(source, wanted);
    } finally {
      source.close();
    }
  };
  return tolerating(look) === true;
}

/** The files beside an index that may be its data: not those that have a place among it already. */
function candidatesFor(store: Store, prefix: string): string[] {
  const { directory, base } = splitPrefix(prefix);
  const isOther = (name: string): boolean => /\.(index|meta)$/.test(name) || parseDataName(name)?.prefix === base;
  return namesIn(store, directory)
    .filter((name) => !isOther(name))
    .map((name) => directory + name);
}

function elsewhere(store: Store, prefix: string, wanted: string, data: string): DataElsewhere {
  const [named, asked] = [parseDataName(data), parseDataName(wanted)];
  const about = { data, wanted, prefix };
  const hasItsName = named !== undefined && named.shard === asked?.shard && named.shards === asked.shards;
  const own = indexName(named?.prefix ?? prefix);
  if (hasItsName && isFile(store, own)) return { ...about, rename: undefined };
  const isCopy = hasItsName && prefix.replace(COPY, '') === named.prefix;
  return { ...about, rename: isCopy ? [indexName(prefix), own] : [data, wanted] };
}

/** The data of one index, looked for by its content. */
export class BundleData {
  #wanted: ReadonlyMap<string, Wanted> | undefined;

  constructor(
    readonly store: Store,
    readonly prefix: string,
  ) {}

  /** The file beside the index that it looks for as `wanted`, which is not there. */
  beside(wanted: string): DataElsewhere | undefined {
    return this.among(wanted, candidatesFor(this.store, this.prefix));
  }

  /** The first of some files that is what the index looks for as `wanted`. */
  among(wanted: string, files: readonly string[]): DataElsewhere | undefined {
    const { store, prefix } = this;
    this.#wanted ??= opened(store, prefix, wantedBy) ?? new Map();
    const content = this.#wanted.get(wanted);
    if (content === undefined) return undefined;
    const data = files
      .filter((path) => path !== wanted && store.size(path) === content.end)
      .slice(0, MOST_LOOKED_INTO)
      .find((path) => isWanted(store, path, content));
    return data === undefined ? undefined : elsewhere(store, prefix, wanted, data);
  }
}

/** The index beside a file that is its data under another name. */
export function indexOfData(store: Store, path: string): DataElsewhere | undefined {
  if (store.isDistant === true || !isFile(store, path)) return undefined;
  const { directory } = splitPrefix(path);
  for (const { prefix } of bundles.find(store, directory, namesIn(store, directory)).slice(0, MOST_LOOKED_INTO)) {
    const data = new BundleData(store, prefix);
    for (const wanted of missingData(store, prefix)) {
      const found = data.among(wanted, [path]);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** The data files of a bundle that are not there. */
function missingData(store: Store, prefix: string): string[] {
  const files = opened(store, prefix, (checkpoint) => checkpoint.files) ?? [];
  return files
    .filter(({ kind, byteLength }) => kind === 'data' && byteLength === undefined)
    .slice(0, MOST_LOOKED_INTO)
    .map((file) => file.path);
}
