/** Datasets of text, as string tensors: of a fixed size, or pointers into the heaps of the file. */

import { expectAll } from '../../bytes/missing.ts';
import type { ByteSource } from '../../bytes/source.ts';
import { withoutZeros } from '../../bytes/without-zeros.ts';
import { BlockStrings, checkStrings, fixedWidthStrings } from '../../tensor/block-strings.ts';
import { Structure } from './address-space.ts';
import type { ElementType, TextPadding } from './datatype.ts';
import type { GlobalHeap } from './global-heap.ts';

export type TextType = Extract<ElementType, { kind: 'text' | 'variable-text' }>;

const BLANK = 0x20;
/** Pointers that are followed at a time. */
const BLOCK_POINTERS = 4096;

/** A text of a fixed size without what fills it up. */
export function textIn(bytes: Uint8Array, padding: TextPadding): Uint8Array {
  if (padding === 'zeros') return withoutZeros(bytes);
  if (padding === 'terminated') {
    const end = bytes.indexOf(0);
    return end < 0 ? bytes : bytes.subarray(0, end);
  }
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === BLANK) end--;
  return withoutZeros(bytes.subarray(0, end)); // as h5py gives them
}

/** The content of the string tensor; throws a `CkptError` for pointers that lead nowhere, and for more than is read. */
export function textContent(content: ByteSource, type: TextType, count: number, heap: GlobalHeap): ByteSource {
  const { size } = type;
  if (type.kind === 'text') return fixedWidthStrings(content, size, count, (bytes) => textIn(bytes, type.padding));
  checkStrings(count, size);
  expectAll(content);
  const buffer = new Uint8Array(Math.min(BLOCK_POINTERS, count) * size);
  return new BlockStrings(count, BLOCK_POINTERS, (first, found) => {
    const bytes = buffer.subarray(0, found * size);
    content.readInto(bytes, first * size);
    const pointers = Structure.of(bytes, 'texts of a dataset', 0);
    return Array.from({ length: found }, (_, i) => heap.valueAt(pointers, i * size));
  });
}
