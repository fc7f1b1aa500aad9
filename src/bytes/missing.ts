/**
 * Bytes that are not here yet. Decoders are synchronous and never wait: a source whose bytes have to be fetched throws this,
 * who runs the decoder awaits `load`, and runs it again from the start. A decoder that is run twice must have no effects.
 */
import type { ByteSource } from './source.ts';

/** Thrown by a source for bytes that have to be fetched first. No `CkptError`: who passes over damage must not pass over this. */
export class Missing extends Error {
  constructor(
    message: string,
    /** Fetches what was asked for; rejects where it cannot be had. */
    readonly load: (signal?: AbortSignal) => Promise<void>,
  ) {
    super(message);
    this.name = new.target.name;
  }
}

/** Says that all of a source will be read, so that what has to be fetched is fetched in one go; throws {@link Missing} then. */
export function expectAll(source: ByteSource): void {
  source.expect?.([{ offset: 0, length: source.byteLength }]);
}

/** Takes each step, though one may throw {@link Missing}; throws one for all of them in the end. */
export function missTogether(steps: Iterable<() => void>): void {
  const missing: Missing[] = [];
  for (const step of steps) {
    try {
      step();
    } catch (error) {
      if (!(error instanceof Missing)) throw error;
      missing.push(error);
    }
  }
  const [first] = missing;
  if (first === undefined) return;
  throw new Missing(first.message, async (signal) => {
    await Promise.all(missing.map((one) => one.load(signal)));
  });
}

/**
 * Runs `decode`, which may throw {@link Missing}: then loads what is missing and runs it again, until it ends. What it throws
 * otherwise is thrown on, and so is the reason of `signal` once that is aborted.
 */
export async function supply<T>(decode: () => T | Promise<T>, signal?: AbortSignal): Promise<T> {
  for (;;) {
    signal?.throwIfAborted();
    try {
      return await decode();
    } catch (error) {
      if (!(error instanceof Missing)) throw error;
      await error.load(signal);
    }
  }
}
