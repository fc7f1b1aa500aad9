/** Weights of TensorFlow.js: manifests checked, quantized numbers read and made, groups laid out and read again. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JoinedSource } from '../../../src/bytes/joined-source.ts';
import { MemorySource, readBytes } from '../../../src/bytes/source.ts';
import { decodeText } from '../../../src/bytes/text.ts';
import { DequantizedSource } from '../../../src/formats/tfjs/dequantized-source.ts';
import { tfjsHolds } from '../../../src/formats/tfjs/dtypes.ts';
import { parseManifest, type QuantizedName, type WeightGroup } from '../../../src/formats/tfjs/manifest.ts';
import { encodeModel, planShards } from '../../../src/formats/tfjs/plan-manifest.ts';
import { QuantizedSource, quantizationOf } from '../../../src/formats/tfjs/quantize.ts';
import { addWeights, encodeWeightStrings } from '../../../src/formats/tfjs/weights.ts';
import { readStrings } from '../../../src/tensor/strings.ts';
import type { Tensor } from '../../../src/tensor/tensor.ts';
import { NUMERIC_DTYPES, names, tensors } from '../../generated.ts';

const HELD = NUMERIC_DTYPES.filter(tfjsHolds);
const floats = (...values: number[]): MemorySource =>
  new MemorySource(new Uint8Array(Float32Array.from(values).buffer));
const valuesOf = (source: { byteLength: number; readInto(target: Uint8Array, offset: number): void }): number[] => [
  ...new Float32Array(readBytes(source, 0, source.byteLength).buffer),
];

/** Everything in memory: the manifest's text, and the shards by name. */
function written(
  map: ReadonlyMap<string, Tensor>,
  shardBytes: number,
): { text: string; shards: Map<string, Uint8Array> } {
  const stored = [...map].map(([name, { dtype, shape, source }]) => {
    const bytes = readBytes(source, 0, source.byteLength);
    const count = shape.reduce((a, b) => a * b, 1);
    const content = dtype.kind === 'string' ? encodeWeightStrings(readStrings(source, count)) : bytes;
    return { weight: { name, dtype, shape, quantization: undefined, stringBytes: content.length }, content };
  });
  const weights = stored.map(({ weight }) => weight);
  const planned = planShards(weights, shardBytes);
  const shards = new Map(
    planned.map(({ name, byteLength, ranges }) => {
      const bytes = new Uint8Array(byteLength);
      for (const { weight, from, byteLength: length, at } of ranges) {
        bytes.set(stored[weight]?.content.subarray(from, from + length) ?? [], at);
      }
      return [name, bytes];
    }),
  );
  return { text: decodeText(encodeModel(weights, planned, new Map())), shards };
}

function readAgain({ text, shards }: { text: string; shards: Map<string, Uint8Array> }): Map<string, Tensor> {
  const found = new Map<string, Tensor>();
  for (const group of parseManifest(text).groups) {
    const parts = group.paths.map((path) => new MemorySource(shards.get(path) as Uint8Array));
    addWeights(found, group, new JoinedSource(parts));
  }
  return found;
}

const shown = (map: ReadonlyMap<string, Tensor>): string[] =>
  [...map].map(
    ([name, { dtype, shape, source }]) =>
      `${JSON.stringify(name)} ${dtype.name} ${shape} ${Buffer.from(readBytes(source, 0, source.byteLength)).toString('hex')}`,
  );

describe('weights that are laid out', () => {
  it('come back, however the shards fall', () => {
    const maps = fc.array(fc.tuple(names, tensors(HELD)), { maxLength: 12 }).map((entries) => new Map(entries));
    fc.assert(
      fc.property(maps, fc.integer({ min: 1, max: 70 }), (map, shardBytes) => {
        expect(shown(readAgain(written(map, shardBytes)))).toEqual(shown(map));
      }),
    );
  });
});

describe('quantized weights', () => {
  it('are value * scale + min, rounded once', () => {
    const source = new DequantizedSource(
      new MemorySource(Uint8Array.of(0, 1, 128, 255)),
      { dtype: 'uint8', scale: 0.0217, min: -2.5015 },
      false,
    );
    const exact = [0, 1, 128, 255].map((code) => Math.fround(code * 0.0217 - 2.5015));
    expect(valuesOf(source)).toEqual(exact);
  });

  it('are read from any byte to any other', () => {
    const codes = Uint8Array.from({ length: 64 }, (_, i) => i * 3);
    const source = new DequantizedSource(new MemorySource(codes), { dtype: 'uint16', scale: 0.5, min: -1 }, false);
    const whole = readBytes(source, 0, source.byteLength);
    for (let from = 0; from < 12; from++) {
      for (let to = from; to < 30; to++) expect(readBytes(source, from, to - from)).toEqual(whole.slice(from, to));
    }
  });

  it.each<[QuantizedName, number]>([
    ['uint8', 255],
    ['uint16', 65535],
  ])('in %s lie within half a step of what they were, and zero is exact', (dtype, most) => {
    const some = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }), { minLength: 1 });
    fc.assert(
      fc.property(some, (values) => {
        const source = floats(...values);
        const quantization = quantizationOf('w', source, dtype);
        const back = valuesOf(new DequantizedSource(new QuantizedSource(source, quantization), quantization, false));
        const range = Math.max(...values) - Math.min(...values);
        for (const [i, value] of values.entries()) {
          const isExact = value === 0 || range === 0;
          const error = Math.abs((back[i] as number) - value);
          expect(error).toBeLessThanOrEqual(isExact ? 0 : range / most + Math.abs(value) * 1e-6);
        }
      }),
    );
  });

  it('in float16 are the nearest of its numbers', () => {
    const source = floats(1, 0.1, -65504, 70000, 5e-8);
    const quantization = quantizationOf('w', source, 'float16');
    const back = valuesOf(new DequantizedSource(new QuantizedSource(source, quantization), quantization, false));
    expect(back).toEqual([1, 0.0999755859375, -65504, Number.POSITIVE_INFINITY, 2 ** -24]);
  });

  it('have a range, or are refused', () => {
    expect(() => quantizationOf('w', floats(1, Number.NaN), 'uint8')).toThrow(
      'weight w holds NaN, which no quantized number stands for; leave it out of --quantize',
    );
    expect(quantizationOf('w', floats(), 'uint8')).toEqual({ dtype: 'uint8', scale: 1, min: 0 });
  });
});

describe('a manifest', () => {
  const weight = { name: 'w', shape: [2], dtype: 'float32' };
  const manifest = (group: object): string =>
    JSON.stringify({ weightsManifest: [{ paths: ['a.bin'], weights: [weight], ...group }] });

  it.each([
    [manifest({ paths: ['../secret.bin'] }), 'group 1 has a shard at "../secret.bin", which is no file in the folder'],
    [manifest({ paths: ['/etc/passwd'] }), 'which is no file in the folder of the manifest'],
    [manifest({ paths: ['https://example.com/a.bin'] }), 'which is no file in the folder of the manifest'],
    [manifest({ paths: ['..\\a.bin'] }), 'which is no file in the folder of the manifest'],
    [manifest({ paths: 'a.bin' }), 'group 1 has no lists of paths and weights'],
    [manifest({ weights: [weight, weight] }), 'it gives the name "w" twice'],
    [manifest({ weights: [{ ...weight, shape: [-1] }] }), 'the shape [-1] has a dimension of size -1'],
    [manifest({ weights: [{ ...weight, dtype: 'int64' }] }), 'weight w: TensorFlow.js has no dtype "int64"'],
    [
      manifest({ weights: [{ ...weight, quantization: { dtype: 'uint4', scale: 1, min: 0 } }] }),
      'weight w: nothing is quantized to "uint4"',
    ],
    [
      manifest({ weights: [{ ...weight, quantization: { dtype: 'uint8', scale: 'x', min: 0 } }] }),
      'its quantization has no scale and min that are numbers',
    ],
    [
      manifest({ weights: [{ ...weight, quantization: { dtype: 'uint8', scale: 1e37, min: 0 } }] }),
      'weight w: its quantization reaches from 0 to 2.55e+39, further than float32 does',
    ],
    [
      manifest({ weights: [{ ...weight, dtype: 'int32', quantization: { dtype: 'uint16', scale: 1, min: -3e9 } }] }),
      'further than int32 does',
    ],
    ['{"modelTopology": {}}', 'it has no weightsManifest'],
    ['{"weightsManifest": [', 'the manifest is no JSON'],
    ['{"weightsManifest": [], "weightsManifest": [ ]}', 'gives the name "weightsManifest" twice'],
  ])('is refused: %s', (text, why) => {
    expect(() => parseManifest(text)).toThrow(why);
  });

  it('needs shards of just the bytes that its weights take', () => {
    const [group] = parseManifest(manifest({})).groups as [WeightGroup];
    expect(() => addWeights(new Map(), group, new MemorySource(new Uint8Array(7)))).toThrow(
      'weight w should lie at bytes 0 to 8 of a.bin, which have only 7: a shard is cut off or missing',
    );
    expect(() => addWeights(new Map(), group, new MemorySource(new Uint8Array(9)))).toThrow(
      'a.bin have 9 bytes, and their weights take 8',
    );
  });
});
