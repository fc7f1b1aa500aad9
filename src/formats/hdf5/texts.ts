/** Datasets of text, as string tensors: of a fixed size, or pointers into the heaps of the file. */

import { expectAll } from '../../bytes/missing.ts';
import type { ByteSource } from '../../bytes/source.ts';
import { endBeforeZeros } from '../../bytes/without-zeros.ts';
import { BlockStrings, checkStrings, fixedWidthStrings } from '../../tensor/block-strings.ts';
import { Structure } from './address-space.ts';
import type { ElementType, TextPadding } from './datatype.ts';
import type { GlobalHeap } from './global-heap.ts';

export type TextType = Extract<ElementType, { kind: 'text' | 'variable-text' }>;

const BLANK = 0x20;
/** Pointers that are followed at a time. */
const BLOCK_POINTERS = 4096;

/** Where a text of a fixed size ends, without what fills it up. */
function endOf(bytes: Uint8Array, start: number, end: number, padding: TextPadding): number {
  if (padding === 'zeros') return endBeforeZeros(bytes, start, end);
  let at = start;
  if (padding === 'terminated') {
    while (at < end && bytes[at] !== 0) at++;
    return at;
  }
  at = end;
  while (at > start && bytes[at - 1] === BLANK) at--;
  return endBeforeZeros(bytes, start, at); // as h5py gives them
}

/** A text of a fixed size without what fills it up. */
export function textIn(bytes: Uint8Array, padding: TextPadding): Uint8Array {
  return bytes.subarray(0, endOf(bytes, 0, bytes.length, padding));
}

/** The content of the string tensor; throws a `CkptError` for pointers that lead nowhere, and for more than is read. */
export function textContent(content: ByteSource, type: TextType, count: number, heap: GlobalHeap): ByteSource {
  const { size } = type;
  if (type.kind === 'text') {
    const { padding } = type;
    return fixedWidthStrings(content, size, count, (bytes, start, end, visit) =>
      visit(bytes, start, endOf(bytes, start, end, padding)),
    );
  }
  checkStrings(count, size);
  expectAll(content);
  const buffer = new Uint8Array(Math.min(BLOCK_POINTERS, count) * size);
  return new BlockStrings(count, BLOCK_POINTERS, (first, found, visit) => {
    const bytes = buffer.subarray(0, found * size);
    content.readInto(bytes, first * size);
    const pointers = Structure.of(bytes, 'texts of a dataset', 0);
    for (let i = 0; i < found; i++) {
      const text = heap.valueAt(pointers, i * size);
      visit(text, 0, text.length);
    }
  });
}
