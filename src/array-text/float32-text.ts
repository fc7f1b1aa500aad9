/** Many float32 as text at once, in WebAssembly: the text of each is what `formatScalar` gives. */
import { wasmExports, wasmMemory } from '../bytes/wasm.ts';
import type { DType } from '../tensor/dtype.ts';
import { FLOAT32 } from './float-layout.ts';
import { FLOAT32_TEXT_WASM } from './float32-text-wasm.ts';
import { floatScalarText } from './scalar-text.ts';

interface Exports {
  textOfFloat32(
    from: number,
    count: number,
    to: number,
    column: number,
    columns: number,
    separator: number,
    row: number,
    between: number,
    isFirst: boolean,
    table: number,
    end: number,
  ): number;
}

/** What stands between numbers. */
export interface TextBetween {
  /** Numbers of a row. */
  readonly columns: number;
  /** One character of ASCII, before each number but the first of a row. */
  readonly separator: string;
  /** Some characters of ASCII, before the first of each row. */
  readonly rowStart: string;
  /** How what is not finite is written: nan, inf and -inf by their text. */
  readonly notFinite?: ((text: string) => string) | undefined;
}

/** The most characters of `rowStart`. */
export const MOST_ROW_START = 64;
/** Numbers at once. */
const CHUNK = 1 << 14;
/** The longest are -1.17549435e-38 and -0.00012345678. */
const WIDEST = 16;

const PAGE = 65536;
const [TABLE, ROW_START, END, NUMBERS] = [0, 8192, 8448, PAGE];
const TEXT = NUMBERS + 4 * CHUNK;
const SPARE = 64;

const LOG10_2 = Math.log10(2);
const LOG10_3_4 = Math.log10(0.75);
/** As the kernel has it: the power was cut off. */
const INEXACT = 0x100;

/** 10^-k as 64 bits, how far a product of it with 4 times a significand is shifted to be divided by 10^k 2^-q 2^32, and k. */
function powerRow(q: number, k: number): readonly [power: bigint, shift: number, exponent: number] {
  const ten = 10n ** BigInt(Math.abs(k));
  const bits = ten.toString(2).length;
  if (k <= 0) {
    const power = bits <= 64 ? ten << BigInt(64 - bits) : ten >> BigInt(bits - 64);
    const isExact = bits <= 64 || power << BigInt(bits - 64) === ten;
    return [power, 64 - bits - q - 32 + (isExact ? 0 : INEXACT), k];
  }
  // 2^(63 + bits) / 10^k has 64 bits: 10^k lies between 2^(bits-1) and 2^bits.
  return [(1n << BigInt(63 + bits)) / ten, 63 + bits - q - 32 + INEXACT, k];
}

/** A row for each exponent of a float32, then one for the power of two that begins each. */
function writeTable(memory: ArrayBuffer): void {
  const view = new DataView(memory);
  for (let row = 0; row < 512; row++) {
    const q = Math.max(row & 255, 1) - 150;
    const k = Math.floor(q * LOG10_2 + (row < 256 ? 0 : LOG10_3_4));
    const [power, shift, exponent] = powerRow(q, k);
    view.setBigUint64(TABLE + 16 * row, power, true);
    view.setInt32(TABLE + 16 * row + 8, shift, true);
    view.setInt32(TABLE + 16 * row + 12, exponent, true);
  }
}

/** Makes text of float32; its memory is used again by each call. */
export class Float32Text {
  readonly #exports: Exports;
  readonly #numbers: Float32Array;
  readonly #bytes: Uint8Array;
  readonly #end: DataView;
  readonly #mostBetween: number;

  /** Throws where there is no WebAssembly. */
  constructor() {
    this.#mostBetween = CHUNK * (WIDEST + 1) + MOST_ROW_START;
    const memory = wasmMemory(Math.ceil((TEXT + this.#mostBetween + SPARE) / PAGE));
    this.#exports = wasmExports(FLOAT32_TEXT_WASM, memory) as Exports;
    writeTable(memory.buffer);
    this.#numbers = new Float32Array(memory.buffer, NUMBERS, CHUNK);
    this.#bytes = new Uint8Array(memory.buffer);
    this.#end = new DataView(memory.buffer);
  }

  /**
   * The text of some numbers, of which the first stands in `column` of its row, in pieces that are good until the next one is
   * asked for. Nothing stands before the first where `isFirst` says so.
   */
  *pieces(values: Float32Array, column: number, isFirst: boolean, style: TextBetween): Generator<Uint8Array> {
    const { columns, separator, rowStart } = style;
    for (let i = 0; i < rowStart.length; i++) this.#bytes[ROW_START + i] = rowStart.charCodeAt(i);
    // Rows of few numbers have more before them.
    const rowBytes = Math.ceil(rowStart.length / columns) + WIDEST + 1;
    const atOnce = Math.min(CHUNK, Math.floor(this.#mostBetween / rowBytes));
    for (let done = 0; done < values.length; ) {
      const some = values.subarray(done, done + atOnce);
      this.#numbers.set(some);
      const written = this.#exports.textOfFloat32(
        NUMBERS,
        some.length,
        TEXT,
        (column + done) % columns,
        columns,
        separator.charCodeAt(0),
        ROW_START,
        rowStart.length,
        isFirst && done === 0,
        TABLE,
        END,
      );
      yield this.#bytes.subarray(TEXT, this.#end.getUint32(END, true));
      done += written;
      if (written < some.length) yield this.#slow(values[done++] as number, style);
    }
  }

  /** What the loop leaves out. */
  #slow(value: number, { notFinite = (text) => text }: TextBetween): Uint8Array {
    const text = floatScalarText(value, FLOAT32);
    return Buffer.from(Number.isFinite(value) ? text : notFinite(text), 'latin1');
  }
}

let made: Float32Text | undefined;

/** The maker of texts for elements of a dtype; undefined where each must be made by itself. */
export function quickText(dtype: DType): Float32Text | undefined {
  if (dtype.name !== 'float32') return undefined;
  try {
    made ??= new Float32Text();
  } catch {
    // No WebAssembly.
  }
  return made;
}
