/** What came of a restoring: claims that a program may make about it, each an error where it does not hold. */
import { NameError } from '../errors.ts';
import type { Restoration } from './restoration.ts';
import type { RestoreReport } from './restore.ts';

const MOST_NAMED = 5;

function someOf(names: readonly string[]): string {
  const more = names.length - MOST_NAMED;
  return names.slice(0, MOST_NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

/** The status of `Checkpoint.restore` and `Checkpoint.read`. It looks anew each time: variables may join the tree later. */
export class CheckpointLoadStatus {
  readonly #restoration: Restoration | undefined;

  constructor(restoration: Restoration | undefined) {
    this.#restoration = restoration;
  }

  /** What was restored, what is missing in the checkpoint, and what nobody took of it. */
  get report(): RestoreReport {
    return this.#restoration?.report ?? { restored: [], missing: [], unused: [], mismatched: [] };
  }

  /** Throws {@link NameError} unless every variable has a value from the checkpoint, and every value of it a variable. */
  assertConsumed(): this {
    const { unused } = this.#checked('assertConsumed');
    if (unused.length > 0) {
      const message = `no object of the program takes ${someOf(unused)}; expectPartial() says that this is meant`;
      throw new NameError(message, { missing: unused });
    }
    return this.assertExistingObjectsMatched();
  }

  /** Throws {@link NameError} unless every variable that there is has a value from the checkpoint. */
  assertExistingObjectsMatched(): this {
    const { missing } = this.#checked('assertExistingObjectsMatched');
    const [first] = missing;
    if (first === undefined) return this;
    const near = this.#restoration?.nearest(first) ?? [];
    const hint = near.length > 0 ? `; the checkpoint has ${near.join(', ')}` : '';
    throw new NameError(`the checkpoint has no value for ${someOf(missing)}${hint}`, { missing });
  }

  /** Throws {@link NameError} where nothing was restored at all. */
  assertNontrivialMatch(): this {
    const { restored } = this.#checked('assertNontrivialMatch');
    if (restored.length > 0) return this;
    throw new NameError('nothing in the checkpoint matches the objects of the program', { missing: [] });
  }

  /** Says that values may be left over; nothing is ever printed about them. */
  expectPartial(): this {
    return this;
  }

  #checked(claim: string): RestoreReport {
    if (this.#restoration !== undefined) return this.report;
    throw new NameError(`${claim}: there was no checkpoint to restore`, { missing: [] });
  }
}
