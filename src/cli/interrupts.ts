/** Ctrl-C and its like while something is being written: what is unfinished goes away, and the process ends as it was told. */
import { discardUnfinished, whenBegun } from '../history.ts';

/** Exit codes by signal: 128 and its number. */
const CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Runs `work`; on a signal, `atEnd` is called, unfinished files are removed, and the process exits. Before the first of them is
 * made there is nothing to remove, and the system ends the process at once, also amidst a plan of a million names.
 */
export async function interruptible<T>(work: () => Promise<T>, atEnd: () => void): Promise<T> {
  const handlers = Object.entries(CODES).map(([signal, code]) => {
    const handler = (): void => {
      atEnd();
      discardUnfinished();
      process.exit(code);
    };
    return { signal, handler };
  });
  let isListening = false;
  whenBegun(() => {
    if (!isListening) for (const { signal, handler } of handlers) process.on(signal, handler);
    isListening = true;
  });
  try {
    return await work();
  } finally {
    whenBegun(undefined);
    for (const { signal, handler } of handlers) process.off(signal, handler);
  }
}
