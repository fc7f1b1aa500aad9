/** A tensor of a bundle: what its entry says, checked against itself and the files only when content is asked for. */
import { type ByteOrder, SwappedSource } from '../../bytes/byte-order.ts';
import { unmaskCrc } from '../../bytes/crc32c.ts';
import { type ByteSource, MemorySource, RegionSource } from '../../bytes/source.ts';
import { CkptError, CorruptError, UnsupportedError } from '../../errors.ts';
import type { BundleEntry } from '../../proto/bundle.ts';
import { type DType, dtypeOfNumber, UNKNOWN_DTYPE } from '../../tensor/dtype.ts';
import { assembleParts } from '../../tensor/partitioned.ts';
import { checkShape, elementCount, formatShape, MAX_RANK, type Shape } from '../../tensor/shape.ts';
import { LittleEndianStrings } from '../../tensor/strings.ts';
import type { ByteRange, Tensor, TensorMap, TensorOrigin, TensorPart } from '../../tensor/tensor.ts';

/** What a tensor needs to know of the bundle it lies in. */
export interface BundleFiles {
  readonly byteOrder: ByteOrder;
  /** The data file of a shard; throws when it is missing. */
  dataFile(shard: number): ByteSource;
  dataPath(shard: number): string;
  /** The parts of a partitioned tensor; throws where one is missing. */
  partsOf(name: string, entry: BundleEntry): readonly TensorPart[];
  /** The tensors of the bundle by name. */
  readonly tensors?: TensorMap | undefined;
}

/** What is wrong with an entry by itself, or undefined; `name` goes into the message. */
export function problemOf(name: string, entry: BundleEntry): CkptError | undefined {
  const dtype = dtypeOfNumber(entry.dtype);
  if (dtype === undefined) {
    return new UnsupportedError(`tensor ${name}: dtype number ${entry.dtype} is not one that can be stored`, 'dtype');
  }
  try {
    checkShape(entry.shape, `tensor ${name}`);
    if (entry.slices.length === 0) checkSize(name, dtype, entry);
    return undefined;
  } catch (error) {
    return error as CkptError;
  }
}

/** The quick answer for nearly every entry: numbers that fill their shape to the byte. Otherwise the long way decides. */
export function isPlainlySound(dtype: DType, entry: BundleEntry): boolean {
  const { shape, offset, size } = entry;
  if (shape.length > MAX_RANK) return false;
  let bytes = dtype.width;
  for (let axis = 0; axis < shape.length; axis++) {
    const along = shape[axis] as number;
    if (along <= 0) return false;
    bytes *= along;
  }
  return bytes > 0 && bytes === size && offset >= 0 && entry.shardId >= 0 && entry.slices.length === 0;
}

/** Numbers fill their shape exactly; a string or variant takes at least a byte. */
function checkSize(name: string, dtype: DType, entry: BundleEntry): void {
  const { offset, size, shape } = entry;
  const count = elementCount(shape);
  const fits = dtype.width > 0 ? size === count * dtype.width : size >= count;
  if (offset < 0 || size < 0 || entry.shardId < 0) {
    throw new CorruptError(
      `tensor ${name}: the index gives it a negative place: size ${size}, offset ${offset}, shard ${entry.shardId}`,
      { where: `tensor ${name}` },
    );
  }
  if (!fits) {
    const wanted = dtype.width > 0 ? `${count * dtype.width}` : `at least ${count}`;
    throw new CorruptError(
      `tensor ${name}: the index gives it a size of ${size} bytes, but ${dtype.name}${formatShape(shape)} takes ${wanted} bytes`,
      { where: `tensor ${name}` },
    );
  }
}

/**
 * There may be a million of these while a listing runs: what every listing asks for is a plain field, and nothing is
 * private to the engine, since private members cost time in each constructor call.
 */
export class BundleTensor implements Tensor {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly byteLength: number;
  readonly problem: CkptError | undefined;

  constructor(
    readonly name: string,
    readonly entry: BundleEntry,
    readonly files: BundleFiles,
  ) {
    const dtype = dtypeOfNumber(entry.dtype);
    this.dtype = dtype ?? UNKNOWN_DTYPE;
    this.shape = entry.shape;
    this.problem = dtype !== undefined && isPlainlySound(dtype, entry) ? undefined : problemOf(name, entry);
    this.byteLength = entry.slices.length === 0 ? entry.size : partitionedBytes(this);
  }

  get dtypeNumber(): number {
    return this.entry.dtype;
  }

  get parts(): readonly TensorPart[] | undefined {
    return isPartitioned(this.entry) ? this.files.partsOf(this.name, this.entry) : undefined;
  }

  get stored(): ByteRange | undefined {
    if (isPartitioned(this.entry)) return undefined;
    return new EntryRange(this.entry, this.files);
  }

  get origin(): TensorOrigin | undefined {
    const { name, files } = this;
    return files.tensors === undefined ? undefined : { tensors: files.tensors, name };
  }

  get crc32c(): number | undefined {
    const untouched = this.files.byteOrder === 'little' || this.dtype.kind === 'bool' || this.dtype.width === 1;
    return isPartitioned(this.entry) || !untouched ? undefined : unmaskCrc(this.entry.crc32c);
  }

  get source(): ByteSource {
    const { problem } = this;
    if (problem !== undefined) throw problem;
    return isPartitioned(this.entry) ? assembleParts(this.name, this, this.parts ?? []) : open(this);
  }
}

/** Where the content of an entry lies: a million of them are asked for when a plan is made. */
class EntryRange implements ByteRange {
  readonly shard: number;
  readonly offset: number;
  readonly byteLength: number;
  readonly crc32c: number;
  readonly byteOrder: ByteOrder;

  constructor(
    { shardId, offset, size, crc32c }: BundleEntry,
    readonly files: BundleFiles,
  ) {
    this.shard = shardId;
    this.offset = offset;
    this.byteLength = size;
    this.crc32c = unmaskCrc(crc32c);
    this.byteOrder = files.byteOrder;
  }

  get file(): ByteSource {
    return this.files.dataFile(this.shard);
  }

  get path(): string {
    return this.files.dataPath(this.shard);
  }
}

function isPartitioned({ slices }: BundleEntry): boolean {
  return slices.length > 0;
}

/** Numbers take what the whole takes; parts of other kinds are added up, as far as they are there. */
function partitionedBytes({ dtype, shape, name, entry, files }: BundleTensor): number {
  if (dtype.width > 0) return elementCount(shape) * dtype.width;
  try {
    return files.partsOf(name, entry).reduce((sum, { tensor }) => sum + tensor.byteLength, 0);
  } catch (error) {
    if (error instanceof CkptError) return 0;
    throw error;
  }
}

/** The content of a tensor in one piece. */
function open(tensor: BundleTensor): ByteSource {
  const { shardId, offset, size } = tensor.entry;
  if (size === 0) return new MemorySource(new Uint8Array(0));
  const file = tensor.files.dataFile(shardId);
  if (offset + size > file.byteLength) {
    throw new CorruptError(
      `tensor ${tensor.name}: its bytes ${offset} to ${offset + size} run past the end of ${tensor.files.dataPath(shardId)}, which has ${file.byteLength}`,
      { where: `tensor ${tensor.name}`, path: tensor.files.dataPath(shardId), offset },
    );
  }
  const region = new RegionSource(file, offset, size);
  if (tensor.files.byteOrder === 'little') return region;
  if (tensor.dtype.kind === 'string') return new LittleEndianStrings(region, elementCount(tensor.shape));
  if (tensor.dtype.kind === 'variant') {
    throw new UnsupportedError(
      `tensor ${tensor.name}: a big-endian variant cannot be turned around`,
      'big-endian variant',
    );
  }
  return tensor.dtype.swapUnit === 1 ? region : new SwappedSource(region, tensor.dtype.swapUnit);
}
