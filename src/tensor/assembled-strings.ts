/**
 * A partitioned string tensor as the whole. Strings vary in length, so the whole has no byte positions until all lengths
 * are known: the elements are gathered and encoded anew, the one kind of content that is held in memory.
 */
import { expectAll, missTogether } from '../bytes/missing.ts';
import { readBytes } from '../bytes/source.ts';
import type { PlacedPart } from './assembled-source.ts';
import { elementCount, type Shape, stridesOf } from './shape.ts';
import { StringElements } from './string-elements.ts';
import { StringsEncoder } from './strings.ts';

export function assembleStrings(parts: readonly PlacedPart[], full: Shape): Uint8Array {
  missTogether(
    parts.map(
      ({ source }) =>
        () =>
          expectAll(source),
    ),
  );
  const strides = stridesOf(full);
  const count = parts.reduce((sum, { box }) => sum + elementCount(box.shape), 0);
  /** Which part each element lies in, and its number there. */
  const [partOf, numberOf] = [new Uint32Array(count), new Uint32Array(count)];
  const opened = parts.map(({ box, source }) => new StringElements(source, elementCount(box.shape)));
  for (const [part, { box }] of parts.entries()) {
    const inner = stridesOf(box.shape);
    for (let index = 0; index < elementCount(box.shape); index++) {
      let at = 0;
      for (const [axis, stride] of strides.entries()) {
        const along = Math.floor(index / (inner[axis] as number)) % (box.shape[axis] as number);
        at += ((box.start[axis] as number) + along) * stride;
      }
      partOf[at] = part;
      numberOf[at] = index;
    }
  }
  const whole = new StringsEncoder();
  for (let at = 0; at < count; at++) {
    const elements = opened[partOf[at] as number] as StringElements;
    const start = elements.startOf(numberOf[at] as number);
    whole.add(readBytes(elements.source, start, elements.startOf((numberOf[at] as number) + 1) - start));
  }
  return whole.toBytes();
}
