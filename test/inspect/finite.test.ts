/** NaN and infinity are found by their bits: in every dtype, at every place, whichever way the tensor lies on the disk. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CHUNK_BYTES } from '../../src/bytes/source.ts';
import { openCheckpoint } from '../../src/checkpoints/checkpoint.ts';
import { nonFiniteElement, nonFiniteTensor } from '../../src/inspect/finite.ts';
import { DTYPES, type DTypeName, dtypeOf } from '../../src/tensor/dtype.ts';
import { type Tensor, tensorOfBytes } from '../../src/tensor/tensor.ts';
import { decodeValues } from '../../src/tensor/values.ts';
import { fixture, soundCheckpoints } from '../fixtures.ts';

const FLOATS = DTYPES.filter(({ kind, name }) => kind === 'float' && name !== 'float4_e2m1fn');
const PAIRS = DTYPES.filter(({ kind }) => kind === 'complex');

/** What a decoder says of the same bytes: the number of the first element that is not finite, and what it is. */
function decoded({ dtype, byteLength, source }: Tensor): { element: number; value: string } | undefined {
  const bytes = new Uint8Array(byteLength);
  source.readInto(bytes, 0);
  const numbers = Array.from(decodeValues(dtype, bytes), Number);
  const at = numbers.findIndex((number) => !Number.isFinite(number));
  if (at < 0) return undefined;
  const number = numbers[at] as number;
  const value = Number.isNaN(number) ? 'nan' : number > 0 ? 'inf' : '-inf';
  return { element: Math.floor(at / (dtype.kind === 'complex' ? 2 : 1)), value };
}

const vector = (name: DTypeName, bytes: Uint8Array): Tensor => {
  const dtype = dtypeOf(name);
  return tensorOfBytes(dtype, [bytes.length / dtype.width], bytes);
};

describe('nonFiniteElement', () => {
  it.each(FLOATS.filter(({ width }) => width <= 2))('knows every code of $name', ({ name, width }) => {
    for (let code = 0; code < 256 ** width; code++) {
      const tensor = vector(name, Uint8Array.of(code & 0xff, code >> 8).subarray(0, width));
      const found = nonFiniteElement(tensor);
      const truth = decoded(tensor);
      if (found?.value !== truth?.value) expect({ code, ...found }).toEqual({ code, ...truth });
    }
    expect(nonFiniteElement(vector(name, new Uint8Array(width)))).toBeUndefined();
  });

  it.each([...FLOATS, ...PAIRS])('agrees with a decoder on any bytes of $name', ({ name, width }) => {
    const special = fc.constantFrom([0, 0, 0x80, 0x7f], [0, 0, 0x80, 0xff], [1, 0, 0x80, 0x7f], [0, 0, 0xf0, 0x7f]);
    const piece = fc.oneof(fc.array(fc.nat(255), { minLength: 4, maxLength: 4 }), special);
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 64 }), (pieces) => {
        const bytes = Uint8Array.from(pieces.flat());
        const tensor = vector(name, bytes.slice(0, bytes.length - (bytes.length % width)));
        const truth = decoded(tensor);
        expect(nonFiniteElement(tensor)).toEqual(truth && { index: [truth.element], value: truth.value });
      }),
      { numRuns: 300 },
    );
  });

  it('gives the place along each axis, beyond the first chunk too', () => {
    const rows = (2 * CHUNK_BYTES) / 16 + 1;
    const values = new Float32Array(rows * 4);
    values[rows * 4 - 2] = Number.NEGATIVE_INFINITY;
    const tensor = tensorOfBytes(dtypeOf('float32'), [rows, 2, 2], new Uint8Array(values.buffer));
    expect(nonFiniteElement(tensor)).toEqual({ index: [rows - 1, 1, 0], value: '-inf' });
    const scalar = tensorOfBytes(dtypeOf('float64'), [], new Uint8Array(Float64Array.of(Number.NaN).buffer));
    expect(nonFiniteElement(scalar)).toEqual({ index: [], value: 'nan' });
  });

  it('never reads more than a chunk at a time', () => {
    const lengths: number[] = [];
    const byteLength = 5 * CHUNK_BYTES + 4;
    const source = {
      byteLength,
      readInto: (target: Uint8Array) => {
        lengths.push(target.length);
        target.fill(0);
      },
    };
    expect(
      nonFiniteElement({ dtype: dtypeOf('float32'), shape: [byteLength / 4], byteLength, source }),
    ).toBeUndefined();
    expect(lengths).toEqual([...Array(5).fill(CHUNK_BYTES), 4]);
  });

  it.each(DTYPES.filter((dtype) => !FLOATS.includes(dtype) && !PAIRS.includes(dtype)))('passes over $name', (dtype) => {
    const source = {
      byteLength: 1,
      readInto: () => {
        throw new Error('read');
      },
    };
    expect(nonFiniteElement({ dtype, shape: [1], byteLength: 1, source })).toBeUndefined();
  });
});

describe('nonFiniteTensor', () => {
  it('names the first tensor, and tells how far it is', async () => {
    const { tensors, close } = await openCheckpoint(fixture('state/diverging/model.ckpt-3'));
    const progress: unknown[] = [];
    expect(nonFiniteTensor(tensors, { onProgress: (at) => progress.push(at) })).toEqual({
      name: 'dense/kernel',
      dtype: 'float32',
      index: [1, 2],
      value: 'nan',
    });
    expect(progress).toEqual([{ bytesDone: 12, bytesTotal: 36 }]);
    close();
  });

  it.each(soundCheckpoints('v2'))(
    'finds in $title what a decoder finds, whatever the byte order and the parts',
    async ({ prefix }) => {
      const { tensors, close } = await openCheckpoint(prefix);
      for (const [name, tensor] of tensors) {
        if (tensor.dtype.kind !== 'float' && tensor.dtype.kind !== 'complex') continue;
        expect({ name, value: nonFiniteElement(tensor)?.value }).toEqual({ name, value: decoded(tensor)?.value });
      }
      close();
    },
  );
});
