/** Messages as they are written here and by TensorFlow: each field once at most, in the order of their numbers, no default. */
import { DELIMITED, VARINT } from '../proto/wire.ts';

/** More seven bits than a length, or the number of an object, takes. */
const MOST_GROUPS = 5;

/** The parts of one kind of field that holds such a message; of millions of them one after the other. */
export class PlainMessage {
  /** Where each field of the message is, or would be: from its tag to its end. */
  readonly starts: number[];
  readonly ends: number[];
  /** Where the message begins, and where it ends. */
  start = 0;
  end = 0;

  constructor(
    readonly tag: number,
    readonly tags: readonly number[],
  ) {
    this.starts = tags.map(() => 0);
    this.ends = tags.map(() => 0);
  }

  /** Finds the parts of the field at these bytes; tells whether it is written so, and has nothing else. */
  find(bytes: Uint8Array, start: number, end: number): boolean {
    if (bytes[start] !== this.tag) return false;
    let at = start + 1;
    while ((bytes[at] as number) >= 0x80) at++;
    this.start = ++at;
    this.end = end;
    for (let i = 0; i < this.tags.length; i++) {
      this.starts[i] = at;
      if (at < end && bytes[at] === this.tags[i]) {
        at = fieldEnd(bytes, at, end);
        if (at < 0) return false;
      }
      this.ends[i] = at;
    }
    return at === end;
  }
}

/** Where a field ends that has a value and spells it in as few bytes as it takes; -1 for any other. */
function fieldEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start + 1;
  let value = 0;
  for (let factor = 1; at < end && (bytes[at] as number) >= 0x80; factor *= 0x80) {
    value += ((bytes[at++] as number) & 0x7f) * factor;
    if (at - start > MOST_GROUPS) return -1;
  }
  const last = bytes[at] as number;
  if (at >= end || last === 0) return -1;
  value += last * 0x80 ** (at - start - 1);
  at++;
  const wireType = (bytes[start] as number) & 7;
  if (wireType === VARINT) return at;
  return wireType === DELIMITED && value <= end - at ? at + value : -1;
}
