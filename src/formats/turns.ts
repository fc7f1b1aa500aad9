/** Long work that waits for nothing gives others a turn now and then: a signal is heard, a progress is drawn. */

/** How long nobody else has had a turn, in milliseconds, before one is due. */
const TURN_MS = 40;

export class Turns {
  #last = Date.now();

  /** Lets others work when that is due; costs next to nothing when it is not. */
  async give(): Promise<void> {
    if (Date.now() - this.#last < TURN_MS) return;
    await new Promise(setImmediate);
    this.#last = Date.now();
  }
}
