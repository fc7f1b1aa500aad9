/**
 * The entries of a block whose checksum says nothing any more: the end of the file was cut off before it, or it does not match.
 * Each is read as far as it makes sense by itself. Whoever takes them needs something else that vouches for them.
 */
import { compareBytes } from '../bytes/text.ts';
import { RESTART_INTERVAL, TRAILER_BYTES } from './format.ts';

export interface LooseEntry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

export interface LooseEntries {
  readonly entries: readonly LooseEntry[];
  /** Whether all of the bytes are what a block begins with, up to where they end: then its end alone is lost. */
  readonly isCut: boolean;
}

/** An entry that does not end, or one that cannot be. */
type NoEntry = 'short' | 'wrong';

const NO_KEY = new Uint8Array(0);

/** Steps from entry to entry through bytes that may hold anything. */
class LooseWalk {
  #key: Uint8Array | undefined;

  constructor(
    readonly bytes: Uint8Array,
    public at = 0,
  ) {}

  /** A length of up to 28 bits: longer ones stand in no block. */
  #length(): number | NoEntry {
    for (let value = 0, shift = 0; shift < 28; shift += 7) {
      const byte = this.bytes[this.at++];
      if (byte === undefined) return 'short';
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    return 'wrong';
  }

  next(): LooseEntry | NoEntry {
    const before = this.#key ?? NO_KEY;
    const [shared, unshared, size] = [this.#length(), this.#length(), this.#length()];
    if (typeof shared === 'string') return shared;
    if (typeof unshared === 'string') return unshared;
    if (typeof size === 'string') return size;
    if (shared > before.length) return 'wrong';
    const end = this.at + unshared + size;
    if (end > this.bytes.length) return 'short';
    const key = new Uint8Array(shared + unshared);
    key.set(before.subarray(0, shared));
    key.set(this.bytes.subarray(this.at, this.at + unshared), shared);
    if (this.#key !== undefined && compareBytes(key, this.#key) <= 0) return 'wrong';
    this.#key = key;
    const value = this.bytes.subarray(this.at + unshared, end);
    this.at = end;
    return { key, value };
  }
}

/** Entries up to the first that is none, where it would stand, and why it is none; nothing is left where all are. */
function walk(
  bytes: Uint8Array,
  start: number,
  entries: LooseEntry[],
  starts: number[],
): { readonly at: number; readonly because: NoEntry | undefined } {
  const steps = new LooseWalk(bytes, start);
  for (;;) {
    const { at } = steps;
    if (at >= bytes.length) return { at, because: undefined };
    const entry = steps.next();
    if (typeof entry === 'string') return { at, because: entry };
    starts.push(at);
    entries.push(entry);
  }
}

/** Whether the bytes from `at` on are the beginning of what stands behind the entries: the restarts, their number, no trailer. */
function isCutRestarts(bytes: Uint8Array, at: number, starts: readonly number[]): boolean {
  const restarts = starts.filter((_, i) => i % RESTART_INTERVAL === 0);
  const expected = new DataView(new ArrayBuffer(4 * (restarts.length + 1)));
  for (const [i, start] of [...restarts, restarts.length].entries()) expected.setUint32(4 * i, start, true);
  const left = bytes.length - at;
  if (left >= expected.byteLength + TRAILER_BYTES) return false;
  for (let i = 0; i < Math.min(left, expected.byteLength); i++)
    if (bytes[at + i] !== expected.getUint8(i)) return false;
  return true;
}

/** The entries at the end of a file, from the start of a block that is not whole. */
export function entriesBeforeCut(bytes: Uint8Array): LooseEntries {
  const entries: LooseEntry[] = [];
  const starts: number[] = [];
  const { at, because } = walk(bytes, 0, entries, starts);
  return { entries, isCut: because !== 'wrong' || (starts.length > 0 && isCutRestarts(bytes, at, starts)) };
}

/** The entries of the contents of a damaged block; from each that makes no sense it goes on at the next restart. */
export function entriesInDamage(contents: Uint8Array): LooseEntries {
  const restarts = restartsIn(contents);
  const bytes = restarts === undefined ? contents : contents.subarray(0, contents.length - 4 * (restarts.length + 1));
  const entries: LooseEntry[] = [];
  for (let start: number | undefined = 0; start !== undefined && start < bytes.length; ) {
    const { at } = walk(bytes, start, entries, []);
    start = restarts?.find((restart) => restart > at);
  }
  return { entries, isCut: false };
}

/** The restarts that a block lists at its end; undefined where they make no sense. */
function restartsIn(contents: Uint8Array): readonly number[] | undefined {
  if (contents.length < 4) return undefined;
  const view = new DataView(contents.buffer, contents.byteOffset, contents.byteLength);
  const count = view.getUint32(contents.length - 4, true);
  const start = contents.length - 4 * (count + 1);
  if (start < 0) return undefined;
  return Array.from({ length: count }, (_, i) => view.getUint32(start + 4 * i, true));
}
