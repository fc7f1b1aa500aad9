/** Labels are ordered as people count. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compareNaturally } from '../../src/inspect/scope-node.ts';

it('a number comes before a larger one, whatever its digits', () => {
  const labels = ['layer_10', 'layer_2', 'layer_09', 'conv', 'layer_2b', 'layer_100'];
  expect([...labels].sort(compareNaturally)).toEqual([
    'conv',
    'layer_2',
    'layer_2b',
    'layer_09',
    'layer_10',
    'layer_100',
  ]);
});

it('is the order of labels whose numbers all have as many digits', () => {
  const part = fc.oneof(fc.constantFrom('a', 'b', 'ab'), fc.nat({ max: 2000 }).map(String));
  const label = fc.array(part, { maxLength: 4 }).map((parts) => parts.join(''));
  const padded = (text: string): string =>
    text.replace(/\d+/g, (digits) => BigInt(digits).toString().padStart(20, '0'));
  fc.assert(
    fc.property(label, label, (a, b) => {
      const [one, other] = [padded(a), padded(b)];
      expect(Math.sign(compareNaturally(a, b))).toBe(one < other ? -1 : one > other ? 1 : 0);
    }),
    { numRuns: 700 },
  );
});
