/**
 * Weights quantized as the TensorFlow.js converter does it: float32 to float16, or to whole numbers between the least and the
 * largest value, in a range that holds zero exactly where zero lies in it.
 * Source: tfjs-converter/python/tensorflowjs/quantization.py (`quantize_weights`), with arithmetic in float64 as numpy 2 has it.
 */
import {
  assertWithin,
  type ByteSource,
  CHUNK_BYTES,
  chunksOf,
  type Run,
  readBytes,
  runOfElements,
} from '../../bytes/source.ts';
import { UnsupportedError } from '../../errors.ts';
import { dtypeOf } from '../../tensor/dtype.ts';
import { floatCast } from '../../tensor/float-cast.ts';
import type { Quantization, QuantizedName } from './manifest.ts';

const VALUE_BYTES = 4;

/** Reads a float32 source once, and says how it is to be quantized. Throws {@link UnsupportedError} for what has no range. */
export function quantizationOf(name: string, source: ByteSource, dtype: QuantizedName): Quantization {
  if (dtype === 'float16') return { dtype, scale: 1, min: 0 };
  const [least, largest] = rangeOf(name, source);
  if (least >= largest) return { dtype, scale: 1, min: least === largest ? least : 0 };
  const scale = (largest - least) / (2 ** (8 * dtypeOf(dtype).width) - 1);
  const min = least <= 0 && largest >= 0 ? -roundHalfEven(-least / scale) * scale : least;
  return { dtype, scale, min };
}

/** The least and the largest value; infinitely far apart the wrong way for none. */
function rangeOf(name: string, source: ByteSource): [number, number] {
  let least = Number.POSITIVE_INFINITY;
  let largest = Number.NEGATIVE_INFINITY;
  for (const chunk of chunksOf(source)) {
    const values = new Float32Array(chunk.buffer, chunk.byteOffset, chunk.length / VALUE_BYTES);
    for (let i = 0; i < values.length; i++) {
      const value = values[i] as number;
      if (!Number.isFinite(value)) {
        throw new UnsupportedError(
          `weight ${name} holds ${value}, which no quantized number stands for; leave it out of --quantize`,
          'quantization',
        );
      }
      if (value < least) least = value;
      if (value > largest) largest = value;
    }
  }
  return [least, largest];
}

function roundHalfEven(value: number): number {
  const down = Math.floor(value);
  const rest = value - down;
  return rest > 0.5 || (rest === 0.5 && down % 2 !== 0) ? down + 1 : down;
}

/** A float32 source as the codes of a quantization. */
export class QuantizedSource implements ByteSource {
  readonly byteLength: number;
  readonly #width: number;

  constructor(
    readonly parent: ByteSource,
    readonly quantization: Quantization,
  ) {
    this.#width = dtypeOf(quantization.dtype).width;
    this.byteLength = (parent.byteLength / VALUE_BYTES) * this.#width;
  }

  readInto(target: Uint8Array, offset: number): void {
    assertWithin(this, offset, target.length, 'quantized values');
    const last = offset + target.length;
    const step = Math.floor(CHUNK_BYTES / VALUE_BYTES);
    for (let first = Math.floor(offset / this.#width); first * this.#width < last; first += step) {
      const count = Math.min(step, Math.ceil(last / this.#width) - first);
      const codes = this.#codes(readBytes(this.parent, first * VALUE_BYTES, count * VALUE_BYTES));
      const start = first * this.#width - offset;
      const from = Math.max(0, -start);
      target.set(codes.subarray(from, Math.min(codes.length, target.length - start)), Math.max(0, start));
    }
  }

  expect(runs: readonly Run[]): void {
    this.parent.expect?.(runs.map((run) => runOfElements(run, this.#width, VALUE_BYTES)));
  }

  #codes(bytes: Uint8Array): Uint8Array {
    const codes = new Uint8Array((bytes.length / VALUE_BYTES) * this.#width);
    const { dtype, scale, min } = this.quantization;
    if (dtype === 'float16') floatCast('float32', 'float16')(bytes, codes);
    else {
      const values = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / VALUE_BYTES);
      const most = 2 ** (8 * this.#width) - 1;
      for (let i = 0; i < values.length; i++) {
        const code = Math.min(most, Math.max(0, roundHalfEven(((values[i] as number) - min) / scale)));
        codes[i * this.#width] = code & 0xff;
        if (this.#width === 2) codes[i * 2 + 1] = code >>> 8;
      }
    }
    return codes;
  }
}
