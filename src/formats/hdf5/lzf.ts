/**
 * LZF, the quick packing of h5py. A control byte below 32 is that many bytes and one more, as they are; any other a copy from what was
 * unpacked: three bits of length, where 7 says that a byte of length follows, and 13 bits of how far back.
 */
import { CorruptError } from '../../errors.ts';

const FIRST_COPY = 32;
const LONG = 7;

/** Unpacks into at most `most` bytes; throws {@link CorruptError} for what is no LZF of so many. */
export function unpackLzf(packed: Uint8Array, most: number): Uint8Array {
  const bytes = new Uint8Array(most);
  let to = 0;
  for (let at = 0; at < packed.length; ) {
    const control = packed[at++] as number;
    if (control < FIRST_COPY) {
      const length = control + 1;
      if (at + length > packed.length || to + length > most) throw damaged();
      bytes.set(packed.subarray(at, at + length), to);
      at += length;
      to += length;
      continue;
    }
    let length = control >> 5;
    if (length === LONG) length += packed[at++] ?? 0;
    const from = to - (((control & 31) << 8) | (packed[at++] ?? 0)) - 1;
    length += 2;
    if (from < 0 || to + length > most) throw damaged();
    for (let i = 0; i < length; i++) bytes[to + i] = bytes[from + i] as number;
    to += length;
  }
  return to === most ? bytes : bytes.subarray(0, to);
}

const damaged = (): CorruptError => new CorruptError('a chunk cannot be unpacked: it is no LZF', { where: 'chunk' });
