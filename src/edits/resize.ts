/** More or fewer rows along an axis: a larger vocabulary, another number of classes. */
import { MismatchError, UsageError } from '../errors.ts';
import type { Chooser } from '../surgery/selectors.ts';
import { formatShape, sameShape } from '../tensor/shape.ts';
import type { TensorMap } from '../tensor/tensor.ts';
import { editAlong, type RowFilling, type ShapeEditOptions, withRows } from './axis-edit.ts';
import type { Edited } from './edited-map.ts';
import { NEW_ROW, Rows } from './rows.ts';

export interface ResizeOptions extends ShapeEditOptions {
  /** Negative ones count from the last. */
  readonly axis?: number | undefined;
  readonly size: number;
  /** What new rows of variables hold; zeros when left out. New rows of slots are zeros in any case. */
  readonly filling?: RowFilling | undefined;
  /** Where rows come in or go: at the end (the default), at the start, or from a row on. */
  readonly at?: 'end' | 'start' | number | undefined;
  /** Leave to make it smaller. */
  readonly cut?: boolean | undefined;
  readonly seed?: number | undefined;
}

/** More rows than this make no tensor that TensorFlow could hold. */
const MOST_ROWS = 2 ** 31 - 2;

/** Which old row each new one is. */
function rowsOf(name: string, old: number, { size, at = 'end', cut = false }: ResizeOptions): Rows {
  const place = at === 'end' ? Math.min(old, size) : at === 'start' ? 0 : at;
  if (!Number.isInteger(place) || place < 0 || place > old || (size < old && place + old - size > old)) {
    throw new MismatchError(
      `${name} has ${old} rows, so none can ${size < old ? `go (${old - size} of them)` : 'come in'} at row ${place}`,
      name,
      `0 to ${Math.min(old, size)}`,
      String(place),
    );
  }
  if (size < old && !cut) {
    throw new UsageError(`${name} has ${old} rows; ${size} would cut ${old - size} off. If that is meant, say --cut`);
  }
  const grown = Math.max(0, size - old);
  const gone = Math.max(0, old - size);
  const runs = [
    { start: 0, from: 0, count: place },
    { start: place, from: NEW_ROW, count: grown },
    { start: place + grown, from: place + gone, count: size - place - grown },
  ];
  return new Rows(
    size,
    runs.filter(({ count }) => count > 0),
  );
}

/**
 * The chosen tensors, and their slots and averages, with `size` rows along an axis.
 *
 * @example
 * const { tensors } = await openCheckpoint('model.ckpt');
 * const larger = resize(tensors, (name) => name === 'net/embedding', { size: 6 });
 * console.log(larger.tensors.get('net/embedding')?.shape); // [6, 2]
 */
export function resize(tensors: TensorMap, choose: Chooser, options: ResizeOptions): Edited {
  const { axis = 0, size, filling = { kind: 'zeros' }, seed = 0 } = options;
  if (!Number.isInteger(size) || size < 0 || size > MOST_ROWS) {
    throw new UsageError(`a size is a whole number from 0 to ${MOST_ROWS}, not ${size}`);
  }
  const edited = editAlong(tensors, choose, 'resize', axis, options, (target, along, number, notes) => {
    const rows = rowsOf(target.name, target.tensor.shape[along] as number, options);
    return withRows(target, number, { axis: along, rows, filling, seed }, options, notes);
  });
  const same = edited.changes.filter(({ before, after }) => before && after && sameShape(before.shape, after.shape));
  if (same.length === 0) return edited;
  const [first] = same;
  const shape = formatShape(first?.after?.shape ?? []);
  return { ...edited, notes: [...edited.notes, `${first?.name} has ${size} rows already (${shape})`] };
}
