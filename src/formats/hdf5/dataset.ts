/** A dataset as a tensor: its element type, its shape, and where its bytes lie. */
import { SwappedSource } from '../../bytes/byte-order.ts';
import { type ByteSource, MemorySource } from '../../bytes/source.ts';
import { CorruptError, UnsupportedError } from '../../errors.ts';
import { type DType, dtypeOf, isDTypeName } from '../../tensor/dtype.ts';
import { checkShape, elementCount } from '../../tensor/shape.ts';
import { type Tensor, tensorOfStrings } from '../../tensor/tensor.ts';
import type { AddressSpace, Structure } from './address-space.ts';
import { type Attributes, decodeTexts } from './attributes.ts';
import { dimensionsOf } from './dataspace.ts';
import { decodeType, type ElementType } from './datatype.ts';
import type { GlobalHeap } from './global-heap.ts';
import { MESSAGE } from './layout.ts';
import { type Message, messageOf } from './object-header.ts';

/** Where the content of a dataset lies. */
type Storage =
  | { readonly kind: 'contiguous'; readonly address: number; readonly byteLength: number }
  | { readonly kind: 'compact'; readonly data: Structure }
  /** Nothing was ever written: every byte is zero. */
  | { readonly kind: 'none' };

/** Zeros that take no memory. */
class ZeroSource implements ByteSource {
  constructor(readonly byteLength: number) {}
  readInto(target: Uint8Array): void {
    target.fill(0);
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
  checkPlain(messages);
  const storage = storageOf(required(messages, MESSAGE.layout, 'layout'));
  if (type.kind === 'text' || type.kind === 'variable-text') return textTensor(file, type, shape, storage, heap);
  const dtype = dtypeOfType(type, attributes);
  const byteLength = elementCount(shape) * dtype.width;
  const content = contentOf(file, storage, byteLength);
  const isSwapped = type.kind === 'number' && type.order === 'big' && dtype.swapUnit > 1;
  const source = isSwapped ? new SwappedSource(content, dtype.swapUnit) : content;
  if (isSwapped || storage.kind !== 'contiguous') return { dtype, shape, byteLength, source };
  return { dtype, shape, byteLength, source, stored: file.stored(storage.address, byteLength) };
}

function required(messages: readonly Message[], type: number, what: string): Structure {
  const found = messageOf(messages, type);
  if (found === undefined) throw new CorruptError(`a dataset has no ${what}`, { where: 'object header' });
  return found;
}

/** Throws {@link UnsupportedError} for content that is filtered or lies in other files. */
function checkPlain(messages: readonly Message[]): void {
  if (messages.some(({ type }) => type === MESSAGE.externalFiles)) {
    throw new UnsupportedError(
      'its content lies in another file, and nothing outside the file is read',
      'HDF5 external storage',
    );
  }
  if (messages.some(({ type }) => type === MESSAGE.filters)) {
    throw new UnsupportedError('it is stored compressed, in chunks', 'HDF5 filters');
  }
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

/** Layout messages of version 3, and of 1 and 2, which older libraries wrote. */
function storageOf(layout: Structure): Storage {
  const version = layout.u8(0);
  if (version === 3) {
    const kind = layout.u8(1);
    if (kind === 0) return { kind: 'compact', data: layout.slice(4, layout.u16(2)) };
    if (kind === 1) return contiguous(layout.pointer(2), layout.u64(10));
  } else if (version === 1 || version === 2) {
    const rank = layout.u8(1);
    const kind = layout.u8(2);
    if (kind === 1) return contiguous(layout.pointer(8), undefined);
    if (kind === 0) return { kind: 'compact', data: layout.slice(12 + 4 * rank, layout.u32(8 + 4 * rank)) };
  }
  throw new UnsupportedError('it is stored in chunks', 'HDF5 chunks');
}

function contiguous(address: number | undefined, byteLength: number | undefined): Storage {
  if (address === undefined) return { kind: 'none' };
  return { kind: 'contiguous', address, byteLength: byteLength ?? Number.NaN };
}

function contentOf(file: AddressSpace, storage: Storage, byteLength: number): ByteSource {
  if (storage.kind === 'none') return new ZeroSource(byteLength);
  const found = storage.kind === 'compact' ? storage.data.length : storage.byteLength;
  if (!Number.isNaN(found) && found !== byteLength) {
    throw new CorruptError(`its shape takes ${byteLength} bytes, but ${found} are stored`, { where: 'dataset' });
  }
  if (storage.kind === 'compact') return new MemorySource(storage.data.bytes);
  return file.content(storage.address, byteLength, 'the content of a dataset');
}

function textTensor(
  file: AddressSpace,
  type: ElementType,
  shape: readonly number[],
  storage: Storage,
  heap: GlobalHeap,
): Tensor {
  const count = elementCount(shape);
  const byteLength = count * type.size;
  if (storage.kind === 'none')
    return tensorOfStrings(dtypeOf('string'), shape, new Array(count).fill(new Uint8Array(0)));
  const data =
    storage.kind === 'compact' ? storage.data : file.structure(storage.address, byteLength, 'texts of a dataset');
  return tensorOfStrings(dtypeOf('string'), shape, decodeTexts(data, type, count, heap));
}
