/** Quantized weights as the values they stand for: `value * scale + min` in double precision, rounded once. */
import { assertWithin, type ByteSource, CHUNK_BYTES, type Run, readBytes, runOfElements } from '../../bytes/source.ts';
import { dtypeOf } from '../../tensor/dtype.ts';
import { floatCast } from '../../tensor/float-cast.ts';
import type { Quantization } from './manifest.ts';

/** float32 or int32, whose elements take this. */
const VALUE_BYTES = 4;

export class DequantizedSource implements ByteSource {
  readonly byteLength: number;
  readonly #width: number;
  /** Every value that a code of at most 16 bits can stand for. */
  #values: Uint8Array | undefined;

  constructor(
    readonly parent: ByteSource,
    readonly quantization: Quantization,
    readonly isInteger: boolean,
  ) {
    this.#width = dtypeOf(quantization.dtype).width;
    this.byteLength = (parent.byteLength / this.#width) * VALUE_BYTES;
  }

  readInto(target: Uint8Array, offset: number): void {
    assertWithin(this, offset, target.length, 'dequantized values');
    this.#values ??= this.#table();
    const values = this.#values;
    const last = offset + target.length;
    const step = Math.floor(CHUNK_BYTES / VALUE_BYTES);
    for (let first = Math.floor(offset / VALUE_BYTES); first * VALUE_BYTES < last; first += step) {
      const count = Math.min(step, Math.ceil(last / VALUE_BYTES) - first);
      const stored = readBytes(this.parent, first * this.#width, count * this.#width);
      copyValues(values, stored, this.#width, target, first * VALUE_BYTES - offset);
    }
  }

  expect(runs: readonly Run[]): void {
    this.parent.expect?.(runs.map((run) => runOfElements(run, VALUE_BYTES, this.#width)));
  }

  /** The bytes of each value, by its code. */
  #table(): Uint8Array {
    const { dtype, scale, min } = this.quantization;
    const codes = 1 << (8 * this.#width);
    if (dtype === 'float16') {
      const values = new Uint8Array(codes * VALUE_BYTES);
      floatCast('float16', 'float32')(
        new Uint8Array(Uint16Array.from({ length: codes }, (_, code) => code).buffer),
        values,
      );
      return values;
    }
    const values = this.isInteger ? new Int32Array(codes) : new Float32Array(codes);
    for (let code = 0; code < codes; code++) {
      values[code] = this.isInteger ? Math.round(code * scale + min) : code * scale + min;
    }
    return new Uint8Array(values.buffer);
  }
}

/** Puts the values of some codes at `at` of the target; what lies outside of it is cut off. */
function copyValues(values: Uint8Array, codes: Uint8Array, width: number, target: Uint8Array, at: number): void {
  for (let i = 0; i < codes.length; i += width) {
    const code = width === 1 ? (codes[i] as number) : (codes[i] as number) | ((codes[i + 1] as number) << 8);
    for (let byte = 0; byte < VALUE_BYTES; byte++, at++) {
      if (at >= 0 && at < target.length) target[at] = values[code * VALUE_BYTES + byte] as number;
    }
  }
}
