/** Values as people write them, in JSON, as the content of a tensor. */
import { encodeText } from '../bytes/text.ts';
import { MismatchError, UnsupportedError, UsageError } from '../errors.ts';
import { isFloatName } from '../tensor/code-tables.ts';
import { type DType, dtypeOf } from '../tensor/dtype.ts';
import { elementCount, formatShape, type Shape, sameShape } from '../tensor/shape.ts';
import { encodeStrings } from '../tensor/strings.ts';
import { integerRange } from './number-cast.ts';
import { floatsOfNumbers, numbersFromFloats, putInteger } from './numbers.ts';

/** A number, text or truth value, or nested lists of them; an integer too long for a number is a bigint. */
export type JsonValue = number | bigint | string | boolean | null | readonly JsonValue[];

/** Numbers that JSON cannot spell, and Python can. */
const SPECIAL: Readonly<Record<string, number>> = {
  nan: Number.NaN,
  '-nan': Number.NaN,
  inf: Number.POSITIVE_INFINITY,
  '-inf': Number.NEGATIVE_INFINITY,
  infinity: Number.POSITIVE_INFINITY,
  '-infinity': Number.NEGATIVE_INFINITY,
};

const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d{16,}(?![\d.eE])|-?(?:NaN|Infinity|inf(?:inity)?|nan)\b/gi;
/** What stands, in the text that JSON.parse gets, for what it would get wrong. */
const MARK = '\u0000';

/** Parses JSON with integers of any length, `NaN` and `Infinity`; undefined for what is none. */
export function parseValue(text: string): JsonValue | undefined {
  const marked = text.replace(TOKEN, (token) => (token.startsWith('"') ? token : JSON.stringify(MARK + token)));
  try {
    return JSON.parse(marked, (_, value: unknown) => {
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) throw new SyntaxError('an object');
      if (typeof value !== 'string' || !value.startsWith(MARK)) return value;
      const token = value.slice(1);
      return SPECIAL[token.toLowerCase()] ?? BigInt(token);
    }) as JsonValue;
  } catch {
    return undefined;
  }
}

/** The shape of nested lists; throws {@link UsageError} where they are ragged. */
function shapeOf(name: string, value: JsonValue): number[] {
  if (!Array.isArray(value)) return [];
  const shapes = value.map((item) => shapeOf(name, item));
  const [first = []] = shapes;
  if (!shapes.every((shape) => sameShape(shape, first))) throw new UsageError(`the lists for ${name} differ in length`);
  return [value.length, ...first];
}

const flat = (value: JsonValue): (number | bigint | string | boolean | null)[] =>
  Array.isArray(value) ? value.flatMap(flat) : [value as number | bigint | string | boolean | null];

function checkedInteger(name: string, dtype: DType, value: unknown): bigint {
  const whole = typeof value === 'boolean' ? BigInt(value) : value;
  const [least, most] = integerRange(dtype);
  const isWhole = typeof whole === 'bigint' || Number.isInteger(whole);
  const number = isWhole ? BigInt(whole as number | bigint) : 0n;
  if (isWhole && number >= least && number <= most) return number;
  const wanted = dtype.kind === 'bool' ? 'true or false' : `a whole number from ${least} to ${most}`;
  throw new MismatchError(
    `${name} is ${dtype.name}, which takes ${wanted}, not ${String(value)}`,
    name,
    wanted,
    String(value),
  );
}

function checkedFloat(name: string, dtype: DType, value: unknown): number {
  if (typeof value === 'number' || typeof value === 'bigint') return Number(value);
  // As `dump` writes what JSON has no number for.
  const special = typeof value === 'string' ? SPECIAL[value.toLowerCase()] : undefined;
  if (special !== undefined) return special;
  throw new MismatchError(
    `${name} is ${dtype.name}, which takes numbers, not ${JSON.stringify(value)}`,
    name,
    'a number',
    String(value),
  );
}

/** Throws where a number that was written out is none in the dtype any more. */
function checkRange(name: string, dtype: DType, floats: Float64Array, bytes: Uint8Array): void {
  const rounded = new Float64Array(floats.length);
  floatsOfNumbers(dtype)(bytes, rounded);
  const at = floats.findIndex((value, i) => Number.isFinite(value) && !Number.isFinite(rounded[i]));
  if (at < 0) return;
  const [value, is] = [floats[at] as number, rounded[at] as number];
  throw new MismatchError(
    `${name} is ${dtype.name}, in which ${value} would be ${Number.isNaN(is) ? 'NaN' : is}`,
    name,
    'a number of its range',
    String(value),
  );
}

function encoded(name: string, dtype: DType, values: readonly unknown[]): Uint8Array {
  if (dtype.kind === 'string') {
    const texts = values.map((value) => {
      if (typeof value === 'string') return encodeText(value);
      throw new MismatchError(
        `${name} holds strings; write "${String(value)}" in quotes`,
        name,
        'a string',
        String(value),
      );
    });
    return encodeStrings(texts);
  }
  if (isFloatName(dtype.name)) {
    const floats = Float64Array.from(values, (value) => checkedFloat(name, dtype, value));
    const bytes = numbersFromFloats(dtype)(floats).slice();
    checkRange(name, dtype, floats, bytes);
    return bytes;
  }
  if (dtype.kind === 'variant') {
    throw new UnsupportedError(
      `${name} holds ${dtype.name} elements, which cannot be written so; take them from a file`,
      'dtype',
    );
  }
  const bytes = new Uint8Array(values.length * dtype.width);
  const view = new DataView(bytes.buffer);
  for (const [i, value] of values.entries())
    putInteger(view, i * dtype.width, dtype, checkedInteger(name, dtype, value));
  return bytes;
}

/** Elements that one value may stand for; more would be made in memory. */
const MOST_REPEATED = 2 ** 24;

/** Complex numbers, each a real one or `[real, imaginary]`, as the floats that they lie in. */
function complexBytes(name: string, dtype: DType, shape: Shape, value: JsonValue): Uint8Array {
  const part = dtypeOf(dtype.width === 8 ? 'float32' : 'float64');
  const given = shapeOf(name, value);
  if (sameShape(given, [...shape, 2])) return encoded(name, part, flat(value));
  const reals = bytesOfValue(name, part, shape, value);
  const bytes = new Uint8Array(2 * reals.length);
  for (let at = 0; at < reals.length; at += part.width) bytes.set(reals.subarray(at, at + part.width), 2 * at);
  return bytes;
}

/** The content of a tensor from a value of its shape, or from one number for all of its elements. */
export function bytesOfValue(name: string, dtype: DType, shape: Shape, value: JsonValue): Uint8Array {
  if (dtype.kind === 'complex') return complexBytes(name, dtype, shape, value);
  const given = shapeOf(name, value);
  const count = elementCount(shape);
  if (given.length === 0 && shape.length > 0 && dtype.width > 0) {
    if (count > MOST_REPEATED)
      throw new UsageError(`${name} has ${count} elements; one number cannot stand for so many, zeros and ones can`);
    const element = encoded(name, dtype, [value]);
    const bytes = new Uint8Array(count * dtype.width);
    for (let at = 0; at < bytes.length; at += element.length) bytes.set(element, at);
    return bytes;
  }
  if (!sameShape(given, shape)) {
    throw new MismatchError(
      `${name} has shape ${formatShape(shape)}, the value ${formatShape(given)}`,
      name,
      formatShape(shape),
      formatShape(given),
    );
  }
  return encoded(name, dtype, flat(value));
}
