/** A tensor of a bundle: what its entry says, checked against itself and the files only when content is asked for. */
import { type ByteOrder, SwappedSource } from '../../bytes/byte-order.ts';
import { unmaskCrc } from '../../bytes/crc32c.ts';
import { type ByteSource, MemorySource, RegionSource } from '../../bytes/source.ts';
import { type CkptError, CorruptError, UnsupportedError } from '../../errors.ts';
import type { BundleEntry } from '../../proto/bundle.ts';
import { AssembledSource, checkCoverage } from '../../tensor/assembled-source.ts';
import { assembleStrings } from '../../tensor/assembled-strings.ts';
import { type DType, dtypeOfNumber, UNKNOWN_DTYPE } from '../../tensor/dtype.ts';
import { checkShape, elementCount, formatShape, type Shape, sameShape } from '../../tensor/shape.ts';
import { LittleEndianStrings } from '../../tensor/strings.ts';
import type { StoredRun, Tensor, TensorPart } from '../../tensor/tensor.ts';
import { boxOf, formatTensorSlice } from '../../tensor/tensor-slice.ts';

/** What a tensor needs to know of the bundle it lies in. */
export interface BundleFiles {
  readonly byteOrder: ByteOrder;
  /** The data file of a shard; throws when it is missing. */
  dataFile(shard: number): ByteSource;
  dataPath(shard: number): string;
  /** The parts of a partitioned tensor; throws where one is missing. */
  partsOf(name: string, entry: BundleEntry): readonly TensorPart[];
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

/** Numbers fill their shape exactly; a string or variant takes at least a byte. */
function checkSize(name: string, dtype: DType, entry: BundleEntry): void {
  const { offset, size, shape } = entry;
  const count = elementCount(shape);
  const fits = dtype.width > 0 ? size === count * dtype.width : size >= count;
  if (offset < 0 || size < 0 || entry.shardId < 0 || !fits) {
    const wanted = dtype.width > 0 ? `${count * dtype.width}` : `at least ${count}`;
    throw new CorruptError(
      `tensor ${name}: the index gives it ${size} bytes at ${offset} of shard ${entry.shardId}, but ${dtype.name}${formatShape(shape)} takes ${wanted} bytes`,
      { where: `tensor ${name}` },
    );
  }
}

export class BundleTensor implements Tensor {
  readonly dtype: DType;
  readonly shape: Shape;

  constructor(
    readonly name: string,
    readonly entry: BundleEntry,
    readonly files: BundleFiles,
  ) {
    this.dtype = dtypeOfNumber(entry.dtype) ?? UNKNOWN_DTYPE;
    this.shape = entry.shape;
  }

  get problem(): CkptError | undefined {
    return problemOf(this.name, this.entry);
  }

  get #isPartitioned(): boolean {
    return this.entry.slices.length > 0;
  }

  get byteLength(): number {
    if (!this.#isPartitioned) return this.entry.size;
    if (this.dtype.width > 0) return elementCount(this.shape) * this.dtype.width;
    return (this.parts ?? []).reduce((sum, { tensor }) => sum + tensor.byteLength, 0);
  }

  get parts(): readonly TensorPart[] | undefined {
    return this.#isPartitioned ? this.files.partsOf(this.name, this.entry) : undefined;
  }

  get stored(): StoredRun | undefined {
    if (this.#isPartitioned) return undefined;
    const { shardId, offset, size, crc32c } = this.entry;
    const { files } = this;
    return {
      get file() {
        return files.dataFile(shardId);
      },
      get path() {
        return files.dataPath(shardId);
      },
      shard: shardId,
      offset,
      byteLength: size,
      crc32c: unmaskCrc(crc32c),
      byteOrder: files.byteOrder,
    };
  }

  get crc32c(): number | undefined {
    const untouched = this.files.byteOrder === 'little' || this.dtype.kind === 'bool' || this.dtype.width === 1;
    return this.#isPartitioned || !untouched ? undefined : unmaskCrc(this.entry.crc32c);
  }

  get source(): ByteSource {
    const { problem } = this;
    if (problem !== undefined) throw problem;
    return this.#isPartitioned ? this.#assemble() : this.#open();
  }

  #open(): ByteSource {
    const { shardId, offset, size } = this.entry;
    if (size === 0) return new MemorySource(new Uint8Array(0));
    const file = this.files.dataFile(shardId);
    if (offset + size > file.byteLength) {
      throw new CorruptError(
        `tensor ${this.name}: its bytes ${offset} to ${offset + size} are not in ${this.files.dataPath(shardId)}, which has only ${file.byteLength}`,
        { where: `tensor ${this.name}`, path: this.files.dataPath(shardId), offset },
      );
    }
    const region = new RegionSource(file, offset, size);
    if (this.files.byteOrder === 'little') return region;
    if (this.dtype.kind === 'string') return new LittleEndianStrings(region, elementCount(this.shape));
    if (this.dtype.kind === 'variant') {
      throw new UnsupportedError(
        `tensor ${this.name}: a big-endian variant cannot be turned around`,
        'big-endian variant',
      );
    }
    return this.dtype.swapUnit === 1 ? region : new SwappedSource(region, this.dtype.swapUnit);
  }

  #assemble(): ByteSource {
    const where = `tensor ${this.name}`;
    const placed = (this.parts ?? []).map(({ slice, tensor }) => {
      const box = boxOf(slice, this.shape, where);
      if (tensor.dtype !== this.dtype || !sameShape(tensor.shape, box.shape)) {
        throw new CorruptError(
          `${where}: the part ${formatTensorSlice(slice)} is ${tensor.dtype.name}${formatShape(tensor.shape)}`,
          { where },
        );
      }
      return { box, tensor };
    });
    checkCoverage(
      placed.map(({ box }) => box),
      this.shape,
      where,
    );
    const parts = placed.map(({ box, tensor }) => ({ box, source: tensor.source }));
    if (this.dtype.width > 0) return new AssembledSource(parts, this.shape, this.dtype.width);
    if (this.dtype.kind === 'string') return new MemorySource(assembleStrings(parts, this.shape));
    throw new UnsupportedError(`${where}: a partitioned variant cannot be put together`, 'partitioned variant');
  }
}

/** Stands for an entry that cannot be decoded, so that one bad entry does not hide the others. */
export function brokenTensor(problem: CkptError): Tensor {
  return {
    dtype: UNKNOWN_DTYPE,
    shape: [],
    byteLength: 0,
    get source(): ByteSource {
      throw problem;
    },
    problem,
  };
}
