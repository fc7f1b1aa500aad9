/** Writes of many names let others have a turn, so that a signal is heard: held against a clock on which one is always due. */
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { renameCheckpoint, writeCheckpoint } from '../../src/checkpoints/write-checkpoint.ts';
import { tensorFrom } from '../../src/tensor/tensor-from.ts';
import { scratch } from '../scratch.ts';

const NAMES = 4100;
const name = (i: number): string => `layer_${String(i).padStart(6, '0')}/kernel`;
const numbers = [...Array(NAMES).keys()];
const VALUE = tensorFrom([1]);
const ascending = new Map(numbers.map((i) => [name(i), VALUE]));
const shuffled = new Map(numbers.map((i) => [name((i * 7919) % NAMES), VALUE]));

/** How often the code itself let others have a turn; waiting for a file is none. */
async function turnsWhile(work: () => Promise<unknown>): Promise<number> {
  let now = Date.now();
  vi.spyOn(Date, 'now').mockImplementation(() => (now += 50));
  const turns = vi.spyOn(globalThis, 'setImmediate');
  try {
    await work();
    return turns.mock.calls.length;
  } finally {
    vi.restoreAllMocks();
  }
}

describe('a write of many names', () => {
  afterEach(() => void vi.restoreAllMocks());

  it.each([
    ['names in order', ascending, 'v2'],
    ['names in another order', shuffled, 'v2'],
    ['a table', ascending, 'v1'],
    ['an archive', ascending, 'npz'],
  ] as const)('gives turns all along: %s', async (_, tensors, format) => {
    const path = join(scratch(), format === 'npz' ? 'm.npz' : 'm');
    // Once for a thousand entries of the index, at least, beside what comes of the content.
    expect(await turnsWhile(() => writeCheckpoint(path, tensors, { format }))).toBeGreaterThan(NAMES);
  });

  it('gives turns in a rename too, which copies no content by itself', async () => {
    const directory = scratch();
    await writeCheckpoint(join(directory, 'm'), shuffled);
    const target = join(directory, 'out');
    const renamed = (reuse: 'link' | undefined): Promise<number> =>
      turnsWhile(() =>
        renameCheckpoint(join(directory, 'm'), (old) => old.replace('layer', 'l'), { target, reuse, force: true }),
      );
    const each = Math.floor(NAMES / 1024);
    expect(await renamed('link')).toBeGreaterThanOrEqual(each);
    expect(await renamed(undefined)).toBeGreaterThan(each);
  });
});
