/** Boxes that overlap, found among many: against comparing each with each, and in a work that grows as their number does. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { overlappingPair } from '../../src/tensor/overlapping-boxes.ts';
import type { Shape } from '../../src/tensor/shape.ts';
import { type Box, boxesOverlap } from '../../src/tensor/tensor-slice.ts';

const box = (start: Shape, shape: Shape): Box => ({ start, shape });

/** Every box that overlaps another of a list, so that the sweep alone cannot tell. */
const hasPair = (boxes: readonly Box[]): boolean =>
  boxes.some((a, i) => boxes.slice(i + 1).some((b) => boxesOverlap(a, b)));

const extents = (most: number): fc.Arbitrary<readonly [number, number]> =>
  fc.tuple(fc.integer({ min: 0, max: most }), fc.integer({ min: 1, max: 4 }));

/** Steps of a staircase: all meet on the first axis, none on the second. */
const stairs = (count: number): Box[] => Array.from({ length: count }, (_, i) => box([i, i], [count - i, 1]));

describe('overlapping boxes', () => {
  it('are found as comparing each with each finds them', () => {
    const boxes = fc.integer({ min: 1, max: 3 }).chain((rank) =>
      fc.array(
        fc
          .array(extents(40), { minLength: rank, maxLength: rank })
          .map((axes) => box(axes.map(([start]) => start) as Shape, axes.map(([, size]) => size) as Shape)),
        { maxLength: 12 },
      ),
    );
    fc.assert(
      fc.property(boxes, fc.boolean(), (some, behindStairs) => {
        const rank = some[0]?.start.length ?? 2;
        const more =
          behindStairs && rank === 2
            ? stairs(60).map(({ start, shape }) => box([100 + (start[0] as number), 100 + (start[1] as number)], shape))
            : [];
        const all = [...more, ...some];
        const pair = overlappingPair(all);
        expect(pair !== undefined).toBe(hasPair(all));
        if (pair !== undefined) expect([boxesOverlap(...pair), pair[0] === pair[1]]).toEqual([true, false]);
      }),
      { numRuns: 500 },
    );
  });

  it('at the end of a long staircase are found', () => {
    const last = box([2000, 1999], [1, 1]);
    expect(overlappingPair(stairs(2001))).toBeUndefined();
    expect(overlappingPair([...stairs(2001), last])).toContain(last);
  });

  it.each<[string, (count: number) => Box[]]>([
    ['a staircase', stairs],
    [
      'a staircase lying down',
      (count) => stairs(count).map(({ start, shape }) => box([...start].reverse(), [...shape].reverse())),
    ],
    ['nested boxes', (count) => Array.from({ length: count }, (_, i) => box([i, 3 * i], [2 * (count - i), 2]))],
    [
      'a grid of thin boxes',
      (count) =>
        Array.from({ length: count }, (_, i) =>
          i % 2 === 0 ? box([2 * i, 0], [1, 4 * count]) : box([1, 2 * i], [0.5, 1]),
        ),
    ],
    [
      'stairs in three axes',
      (count) => stairs(count).map(({ start, shape }, i) => box([...start, i % 7], [...shape, 9])),
    ],
  ])('in %s take a work that grows as their number does', (_, make) => {
    const looks = (count: number): number => {
      let seen = 0;
      const counted = make(count).map(({ start, shape }): Box => {
        return {
          shape,
          get start() {
            seen++;
            return start;
          },
        };
      });
      overlappingPair(counted);
      return seen;
    };
    expect(looks(8000) / looks(2000)).toBeLessThan(6);
  });
});
