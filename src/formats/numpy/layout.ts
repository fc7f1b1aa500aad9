/** What arrays are in numpy's formats: each a header and its elements, of dtypes that numpy has or can hold as bytes. */
import { TextMap } from '../../bytes/text-map.ts';
import { NameError, UnsupportedError } from '../../errors.ts';
import type { Shape } from '../../tensor/shape.ts';
import type { Tensor, TensorMap } from '../../tensor/tensor.ts';
import { EntryTable } from '../entry-table.ts';
import { FixedTexts } from '../fixed-texts.ts';
import { descrOf, descrOfTexts, type WrittenDType } from './dtypes.ts';
import { NPY_SUFFIX } from './names.ts';
import { encodeNpyHeader } from './npy-header.ts';

/** numpy's own limit (`NPY_MAXDIMS`). */
const MOST_AXES = 64;

/** An array to be written: its file, and what stands before its elements. */
export interface PlannedArray {
  readonly name: string;
  /** Path of the file, from the folder or the archive that it goes into. */
  readonly file: string;
  readonly header: Uint8Array;
  /** Bytes of the elements. */
  readonly byteLength: number;
}

/** Throws {@link UnsupportedError} for a tensor that numpy has no plain array for. */
function checkHolds(name: string, { dtype, shape }: Tensor): void {
  if (/\p{Surrogate}/u.test(name)) {
    throw new UnsupportedError(`tensor ${name}: a name of a file must be text; rename it first`, 'name');
  }
  if (shape.length > MOST_AXES) {
    throw new UnsupportedError(
      `tensor ${name}: numpy has no arrays of ${shape.length} axes; the most is ${MOST_AXES}`,
      'rank',
    );
  }
  if (descrOf(dtype) !== undefined) return;
  throw new UnsupportedError(
    `tensor ${name}: numpy has no plain array of dtype ${dtype.name}; leave such tensors out with --drop-unsupported`,
    'dtype',
  );
}

export interface PlannedArrays {
  readonly arrays: readonly PlannedArray[];
  /** The content of the arrays, in the same order. */
  readonly entries: EntryTable;
  /** The arrays as they are stored, by the names of the tensors. */
  readonly stored: TensorMap;
}

const MOST_HEADERS = 4096;

/** Headers by dtype and shape: a million arrays have few. */
class Headers {
  readonly #known = new Map<string, Uint8Array>();

  of({ descr, remark }: WrittenDType, shape: Shape): Uint8Array {
    const key = JSON.stringify([descr, remark, shape]);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const header = encodeNpyHeader(descr, shape, remark);
    if (this.#known.size < MOST_HEADERS) this.#known.set(key, header);
    return header;
  }
}

/** The arrays of a map, in its order, each in the file or member that `placeOf` gives its name; throws for a tensor that cannot be one, and for names that meet in one file. */
export function planArrays(tensors: TensorMap, placeOf: (name: string) => string): PlannedArrays {
  const stored = new FixedTexts(tensors);
  const entries = new EntryTable(stored, checkHolds);
  const taken = new TextMap<string>();
  const arrays: PlannedArray[] = [];
  const headers = new Headers();
  for (const [name, { dtype, shape, byteLength }] of stored) {
    const file = `${placeOf(name)}${NPY_SUFFIX}`;
    const other = taken.get(file);
    if (other !== undefined) {
      throw new NameError(`${other} and ${name} would both lie in ${file}`, { colliding: [other, name] });
    }
    taken.set(file, name);
    const textWidth = stored.widthOf(name);
    const written = textWidth === undefined ? (descrOf(dtype) as WrittenDType) : descrOfTexts(textWidth);
    arrays.push({ name, file, header: headers.of(written, shape), byteLength });
  }
  return { arrays, entries, stored };
}
