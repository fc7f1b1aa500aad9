/**
 * A source whose bytes are the same at every read, or an error. Who checks content in one pass and uses it in another must not
 * use what was put there in between. Each page is summed when it is first read, and again whenever it is read after that.
 */
import { Checksummer } from './checksum.ts';
import { assertWithin, type ByteSource, type Run } from './source.ts';

/** What is summed by itself: four bytes are kept for it. A read of a part of a page reads all of it. */
const PAGE_BYTES = 64 * 1024;
const UNREAD = -1;
/** Not the one that sums what is read from here: its memory is what is read into. */
const PAGES = new Checksummer(PAGE_BYTES);

/** A page that is kept; its number is -1 while it is none. */
interface Page {
  number: number;
  bytes: Uint8Array;
}

export class SteadySource implements ByteSource {
  readonly byteLength: number;
  /** CRC-32C of each page by its number, or {@link UNREAD}; made when something is read. */
  #sums: Float64Array | undefined;
  /** The two pages that were read last for a part of them, the last one first: who reads here and there by turns reads each once. */
  #page: Page = { number: -1, bytes: new Uint8Array(0) };
  #other: Page = { number: -1, bytes: new Uint8Array(0) };

  /** `changed` makes the error for bytes that are not what they were. */
  constructor(
    readonly parent: ByteSource,
    readonly changed: (offset: number) => Error,
  ) {
    this.byteLength = parent.byteLength;
  }

  /** Whole pages will be read of the parent. */
  expect(runs: readonly Run[]): void {
    this.parent.expect?.(
      runs.map(({ offset, length }) => {
        const start = Math.floor(offset / PAGE_BYTES) * PAGE_BYTES;
        const end = Math.min(Math.ceil((offset + length) / PAGE_BYTES) * PAGE_BYTES, this.byteLength);
        return { offset: start, length: end - start };
      }),
    );
  }

  readInto(target: Uint8Array, offset: number): void {
    assertWithin(this, offset, target.length, 'source');
    for (let done = 0; done < target.length; ) {
      const at = offset + done;
      const number = Math.floor(at / PAGE_BYTES);
      const start = number * PAGE_BYTES;
      const end = Math.min(start + PAGE_BYTES, this.byteLength);
      const left = target.length - done;
      if (at === start && left >= end - start) {
        const part = target.subarray(done, done + end - start);
        this.parent.readInto(part, start);
        this.#check(number, part);
        done += part.length;
      } else {
        const size = Math.min(end - at, left);
        target.set(this.#pageAt(number, start, end).subarray(at - start, at - start + size), done);
        done += size;
      }
    }
  }

  #pageAt(number: number, start: number, end: number): Uint8Array {
    if (this.#page.number !== number) [this.#page, this.#other] = [this.#other, this.#page];
    const kept = this.#page;
    if (kept.number === number) return kept.bytes.subarray(0, end - start);
    kept.number = -1;
    if (kept.bytes.length < end - start) kept.bytes = new Uint8Array(Math.min(PAGE_BYTES, this.byteLength));
    const page = kept.bytes.subarray(0, end - start);
    this.parent.readInto(page, start);
    this.#check(number, page);
    kept.number = number;
    return page;
  }

  #check(number: number, bytes: Uint8Array): void {
    this.#sums ??= new Float64Array(Math.ceil(this.byteLength / PAGE_BYTES)).fill(UNREAD);
    const sum = PAGES.bytes(bytes);
    if (this.#sums[number] === UNREAD) this.#sums[number] = sum;
    else if (this.#sums[number] !== sum) throw this.changed(number * PAGE_BYTES);
  }
}
