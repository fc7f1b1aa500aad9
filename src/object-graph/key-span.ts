/** Where the path of an object ends in the bytes of a key; checkpoint-key.ts says the same of keys as texts. */
import { hasAt } from '../bytes/text.ts';

const ENCODER = new TextEncoder();
const ATTRIBUTES = ENCODER.encode('.ATTRIBUTES/');
const OPTIMIZER_SLOT = ENCODER.encode('.OPTIMIZER_SLOT/');
const DOT = 0x2e;
const SLASH = 0x2f;

/** The place behind the path that a key spells; -1 where it spells none of an object: of a slot, and of what is no key. */
export function pathEnd(bytes: Uint8Array, start: number, end: number): number {
  let hasSlot = false;
  for (let at = start; at < end; at++) {
    if (bytes[at] !== DOT || (at > start && bytes[at - 1] !== SLASH)) continue;
    if (at + ATTRIBUTES.length <= end && hasAt(bytes, at, ATTRIBUTES)) {
      const whole = Math.max(at - 1, start);
      if (hasSlot) return -1;
      // A prefix before a key of the root leaves an empty name at the end.
      return whole > start && bytes[whole - 1] === SLASH ? whole - 1 : whole;
    }
    // The word is that of a slot where a slash ends it before the next.
    if (at + OPTIMIZER_SLOT.length <= end && hasAt(bytes, at, OPTIMIZER_SLOT)) {
      hasSlot ||= !hasAt(bytes, at + OPTIMIZER_SLOT.length, ATTRIBUTES);
    }
  }
  return -1;
}
