/** Keys of stored slices: TensorFlow's bytes, the way there and back, and bytes that are no key. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CkptError } from '../../src/errors.ts';
import { decodeSliceKey, encodeSliceKey } from '../../src/tensor/slice-key.ts';
import { formatTensorSlice, type TensorSlice } from '../../src/tensor/tensor-slice.ts';
import { names } from '../generated.ts';

const WHOLE = { start: 0, length: undefined };
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('the key of a slice', () => {
  it.each<[string, TensorSlice, string]>([
    ['foo', [WHOLE, { start: 0, length: 1 }], '00666f6f00010102807f8081'],
    ['foo', [WHOLE, { start: 1, length: 9 }], '00666f6f00010102807f8189'],
    [
      'emb',
      [
        { start: 4, length: 3 },
        { start: 0, length: 4 },
      ],
      '00656d62000101028483 8084',
    ],
    ['big', [{ start: 70000, length: 1 }, WHOLE], '0062696700010102e1117081807f'],
    ['a\0b\udcff', [WHOLE], '006100ff62ff0000010101807f'],
    ['a', [], '0061000100'],
  ])('of %j %j', (name, slice, code) => {
    expect(hex(encodeSliceKey(name, slice))).toBe(code.replaceAll(' ', ''));
    expect(decodeSliceKey(encodeSliceKey(name, slice))).toEqual({ name, slice });
  });

  it('comes back for any name and slice', () => {
    const extent = fc.oneof(fc.constant(WHOLE), fc.record({ start: fc.maxSafeNat(), length: fc.maxSafeNat() }));
    fc.assert(
      fc.property(names, fc.array(extent, { maxLength: 5 }), (name, slice) => {
        expect(decodeSliceKey(encodeSliceKey(name, slice))).toEqual({ name, slice });
      }),
      { numRuns: 1000 },
    );
  });

  it.each(['', '00', '01', '0061', '006100010101', '00610001018080ff', '0061000101807f00', '00610001020100'])(
    '%s is none',
    (code) => {
      expect(() => decodeSliceKey(Uint8Array.from(Buffer.from(code, 'hex')))).toThrow(CkptError);
    },
  );

  it('of any bytes is a name and a slice, or refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 24 }), (bytes) => {
        try {
          decodeSliceKey(Uint8Array.of(0, ...bytes));
        } catch (error) {
          expect(error).toBeInstanceOf(CkptError);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('has a text as TensorFlow writes it', () => {
    expect(formatTensorSlice([{ start: 0, length: 4 }, WHOLE])).toBe('0,4:-');
    expect(formatTensorSlice([])).toBe('');
  });
});
