/**
 * Is every float a number? Looked for in the stored bits, a chunk at a time: NaN and infinity have every bit of the exponent
 * set, so that an integer comparison an element decides, and no element is ever decoded.
 */

import { swapInPlace } from '../bytes/byte-order.ts';
import { CHUNK_BYTES } from '../bytes/source.ts';
import type { DType, DTypeName } from '../tensor/dtype.ts';
import { elementCount } from '../tensor/shape.ts';
import type { Tensor, TensorMap } from '../tensor/tensor.ts';
import { storedContent } from './stored-content.ts';

/** The first element of a tensor that is not finite. */
export interface NonFiniteElement {
  /** Along each axis. */
  readonly index: readonly number[];
  /** What it is; of a complex element, the part that is not finite. */
  readonly value: 'nan' | 'inf' | '-inf';
}

export interface NonFiniteTensor extends NonFiniteElement {
  readonly name: string;
  readonly dtype: DTypeName;
}

export interface FiniteOptions {
  /** Told now and then how many bytes of floats were looked at, of how many. */
  readonly onProgress?: (at: { bytesDone: number; bytesTotal: number }) => void;
}

/** Units of 1, 2 or 4 bytes; of a float64 the units that hold no exponent are passed over. */
interface Rule {
  readonly unitBytes: 1 | 2 | 4;
  readonly mask: number;
  /** Units are looked at from this one on, so many apart. */
  readonly first: number;
  readonly step: number;
}

const rule = (unitBytes: 1 | 2 | 4, mask: number, first = 0, step = 1): Rule => ({ unitBytes, mask, first, step });

/** A unit is not finite when the bits under the mask are all set. */
const RULES: Partial<Record<DTypeName, Rule>> = {
  float32: rule(4, 0x7f800000),
  complex64: rule(4, 0x7f800000),
  float64: rule(4, 0x7ff00000, 1, 2),
  complex128: rule(4, 0x7ff00000, 1, 2),
  float16: rule(2, 0x7c00),
  bfloat16: rule(2, 0x7f80),
  float8_e5m2: rule(1, 0x7c),
  float8_e4m3fn: rule(1, 0x7f),
  float8_e8m0fnu: rule(1, 0xff),
};
/** In these there is one code that is no number, that of a negative zero (ml_dtypes). */
const NAN_CODE = 0x80;
const HAS_NAN_CODE: readonly DTypeName[] = ['float8_e4m3fnuz', 'float8_e4m3b11fnuz', 'float8_e5m2fnuz'];

/** In these the code under the mask is NaN, and there is no infinity. */
const NO_INFINITY: readonly DTypeName[] = ['float8_e4m3fn', 'float8_e8m0fnu'];

const HOST_IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Whether a dtype can hold NaN or infinity at all. */
function canBeNonFinite({ name }: DType): boolean {
  return RULES[name] !== undefined || HAS_NAN_CODE.includes(name);
}

type Units = Uint8Array | Uint16Array | Uint32Array;

/** The bytes of a chunk, which starts a buffer of its own, as units. */
function unitsOf(bytes: Uint8Array, unitBytes: number): Units {
  if (unitBytes === 1) return bytes;
  if (!HOST_IS_LITTLE_ENDIAN) swapInPlace(bytes, unitBytes);
  const length = bytes.length / unitBytes;
  return unitBytes === 2 ? new Uint16Array(bytes.buffer, 0, length) : new Uint32Array(bytes.buffer, 0, length);
}

/** Where the first unit stands whose bits under the mask are all set; -1 where none does. */
function firstMasked(units: Units, { mask, first, step }: Rule): number {
  for (let i = first; i < units.length; i += step) if (((units[i] as number) & mask) === mask) return i;
  return -1;
}

/** A value that is not finite, and the byte in its chunk at which it starts. */
interface Hit {
  readonly at: number;
  readonly value: NonFiniteElement['value'];
}

/** Infinity is the mask itself; with any further bit set, but for the sign, it is NaN. */
function valueAt(
  units: Units,
  i: number,
  { mask, unitBytes, step }: Rule,
  hasInfinity: boolean,
): NonFiniteElement['value'] {
  const unit = units[i] as number;
  const sign = 2 ** (8 * unitBytes - 1);
  const isNegative = unit >= sign;
  const below = step === 1 ? 0 : (units[i - 1] as number);
  if (!hasInfinity || below !== 0 || (isNegative ? unit - sign : unit) !== mask) return 'nan';
  return isNegative ? '-inf' : 'inf';
}

/** The first value in a chunk that is not finite; undefined where all are. */
function firstInChunk(bytes: Uint8Array, dtype: DType): Hit | undefined {
  const found = RULES[dtype.name];
  if (found === undefined) {
    const at = bytes.indexOf(NAN_CODE);
    return at < 0 ? undefined : { at, value: 'nan' };
  }
  const units = unitsOf(bytes, found.unitBytes);
  const i = firstMasked(units, found);
  if (i < 0) return undefined;
  return {
    at: (i - found.first) * found.unitBytes,
    value: valueAt(units, i, found, !NO_INFINITY.includes(dtype.name)),
  };
}

function scan(name: string, tensor: Tensor, onBytes: (bytes: number) => void): NonFiniteElement | undefined {
  const { dtype, shape } = tensor;
  if (!canBeNonFinite(dtype) || elementCount(shape) === 0) return undefined;
  const { source, indexOf } = storedContent(name, tensor);
  const buffer = new Uint8Array(Math.min(CHUNK_BYTES, source.byteLength));
  for (let offset = 0; offset < source.byteLength; offset += buffer.length) {
    const chunk = buffer.subarray(0, Math.min(buffer.length, source.byteLength - offset));
    source.readInto(chunk, offset);
    const hit = firstInChunk(chunk, dtype);
    if (hit !== undefined) {
      return { index: indexOf(Math.floor((offset + hit.at) / dtype.width)), value: hit.value };
    }
    onBytes(chunk.length);
  }
  return undefined;
}

/**
 * The first element of a tensor, row by row, that is NaN or infinite, in whichever float or complex dtype; undefined when
 * all are finite, and for a tensor of another kind. Memory stays at a chunk. Throws a `CkptError` where it cannot be read.
 */
export function nonFiniteElement(tensor: Tensor): NonFiniteElement | undefined {
  return scan('', tensor, () => {});
}

/** The first tensor that holds NaN or infinity; undefined when there is none. Throws as {@link nonFiniteElement} does. */
export function nonFiniteTensor(tensors: TensorMap, { onProgress }: FiniteOptions = {}): NonFiniteTensor | undefined {
  const floats = function* () {
    for (const [name, tensor] of tensors) if (canBeNonFinite(tensor.dtype)) yield { name, tensor };
  };
  let bytesTotal = 0;
  for (const { tensor } of floats()) bytesTotal += tensor.byteLength;
  let bytesDone = 0;
  const onBytes = (bytes: number): void => {
    bytesDone += bytes;
    onProgress?.({ bytesDone, bytesTotal });
  };
  for (const { name, tensor } of floats()) {
    const element = scan(name, tensor, onBytes);
    if (element !== undefined) return { name, dtype: tensor.dtype.name, ...element };
  }
  return undefined;
}
