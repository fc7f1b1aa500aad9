/** Filters that content goes through before it is stored, undone here in the order from the last to the first. */
import { decodeBytes } from '../../bytes/text.ts';
import { CorruptError, UnsupportedError } from '../../errors.ts';
import { unpackZlib } from '../../io/unpack-zlib.ts';
import type { Structure } from './address-space.ts';
import { isIdleNbit, unpackNbit } from './bit-fields.ts';
import { unpackLzf } from './lzf.ts';
import { unpackScaleOffset } from './scale-offset.ts';
import { unpackSzip } from './szip.ts';

export interface Filter {
  readonly id: number;
  /** What it is called, where the file says so. */
  readonly name: string;
  readonly values: readonly number[];
}

const [DEFLATE, SHUFFLE, FLETCHER32, SZIP, NBIT, SCALE_OFFSET, LZF] = [1, 2, 3, 4, 5, 6, 32000];
const NAMES: Readonly<Record<number, string>> = {
  307: 'bzip2',
  32001: 'blosc',
  32004: 'lz4',
  32008: 'bitshuffle',
  32013: 'zfp',
  32015: 'zstd',
  32026: 'blosc2',
};
const READ: readonly number[] = [DEFLATE, SHUFFLE, FLETCHER32, SZIP, NBIT, SCALE_OFFSET, LZF];
const CHECKSUM_BYTES = 4;
/** What packing adds to a short chunk. */
const LITTLE_BYTES = 64;
/** From this number on, filters are those of others, and have a name. */
const FIRST_OF_OTHERS = 256;

/** The filters of a message; throws {@link UnsupportedError} for one that cannot be undone. */
export function filtersOf(message: Structure): Filter[] {
  const version = message.u8(0);
  if (version !== 1 && version !== 2) throw message.damaged(`its filters have version ${version}`);
  const filters: Filter[] = [];
  for (let i = 0, at = version === 1 ? 8 : 2; i < message.u8(1); i++) {
    const id = message.u16(at);
    const hasName = version === 1 || id >= FIRST_OF_OTHERS;
    const nameBytes = hasName ? message.u16(at + 2) : 0;
    at += hasName ? 4 : 2;
    const count = message.u16(at + 2);
    at += 4;
    const name = decodeBytes(message.slice(at, nameBytes).bytes).replace(/\0.*$/s, '');
    at += version === 1 ? Math.ceil(nameBytes / 8) * 8 : nameBytes;
    const values = Array.from({ length: count }, (_, k) => message.u32(at + 4 * k));
    at += 4 * (version === 1 ? count + (count % 2) : count);
    filters.push({ id, name, values });
  }
  for (const { id, name } of filters) {
    if (READ.includes(id)) continue;
    const told = NAMES[id] ?? (name === '' ? `filter ${id}` : name);
    throw new UnsupportedError(
      `it is packed with ${told}; gzip, lzf, szip, nbit, scaleoffset, shuffle and fletcher32 are read; h5repack -f GZIP=4 makes it so`,
      'HDF5 filters',
    );
  }
  return filters;
}

/**
 * The content of a chunk, as many bytes as `room` has: `room`, or an array of its own, never a part of `stored`. `skipped` has a bit for
 * each filter that it did not go through.
 */
export function unfiltered(
  stored: Uint8Array,
  filters: readonly Filter[],
  skipped: number,
  room: Uint8Array,
): Uint8Array {
  const byteLength = room.length;
  let bytes = stored;
  for (let i = filters.length - 1; i >= 0; i--) {
    const { id, values } = filters[i] as Filter;
    if ((skipped & (1 << i)) !== 0) continue;
    if (id === NBIT && isIdleNbit(values)) continue;
    const most = mostBefore(filters.slice(0, i), byteLength);
    if (id === FLETCHER32) bytes = checkedBytes(bytes);
    else if (id === SHUFFLE) bytes = unshuffled(bytes, values[0] ?? 1, bytes.buffer === room.buffer ? undefined : room);
    else if (id === SCALE_OFFSET) bytes = unpackScaleOffset(bytes, values, byteLength);
    else if (id === NBIT) bytes = unpackNbit(bytes, values, byteLength);
    else if (id === SZIP) bytes = unpackSzip(bytes, values, most);
    else if (id === LZF) bytes = unpackLzf(bytes, most);
    else bytes = inflated(bytes, most);
  }
  if (bytes.length !== byteLength) {
    throw new CorruptError(`a chunk has ${bytes.length} bytes, and should have ${byteLength}`, { where: 'chunk' });
  }
  if (bytes.buffer !== stored.buffer) return bytes;
  room.set(bytes);
  return room;
}

/** How long a chunk of `byteLength` bytes may have become in some filters, which had better made it shorter. */
function mostBefore(filters: readonly Filter[], byteLength: number): number {
  if (filters.length === 0) return byteLength;
  const mayGrow = filters.some(({ id }) => id === SZIP || id === SCALE_OFFSET || id === LZF || id === NBIT);
  return mayGrow ? 2 * byteLength + LITTLE_BYTES : byteLength + CHECKSUM_BYTES * filters.length;
}

function inflated(bytes: Uint8Array, most: number): Uint8Array {
  try {
    return unpackZlib(bytes, most);
  } catch (cause) {
    throw new CorruptError(`a chunk cannot be unpacked: ${(cause as Error).message}`, { where: 'chunk' }, { cause });
  }
}

/** The bytes of each place of all elements lie together: first all first bytes, then all second ones. What is left over stays. */
function unshuffled(bytes: Uint8Array, width: number, room: Uint8Array | undefined): Uint8Array {
  if (width <= 1) return bytes;
  const count = Math.floor(bytes.length / width);
  const whole = room?.length === bytes.length ? room : new Uint8Array(bytes.length);
  if (width === 4) unshuffleFour(bytes, count, whole);
  else {
    for (let byte = 0; byte < width; byte++) {
      for (let i = 0, from = byte * count, to = byte; i < count; i++, from++, to += width)
        whole[to] = bytes[from] as number;
    }
  }
  whole.set(bytes.subarray(count * width), count * width);
  return whole;
}

/** Elements of four bytes, which most are, in one pass. */
function unshuffleFour(bytes: Uint8Array, count: number, whole: Uint8Array): void {
  for (let i = 0, to = 0; i < count; i++, to += 4) {
    whole[to] = bytes[i] as number;
    whole[to + 1] = bytes[count + i] as number;
    whole[to + 2] = bytes[2 * count + i] as number;
    whole[to + 3] = bytes[3 * count + i] as number;
  }
}

/** The bytes before a Fletcher checksum, which is checked; old libraries wrote its halves the other way round. */
function checkedBytes(bytes: Uint8Array): Uint8Array {
  const content = bytes.subarray(0, Math.max(0, bytes.length - CHECKSUM_BYTES));
  if (bytes.length >= CHECKSUM_BYTES) {
    const expected = new DataView(bytes.buffer, bytes.byteOffset + content.length).getUint32(0, true);
    const actual = fletcher32(content);
    const swapped = ((actual & 0x00ff00ff) << 8) | ((actual >>> 8) & 0x00ff00ff);
    if (expected === actual || expected === swapped >>> 0) return content;
  }
  throw new CorruptError('a chunk does not match its checksum', { where: 'chunk' });
}

/** Sums modulo 65,535 over words of 16 bits, the first byte the high one. */
export function fletcher32(bytes: Uint8Array): number {
  let [low, high] = [0, 0];
  for (let at = 0; at < bytes.length; at += 2) {
    low += ((bytes[at] as number) << 8) | (bytes[at + 1] ?? 0);
    low = (low & 0xffff) + (low >>> 16);
    high += low;
    high = (high & 0xffff) + (high >>> 16);
  }
  return ((high << 16) | low) >>> 0;
}
