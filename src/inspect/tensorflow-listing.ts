/**
 * A checkpoint as TensorFlow's own reader lists it: every entry of the index in the order of its key, a partitioned
 * tensor by its stored slices under their raw keys and not by itself, dtypes by the names of TensorFlow's enum.
 */

import { compareBytes, decodeText, encodeText } from '../bytes/text.ts';
import { TextMap } from '../bytes/text-map.ts';
import { CkptError } from '../errors.ts';
import { dtypeOfNumber } from '../tensor/dtype.ts';
import { isPartitioned } from '../tensor/partitioned.ts';
import type { Shape } from '../tensor/shape.ts';
import { encodeSliceKey } from '../tensor/slice-key.ts';
import type { Tensor, TensorMap } from '../tensor/tensor.ts';

/** One line of the listing. */
export interface ListedEntry {
  /** The key as text; bytes that are no text are the surrogates of `decodeText`. */
  readonly key: string;
  /** `DT_FLOAT`; empty for a number that names no dtype. */
  readonly dtypeName: string;
  readonly shape: Shape;
  /** How many slices a partitioned tensor of V1 has; V2 lists each by itself. */
  readonly slices?: number | undefined;
}

const FIRST_REF = 101;
const INVALID = 0;
const RESOURCE = 20;

function numberOf({ dtype, dtypeNumber }: Tensor): number {
  return dtypeNumber ?? dtype.number;
}

function isRef(number: number): boolean {
  return number >= FIRST_REF;
}

/** The name of a tensor's dtype in TensorFlow's enum, `DT_HALF`; empty for a number that has none. */
export function enumNameOf(tensor: Tensor): string {
  const number = numberOf(tensor);
  if (number === INVALID) return 'DT_INVALID';
  const suffix = isRef(number) ? '_REF' : '';
  if (number - (isRef(number) ? FIRST_REF - 1 : 0) === RESOURCE) return `DT_RESOURCE${suffix}`;
  const dtype = dtypeOfNumber(number);
  return dtype === undefined ? '' : `DT_${dtype.tfName.toUpperCase()}${suffix}`;
}

/** The name of a tensor's dtype in TensorFlow's Python, `float32` or `float32_ref`. */
export function pythonNameOf(tensor: Tensor): string {
  return tensor.dtype.name + (isRef(numberOf(tensor)) ? '_ref' : '');
}

interface Slice extends ListedEntry {
  readonly bytes: Uint8Array;
}

/** The stored slices of all partitioned tensors in key order; a tensor whose slices are not all there is reported instead. */
function slicesOf(tensors: TensorMap, report: (error: CkptError) => void): Slice[] {
  const slices = new TextMap<Slice>();
  for (const [name, tensor] of tensors) {
    try {
      for (const { slice, tensor: part } of tensor.parts ?? []) {
        const bytes = encodeSliceKey(name, slice);
        const key = decodeText(bytes);
        slices.set(key, { key, bytes, dtypeName: enumNameOf(part), shape: part.shape });
      }
    } catch (error) {
      if (!(error instanceof CkptError)) throw error;
      report(error);
    }
  }
  return [...slices.values()].sort((a, b) => compareBytes(a.bytes, b.bytes));
}

/** The parts of a tensor as far as they can be told. */
function sliceCount(tensor: Tensor, report: (error: CkptError) => void): number | undefined {
  try {
    const count = tensor.parts?.length ?? 1;
    return count > 1 ? count : undefined;
  } catch (error) {
    if (!(error instanceof CkptError)) throw error;
    report(error);
    return undefined;
  }
}

/** The tensors of a V1 checkpoint by name, since the order in which TensorFlow's own reader lists them means nothing. */
export function* tensorflowListingV1(tensors: TensorMap, report: (error: CkptError) => void): Generator<ListedEntry> {
  for (const [key, tensor] of tensors) {
    yield { key, dtypeName: enumNameOf(tensor), shape: tensor.shape, slices: sliceCount(tensor, report) };
  }
}

/** The entries of a V2 index in the order of their keys; `report` hears of tensors whose slices cannot be listed. */
export function* tensorflowListing(tensors: TensorMap, report: (error: CkptError) => void): Generator<ListedEntry> {
  const slices = slicesOf(tensors, report);
  let next = 0;
  for (const [name, tensor] of tensors) {
    if (next < slices.length) {
      const bytes = encodeText(name);
      while (next < slices.length && compareBytes(slices[next]!.bytes, bytes) < 0) yield slices[next++]!;
    }
    if (!isPartitioned(tensor)) yield { key: name, dtypeName: enumNameOf(tensor), shape: tensor.shape };
  }
  yield* slices.slice(next);
}
