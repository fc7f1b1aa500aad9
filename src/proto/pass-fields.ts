/** The quick way past messages that are not wanted, as they stand one after the other in the field of another. */
import { DELIMITED } from './wire.ts';
import type { WordTable } from './word-table.ts';

/** Told of a message whose key may be one of the words, and where that lies. */
export type VisitPlace = (start: number, end: number, keyStart: number, keyEnd: number) => void;

/**
 * Passes over the messages that stand one after the other between `at` and `limit`, and shows those whose text `keyTag` is as
 * long as one of the words. Gives where it stopped: at what is no such message, not whole, or takes the long way. One loop
 * and no call in it: most nodes of a graph are passed before the engine has compiled anything.
 */
export function passFields(
  bytes: Uint8Array,
  at: number,
  limit: number,
  listTag: number,
  keyTag: number,
  words: WordTable,
  visit: VisitPlace,
): number {
  const { lengths } = words;
  while (at + 3 <= limit && bytes[at] === listTag) {
    let length = bytes[at + 1] as number;
    let start = at + 2;
    if (length > 0x7f) {
      const more = bytes[start++] as number;
      if (more > 0x7f) break;
      length += (more << 7) - 0x80;
    }
    const end = start + length;
    if (end > limit) break;
    let field = start;
    while (field < end) {
      const tag = bytes[field] as number;
      length = bytes[field + 1] as number;
      let value = field + 2;
      if (length > 0x7f) {
        const more = bytes[value++] as number;
        length += more > 0x7f ? limit : (more << 7) - 0x80;
      }
      field = value + length;
      if ((tag & 0x87) !== DELIMITED || tag < 8 || field > end) return at;
      if (tag !== keyTag) continue;
      if (lengths[length] === 1) visit(start, end, value, field);
      break;
    }
    at = end;
  }
  return at;
}
