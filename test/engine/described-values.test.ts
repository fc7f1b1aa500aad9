import { beforeEach, expect, it } from 'vitest';
import { zeros } from '../../src/engine/constants.ts';
import { describedValues } from '../../src/engine/described-values.ts';
import { resetDefaultGraph } from '../../src/engine/graph.ts';
import { initializeAllVariables } from '../../src/engine/initialization.ts';
import { randomUniform } from '../../src/engine/random.ts';
import { Variable } from '../../src/engine/variable.ts';

const MEBIBYTE = 1 << 20;

beforeEach(resetDefaultGraph);

/** What stands in a graph: the bytes of a value, the form of an expression, or the kind of the recipe. */
function facts(variables: readonly Variable[]): unknown[] {
  return describedValues(variables).map(
    ({ tensor, expression, recipe }) => tensor?.byteLength ?? expression?.form?.kind ?? recipe.kind,
  );
}

it('has the smallest values, up to a bound of all', () => {
  const given = [40, 30, 20, 0.5].map((size, i) => new Variable(new Uint8Array(size * MEBIBYTE), { name: `v${i}` }));
  expect(facts(given)).toEqual(['value', 30 * MEBIBYTE, 20 * MEBIBYTE, 0.5 * MEBIBYTE]);
});

it('works out what only a function knows where it is not large', () => {
  const w = new Variable(randomUniform([3, 1 << 17]), { name: 'w' });
  const [row, all] = [new Variable(new Float32Array(1 << 17)), w].map(
    (v) => new Variable(v.initializedValue().map((x) => Number(x) + 1)),
  );
  expect(facts([w, row as Variable, all as Variable])).toEqual(['uniform', MEBIBYTE / 2, 'computed']);
});

it('takes arithmetic as it is, and no circle', () => {
  const a: Variable = new Variable(() => late.initializedValue(), { shape: [2], dtype: 'float32', name: 'a' });
  const late: Variable = new Variable(() => a.initializedValue(), { shape: [2], dtype: 'float32', name: 'late' });
  const b = new Variable(late.initializedValue().mul(2), { name: 'b' });
  const c = new Variable(zeros([2]), { name: 'c' });
  const d = new Variable(() => c.initializedValue().neg(), { shape: [2], dtype: 'float32', name: 'd' });
  expect(facts([a, late, b, c, d])).toEqual(['computed', 'variable', 'mul', 'fill', 'neg']);
});

it('is what a variable began with, not what it holds', () => {
  const w = new Variable(Float32Array.of(1, 2), { name: 'w' });
  const twice = new Variable(
    w.initializedValue().map((x) => x * 2),
    { name: 'twice' },
  );
  initializeAllVariables();
  w.assign([7, 7]);
  const bytes = describedValues([w, twice]).map(({ tensor }) => {
    const values = new Uint8Array(8);
    tensor?.source.readInto(values, 0);
    return [...new Float32Array(values.buffer)];
  });
  expect(bytes).toEqual([
    [1, 2],
    [2, 4],
  ]);
});
