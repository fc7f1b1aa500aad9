/** The elements of a string tensor by their numbers: where each lies is found out once, in marks, whatever their number. */
import { type ByteSource, readBytes } from '../bytes/source.ts';
import { SourceReader } from '../bytes/source-reader.ts';
import { checkLengths, walkStrings } from './strings.ts';

/** Elements from one mark to the next. */
const MARK_EVERY = 8192;

export class StringElements {
  /** Where the length of every so manieth element stands, and where its bytes begin behind the first one's. */
  readonly #lengthsAt: number[] = [];
  readonly #bytesAt: number[] = [];
  readonly #checksumAt: number;
  readonly #payloadAt: number;
  /** Where the elements behind one mark begin, and the last of them ends. */
  #places = new Float64Array(0);
  #mark = -1;

  /** Throws a `CkptError` where the lengths do not fit the content or their checksum. */
  constructor(
    readonly source: ByteSource,
    readonly count: number,
  ) {
    let number = 0;
    let bytes = 0;
    let before = 0;
    const layout = walkStrings(source, count, 'little', (length, position) => {
      if (number++ % MARK_EVERY === 0) {
        this.#lengthsAt.push(before);
        this.#bytesAt.push(bytes);
      }
      bytes += length;
      before = position;
    });
    checkLengths(source, layout);
    this.#checksumAt = layout.checksumAt;
    this.#payloadAt = layout.payloadAt;
  }

  /** Where element `index` begins in the content; its end is where the next one begins, also of the last. */
  startOf(index: number): number {
    const mark = Math.min(Math.floor(index / MARK_EVERY), Math.max(this.#bytesAt.length - 1, 0));
    if (mark !== this.#mark) this.#open(mark);
    return this.#payloadAt + (this.#places[index - mark * MARK_EVERY] as number);
  }

  /** Elements `start` to `start + length`, in order. */
  read(start: number, length: number): Uint8Array[] {
    const from = this.startOf(start);
    const bytes = readBytes(this.source, from, this.startOf(start + length) - from);
    let at = 0;
    return Array.from({ length }, (_, i) => {
      const end = this.startOf(start + i + 1) - from;
      const element = bytes.subarray(at, end);
      at = end;
      return element;
    });
  }

  #open(mark: number): void {
    const held = Math.min(MARK_EVERY, this.count - mark * MARK_EVERY);
    const places = new Float64Array(held + 1);
    const reader = new SourceReader(
      this.source,
      this.#lengthsAt[mark] ?? 0,
      this.#lengthsAt[mark + 1] ?? this.#checksumAt,
    );
    let at = this.#bytesAt[mark] ?? 0;
    for (let i = 0; i < held; i++) {
      places[i] = at;
      at += reader.varint();
    }
    places[held] = at;
    this.#places = places;
    this.#mark = mark;
  }
}
