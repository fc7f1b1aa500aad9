/** What the compiler knows of values: which typed array a dtype reads as, what may be stored in it, and which dtype values have. */
import type { DTypeName } from '../tensor/dtype.ts';
import type { NumberArray } from '../tensor/encode-elements.ts';
import type { Tensor } from '../tensor/tensor.ts';

interface TypedArrays {
  readonly float64: Float64Array;
  readonly complex128: Float64Array;
  readonly int8: Int8Array;
  readonly qint8: Int8Array;
  readonly int4: Int8Array;
  readonly int2: Int8Array;
  readonly int16: Int16Array;
  readonly qint16: Int16Array;
  readonly int32: Int32Array;
  readonly qint32: Int32Array;
  readonly int64: BigInt64Array;
  readonly uint8: Uint8Array;
  readonly quint8: Uint8Array;
  readonly uint4: Uint8Array;
  readonly uint2: Uint8Array;
  readonly bool: Uint8Array;
  readonly uint16: Uint16Array;
  readonly quint16: Uint16Array;
  readonly uint32: Uint32Array;
  readonly uint64: BigUint64Array;
  readonly string: Uint8Array[];
}

/** What a variable of dtype `D` reads as: floats of fewer bits and complex64 as a Float32Array, a bool as bytes 0 and 1. */
export type ValuesOf<D extends DTypeName> = D extends keyof TypedArrays ? TypedArrays[D] : Float32Array;

/** One element, or lists of them to any depth. */
export type Nested<E> = E | readonly Nested<E>[];

/** What may be stored in a variable of dtype `D`. */
export type ValueFor<D extends DTypeName> =
  | Tensor
  | (D extends 'string'
      ? Nested<string | Uint8Array>
      : D extends 'bool'
        ? Nested<boolean | Uint8Array>
        : Nested<number | bigint | NumberArray>);

/** The dtype of each typed array. */
type DTypeOfArray<V> = V extends Float32Array
  ? 'float32'
  : V extends Float64Array
    ? 'float64'
    : V extends Int8Array
      ? 'int8'
      : V extends Int16Array
        ? 'int16'
        : V extends Int32Array
          ? 'int32'
          : V extends BigInt64Array
            ? 'int64'
            : V extends Uint8Array | Uint8ClampedArray
              ? 'uint8'
              : V extends Uint16Array
                ? 'uint16'
                : V extends Uint32Array
                  ? 'uint32'
                  : V extends BigUint64Array
                    ? 'uint64'
                    : never;

type DTypeOfSingle<V> = V extends number
  ? 'float32'
  : V extends bigint
    ? 'int64'
    : V extends boolean
      ? 'bool'
      : V extends string
        ? 'string'
        : never;

/** How deep the compiler looks into lists. */
type Depth = readonly [never, 0, 1, 2, 3, 4, 5, 6];

/** The dtype of values for which nobody says one; every dtype where the compiler cannot tell. */
export type DTypeOfValue<V, Left extends number = 6> = [Left] extends [never]
  ? DTypeName
  : V extends readonly Uint8Array[]
    ? 'string'
    : V extends readonly (infer E)[]
      ? DTypeOfValue<E, Depth[Left]>
      : V extends ArrayBufferView
        ? DTypeOfArray<V>
        : V extends number | bigint | boolean | string
          ? DTypeOfSingle<V>
          : DTypeName;

/** One element of a variable of dtype `D`, as `map` gives it. */
export type ElementOf<D extends DTypeName> = D extends 'string'
  ? Uint8Array
  : D extends 'bool'
    ? boolean
    : D extends 'int64' | 'uint64'
      ? bigint
      : number;

/** The dtype of a true quotient. */
export type QuotientOf<D extends DTypeName> = D extends 'int8' | 'uint8' | 'int16' | 'uint16'
  ? 'float32'
  : D extends 'int32' | 'uint32' | 'int64' | 'uint64'
    ? 'float64'
    : D;
