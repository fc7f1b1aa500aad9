/** The tensor of an .npy file or member: what its header says, over the elements behind it. */
import { SwappedSource } from '../../bytes/byte-order.ts';
import { crc32Combine } from '../../bytes/crc32.ts';
import { type ByteSource, chunksOf, RegionSource, readBytes } from '../../bytes/source.ts';
import { ChecksumError, CorruptError } from '../../errors.ts';
import { crc32 } from '../../io/crc32.ts';
import { elementCount, formatShape, type Shape } from '../../tensor/shape.ts';
import { type ByteRange, changedRange, type Tensor } from '../../tensor/tensor.ts';
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
  /** CRC-32 of all bytes of the source, where it is known. */
  readonly crc32?: number | undefined;
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
  const unusedBytes = room - byteLength;
  const range = place === undefined ? undefined : rangeOf(source, header.contentStart, byteLength, unusedBytes, place);
  return { tensor: tensorOf(header, type, content, range), unusedBytes };
}

/** Where the elements lie, and how they are checked against the CRC-32 of the whole. */
function rangeOf(
  source: ByteSource,
  contentStart: number,
  byteLength: number,
  unusedBytes: number,
  { file, path, shard, start, crc32: sum }: ArrayPlace,
): ByteRange {
  const range = { file, path, shard, offset: start + contentStart, byteLength, crc32c: undefined };
  const order = { byteOrder: 'little' as const };
  if (sum === undefined) return { ...range, ...order };
  const check = (): void => {
    let actual = 0;
    for (const chunk of chunksOf(source)) actual = crc32(chunk, actual);
    if (actual !== sum) throw new ChecksumError('it does not match its CRC-32', path, sum, actual);
  };
  if (unusedBytes > 0) return { ...range, ...order, isRecord: true, check };
  let contentSum: number | undefined;
  return {
    ...range,
    ...order,
    check,
    // Only who copies the elements asks: the header would be read once more.
    get zipCrc32() {
      contentSum ??= (sum ^ crc32Combine(crc32(readBytes(source, 0, contentStart)), 0, byteLength)) >>> 0;
      return contentSum;
    },
  };
}

function tensorOf(header: NpyHeader, type: NumpyDType, content: RegionSource, range: ByteRange | undefined): Tensor {
  const { shape, fortranOrder } = header;
  const { dtype, bigEndian, stringBytes } = type;
  const asStored = !fortranOrder || ordersAgree(shape);
  const width = stringBytes ?? dtype.width;
  const inOrder = asStored || width === 0 ? content : new FortranSource(content, shape, width);
  const record = (): ByteRange | undefined =>
    range === undefined ? undefined : changedRange(range, { isRecord: true });
  if (stringBytes !== undefined) return stringTensor(shape, type, inOrder, record());
  const swapped = bigEndian && dtype.swapUnit > 1;
  const source = swapped ? new SwappedSource(inOrder, dtype.swapUnit) : inOrder;
  const { byteLength } = content;
  return { dtype, shape, byteLength, source, stored: asStored && !swapped ? range : record() };
}

function stringTensor(shape: Shape, type: NumpyDType, elements: ByteSource, stored: ByteRange | undefined): Tensor {
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
    stored,
  };
}
