/** Long work that waits for nothing gives others a turn now and then: a signal is heard, a progress is drawn. */

/** How long nobody else has had a turn, in milliseconds, before one is due. */
const TURN_MS = 40;

export class Turns {
  #last = Date.now();

  /** Whether a turn is due; asked in loops that are too tight to wait for {@link give} in each round. */
  get isDue(): boolean {
    return Date.now() - this.#last >= TURN_MS;
  }

  /** Lets others work when that is due; costs next to nothing when it is not. */
  async give(): Promise<void> {
    if (!this.isDue) return;
    await new Promise(setImmediate);
    this.#last = Date.now();
  }
}
