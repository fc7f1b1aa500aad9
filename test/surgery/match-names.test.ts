/** Names of one checkpoint found again in another: by content, by likeness, by shape, by order. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leastCostPairs } from '../../src/surgery/least-cost-pairs.ts';
import type { MatchFacts } from '../../src/surgery/match-groups.ts';
import { matchNames } from '../../src/surgery/match-names.ts';

const fact = (name: string, more: Partial<MatchFacts> = {}): MatchFacts => ({
  name,
  dtype: 'float32',
  shape: [4],
  role: 'weight',
  ...more,
});
const facts = (...names: string[]): MatchFacts[] => names.map((name) => fact(name));
const matched = (a: readonly MatchFacts[], b: readonly MatchFacts[]): string[] =>
  matchNames(a, b).map(({ from, to, evidence }) => `${from} ${to} ${evidence}`);
const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

describe('matching by content', () => {
  it('comes before names', () => {
    const a = [fact('x', { digest: '1' }), fact('y', { digest: '2' })];
    const b = [fact('x', { digest: '2' }), fact('y', { digest: '1' })];
    expect(matched(a, b)).toEqual(['x y content', 'y x content']);
  });

  it('lets names decide among equal ones', () => {
    const zero = (name: string) => fact(name, { digest: '0' });
    const a = [zero('l_1/q/bias'), zero('l_1/k/bias'), zero('l_10/k/bias'), zero('l_2/k/bias')];
    const b = [zero('h.9.key.b'), zero('h.1.key.b'), zero('h.0.key.b'), zero('h.0.query.b')];
    expect(matched(a, b)).toEqual([
      'l_1/q/bias h.0.query.b content',
      'l_1/k/bias h.0.key.b content',
      'l_10/k/bias h.9.key.b content',
      'l_2/k/bias h.1.key.b content',
    ]);
  });

  it('is of one dtype and shape', () => {
    const b = [fact('b', { digest: '1', shape: [2, 2] }), fact('c', { digest: '1', dtype: 'int32' })];
    expect(matched([fact('a', { digest: '1' })], b)).toEqual([]);
  });
});

describe('matching by name', () => {
  it('knows layers by their order, and words by what they mean', () => {
    const a = range(12).flatMap((i) => facts(`bert/encoder/layer_${i}/gamma`, `bert/encoder/layer_${i}/beta`));
    const b = range(12).flatMap((i) => facts(`blocks.${i + 1}.bias`, `blocks.${i + 1}.weight`));
    const wanted = range(12).flatMap((i) => [
      `bert/encoder/layer_${i}/gamma blocks.${i + 1}.weight name`,
      `bert/encoder/layer_${i}/beta blocks.${i + 1}.bias name`,
    ]);
    expect(matched(a, b)).toEqual(wanted);
  });

  it('keeps the numbers where some layers are gone', () => {
    const b = facts(...range(6).map((i) => `h.${i}.kernel`));
    expect(matched(facts('layer_3/kernel', 'layer_5/kernel'), b)).toEqual([
      'layer_3/kernel h.3.kernel name',
      'layer_5/kernel h.5.kernel name',
    ]);
  });

  it('counts as Keras does', () => {
    expect(
      matched(facts('dense/kernel', 'dense_1/kernel', 'dense_2/kernel'), facts('fc1.w', 'fc2.w', 'fc3.w')),
    ).toEqual(['dense/kernel fc1.w name', 'dense_1/kernel fc2.w name', 'dense_2/kernel fc3.w name']);
  });

  it('leaves what has the same name, whatever it is thought to be for', () => {
    expect(matched([fact('x', { role: 'slot' }), fact('y')], facts('y', 'x'))).toEqual(['x x name', 'y y name']);
  });

  it('is of one dtype, shape and role', () => {
    const b = [fact('n/x', { shape: [5] }), fact('n/x/a', { dtype: 'float64' }), fact('n/x/Adam', { role: 'slot' })];
    expect(matched(facts('m/x'), b)).toEqual([]);
  });
});

describe('slots', () => {
  const slotOf = (of: string, name: string, slot: string) => fact(name, { role: 'slot', of, slot });

  it('are those of the variable that theirs is, by what optimizers call them', () => {
    const a = range(3).flatMap((i) => {
      const name = `l_${i}/kernel`;
      return [fact(name), slotOf(name, `${name}/Adam`, 'Adam'), slotOf(name, `${name}/Adam_1`, 'Adam_1')];
    });
    const b = range(3).flatMap((i) => {
      const name = `h.${i}.weight`;
      return [slotOf(name, `opt/${2 * i}`, 'velocity'), slotOf(name, `opt/${2 * i + 1}`, 'momentum'), fact(name)];
    });
    expect(matched(a, b)).toEqual(
      range(3).flatMap((i) => [
        `l_${i}/kernel h.${i}.weight name`,
        `l_${i}/kernel/Adam opt/${2 * i + 1} name`,
        `l_${i}/kernel/Adam_1 opt/${2 * i} name`,
      ]),
    );
  });

  it('of a variable that has no match are still matched by their own names', () => {
    expect(matched([slotOf('w', 'w/s', 's')], [slotOf('v', 'x/w/s', 's')])).toHaveLength(1);
  });
});

it('thousands of one shape are one assignment, in whatever order the other names stand', () => {
  const kinds = ['query', 'key', 'value', 'output'];
  const a = range(300).flatMap((i) => facts(...kinds.map((kind) => `net/layer_${i}/${kind}/kernel`)));
  const b = kinds.flatMap((kind) => facts(...range(300).map((i) => `model/${kind}/h${i + 1}/weight`)));
  const matches = matchNames(a, b);
  expect(matches.map(({ to, evidence }) => `${to} ${evidence}`)).toEqual(
    range(300).flatMap((i) => kinds.map((kind) => `model/${kind}/h${i + 1}/weight name`)),
  );
});

describe('matching without names', () => {
  it('takes the only one of a shape', () => {
    expect(matched([fact('a'), fact('b', { shape: [2] })], [fact('p', { shape: [2] }), fact('q')])).toEqual([
      'a q shape',
      'b p shape',
    ]);
  });

  it('keeps the order, and calls it a guess', () => {
    expect(matched(facts('one2', 'one10', 'one1'), facts('p', 'q', 'r'))).toEqual([
      'one2 q guess',
      'one10 r guess',
      'one1 p guess',
    ]);
  });
});

it('a map of any size is matched with itself renamed, each tensor once', () => {
  const digits = (count: number) => facts(...range(count).map((i) => `net/layer_${i}/w`));
  const renamed = (count: number) => facts(...range(count).map((i) => `model.h.${i}.kernel`)).reverse();
  for (const count of [1, 2, 37, 1203]) {
    const matches = matchNames(digits(count), renamed(count));
    expect(matches.map(({ to }) => to)).toEqual(range(count).map((i) => `model.h.${i}.kernel`));
  }
});

it('and then renamed is what it was', () => {
  const names = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(names, fc.infiniteStream(fc.nat(3)), fc.func(fc.nat()), (all, digests, order) => {
      const shapes = all.map((_, i) => [i % 3]);
      const a = all.map((name, i) => fact(name, { shape: shapes[i] as number[], digest: `${digests.next().value}` }));
      const b = a
        .map((one, i) => ({ ...one, name: `x${i}` }))
        .sort((one, other) => order(one.name) - order(other.name));
      const names = new Map(matchNames(b, a).map(({ from, to }) => [from, to]));
      const renamed = b.map((one) => ({ ...one, name: names.get(one.name) ?? '' }));
      const told = (all: readonly MatchFacts[]): string[] =>
        all.map(({ name, shape, digest }) => `${name} ${shape} ${digest}`).sort();
      expect(told(renamed)).toEqual(told(a));
    }),
  );
});

it('names with nothing but strange characters do not disturb', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.string(), { maxLength: 8 }),
      fc.uniqueArray(fc.string(), { maxLength: 8 }),
      (a, b) => {
        const matches = matchNames(facts(...a), facts(...b));
        expect(matches).toHaveLength(Math.min(a.length, b.length));
        expect(new Set(matches.map(({ to }) => to)).size).toBe(matches.length);
        for (const name of a)
          if (b.includes(name)) expect(matches).toContainEqual({ from: name, to: name, evidence: 'name' });
      },
    ),
  );
});

describe('leastCostPairs', () => {
  /** The least sum by trying all. */
  const least = (costs: readonly (readonly number[])[], used: readonly number[] = []): number => {
    const [row, ...rest] = costs;
    if (row === undefined) return 0;
    const sums = row.flatMap((cost, i) => (used.includes(i) ? [] : [cost + least(rest, [...used, i])]));
    return Math.min(...sums);
  };

  it('finds the least sum, whichever side is longer', () => {
    const sizes = fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 0, max: 2 }));
    const tables = sizes.chain(([rows, more]) =>
      fc.array(fc.array(fc.integer({ min: -9, max: 9 }), { minLength: rows + more, maxLength: rows + more }), {
        minLength: rows,
        maxLength: rows,
      }),
    );
    fc.assert(
      fc.property(tables, (costs) => {
        const rows = costs.length;
        const columns = (costs[0] as number[]).length;
        const cost = (i: number, j: number): number => costs[i]?.[j] as number;
        const sum = (pairs: readonly (readonly [number, number])[]) =>
          pairs.reduce((all, [i, j]) => all + cost(i, j), 0);
        expect(sum(leastCostPairs(rows, columns, cost))).toBe(least(costs));
        const turned = leastCostPairs(columns, rows, (j, i) => cost(i, j));
        expect(sum(turned.map(([j, i]) => [i, j] as const))).toBe(least(costs));
      }),
    );
  });
});
