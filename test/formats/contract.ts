/**
 * What every format owes its users, as one suite: what is written opens again as the same map, in any layout. The other
 * half, what a write owes when it fails or is refused, is in write-contract.ts. A format's tests call {@link describeFormat}.
 */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeText } from '../../src/bytes/text.ts';
import type { Checkpoint, Format } from '../../src/formats/format.ts';
import type { WriteOptions } from '../../src/formats/write-plan.ts';
import { DTYPES, type DType, FOREIGN_DTYPES } from '../../src/tensor/dtype.ts';
import { readStrings } from '../../src/tensor/strings.ts';
import { isScannable, type Tensor, type TensorMap, tensorOfBytes } from '../../src/tensor/tensor.ts';
import { elementsOf, names, partition, tensorMaps } from '../generated.ts';
import { inFullRun } from '../sweep.ts';
import { contentOf, doorsOf, expectSame, strings, vector } from './contract-tools.ts';
import { describeWriting, type FormatFacts, holdsStrings } from './write-contract.ts';

export function describeFormat(format: Format, facts: FormatFacts): void {
  /** The dtypes that the format can hold and that are numbers. */
  const held = [...DTYPES, ...FOREIGN_DTYPES].filter((dtype) => dtype.width > 0 && format.holds(dtype));
  const { opened, findingsAt } = doorsOf(format);
  const hasStrings = holdsStrings(format);

  /** Maps that the format holds; a directory of files shows only where there is one. */
  const isHeld = ([name, tensor]: [string, Tensor]): boolean => format.refusal?.(name, tensor) === undefined;
  const maps = tensorMaps(held, names, hasStrings)
    .map((tensors) => new Map([...tensors].filter(isHeld)))
    .filter(({ size }) => facts.layout !== 'apart' || size > 0);

  async function expectRoundTrip(tensors: TensorMap, options?: WriteOptions): Promise<Checkpoint> {
    const checkpoint = await opened(tensors, options);
    expectSame(checkpoint.tensors, tensors);
    expect(await findingsAt(checkpoint.path)).toEqual([]);
    return checkpoint;
  }

  describe('what is written opens as the same map', () => {
    it.each(held.map((dtype) => [dtype.name, dtype] as const))(
      'of %s: values, a scalar, and nothing',
      async (_, dtype: DType) => {
        const six = new Uint8Array(6 * dtype.width).map((_, i) => i & ((1 << Math.min(dtype.bits, 8)) - 1) & 1);
        const tensors = new Map([
          ['matrix', tensorOfBytes(dtype, [2, 3], six)],
          ['scalar', tensorOfBytes(dtype, [], six.slice(0, dtype.width))],
          ['none', tensorOfBytes(dtype, [3, 0], new Uint8Array(0))],
        ]);
        (await expectRoundTrip(tensors)).close();
      },
    );

    it.runIf(hasStrings)('of strings: unicode, empty, long, no elements, a scalar', async () => {
      const tensors = new Map([
        ['mixed', strings([2, 2], 'é', '', 'a'.repeat(70_000), '\0\n')],
        ['none', strings([0])],
        ['scalar', strings([], 'hello')],
      ]);
      const checkpoint = await expectRoundTrip(tensors);
      const mixed = checkpoint.tensors.get('mixed') as Tensor;
      expect(readStrings(mixed.source, 4).map((element) => element.length)).toEqual([2, 0, 70_000, 2]);
      checkpoint.close();
    });

    it.skipIf(facts.layout === 'apart')('of no tensors at all', async () => {
      (await expectRoundTrip(new Map())).close();
    });

    it('of names in any script, in the byte order of their UTF-8', async () => {
      const names = ['\uffff', '😀', 'z', 'Z', 'é', '\0', 'a b', '\u0001', '../up', 'a\\b', 'ﬀ'];
      const checkpoint = await expectRoundTrip(new Map(names.map((name) => [name, vector(1)])));
      const sorted = [...names].sort((a, b) => Buffer.compare(encodeText(a), encodeText(b)));
      expect([...checkpoint.tensors.keys()]).toEqual(sorted);
      checkpoint.close();
    });

    it('of partitioned tensors, numbers and strings, part by part', async () => {
      const whole = vector(6, 3);
      const text = strings([2, 2], 'a', 'bb', '', 'dddd');
      const axis = (start: number, length: number): { start: number; length: number } => ({ start, length });
      const cut = partition(whole, [[axis(4, 2)], [axis(0, 3)], [axis(3, 1)]], elementsOf(contentOf(whole), 4));
      const rows = [
        [axis(1, 1), { start: 0, length: undefined }],
        [axis(0, 1), { start: 0, length: undefined }],
      ];
      const cutText = partition(text, rows, readStrings(text.source, 4));
      const numbers: [string, Tensor][] = [
        ['cut', cut],
        ['plain', vector(2)],
      ];
      const tensors = new Map(hasStrings ? [...numbers, ['text', cutText]] : numbers);
      const checkpoint = await opened(tensors);
      expect(checkpoint.tensors.get('cut')?.parts?.map(({ slice }) => slice)).toEqual(cut.parts?.map((p) => p.slice));
      expectSame(checkpoint.tensors, tensors);
      expect(await findingsAt(checkpoint.path)).toEqual([]);
      checkpoint.close();
    });

    it('of any map, in any number of data files', async () => {
      const layout = fc.record({
        shards: fc.constantFrom<number | 'keep'>('keep', ...(format.can.split ? [1, 2, 3, 50] : [])),
        order: fc.constantFrom<'stored' | 'given'>('stored', 'given'),
      });
      await fc.assert(
        fc.asyncProperty(maps, layout, async (tensors, options) => {
          const first = await opened(tensors, options);
          expectSame(first.tensors, tensors);
          expect(await findingsAt(first.path)).toEqual([]);
          const second = await opened(first.tensors, { order: 'stored' });
          expectSame(second.tensors, tensors);
          second.close();
          first.close();
        }),
        { numRuns: inFullRun(150, 15) },
      );
    });
  });

  describe('an open checkpoint', () => {
    it('finds a tensor by name, and nothing under another', async () => {
      const checkpoint = await opened(
        new Map([
          ['a', vector(1)],
          ['a/b', vector(2)],
        ]),
      );
      const { tensors } = checkpoint;
      expect(tensors.get('a/b')?.shape).toEqual([2]);
      for (const name of ['', 'a/', 'a/b/c', 'b', '\0']) {
        expect(tensors.get(name), name).toBeUndefined();
        expect(tensors.has(name), name).toBe(false);
      }
      const seen: string[] = [];
      tensors.forEach((tensor, name) => {
        seen.push(`${name}${tensor.shape}`);
      });
      expect(seen).toEqual([...tensors.entries()].map(([name, tensor]) => `${name}${tensor.shape}`));
      expect([...tensors.values()].map(({ shape }) => shape)).toEqual([[1], [2]]);
      checkpoint.close();
    });

    it('scans as it walks', async () => {
      await fc.assert(
        fc.asyncProperty(maps, async (tensors) => {
          const checkpoint = await opened(tensors);
          const scanned: unknown[] = [];
          if (!isScannable(checkpoint.tensors)) return;
          checkpoint.tensors.scan(({ nameBytes, nameLength, nameIsSimple, dtype, shape, byteLength, problem }) => {
            const name = Buffer.from(nameBytes.subarray(0, nameLength)).toString();
            if (nameIsSimple) expect(name).toMatch(/^[ -~]*$/);
            scanned.push([name, dtype.name, shape, byteLength, problem]);
          });
          const walked = [...checkpoint.tensors].map(([name, tensor]) => {
            return [name, tensor.dtype.name, tensor.shape, tensor.byteLength, tensor.problem];
          });
          expect(scanned).toEqual(walked);
          checkpoint.close();
        }),
        { numRuns: inFullRun(30, 6) },
      );
    });

    it('lists its files with their sizes', async () => {
      const checkpoint = await opened(
        new Map([
          ['a', vector(4)],
          ['b', vector(4)],
        ]),
        format.can.split ? { shards: 2 } : {},
      );
      expect(checkpoint.format).toBe(format.name);
      for (const { path, byteLength } of checkpoint.files) expect(readFileSync(path).length, path).toBe(byteLength);
      checkpoint.close();
    });
  });

  describeWriting(format, facts);
}
