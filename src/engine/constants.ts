/** Initial values that nothing random is in: the same as TensorFlow's ops of these names. */
import { MismatchError, UsageError } from '../errors.ts';
import type { DType, DTypeName } from '../tensor/dtype.ts';
import { encodeElements } from '../tensor/encode-elements.ts';
import { elementCount, formatShape, type Shape } from '../tensor/shape.ts';
import { encodeStrings } from '../tensor/strings.ts';
import { type Tensor, tensorOfBytes } from '../tensor/tensor.ts';
import { type TensorValue, tensorFrom } from '../tensor/tensor-from.ts';
import { Initializer, type InitializerOptions, type Made, made } from './initializer.ts';
import type { DTypeOfValue } from './value-types.ts';

type Single = number | bigint | boolean | string;

/** The first element's bytes over and over. */
function repeated(element: Uint8Array, count: number): Uint8Array {
  const bytes = new Uint8Array(element.length * count);
  if (element.every((byte) => byte === 0) || count === 0) return bytes;
  bytes.set(element);
  for (let done = element.length; done < bytes.length; done *= 2)
    bytes.copyWithin(done, 0, Math.min(done, bytes.length - done));
  return bytes;
}

/** The element that was made last: many variables begin with the same. */
let last: { readonly value: Single; readonly dtype: DType; readonly element: Uint8Array } | undefined;

function elementOf(value: Single, dtype: DType): Uint8Array {
  if (last === undefined || last.dtype !== dtype || !Object.is(last.value, value)) {
    last = { value, dtype, element: encodeElements(dtype.kind === 'complex' ? [value, 0] : [value], dtype) };
  }
  return last.element;
}

function filled(value: Single, shape: Shape, dtype: DType): Made {
  const count = elementCount(shape);
  const recipe = { kind: 'fill', value } as const;
  if (dtype.kind === 'string') {
    encodeElements([value], dtype);
    const text = new TextEncoder().encode(String(value));
    return made(recipe, () => tensorOfBytes(dtype, shape, encodeStrings(new Array(count).fill(text))));
  }
  const element = elementOf(value, dtype);
  return made(recipe, () => tensorOfBytes(dtype, shape, repeated(element, count)));
}

/** The value of a dtype that zeros and ones are of. */
function digit(value: 0 | 1, { kind, name }: DType): Single {
  if (kind === 'bool') return value === 1;
  if (kind !== 'string') return value;
  if (value === 0) return '';
  throw new UsageError(`ones are numbers, and a ${name} is none`);
}

type Dtyped<D extends DTypeName> = InitializerOptions<D> | D;

/** The dtype of an options object, or named alone. */
function dtypeIn<D extends DTypeName>(options: Dtyped<D>): D | undefined {
  return typeof options === 'string' ? options : options.dtype;
}

/** Zeros of a shape, or of the variable's; false for bool, empty for string. */
export function zeros<D extends DTypeName = 'float32'>(
  shape?: Shape,
  options: Dtyped<D> = {},
): Initializer<NoInfer<D>> {
  return new Initializer<D>({ shape, dtype: dtypeIn(options) }, (at, dtype) => filled(digit(0, dtype), at, dtype));
}

/** Ones of a shape, or of the variable's; true for bool. */
export function ones<D extends DTypeName = 'float32'>(shape?: Shape, options: Dtyped<D> = {}): Initializer<NoInfer<D>> {
  return new Initializer<D>({ shape, dtype: dtypeIn(options) }, (at, dtype) => filled(digit(1, dtype), at, dtype));
}

function dtypeOfSingle(value: Single): DTypeName {
  if (typeof value === 'number') return 'float32';
  return typeof value === 'bigint' ? 'int64' : typeof value === 'boolean' ? 'bool' : 'string';
}

/** One value everywhere. */
export function fill<V extends Single, D extends DTypeName = DTypeOfValue<V>>(
  shape: Shape,
  value: V,
  options: Dtyped<D> = {},
): Initializer<NoInfer<D>> {
  const facts = { shape, dtype: dtypeIn(options), usualDType: dtypeOfSingle(value) };
  return new Initializer<D>(facts, (at, dtype) => filled(value, at, dtype));
}

/** Given values; a single one fills a shape, and is a scalar where nobody says one; a flat list takes one. */
export function constant<V extends TensorValue, D extends DTypeName = DTypeOfValue<V>>(
  value: V,
  options: InitializerOptions<D> & { readonly shape?: Shape | undefined } = {},
): Initializer<NoInfer<D>> {
  if (
    typeof value === 'number' ||
    typeof value === 'bigint' ||
    typeof value === 'boolean' ||
    typeof value === 'string'
  ) {
    const facts = { shape: options.shape, dtype: options.dtype, usualDType: dtypeOfSingle(value), usualShape: [] };
    return new Initializer<D>(facts, (at, dtype) => filled(value as Single, at, dtype));
  }
  const tensor = tensorFrom(value, options);
  return new Initializer<D>(
    { shape: tensor.shape, dtype: options.dtype, usualDType: tensor.dtype.name },
    (at, dtype) => ({
      tensor: tensorFrom(tensor, { dtype: dtype.name, shape: at }),
      recipe: { kind: 'value' },
    }),
  );
}

/** A sequence as a tensor of one axis. */
function sequence<D extends DTypeName>(
  count: number,
  usualDType: DTypeName,
  options: InitializerOptions<D>,
  at: (index: number) => number | bigint,
): Initializer<NoInfer<D>> {
  return new Initializer<D>({ shape: [count], dtype: options.dtype, usualDType }, (shape, dtype): Made => {
    if (elementCount(shape) !== count) {
      throw new MismatchError(
        `${count} values do not fill the shape ${formatShape(shape)}`,
        '',
        formatShape(shape),
        `${count} values`,
      );
    }
    const values = Array.from({ length: count }, (_, i) => at(i));
    return { tensor: withShape(tensorFrom(values, { dtype: dtype.name }), shape), recipe: { kind: 'value' } };
  });
}

function withShape(tensor: Tensor, shape: Shape): Tensor {
  return { ...tensor, shape };
}

/** `num` values from `start` to `stop`, both included, at equal distances. */
export function linspace<D extends DTypeName = 'float32'>(
  start: number,
  stop: number,
  num: number,
  options: InitializerOptions<D> = {},
): Initializer<NoInfer<D>> {
  if (!Number.isInteger(num) || num < 1)
    throw new UsageError(`linspace makes a whole number of values, 1 or more, not ${num}`);
  const step = num === 1 ? 0 : (stop - start) / (num - 1);
  // TensorFlow adds up in the dtype; the ends are met exactly.
  const narrow = options.dtype === 'float64' ? (x: number): number => x : Math.fround;
  const delta = narrow(step);
  return sequence(num, 'float32', options, (i) =>
    i === num - 1 && num > 1 ? stop : narrow(start + narrow(delta * i)),
  );
}

/** The numbers from `start` on in steps of `delta` that come before `limit`; `range(limit)` starts at 0. */
export function range<N extends number | bigint, D extends DTypeName = DTypeOfValue<N>>(
  start: N,
  limit?: N,
  delta?: N,
  options: InitializerOptions<D> = {},
): Initializer<NoInfer<D>> {
  const isBig = typeof start === 'bigint';
  const [from, to] = limit === undefined ? [isBig ? 0n : 0, start] : [start, limit];
  const step = delta ?? (isBig ? 1n : 1);
  if (!(Number(step) > 0 || Number(step) < 0)) throw new UsageError('range needs a step other than 0');
  const count = Math.max(0, Math.ceil((Number(to) - Number(from)) / Number(step)));
  const at = (i: number): number | bigint =>
    isBig ? (from as bigint) + (step as bigint) * BigInt(i) : (from as number) + (step as number) * i;
  return sequence(count, isBig ? 'int64' : 'float32', options, at);
}
