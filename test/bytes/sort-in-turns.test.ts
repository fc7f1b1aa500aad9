/** Sorting in runs that are merged: the order of a stable sort, whatever the length and the runs. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { sortInTurns } from '../../src/bytes/sort-in-turns.ts';
import { Turns } from '../../src/bytes/turns.ts';

it('orders as a stable sort does, in runs of any length', async () => {
  const values = fc.array(fc.nat(9), { maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(values, fc.integer({ min: 1, max: 70 }), async (all, run) => {
      const compare = (a: number, b: number): number => (all[a] as number) - (all[b] as number);
      const sorted = await sortInTurns(all.length, compare, new Turns(), run);
      expect([...sorted]).toEqual(all.map((_, i) => i).sort(compare));
    }),
  );
});
