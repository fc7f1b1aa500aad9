/** Maps and sets of texts that are too long for V8 to hash: they are what Map and Set are. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TextMap, TextSet } from '../../src/bytes/text-map.ts';

/** Texts around the length up to which V8 hashes, many of them of one length and alike for long; and some that look like keys. */
const texts = fc.oneof(
  fc
    .tuple(fc.constantFrom(16_362, 16_363, 16_364, 16_383, 16_384, 40_000), fc.nat(3))
    .map(([n, i]) => 'x'.repeat(n) + i),
  fc.nat(3).map((i) => `${i}${'x'.repeat(20_000)}`),
  fc.constantFrom('', 'a', '__proto__', '\ud800', '\ud8001', '\ud8002', '1 x', `\ud800${'x'.repeat(20_000)}`),
);

const steps = fc.array(
  fc.oneof(
    fc.record({ does: fc.constant('set' as const), text: texts, value: fc.nat(9) }),
    fc.record({ does: fc.constantFrom('delete' as const, 'has' as const), text: texts, value: fc.constant(0) }),
    fc.record({ does: fc.constant('clear' as const), text: fc.constant(''), value: fc.constant(0) }),
  ),
  { maxLength: 20 },
);

describe('a map of texts', () => {
  it('does what a Map does', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const [expected, map] = [new Map<string, number>(), new TextMap<number>()];
        for (const { does, text, value } of all) {
          if (does === 'set') expect(map.set(text, value)).toBe(map);
          if (does === 'set') expected.set(text, value);
          else if (does === 'delete') expect(map.delete(text)).toBe(expected.delete(text));
          else if (does === 'has')
            expect([map.has(text), map.get(text)]).toEqual([expected.has(text), expected.get(text)]);
          else for (const one of [map, expected]) one.clear();
        }
        expect(map.size).toBe(expected.size);
        expect([...map]).toEqual([...expected]);
        expect([...map.keys()]).toEqual([...expected.keys()]);
        expect([...map.values()]).toEqual([...expected.values()]);
        expect([...new TextMap(expected).entries()]).toEqual([...expected.entries()]);
        const seen: [string, number][] = [];
        map.forEach((value, text) => void seen.push([text, value]));
        expect(seen).toEqual([...expected]);
      }),
      { numRuns: 60 },
    );
  });
});

describe('a set of texts', () => {
  it('does what a Set does', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const [expected, set] = [new Set<string>(), new TextSet()];
        for (const { does, text } of all) {
          if (does === 'set') expect(set.add(text)).toBe(set);
          if (does === 'set') expected.add(text);
          else if (does === 'delete') expect(set.delete(text)).toBe(expected.delete(text));
          else if (does === 'has') expect(set.has(text)).toBe(expected.has(text));
          else for (const one of [set, expected]) one.clear();
        }
        expect(set.size).toBe(expected.size);
        expect([...set]).toEqual([...expected]);
        expect([...set.keys()]).toEqual([...expected]);
        expect([...new TextSet(expected).entries()]).toEqual([...expected.entries()]);
        const seen: string[] = [];
        set.forEach((text) => void seen.push(text));
        expect(seen).toEqual([...expected]);
      }),
      { numRuns: 60 },
    );
  });
});
