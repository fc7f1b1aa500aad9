/** The loops of casts over one buffer: the input at its start, the result a stride on, and room for notes behind it. */
import type { ChecksumBuffer } from '../bytes/crc32c-engine.ts';
import { addLosses, type CodeLosses, codeLosses, type Losses } from '../tensor/cast-losses.ts';
import { byteCodes, type FloatName } from '../tensor/code-tables.ts';
import { dtypeOf } from '../tensor/dtype.ts';
import { floatCast } from '../tensor/float-cast.ts';
import { floatKernels } from '../tensor/float-kernels.ts';
import { HOST_IS_LITTLE_ENDIAN } from '../tensor/host-order.ts';
import { isSmallFloat, isTwoByteFloat, type SmallFloatName, smallFloatTable } from '../tensor/small-floats.ts';

/** Makes `count` elements, and adds what was lost. */
export type Loop = (count: number, losses: Losses) => void;

/** Any cast, and its losses, through float64. */
function plainCast(from: FloatName, to: FloatName, { buffer }: ChecksumBuffer, stride: number): Loop {
  const [inputWidth, width] = [dtypeOf(from).width, dtypeOf(to).width];
  const kernel = floatCast(from, to);
  const [widenOld, widenNew] = [floatCast(from, 'float64'), floatCast(to, 'float64')];
  let [old, made] = [new Float64Array(0), new Float64Array(0)];
  return (count, losses) => {
    const input = buffer.subarray(0, count * inputWidth);
    const result = buffer.subarray(stride, stride + count * width);
    kernel(input, result);
    if (old.length < count) [old, made] = [new Float64Array(count), new Float64Array(count)];
    widenOld(input, new Uint8Array(old.buffer, 0, 8 * count));
    widenNew(result, new Uint8Array(made.buffer, 0, 8 * count));
    addLosses(losses, old, made, count);
  };
}

/** The casts that go several at a time. */
const QUICK_CASTS = {
  'float32 bfloat16': 'bfloat16OfFloat32',
  'float32 float16': 'float16OfFloat32',
  'float64 float32': 'float32OfFloat64',
} as const;

const isQuick = (key: string): key is keyof typeof QUICK_CASTS => Object.hasOwn(QUICK_CASTS, key);

/** Eight at a time; the last few as any other cast. */
function quickCast(from: FloatName, to: FloatName, engine: ChecksumBuffer, stride: number): Loop | undefined {
  const kernels = floatKernels(engine);
  const key = `${from} ${to}`;
  if (kernels === undefined || !isQuick(key)) return undefined;
  const kernel = QUICK_CASTS[key];
  const { exports, start } = kernels;
  const notes = 2 * stride;
  const counts = new Uint32Array(engine.buffer.buffer, start + notes, 2);
  const Errors = from === 'float64' ? Float64Array : Float32Array;
  const largest = new Errors(engine.buffer.buffer as ArrayBuffer, start + notes + 8, 1);
  const rest = plainCast(from, to, engine, stride);
  return (count, losses) => {
    if (count % 8 !== 0) {
      // The whole stretch once more is simpler than its end alone, and happens once a tensor.
      rest(count, losses);
      return;
    }
    counts.fill(0);
    largest[0] = 0;
    exports[kernel](start, start + stride, count, start + notes);
    losses.overflow += counts[0] as number;
    losses.underflow += counts[1] as number;
    losses.largestError = Math.max(losses.largestError, largest[0] as number);
  };
}

/** From a float of one or two bytes: what is lost is known by its code. */
function codeCast(from: SmallFloatName, to: FloatName, { buffer }: ChecksumBuffer, stride: number): Loop {
  const [inputWidth, width] = [dtypeOf(from).width, dtypeOf(to).width];
  const kernel = floatCast(from, to);
  const table = codeLosses(from, to);
  const codes = isTwoByteFloat(from)
    ? new Uint16Array(buffer.buffer, buffer.byteOffset, stride >>> 1)
    : buffer.subarray(0, stride);
  return (count, losses) => {
    const input = buffer.subarray(0, count * inputWidth);
    kernel(input, buffer.subarray(stride, stride + count * width));
    if (table !== undefined) addByCode(losses, codes.subarray(0, count), table);
  };
}

function addByCode(losses: Losses, codes: Uint8Array | Uint16Array, { words, errors }: CodeLosses): void {
  let [overflow, underflow, rank] = [0, 0, 0];
  for (let i = 0; i < codes.length; i++) {
    const word = words[codes[i]!]!;
    overflow += word & 1;
    underflow += (word >>> 1) & 1;
    if (word >>> 2 > rank) rank = word >>> 2;
  }
  losses.overflow += overflow;
  losses.underflow += underflow;
  losses.largestError = Math.max(losses.largestError, errors[rank] as number);
}

/** float32 as float64, which loses nothing. */
function wideningCast(engine: ChecksumBuffer, stride: number): Loop {
  const kernel = floatCast('float32', 'float64');
  return (count) => {
    kernel(engine.buffer.subarray(0, 4 * count), engine.buffer.subarray(stride, stride + 8 * count));
  };
}

/** float32 as a float of one byte; as `floatCast` does it, by the upper half and whether there is anything in the lower. */
function byteCast(to: SmallFloatName, { buffer }: ChecksumBuffer, stride: number): Loop {
  const codes = byteCodes('bfloat16', to);
  const values = smallFloatTable(to);
  const bits = new Uint32Array(buffer.buffer, buffer.byteOffset, stride >>> 2);
  const floats = new Float32Array(buffer.buffer, buffer.byteOffset, stride >>> 2);
  return (count, losses) => {
    const made = buffer.subarray(stride, stride + count);
    let { overflow, underflow, largestError } = losses;
    for (let i = 0; i < count; i++) {
      const word = bits[i]!;
      const code = codes[(word >>> 16) | ((word & 0xffff) === 0 ? 0 : 1)]!;
      made[i] = code;
      const x = floats[i]!;
      const y = values[code]!;
      const error = Math.abs(x - y);
      if ((word & 0x7fffffff) >= 0x7f800000) continue;
      if (y === 0 && x !== 0) underflow++;
      if (error <= largestError) continue;
      if (y - y === 0) largestError = error;
      else overflow++;
    }
    Object.assign(losses, { overflow, underflow, largestError });
  };
}

/** The quickest loop that there is for a cast. */
export function castLoop(from: FloatName, to: FloatName, engine: ChecksumBuffer, stride: number): Loop {
  if (HOST_IS_LITTLE_ENDIAN) {
    if (isSmallFloat(from)) return codeCast(from, to, engine, stride);
    if (from === 'float32' && to === 'float64') return wideningCast(engine, stride);
    if (from === 'float32' && isSmallFloat(to) && !isTwoByteFloat(to)) return byteCast(to, engine, stride);
  }
  return quickCast(from, to, engine, stride) ?? plainCast(from, to, engine, stride);
}
