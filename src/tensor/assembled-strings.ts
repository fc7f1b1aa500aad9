/**
 * A partitioned string tensor as the whole. Strings vary in length, so the whole has no byte positions until all lengths
 * are known: the elements are gathered and encoded anew, the one kind of content that is held in memory.
 */
import { expectAll, missTogether } from '../bytes/missing.ts';
import type { PlacedPart } from './assembled-source.ts';
import { elementCount, type Shape, stridesOf } from './shape.ts';
import { encodeStrings, readStrings } from './strings.ts';

export function assembleStrings(parts: readonly PlacedPart[], full: Shape): Uint8Array {
  missTogether(
    parts.map(
      ({ source }) =>
        () =>
          expectAll(source),
    ),
  );
  const strides = stridesOf(full);
  const elements = new Array<Uint8Array>(parts.reduce((sum, { box }) => sum + elementCount(box.shape), 0));
  for (const { box, source } of parts) {
    const inner = stridesOf(box.shape);
    for (const [index, element] of readStrings(source, elementCount(box.shape)).entries()) {
      let at = 0;
      for (const [axis, stride] of strides.entries()) {
        const along = Math.floor(index / (inner[axis] as number)) % (box.shape[axis] as number);
        at += ((box.start[axis] as number) + along) * stride;
      }
      elements[at] = element;
    }
  }
  return encodeStrings(elements);
}
