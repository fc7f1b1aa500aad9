/** The check of one record of a V1 checkpoint: whether it is there, is its own, and holds what its slice takes. */
import { type ByteSource, readBytes } from '../../bytes/source.ts';
import { compareBytes, encodeText } from '../../bytes/text.ts';
import { TextSet } from '../../bytes/text-map.ts';
import { CkptError } from '../../errors.ts';
import { decodeTensorSlice } from '../../proto/tensor-shape.ts';
import { decodeSliceKey } from '../../tensor/slice-key.ts';
import { formatTensorSlice, type TensorSlice } from '../../tensor/tensor-slice.ts';
import type { Finding } from '../finding.ts';
import { findingOf } from '../footer-check.ts';
import { type SavedPlace, SavedSlice } from './saved-slice.ts';
import type { ListedTensor } from './saved-slices.ts';
import type { TableFile } from './table-file.ts';

/** No slice of the highest rank takes more. */
const MOST_SLICE_BYTES = 1 << 14;

/** A record that a file lists, as a tensor of its own. */
export interface Listed {
  readonly place: SavedPlace;
  readonly tensor: SavedSlice;
}

/** What a key says of itself. */
export function recordTitle(key: Uint8Array): string {
  try {
    const { name, slice } = decodeSliceKey(key);
    return `${name} ${formatTensorSlice(slice)}`.trimEnd();
  } catch (error) {
    if (error instanceof CkptError) return 'under a key that names no slice';
    throw error;
  }
}

/** One record by itself. */
export function* recordFindings(tensor: SavedSlice, place: SavedPlace, about: Partial<Finding>): Generator<Finding> {
  const { title, name } = tensor;
  if (tensor.problem !== undefined) return;
  const found = place.file.find(name, place.slice);
  if (found === undefined) {
    const message = `tensor ${title}: slice ${formatTensorSlice(place.slice) || '(all)'} is listed and not stored`;
    yield { kind: 'slice-missing', severity: 'damage', message, ...about };
    return;
  }
  const at = { ...about, offset: place.file.start + found.offset };
  try {
    const record = place.file.recordAt(found);
    if (!holds(record.name, encodeText(name)) || !holdsSlice(record.slice, place.slice)) {
      const message = `tensor ${title}: its record says that it is another`;
      yield { kind: 'slice-mismatch', severity: 'damage', message, ...at };
    }
    tensor.valuesIn(() => record);
  } catch (error) {
    yield findingOf('size-mismatch', error, at);
  }
}

/** Whether a field has exactly these bytes. */
function holds(field: ByteSource | undefined, bytes: Uint8Array): boolean {
  const length = field?.byteLength ?? 0;
  return length === bytes.length && (field === undefined || compareBytes(readBytes(field, 0, length), bytes) === 0);
}

/** Whether a field names this slice; how it is encoded does not matter. */
function holdsSlice(field: ByteSource | undefined, slice: TensorSlice): boolean {
  if (field === undefined) return slice.length === 0;
  if (field.byteLength > MOST_SLICE_BYTES) return false;
  const bytes = readBytes(field, 0, field.byteLength);
  const told = decodeTensorSlice({ bytes, at: 0, end: bytes.length });
  return told === slice || formatTensorSlice(told) === formatTensorSlice(slice);
}

/** The records of a tensor that a file lists, those that it lists again included. */
export function* recordsOf(
  { name, type, shape, places, repeated, problem }: ListedTensor,
  file: TableFile,
): Generator<Listed> {
  const isSingle = places.length === 1;
  const seen = isSingle && repeated.length === 0 ? undefined : new TextSet();
  for (const list of [places, repeated]) {
    for (const place of list) {
      if (place.file !== file) continue;
      const text = seen === undefined ? '' : formatTensorSlice(place.slice);
      if (seen?.has(text) === true) continue;
      seen?.add(text);
      const part = shape.map((size, axis) => place.slice[axis]?.length ?? size);
      const title = isSingle ? name : `${name} (part ${text})`;
      yield { place, tensor: new SavedSlice(title, name, type, part, place, problem) };
    }
  }
}
