/** Partitioned tensors as wholes: generated grids against a plain copy, what a read touches, and parts that do not fit. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemorySource, readBytes } from '../../src/bytes/source.ts';
import { CorruptError } from '../../src/errors.ts';
import { AssembledSource, coverageProblem, type PlacedPart } from '../../src/tensor/assembled-source.ts';
import { assembleStrings } from '../../src/tensor/assembled-strings.ts';
import { dtypeOf } from '../../src/tensor/dtype.ts';
import { elementCount, type Shape } from '../../src/tensor/shape.ts';
import { sliceTensor } from '../../src/tensor/slice-tensor.ts';
import { readStrings } from '../../src/tensor/strings.ts';
import { type Tensor, tensorOfStrings } from '../../src/tensor/tensor.ts';
import { type Box, boxesOverlap, boxOf, type TensorSlice } from '../../src/tensor/tensor-slice.ts';
import { boxIndices, partition, partitionedTensors } from '../generated.ts';
import { RecordingSource } from '../recording-source.ts';

function placed(tensor: Tensor): PlacedPart[] {
  return (tensor.parts ?? []).map(({ slice, tensor: part }) => ({
    box: boxOf(slice, tensor.shape, 'test'),
    source: part.source,
  }));
}

const box = (start: Shape, shape: Shape): Box => ({ start, shape });

const boxesOf = (parts: readonly PlacedPart[]): Box[] => parts.map((part) => part.box);

describe('an assembled source', () => {
  it('reads any range of any grid of parts as the whole has it', () => {
    fc.assert(
      fc.property(partitionedTensors(), fc.nat(), fc.nat(), ({ whole, tensor }, a, b) => {
        const parts = placed(tensor);
        expect(coverageProblem(boxesOf(parts), tensor.shape)).toBeUndefined();
        const source = new AssembledSource(parts, tensor.shape, tensor.dtype.width);
        expect(Buffer.compare(readBytes(source, 0, source.byteLength), whole)).toBe(0);
        const [from, to] = [a, b].map((at) => at % (whole.length + 1)).sort((x, y) => x - y) as [number, number];
        expect(Buffer.compare(readBytes(source, from, to - from), whole.subarray(from, to))).toBe(0);
      }),
      { numRuns: 500 },
    );
  });

  it('reads no byte of a part twice, and none that lies outside the range', () => {
    const shape = [100, 100];
    const boxes = [box([0, 0], [100, 30]), box([0, 30], [60, 70]), box([60, 30], [40, 70])];
    const sources = boxes.map((part) => new RecordingSource(new Uint8Array(elementCount(part.shape))));
    const source = new AssembledSource(
      boxes.map((part, i) => ({ box: part, source: sources[i] as RecordingSource })),
      shape,
      1,
    );
    readBytes(source, 0, 10_000);
    expect(sources.map(({ bytesRead }) => bytesRead)).toEqual([3000, 4200, 2800]);
    for (const recorded of sources) recorded.reads.length = 0;
    readBytes(source, 5020, 20);
    expect(sources.map(({ bytesRead }) => bytesRead)).toEqual([10, 10, 0]);
  });

  it('is sliced from the parts that the slice meets', () => {
    const boxes = [box([0], [500]), box([500], [500])];
    const sources = boxes.map(() => new RecordingSource(new Uint8Array(500)));
    const source = new AssembledSource(
      boxes.map((part, i) => ({ box: part, source: sources[i] as RecordingSource })),
      [1000],
      1,
    );
    const tensor: Tensor = { dtype: dtypeOf('uint8'), shape: [1000], byteLength: 1000, source };
    const slice = sliceTensor(tensor, [{ start: 510, stop: 520 }]);
    readBytes(slice.source, 0, slice.byteLength);
    expect(sources.map(({ reads }) => reads)).toEqual([[], [{ offset: 10, length: 10 }]]);
  });

  it('takes parts of more than a megabyte, and of more axes than TensorFlow can put together', () => {
    const half = 3 << 20;
    const parts = [0, 1].map((i) => ({
      box: box([i * half], [half]),
      source: new MemorySource(new Uint8Array(half).fill(i + 1)),
    }));
    const bytes = readBytes(new AssembledSource(parts, [2 * half], 1), 0, 2 * half);
    expect([bytes[half - 1], bytes[half]]).toEqual([1, 2]);
    const shape = new Array(10).fill(2);
    const boxes = [0, 1].map((i) => box([...new Array(9).fill(0), i], [...new Array(9).fill(2), 1]));
    const many = boxes.map((part, i) => ({ box: part, source: new MemorySource(new Uint8Array(512).fill(i)) }));
    expect([...readBytes(new AssembledSource(many, shape, 1), 0, 6)]).toEqual([0, 1, 0, 1, 0, 1]);
  });
});

describe('assembled strings', () => {
  it('stand where their parts say', () => {
    const elements = Array.from({ length: 12 }, (_, i) => Uint8Array.from(new Array(i % 4).fill(i)));
    const whole = tensorOfStrings(dtypeOf('string'), [3, 4], elements);
    const axis = (start: number, length: number): { start: number; length: number } => ({ start, length });
    const slices: TensorSlice[] = [
      [axis(1, 2), axis(0, 3)],
      [{ start: 0, length: undefined }, axis(3, 1)],
      [axis(0, 1), axis(0, 3)],
    ];
    const bytes = assembleStrings(placed(partition(whole, slices, elements)), [3, 4]);
    expect(readStrings(new MemorySource(bytes), 12).map((e) => [...e])).toEqual(elements.map((e) => [...e]));
  });
});

describe('coverage', () => {
  it('is complete exactly when each element lies in one part', () => {
    const extent = (size: number): fc.Arbitrary<readonly [number, number]> =>
      fc
        .nat(size - 1)
        .chain((start) => fc.integer({ min: 0, max: size - start }).map((length) => [start, length] as const));
    const boxes = fc.array(
      fc.tuple(extent(3), extent(4)).map(([r, c]) => box([r[0], c[0]], [r[1], c[1]])),
      { maxLength: 4 },
    );
    fc.assert(
      fc.property(boxes, (parts) => {
        const hits = new Array<number>(12).fill(0);
        for (const { start, shape } of parts) {
          const slice = start.map((from, axis) => ({ start: from, length: shape[axis] as number }));
          for (const index of boxIndices(slice, [3, 4])) hits[index] = (hits[index] as number) + 1;
        }
        const expected = hits.some((n) => n > 1) ? 'overlap' : hits.some((n) => n === 0) ? 'incomplete' : undefined;
        expect(coverageProblem(parts, [3, 4])?.kind).toBe(expected);
      }),
      { numRuns: 700 },
    );
  });

  it('is told in numbers', () => {
    expect(coverageProblem([box([0], [2])], [3])?.message).toContain('the parts hold 2 of the 3 elements');
    expect(coverageProblem([box([0], [2]), box([1], [2])], [3])?.message).toMatch(
      /overlap: \[2\] at \[0\] and \[2\] at \[1\]/,
    );
    expect(boxesOverlap(box([0, 0], [2, 2]), box([0, 2], [2, 2]))).toBe(false);
  });
});

describe('boxOf', () => {
  it('spells out whole axes, and refuses what leaves the shape', () => {
    const whole = { start: 0, length: undefined };
    expect(boxOf([whole, { start: 1, length: 2 }], [4, 3], 't')).toEqual({ start: [0, 1], shape: [4, 2] });
    for (const slice of [
      [{ start: 3, length: 2 }],
      [{ start: -1, length: 1 }],
      [{ start: 0, length: -1 }],
      [whole, whole],
    ]) {
      expect(() => boxOf(slice, [4], 't')).toThrow(CorruptError);
    }
  });
});
