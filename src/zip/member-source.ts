/**
 * The content of a member as a source. What is stored is a region of the file. What is deflated is unpacked from the front,
 * a little at a time: who reads in order pays once, who goes back starts again.
 */

import { Missing } from '../bytes/missing.ts';
import { assertWithin, type ByteSource, RegionSource, type Run } from '../bytes/source.ts';
import { CorruptError, UnsupportedError } from '../errors.ts';
import { crc32 } from '../io/crc32.ts';
import { dataStart } from './directory.ts';
import { DEFLATED, STORED, type ZipMember } from './format.ts';
import { Inflater } from './inflate.ts';

/** The content of a member, whose data starts there; throws for a method that is not read. */
export function memberSource(file: ByteSource, member: ZipMember, start = dataStart(file, member)): ByteSource {
  const { name, method, byteLength, packedBytes } = member;
  const packed = new RegionSource(file, start, packedBytes);
  if (method === STORED) {
    if (byteLength === packedBytes) return packed;
    throw new CorruptError(
      `member ${name} is stored, and has ${packedBytes} bytes where it should have ${byteLength}`,
      {
        where: `member ${name}`,
      },
    );
  }
  if (method === DEFLATED) return new InflatedSource(packed, member);
  throw new UnsupportedError(
    `member ${name} is compressed with method ${method}; of those of zip, stored and deflated are read`,
    'zip method',
  );
}

/** Deflate makes at most about 1,032 bytes of one: what claims more is a lie or a bomb. */
const MOST_RATIO = 1040;
const SKIP_BYTES = 64 * 1024;
/** Of packed bytes, where they have to be fetched. */
const MOST_EXPECTED = 64 << 20;

class InflatedSource implements ByteSource {
  readonly byteLength: number;
  #inflater: Inflater | undefined;
  /** Bytes of the content that are behind. */
  #at = 0;
  #crc = 0;

  constructor(
    readonly packed: ByteSource,
    readonly member: ZipMember,
  ) {
    this.byteLength = member.byteLength;
    if (member.byteLength > packed.byteLength * MOST_RATIO + MOST_RATIO) {
      throw this.#damaged(`claims ${member.byteLength} bytes out of ${packed.byteLength}, more than deflate can make`);
    }
  }

  readInto(target: Uint8Array, offset: number): void {
    assertWithin(this, offset, target.length, `member ${this.member.name}`);
    if (this.#inflater === undefined || offset < this.#at) this.#restart();
    if (offset > this.#at) {
      const skipped = new Uint8Array(Math.min(SKIP_BYTES, offset - this.#at));
      while (this.#at < offset) this.#fill(skipped.subarray(0, Math.min(skipped.length, offset - this.#at)));
    }
    this.#fill(target);
  }

  /** All that is packed up to the end of the runs, at most {@link MOST_EXPECTED} at once. */
  expect(runs: readonly Run[]): void {
    const start = Math.min(...runs.map(({ offset }) => offset));
    const end = Math.max(...runs.map(({ offset, length }) => offset + length));
    if (runs.length === 0 || end <= start) return;
    if (this.#inflater === undefined || start < this.#at) this.#restart();
    const wanted = Math.min(end - this.#at, MOST_EXPECTED);
    this.packed.expect?.([(this.#inflater as Inflater).packedFor(wanted)]);
  }

  #restart(): void {
    this.#inflater = new Inflater(this.packed);
    this.#at = 0;
    this.#crc = 0;
  }

  #fill(target: Uint8Array): void {
    const inflater = this.#inflater as Inflater;
    const filled = this.#guard(() => inflater.fill(target));
    if (filled < target.length) {
      throw this.#damaged(`ends after ${this.#at + filled} bytes, and should have ${this.byteLength}`);
    }
    this.#crc = crc32(target, this.#crc);
    this.#at += target.length;
    if (this.#at < this.byteLength) return;
    if (this.#guard(() => inflater.fill(new Uint8Array(1))) > 0) {
      throw this.#damaged(`goes on after the ${this.byteLength} bytes that it should have`);
    }
    if (this.#crc !== this.member.crc32) throw this.#damaged('does not match its CRC-32');
  }

  #guard<T>(action: () => T): T {
    try {
      return action();
    } catch (cause) {
      if (cause instanceof Missing) throw cause;
      throw this.#damaged(`cannot be unpacked: ${(cause as Error).message}`, cause);
    }
  }

  #damaged(what: string, cause?: unknown): CorruptError {
    const where = `member ${this.member.name}`;
    return new CorruptError(`${where} ${what}`, { where }, { cause });
  }
}
