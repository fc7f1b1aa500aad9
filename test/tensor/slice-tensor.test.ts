/** Slices by numpy's rules: against an element-by-element reference, and against the bytes they may touch. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readBytes } from '../../src/bytes/source.ts';
import { encodeText } from '../../src/bytes/text.ts';
import { MismatchError, UnsupportedError } from '../../src/errors.ts';
import { dtypeOf } from '../../src/tensor/dtype.ts';
import { elementCount, type Shape } from '../../src/tensor/shape.ts';
import { type AxisSelector, sliceTensor } from '../../src/tensor/slice-tensor.ts';
import { readStrings } from '../../src/tensor/strings.ts';
import { type Tensor, tensorOfStrings } from '../../src/tensor/tensor.ts';
import { RecordingSource } from '../recording-source.ts';

/** Positions that Python's `range(*slice(start, stop, step).indices(size))` gives, from CPython's definition. */
function positions(selector: AxisSelector, size: number): number[] {
  if (typeof selector === 'number') return [selector < 0 ? selector + size : selector];
  const step = selector.step ?? 1;
  const adjust = (at: number): number => {
    if (at < 0) return Math.max(at + size, step < 0 ? -1 : 0);
    return Math.min(at, step < 0 ? size - 1 : size);
  };
  const start = selector.start === undefined ? (step < 0 ? size - 1 : 0) : adjust(selector.start);
  const stop = selector.stop === undefined ? (step < 0 ? -1 : size) : adjust(selector.stop);
  const found: number[] = [];
  for (let at = start; step < 0 ? at > stop : at < stop; at += step) found.push(at);
  return found;
}

/** The flat positions that a slice picks, and its shape. */
function reference(shape: Shape, selectors: readonly AxisSelector[]): { indices: number[]; shape: number[] } {
  let indices = [0];
  const sizes: number[] = [];
  for (const [axis, size] of shape.entries()) {
    const selector = selectors[axis] ?? {};
    const along = positions(selector, size);
    indices = indices.flatMap((base) => along.map((at) => base * size + at));
    if (typeof selector !== 'number') sizes.push(along.length);
  }
  return { indices, shape: sizes };
}

const bound = fc.option(fc.integer({ min: -9, max: 9 }), { nil: undefined });
const range = fc.record({
  start: bound,
  stop: bound,
  step: fc.option(
    fc.integer({ min: -4, max: 4 }).filter((step) => step !== 0),
    { nil: undefined },
  ),
});

/** A shape and selectors that fit it. */
const cases = fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 4 }).chain((shape) =>
  fc.tuple(
    fc.constant(shape),
    fc
      .tuple(
        ...shape.map((size): fc.Arbitrary<AxisSelector> => {
          return size === 0
            ? range
            : fc.oneof({ weight: 3, arbitrary: range }, fc.integer({ min: -size, max: size - 1 }));
        }),
      )
      .chain((selectors) => fc.nat(shape.length).map((length) => (selectors as AxisSelector[]).slice(0, length))),
  ),
);

/** Element i holds the bytes of i. */
function counting(shape: Shape, source: RecordingSource): Tensor {
  return { dtype: dtypeOf('uint32'), shape, byteLength: source.byteLength, source };
}

function countingSource(shape: Shape): RecordingSource {
  return new RecordingSource(new Uint8Array(Uint32Array.from({ length: elementCount(shape) }, (_, i) => i).buffer));
}

function valuesOf(tensor: Tensor): number[] {
  const bytes = readBytes(tensor.source, 0, tensor.byteLength);
  return [...new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4)];
}

describe('sliceTensor', () => {
  it('picks what numpy picks', () => {
    fc.assert(
      fc.property(cases, ([shape, selectors]) => {
        const slice = sliceTensor(counting(shape, countingSource(shape)), selectors);
        const expected = reference(shape, selectors);
        expect(slice.shape).toEqual(expected.shape);
        expect(valuesOf(slice)).toEqual(expected.indices);
      }),
      { numRuns: 700 },
    );
  });

  it('slices a slice', () => {
    fc.assert(
      fc.property(cases, ([shape, selectors]) => {
        const once = sliceTensor(counting(shape, countingSource(shape)), selectors);
        const reversed = once.shape.map(() => ({ step: -1 }));
        expect(valuesOf(sliceTensor(once, reversed))).toEqual(valuesOf(once).reverse());
      }),
    );
  });

  it('gives any range of its bytes', () => {
    fc.assert(
      fc.property(cases, fc.nat(), fc.nat(), ([shape, selectors], a, b) => {
        const slice = sliceTensor(counting(shape, countingSource(shape)), selectors);
        const whole = readBytes(slice.source, 0, slice.byteLength);
        const [from, to] = [a, b].map((at) => at % (whole.length + 1)).sort((x, y) => x - y) as [number, number];
        expect([...readBytes(slice.source, from, to - from)]).toEqual([...whole.subarray(from, to)]);
      }),
    );
  });

  it('picks the same strings', () => {
    const string = dtypeOf('string');
    fc.assert(
      fc.property(cases, ([shape, selectors]) => {
        const elements = Array.from({ length: elementCount(shape) }, (_, i) => encodeText('x'.repeat(i % 5) + i));
        const slice = sliceTensor(tensorOfStrings(string, shape, elements), selectors);
        const expected = reference(shape, selectors);
        expect(slice.shape).toEqual(expected.shape);
        const picked = readStrings(slice.source, elementCount(slice.shape)).map((element) => [...element]);
        expect(picked).toEqual(expected.indices.map((index) => [...(elements[index] as Uint8Array)]));
      }),
      { numRuns: 300 },
    );
  });

  it.each<[string, AxisSelector[]]>([
    ['an index past the end', [4]],
    ['an index before the beginning', [-5]],
    ['an index that is no whole number', [0.5]],
    ['a step of 0', [{ step: 0 }]],
    ['a step that is no whole number', [{ step: 1.5 }]],
    ['a start that is no whole number', [{ start: 0.5 }]],
    ['a stop that is no number', [{ stop: Number.NaN }]],
    ['more axes than there are', [0, 0, 0]],
  ])('refuses %s', (_, selectors) => {
    expect(() => sliceTensor(counting([4, 2], countingSource([4, 2])), selectors)).toThrow(MismatchError);
  });

  it('refuses a variant', () => {
    const variant: Tensor = { ...counting([4], countingSource([4])), dtype: dtypeOf('variant') };
    expect(() => sliceTensor(variant, [{ stop: 2 }])).toThrow(UnsupportedError);
  });
});

describe('a slice reads', () => {
  const shape = [1000, 1000];

  /** What was read, for a slice of a matrix of 4 MB. */
  function readsOf(...selectors: AxisSelector[]): { readonly source: RecordingSource; readonly slice: Tensor } {
    const source = countingSource(shape);
    const slice = sliceTensor(counting(shape, source), selectors);
    expect(source.reads).toEqual([]);
    expect(valuesOf(slice)).toEqual(reference(shape, selectors).indices);
    return { source, slice };
  }

  it('one element from four bytes', () => {
    expect(readsOf(500, 7).source.reads).toEqual([{ offset: (500 * 1000 + 7) * 4, length: 4 }]);
  });

  it('whole rows in one go', () => {
    expect(readsOf({ start: 3, stop: 8 }).source.reads).toEqual([{ offset: 3 * 4000, length: 5 * 4000 }]);
  });

  it('nothing for nothing', () => {
    expect(readsOf({ start: 5, stop: 5 }).source.reads).toEqual([]);
  });

  it('of far rows only these', () => {
    const { source, slice } = readsOf({ step: 100 }, { start: 10, stop: 20 });
    expect(source.bytesRead).toBe(slice.byteLength);
    expect(source.reads.length).toBe(10);
  });

  it('of a column no more than the pages it lies in, and never past its first and last element', () => {
    for (const step of [1, -1]) {
      const { source } = readsOf({ start: step > 0 ? 100 : 199, stop: step > 0 ? 200 : 99, step }, 5);
      const first = (100 * 1000 + 5) * 4;
      const last = (199 * 1000 + 5) * 4 + 4;
      expect(Math.min(...source.reads.map(({ offset }) => offset))).toBe(first);
      expect(Math.max(...source.reads.map(({ offset, length }) => offset + length))).toBe(last);
    }
  });

  it('nothing that lies further than a page from an element it needs', () => {
    fc.assert(
      fc.property(
        fc.nat(40),
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 300 }),
        (start, step, columns) => {
          const selectors = [
            { start, stop: start + 400, step },
            { start: 50, stop: 50 + columns, step: 7 },
          ];
          const source = countingSource(shape);
          const slice = sliceTensor(counting(shape, source), selectors);
          readBytes(slice.source, 0, slice.byteLength);
          const needed = reference(shape, selectors).indices.map((index) => index * 4);
          for (const { offset, length } of source.reads) {
            const inside = needed.filter((at) => at >= offset && at < offset + length);
            expect(inside[0]).toBe(offset);
            expect((inside.at(-1) as number) + 4).toBe(offset + length);
            const gaps = inside.slice(1).map((at, i) => at - (inside[i] as number) - 4);
            expect(gaps.reduce((most, gap) => Math.max(most, gap), 0)).toBeLessThanOrEqual(4096);
          }
        },
      ),
      { numRuns: 10 },
    );
  });

  it('of strings the lengths and the chosen ones, not the others', () => {
    const elements = Array.from({ length: 100 }, () => new Uint8Array(50_000).fill(65));
    const whole = tensorOfStrings(dtypeOf('string'), [100], elements);
    const source = new RecordingSource(readBytes(whole.source, 0, whole.byteLength));
    const slice = sliceTensor({ ...whole, source }, [{ start: 40, stop: 42 }]);
    expect(readStrings(slice.source, 2).map(({ length }) => length)).toEqual([50_000, 50_000]);
    expect(source.bytesRead).toBeLessThan(2 * 50_000 + 100_000);
  });
});
