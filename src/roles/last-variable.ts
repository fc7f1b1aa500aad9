/**
 * Whose slot a name is, of names that come in order: slots come right after their variable, so that the last name that was
 * none is kept, and whose they are is mostly known without a string or a look-up.
 */
import { hasAt } from '../bytes/text.ts';
import { LastName } from '../tensor/last-name.ts';
import type { TensorFacts } from '../tensor/tensor.ts';
import { ENDING_BYTES, endsWith, SLOT_PART } from './key-bytes.ts';

const SLASH = 0x2f;

export class LastVariable {
  readonly name = new LastName();

  /** Where in a name its slot is called, after {@link isOwnerOf} said yes. */
  slotStart = 0;
  slotEnd = 0;

  /** Whether the kept name is that of the variable whose slot `facts` names: `w` of `w/Adam`, or by the keys of objects. */
  isOwnerOf(facts: TensorFacts): boolean {
    const { nameBytes, nameLength, nameIsSimple } = facts;
    const { length, bytes } = this.name;
    const shared = this.name.sharedWith(facts);
    if (!nameIsSimple || length === 0) return false;
    this.slotStart = lastSlash(nameBytes, nameLength) + 1;
    this.slotEnd = nameLength;
    if (shared === length) return nameBytes[length] === SLASH && this.slotStart === length + 1;
    const path = length - ENDING_BYTES.length;
    if (shared < path + 2 || !endsWith(bytes, length, ENDING_BYTES)) return false;
    if (!hasAt(nameBytes, path, SLOT_PART) || !endsWith(nameBytes, nameLength, ENDING_BYTES)) return false;
    this.slotEnd = nameLength - ENDING_BYTES.length;
    this.slotStart = lastSlash(nameBytes, this.slotEnd) + 1;
    return this.slotStart >= path + SLOT_PART.length;
  }
}

function lastSlash(bytes: Uint8Array, length: number): number {
  let at = length - 1;
  while (at >= 0 && bytes[at] !== SLASH) at--;
  return at;
}
