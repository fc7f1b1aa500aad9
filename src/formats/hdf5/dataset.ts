/** A dataset as a tensor: its element type, its shape, and where its bytes lie. */
import { SwappedSource } from '../../bytes/byte-order.ts';
import { type ByteSource, MemorySource } from '../../bytes/source.ts';
import { CorruptError, UnsupportedError } from '../../errors.ts';
import { type DType, dtypeOf, isDTypeName } from '../../tensor/dtype.ts';
import { checkShape, elementCount } from '../../tensor/shape.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { AddressSpace, Structure } from './address-space.ts';
import type { Attributes } from './attributes.ts';
import { BitFieldSource } from './bit-fields.ts';
import { type ChunkedLayout, newerChunks, olderChunks } from './chunk-index.ts';
import { ChunkedSource, fillWith } from './chunked-source.ts';
import { dimensionsOf, mostDimensionsOf } from './dataspace.ts';
import { decodeType, type ElementType } from './datatype.ts';
import { filtersOf } from './filters.ts';
import type { GlobalHeap } from './global-heap.ts';
import { MESSAGE } from './layout.ts';
import { type Message, messageOf } from './object-header.ts';
import { type TextType, textContent } from './texts.ts';

/** Where the content of a dataset lies. */
type Storage =
  | { readonly kind: 'contiguous'; readonly address: number; readonly byteLength: number }
  | { readonly kind: 'compact'; readonly data: Structure }
  | { readonly kind: 'chunked'; readonly layout: ChunkedLayout }
  /** Nothing was ever written: every element is the fill value. */
  | { readonly kind: 'none' };

/** One element again and again. */
class FillSource implements ByteSource {
  constructor(
    readonly byteLength: number,
    readonly element: Uint8Array | undefined,
  ) {}
  readInto(target: Uint8Array, offset: number): void {
    fillWith(target, this.element, offset);
  }
}

/** The tensor of a dataset. Throws a `CkptError` that names what cannot be read in it. */
export function tensorOfDataset(
  file: AddressSpace,
  messages: readonly Message[],
  attributes: Attributes,
  heap: GlobalHeap,
): Tensor {
  const type = decodeType(required(messages, MESSAGE.datatype, 'datatype'));
  const shape = dimensionsOf(required(messages, MESSAGE.dataspace, 'dataspace'));
  checkShape(shape, 'dataset');
  checkInside(messages);
  const storage = storageOf(file, required(messages, MESSAGE.layout, 'layout'));
  const textType = type.kind === 'text' || type.kind === 'variable-text' ? type : undefined;
  const width = textType?.size ?? dtypeOfType(type, attributes).width;
  const byteLength = elementCount(shape) * width;
  checkExpansion(byteLength, file);
  const content = contentOf({ file, messages, shape, width }, storage, byteLength);
  if (textType !== undefined) return textTensor(content, textType, shape, heap);
  const dtype = dtypeOfType(type, attributes);
  if (type.kind === 'number' && type.field !== undefined) {
    return { dtype, shape, byteLength, source: new BitFieldSource(content, width, type.field, type.order === 'big') };
  }
  const isSwapped = type.kind === 'number' && type.order === 'big' && dtype.swapUnit > 1;
  const source = isSwapped ? new SwappedSource(content, dtype.swapUnit) : content;
  if (isSwapped || storage.kind !== 'contiguous') return { dtype, shape, byteLength, source };
  return { dtype, shape, byteLength, source, stored: file.stored(storage.address, byteLength) };
}

/** Content this long must be there: a file that claims so many times its own length holds next to nothing of it, or means harm. */
const [MOST_ABSENT_BYTES, MOST_EXPANSION] = [2 ** 30, 1000];

function checkExpansion(byteLength: number, { source }: AddressSpace): void {
  if (byteLength <= Math.max(MOST_ABSENT_BYTES, MOST_EXPANSION * source.byteLength)) return;
  throw new CorruptError(`it claims ${byteLength} bytes in a file of ${source.byteLength}`, { where: 'dataset' });
}

function required(messages: readonly Message[], type: number, what: string): Structure {
  const found = messageOf(messages, type);
  if (found === undefined) throw new CorruptError(`a dataset has no ${what}`, { where: 'object header' });
  return found;
}

/** Throws {@link UnsupportedError} for content that lies in other files. */
function checkInside(messages: readonly Message[]): void {
  if (!messages.some(({ type }) => type === MESSAGE.externalFiles)) return;
  throw new UnsupportedError(
    'its content lies in another file, and nothing outside the file is read',
    'HDF5 external storage',
  );
}

function dtypeOfType(type: ElementType, attributes: Attributes): DType {
  if (type.kind === 'number') return type.dtype;
  if (type.kind === 'opaque') {
    const [name] = attributes.get('dtype') ?? [];
    if (name !== undefined && isDTypeName(name) && dtypeOf(name).width === type.size) return dtypeOf(name);
    throw new UnsupportedError(
      `its elements are ${type.size} opaque bytes, and no attribute dtype names them`,
      'HDF5 opaque',
    );
  }
  throw new UnsupportedError(
    `its elements are of the HDF5 class ${type.kind === 'other' ? type.what : type.kind}`,
    'HDF5 datatype',
  );
}

/** Kinds of layout, as the newer messages number them. */
const [COMPACT, CONTIGUOUS, CHUNKED, VIRTUAL] = [0, 1, 2, 3];

/** Layout messages of version 3 and 4, and of 1 and 2, which older libraries wrote. */
function storageOf(file: AddressSpace, layout: Structure): Storage {
  const version = layout.u8(0);
  if (version < 1 || version > 4) throw new UnsupportedError(`its layout is of version ${version}`, 'HDF5 layout');
  if (version < 3) {
    const rank = layout.u8(1);
    const kind = layout.u8(2);
    if (kind === CONTIGUOUS) return contiguous(layout.pointer(8), undefined);
    if (kind === COMPACT) return { kind: 'compact', data: layout.slice(12 + 4 * rank, layout.u32(8 + 4 * rank)) };
    return { kind: 'chunked', layout: olderChunks(file, layout) };
  }
  const kind = layout.u8(1);
  if (kind === COMPACT) return { kind: 'compact', data: layout.slice(4, layout.u16(2)) };
  if (kind === CONTIGUOUS) return contiguous(layout.pointer(2), layout.u64(10));
  if (kind === CHUNKED) {
    return { kind: 'chunked', layout: version === 3 ? olderChunks(file, layout) : newerChunks(file, layout) };
  }
  if (kind !== VIRTUAL) throw layout.damaged(`its layout is of kind ${kind}`);
  throw new UnsupportedError(
    'it is a virtual dataset, put together from others, maybe of other files, and those are not read; h5repack makes it one of its own',
    'HDF5 virtual dataset',
  );
}

function contiguous(address: number | undefined, byteLength: number | undefined): Storage {
  if (address === undefined) return { kind: 'none' };
  return { kind: 'contiguous', address, byteLength: byteLength ?? Number.NaN };
}

/** What is known of a dataset beside its storage. */
interface Described {
  readonly file: AddressSpace;
  readonly messages: readonly Message[];
  readonly shape: readonly number[];
  /** Bytes of an element. */
  readonly width: number;
}

function contentOf(described: Described, storage: Storage, byteLength: number): ByteSource {
  const { file, messages } = described;
  if (storage.kind === 'none') return new FillSource(byteLength, fillValueOf(messages, described.width));
  if (storage.kind === 'chunked') return chunkedContent(described, storage.layout, byteLength);
  const found = storage.kind === 'compact' ? storage.data.length : storage.byteLength;
  if (!Number.isNaN(found) && found !== byteLength) {
    throw new CorruptError(`its shape takes ${byteLength} bytes, but ${found} are stored`, { where: 'dataset' });
  }
  if (storage.kind === 'compact') return new MemorySource(storage.data.bytes.slice());
  return file.content(storage.address, byteLength, 'the content of a dataset');
}

function chunkedContent(
  { file, messages, shape, width }: Described,
  layout: ChunkedLayout,
  byteLength: number,
): ByteSource {
  const { dimensions, elementBytes, hasPlainEdges } = layout;
  if (dimensions.length !== shape.length || elementBytes !== width) {
    throw new CorruptError(`its chunks are of ${dimensions.length} axes and elements of ${elementBytes} bytes`, {
      where: 'dataset',
    });
  }
  const message = messageOf(messages, MESSAGE.filters);
  const filters = message === undefined ? [] : filtersOf(message);
  if (byteLength === 0) return new MemorySource(new Uint8Array(0));
  const most = mostDimensionsOf(required(messages, MESSAGE.dataspace, 'dataspace'));
  const grid = shape.map((size, axis) => Math.ceil(size / (dimensions[axis] as number)));
  const index = layout.index({ grid, most, isFiltered: filters.length > 0 });
  const fill = fillValueOf(messages, width);
  return new ChunkedSource({ file, shape, dimensions, width, index, filters, fill, hasPlainEdges });
}

/** The element that stands for what was never written; undefined for zeros. */
function fillValueOf(messages: readonly Message[], width: number): Uint8Array | undefined {
  const message = messageOf(messages, MESSAGE.fillValue);
  if (message === undefined) return undefined;
  const isThree = message.u8(0) === 3;
  const isDefined = isThree ? (message.u8(1) & 32) !== 0 : message.u8(3) === 1;
  const at = isThree ? 2 : 4;
  if (!isDefined || message.length < at + 4 || message.u32(at) !== width) return undefined;
  return message.slice(at + 4, width).bytes.slice();
}

function textTensor(content: ByteSource, type: TextType, shape: readonly number[], heap: GlobalHeap): Tensor {
  const source = textContent(content, type, elementCount(shape), heap);
  checkExpansion(source.byteLength, heap.file);
  return { dtype: dtypeOf('string'), shape, byteLength: source.byteLength, source };
}
