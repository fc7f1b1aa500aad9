/** How far a write is: told to who listens, with a turn for others now and then. */
import { Turns } from '../bytes/turns.ts';
import type { CarryOutOptions } from './write-plan.ts';

/** After so many bytes others get a turn: a signal is heard in the midst of a large tensor. */
const BREATH_BYTES = 8 << 20;

/** How far a write is. */
export class WriteProgress {
  #done = 0;
  #breathed = 0;
  readonly #turns = new Turns();

  constructor(
    readonly bytesTotal: number,
    readonly onProgress: CarryOutOptions['onProgress'],
  ) {}

  get bytesDone(): number {
    return this.#done;
  }

  /** Tells that so many bytes are done; there are no fewer than before, and no more than all. */
  reach(bytesDone: number): void {
    this.#done = Math.min(Math.max(this.#done, bytesDone), this.bytesTotal);
    this.onProgress?.({ bytesDone: this.#done, bytesTotal: this.bytesTotal });
  }

  /** Counts bytes that were written; whether others are due a turn, which {@link give} is for. */
  count(bytes: number): boolean {
    this.#done += bytes;
    const { isDue } = this.#turns;
    if (this.#done - this.#breathed >= BREATH_BYTES || isDue) {
      this.#breathed = this.#done;
      this.reach(this.#done);
    }
    return isDue;
  }

  /** Gives others a turn where that is due. */
  give(): Promise<void> {
    return this.#turns.give();
  }

  /** Counts bytes that were written, and gives others a turn now and then. */
  async add(bytes: number): Promise<void> {
    if (this.count(bytes)) await this.give();
  }
}
