/**
 * Whose slot a name is, of names that come in order: slots come right after their variable, so that the last name that was
 * none is kept, and whose they are is mostly known without a string or a look-up.
 */
import type { TensorFacts } from '../tensor/tensor.ts';

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

  /** Whether the kept name is that of the variable, and the last one of `facts` that of its slot. */
  isOwnerOf({ nameBytes, nameLength, nameIsSimple }: TensorFacts): boolean {
    const { length, name } = this;
    if (!nameIsSimple || length === 0 || nameBytes[length] !== SLASH) return false;
    for (let i = 0; i < length; i++) if (nameBytes[i] !== name[i]) return false;
    for (let i = length + 1; i < nameLength; i++) if (nameBytes[i] === SLASH) return false;
    return true;
  }
}
