/** Pairs of whole numbers as numbers: the first new pair is 1, the next 2, and so on. */
import { SmallColumn } from './column.ts';
import { hashPair } from './hash-bytes.ts';

const FIRST_CAPACITY = 1024;

export class PairNumbers {
  /** The numbers of each pair; at 0 is none. */
  readonly firsts = new SmallColumn();
  readonly seconds = new SmallColumn();
  #places = new Int32Array(FIRST_CAPACITY);

  constructor() {
    this.firsts.push(0);
    this.seconds.push(0);
  }

  /** One more than the number of the last pair. */
  get count(): number {
    return this.firsts.length;
  }

  #placeOf(first: number, second: number): number {
    const mask = this.#places.length - 1;
    let place = hashPair(first, second) & mask;
    for (; ; place = (place + 1) & mask) {
      const number = this.#places[place] as number;
      if (number === 0 || (this.seconds.at(number) === second && this.firsts.at(number) === first)) return place;
    }
  }

  /** The number of a pair; 0 where it has none. */
  find(first: number, second: number): number {
    return this.#places[this.#placeOf(first, second)] as number;
  }

  /** The number of a pair, a new one where it has none. */
  numberOf(first: number, second: number): number {
    const place = this.#placeOf(first, second);
    const known = this.#places[place] as number;
    if (known !== 0) return known;
    const number = this.firsts.push(first) - 1;
    this.seconds.push(second);
    this.#places[place] = number;
    if (2 * this.count > this.#places.length) this.#grow();
    return number;
  }

  #grow(): void {
    const places = new Int32Array(2 * this.#places.length);
    const mask = places.length - 1;
    for (let number = 1; number < this.count; number++) {
      let place = hashPair(this.firsts.at(number), this.seconds.at(number)) & mask;
      while (places[place] !== 0) place = (place + 1) & mask;
      places[place] = number;
    }
    this.#places = places;
  }
}
