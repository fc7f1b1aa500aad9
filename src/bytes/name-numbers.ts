/** Names as numbers: equal bytes have one number, and the next new name the next one. */
import { SmallColumn } from './column.ts';
import { hashOf } from './hash-bytes.ts';
import { decodeText } from './text.ts';

const FIRST_CAPACITY = 1024;

export class NameNumbers {
  #arena = new Uint8Array(1 << 12);
  #length = 0;
  /** Where the bytes of each name begin, and where those of the last one end. */
  readonly #starts = new SmallColumn();
  readonly #hashes = new SmallColumn();
  /** One more than the number that lies at each place. */
  #places = new Int32Array(FIRST_CAPACITY);

  constructor() {
    this.#starts.push(0);
  }

  get count(): number {
    return this.#hashes.length;
  }

  /** The place of a name, or the free one where it would lie. */
  #placeOf(hash: number, bytes: Uint8Array, start: number, end: number): number {
    const mask = this.#places.length - 1;
    let place = hash & mask;
    for (; ; place = (place + 1) & mask) {
      const number = (this.#places[place] as number) - 1;
      if (number < 0 || (this.#hashes.at(number) === hash && this.#isName(number, bytes, start, end))) return place;
    }
  }

  /** The number of a name; -1 for one that has none. */
  find(bytes: Uint8Array, start: number, end: number): number {
    return (this.#places[this.#placeOf(hashOf(bytes, start, end), bytes, start, end)] as number) - 1;
  }

  /** The number of a name, a new one for a name that has none. */
  numberOf(bytes: Uint8Array, start: number, end: number): number {
    const hash = hashOf(bytes, start, end);
    const place = this.#placeOf(hash, bytes, start, end);
    const known = (this.#places[place] as number) - 1;
    if (known >= 0) return known;
    const number = this.#hashes.push(hash) - 1;
    this.#keep(bytes, start, end);
    this.#places[place] = number + 1;
    if (2 * this.count > this.#places.length) this.#grow();
    return number;
  }

  #keep(bytes: Uint8Array, start: number, end: number): void {
    const length = this.#length + end - start;
    if (length > this.#arena.length) {
      const grown = new Uint8Array(Math.max(length, 2 * this.#arena.length));
      grown.set(this.#arena.subarray(0, this.#length));
      this.#arena = grown;
    }
    for (let i = start, at = this.#length; i < end; i++, at++) this.#arena[at] = bytes[i] as number;
    this.#length = length;
    this.#starts.push(length);
  }

  #isName(number: number, bytes: Uint8Array, start: number, end: number): boolean {
    const from = this.#starts.at(number);
    if (this.#starts.at(number + 1) - from !== end - start) return false;
    const own = this.#arena;
    for (let i = start, at = from; i < end; i++, at++) if (own[at] !== bytes[i]) return false;
    return true;
  }

  #grow(): void {
    const places = new Int32Array(2 * this.#places.length);
    const mask = places.length - 1;
    for (let number = 0; number < this.count; number++) {
      let place = this.#hashes.at(number) & mask;
      while (places[place] !== 0) place = (place + 1) & mask;
      places[place] = number + 1;
    }
    this.#places = places;
  }

  isEmpty(number: number): boolean {
    return this.#starts.at(number + 1) === this.#starts.at(number);
  }

  /** The bytes of a name, borrowed until the next name. */
  bytesOf(number: number): Uint8Array {
    return this.#arena.subarray(this.#starts.at(number), this.#starts.at(number + 1));
  }

  textOf(number: number): string {
    return decodeText(this.#arena, this.#starts.at(number), this.#starts.at(number + 1));
  }
}
