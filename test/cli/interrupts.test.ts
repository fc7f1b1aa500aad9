/** Signals are taken over from the first file on that would be left behind, and given back: before that they end the process at once. */
import { expect, it } from 'vitest';
import { interruptible } from '../../src/cli/interrupts.ts';
import { AtomicFiles } from '../../src/io/atomic-files.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const listeners = (): number[] => SIGNALS.map((signal) => process.listenerCount(signal));

it('signals are listened to while files are unfinished, and not before', async () => {
  const before = listeners();
  const more = before.map((count) => count + 1);
  const work = async (): Promise<number[][]> => {
    const planning = listeners();
    const files = [new AtomicFiles(), new AtomicFiles()];
    const writing = listeners();
    for (const one of files) one.discard();
    return [planning, writing];
  };
  expect(await interruptible(work, () => undefined)).toEqual([before, more]);
  expect(listeners()).toEqual(before);
  new AtomicFiles().discard();
  expect(listeners()).toEqual(before);
});
