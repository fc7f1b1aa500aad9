/**
 * Casts that leave the floats: between integers, from integers to floats, and from floats to integers. A float is rounded to
 * nearest even once; what does not fit an integer is refused, or clipped where that was asked for.
 */
import { MismatchError, UnsupportedError } from '../errors.ts';
import { isFloatName } from '../tensor/code-tables.ts';
import type { DType } from '../tensor/dtype.ts';
import { floatCast } from '../tensor/float-cast.ts';
import type { BytesKernel } from '../tensor/host-order.ts';
import { decodeValues } from '../tensor/values.ts';
import { floatsOfNumbers, numbersFromFloats, putInteger } from './numbers.ts';

export interface CastOptions {
  /** Clip what does not fit an integer, and make NaN zero; without it such an element is refused. */
  readonly saturate?: boolean | undefined;
  /** Refuse numbers that are not whole, too, and clip none: for what is put in the place of integers. */
  readonly wholes?: boolean | undefined;
}

/** The least and the largest integer of a dtype. */
export function integerRange({ kind, bits }: DType): readonly [bigint, bigint] {
  if (kind === 'bool') return [0n, 1n];
  if (kind === 'uint') return [0n, (1n << BigInt(bits)) - 1n];
  return [-(1n << BigInt(bits - 1)), (1n << BigInt(bits - 1)) - 1n];
}

/** The nearest whole number; of two as near, the even one. */
export function roundToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest < 0.5) return floor;
  return rest > 0.5 || floor % 2 !== 0 ? floor + 1 : floor;
}

function misfit(name: string, element: number, value: number | bigint, to: DType, wholes: boolean): MismatchError {
  const [least, most] = integerRange(to);
  const why = wholes
    ? `but ${to.name} takes whole numbers from ${least} to ${most}`
    : `which does not fit ${to.name} (${least} to ${most}); --saturate clips such values`;
  return new MismatchError(
    `${name}: element ${element} is ${value}, ${why}`,
    name,
    `${least} to ${most}`,
    String(value),
  );
}

/** Numbers as integers, a chunk at a time; the kernel is told where in the tensor the chunk starts. */
export type PlacedKernel = (from: Uint8Array, to: Uint8Array, first: number) => void;

function floatsToIntegers(
  name: string,
  from: DType,
  to: DType,
  { saturate = false, wholes = false }: CastOptions,
): PlacedKernel {
  const decode = floatsOfNumbers(from);
  const [least, most] = integerRange(to);
  // A float64 that is below the upper bound plus one, or equal to the lower one, fits.
  const [low, beyond] = [Number(least), Number(most + 1n)];
  let values = new Float64Array(0);
  return (source, target, first) => {
    const count = source.length / from.width;
    if (values.length < count) values = new Float64Array(count);
    decode(source, values.subarray(0, count));
    const view = new DataView(target.buffer, target.byteOffset, target.byteLength);
    for (let i = 0; i < count; i++) {
      const value = values[i] as number;
      const rounded = roundToEven(value);
      const fits = rounded >= low && rounded < beyond;
      if ((!fits && !saturate) || (wholes && rounded !== value)) throw misfit(name, first + i, value, to, wholes);
      const clipped = fits ? BigInt(rounded) : Number.isNaN(rounded) ? 0n : rounded < low ? least : most;
      putInteger(view, i * to.width, to, clipped);
    }
  };
}

function integersToIntegers(
  name: string,
  from: DType,
  to: DType,
  { saturate = false, wholes = false }: CastOptions,
): PlacedKernel {
  const [least, most] = integerRange(to);
  return (source, target, first) => {
    const values = decodeValues(from, source);
    const view = new DataView(target.buffer, target.byteOffset, target.byteLength);
    for (let i = 0; i < values.length; i++) {
      const value = BigInt(values[i] as number | bigint);
      const fits = value >= least && value <= most;
      if (!fits && !saturate) throw misfit(name, first + i, value, to, wholes);
      putInteger(view, i * to.width, to, fits ? value : value < least ? least : most);
    }
  };
}

/** A float64 from which every narrower float is rounded as from the integer itself: cut, with the lowest bit set where it was. */
function oddFloat64(value: bigint): number {
  const near = Number(value);
  const difference = BigInt(near) - value;
  if (difference === 0n) return near;
  const bits = new BigInt64Array(Float64Array.of(near).buffer);
  const isBeyond = near > 0 ? difference > 0n : difference < 0n;
  bits[0] = ((bits[0] as bigint) - (isBeyond ? 1n : 0n)) | 1n;
  return new Float64Array(bits.buffer)[0] as number;
}

function integersToFloats(from: DType, to: DType): PlacedKernel {
  const encode = numbersFromFloats(to);
  return (source, target) => {
    const values = decodeValues(from, source);
    const isWide = from.width === 8 && to.name !== 'float64';
    const floats = Float64Array.from({ length: values.length }, (_, i) => {
      const value = values[i] as number | bigint;
      return isWide ? oddFloat64(value as bigint) : Number(value);
    });
    target.set(encode(floats));
  };
}

/** complex64 and complex128: both parts as floats. */
function complexCast(from: DType, to: DType): BytesKernel {
  const partOf = ({ width }: DType): 'float32' | 'float64' => (width === 8 ? 'float32' : 'float64');
  return floatCast(partOf(from), partOf(to));
}

const isInteger = ({ kind }: DType): boolean => kind === 'int' || kind === 'uint' || kind === 'bool';

/** A quantized integer means nothing without its scale, which a checkpoint does not say. */
const isQuantized = ({ name }: DType): boolean => /^qu?int/.test(name);

/** How elements of one dtype become elements of another; throws {@link UnsupportedError} where they cannot. */
export function castKernel(name: string, from: DType, to: DType, options: CastOptions = {}): PlacedKernel {
  const refused = (why: string): UnsupportedError =>
    new UnsupportedError(`${name} is ${from.name} and cannot be cast to ${to.name}: ${why}`, 'dtype');
  if (from.width === 0 || to.width === 0) throw refused('strings and variants are no numbers');
  if (isQuantized(from) || isQuantized(to)) throw refused('the scale of quantized numbers is not known');
  if (from.kind === 'complex' || to.kind === 'complex') {
    if (from.kind !== to.kind) throw refused('one is complex and the other is not');
    return complexCast(from, to);
  }
  if (isFloatName(from.name) && isFloatName(to.name)) return floatCast(from.name, to.name);
  if (isInteger(to)) {
    return isInteger(from) ? integersToIntegers(name, from, to, options) : floatsToIntegers(name, from, to, options);
  }
  return integersToFloats(from, to);
}
