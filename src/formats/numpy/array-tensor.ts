/** The tensor of an .npy file or member: what its header says, over the elements behind it. */
import { SwappedSource } from '../../bytes/byte-order.ts';
import { type ByteSource, RegionSource } from '../../bytes/source.ts';
import { CorruptError } from '../../errors.ts';
import { elementCount, formatShape } from '../../tensor/shape.ts';
import type { ByteRange, Tensor } from '../../tensor/tensor.ts';
import { dtypeOfDescr, type NumpyDType } from './dtypes.ts';
import { stringContent } from './fixed-strings.ts';
import { FortranSource, ordersAgree } from './fortran-source.ts';
import { type NpyHeader, readNpyHeader } from './npy-header.ts';

/** Where the bytes of an array lie as they are: at `start` in a file. */
export interface ArrayPlace {
  readonly file: ByteSource;
  readonly path: string;
  readonly shard: number;
  readonly start: number;
}

/** What is known of an array when its header is read. */
export interface NpyArray {
  readonly tensor: Tensor;
  /** Bytes that no array of the header's shape takes. */
  readonly unusedBytes: number;
}

/**
 * The array in a source that holds an .npy file; `place` where the source is a part of a file as it lies there. Throws
 * `CorruptError` for one that is damaged, `UnsupportedError` for one that no tensor can be: records, objects, dates.
 */
export function readArray(source: ByteSource, place: ArrayPlace | undefined): NpyArray {
  const header = readNpyHeader(source);
  const type = dtypeOfDescr(header.descr, header.remark);
  const width = type.stringBytes ?? type.dtype.width;
  const count = elementCount(header.shape);
  const byteLength = count * width;
  const room = source.byteLength - header.contentStart;
  if (!Number.isSafeInteger(byteLength) || byteLength > room) {
    throw new CorruptError(
      `${header.descr}${formatShape(header.shape)} takes ${byteLength} bytes, and ${room} are there: it was cut off`,
      { where: 'array', offset: header.contentStart },
    );
  }
  const content = new RegionSource(source, header.contentStart, byteLength);
  return { tensor: tensorOf(header, type, content, place), unusedBytes: room - byteLength };
}

function tensorOf(header: NpyHeader, type: NumpyDType, content: RegionSource, place: ArrayPlace | undefined): Tensor {
  const { shape, fortranOrder, contentStart } = header;
  const { dtype, bigEndian, stringBytes } = type;
  const asStored = !fortranOrder || ordersAgree(shape);
  const width = stringBytes ?? dtype.width;
  const inOrder = asStored || width === 0 ? content : new FortranSource(content, shape, width);
  if (stringBytes !== undefined) return stringTensor(shape, type, inOrder);
  const swapped = bigEndian && dtype.swapUnit > 1;
  const source = swapped ? new SwappedSource(inOrder, dtype.swapUnit) : inOrder;
  const { byteLength } = content;
  if (!asStored || swapped || place === undefined) return { dtype, shape, byteLength, source };
  const { file, path, shard, start } = place;
  const stored: ByteRange = {
    file,
    path,
    shard,
    offset: start + contentStart,
    byteLength,
    crc32c: undefined,
    byteOrder: 'little',
  };
  return { dtype, shape, byteLength, source, stored };
}

function stringTensor(shape: readonly number[], type: NumpyDType, elements: ByteSource): Tensor {
  const { dtype, bigEndian, stringBytes = 0, wide = false } = type;
  const strings = { source: elements, width: stringBytes, count: elementCount(shape), wide, bigEndian };
  let content: ByteSource | undefined;
  return {
    dtype,
    shape,
    get byteLength() {
      return this.source.byteLength;
    },
    get source() {
      content ??= stringContent(strings);
      return content;
    },
  };
}
