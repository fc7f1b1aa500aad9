/**
 * Whose slot a name is, of names that come in order: slots come right after their variable, so that the last name that was
 * none is kept, and whose they are is mostly known without a string or a look-up.
 */
import type { TensorFacts } from '../tensor/tensor.ts';

import { endsWith, hasAt, SLOT_PART, VALUE_ENDING } from './key-bytes.ts';

const SLASH = 0x2f;

export class LastVariable {
  /** The name that was kept last: its first `length` bytes. */
  name = new Uint8Array(0);
  length = 0;

  keep({ nameBytes, nameLength }: TensorFacts): void {
    if (this.name.length < nameLength) this.name = new Uint8Array(2 * nameLength);
    for (let i = 0; i < nameLength; i++) this.name[i] = nameBytes[i] as number;
    this.length = nameLength;
  }

  /** Where in a name its slot is called, after {@link isOwnerOf} said yes. */
  slotStart = 0;
  slotEnd = 0;

  /** Whether the kept name is that of the variable whose slot `facts` names: `w` of `w/Adam`, or by the keys of objects. */
  isOwnerOf({ nameBytes, nameLength, nameIsSimple }: TensorFacts): boolean {
    const { length, name } = this;
    if (!nameIsSimple || length === 0) return false;
    let shared = 0;
    while (shared < length && nameBytes[shared] === name[shared]) shared++;
    this.slotStart = lastSlash(nameBytes, nameLength) + 1;
    this.slotEnd = nameLength;
    if (shared === length) return nameBytes[length] === SLASH && this.slotStart === length + 1;
    const path = length - VALUE_ENDING.length;
    if (shared < path + 2 || !endsWith(name, length, VALUE_ENDING)) return false;
    if (!hasAt(nameBytes, path, SLOT_PART) || !endsWith(nameBytes, nameLength, VALUE_ENDING)) return false;
    this.slotEnd = nameLength - VALUE_ENDING.length;
    this.slotStart = lastSlash(nameBytes, this.slotEnd) + 1;
    return this.slotStart >= path + SLOT_PART.length;
  }
}

function lastSlash(bytes: Uint8Array, length: number): number {
  let at = length - 1;
  while (at >= 0 && bytes[at] !== SLASH) at--;
  return at;
}
