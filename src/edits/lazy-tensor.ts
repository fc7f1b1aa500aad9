/** Tensors whose content is made when it is asked for. */
import type { ByteSource } from '../bytes/source.ts';
import { UsageError } from '../errors.ts';
import type { DType } from '../tensor/dtype.ts';
import { elementCount, formatShape, type Shape } from '../tensor/shape.ts';
import { type AxisSelector, sliceTensor } from '../tensor/slice-tensor.ts';
import type { Computed, Tensor, TensorPart } from '../tensor/tensor.ts';
import { boxOf, type TensorSlice } from '../tensor/tensor-slice.ts';

class LazyTensor implements Tensor {
  readonly byteLength: number;
  #open: (() => ByteSource) | undefined;
  #source: ByteSource | undefined;

  constructor(
    readonly dtype: DType,
    readonly shape: Shape,
    open: () => ByteSource,
    readonly computed: Computed | undefined,
  ) {
    this.byteLength = elementCount(shape) * dtype.width;
    this.#open = open;
  }

  /** Opened once: a source may remember what it has checked. */
  get source(): ByteSource {
    if (this.#open !== undefined) {
      this.#source = this.#open();
      this.#open = undefined;
    }
    return this.#source as ByteSource;
  }
}

/**
 * A tensor of numbers; `open` is called when the content is first asked for. `computed` says the same as data, where it can. Throws
 * {@link UsageError} for a shape of more bytes than there are whole numbers.
 */
export function lazyTensor(dtype: DType, shape: Shape, open: () => ByteSource, computed?: Computed): Tensor {
  const tensor = new LazyTensor(dtype, shape, open, computed);
  if (Number.isSafeInteger(tensor.byteLength)) return tensor;
  throw new UsageError(`${dtype.name}${formatShape(shape)} is larger than any file can be`);
}

/**
 * The same content under another shape, or in the place of another tensor: with where it lies and what is recorded of it, and
 * without what it was before.
 */
export function sameContentAs(tensor: Tensor, shape: Shape = tensor.shape): Tensor {
  const { dtype, dtypeNumber, byteLength, crc32c, stored, computed } = tensor;
  const parts = shape === tensor.shape ? tensor.parts : undefined;
  return {
    dtype,
    dtypeNumber,
    shape,
    byteLength,
    crc32c,
    stored,
    computed,
    ...(parts === undefined ? {} : { parts }),
    get source() {
      return tensor.source;
    },
  };
}

/** The tensor as a partitioned one whose parts lie at the slices; read as a whole it stays what it is. */
export function inParts(whole: Tensor, slices: readonly TensorSlice[]): Tensor {
  const parts = slices.map((slice): TensorPart => {
    const { start, shape } = boxOf(slice, whole.shape, 'partition');
    const selectors = start.map((from, axis): AxisSelector => ({ start: from, stop: from + (shape[axis] as number) }));
    return { slice, tensor: sliceTensor(whole, selectors) };
  });
  return {
    dtype: whole.dtype,
    shape: whole.shape,
    get byteLength() {
      return whole.byteLength;
    },
    get source() {
      return whole.source;
    },
    parts,
  };
}
