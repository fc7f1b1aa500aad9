/** Rows that go where their word went: a tensor made for one vocabulary, made to fit another. */
import { MismatchError, UsageError } from '../errors.ts';
import type { Chooser } from '../surgery/selectors.ts';
import type { TensorMap } from '../tensor/tensor.ts';
import { editAlong, type RowFilling, type ShapeEditOptions, withRows } from './axis-edit.ts';
import type { Edited } from './edited-map.ts';
import { NEW_ROW, Rows } from './rows.ts';

export interface RemapOptions extends ShapeEditOptions {
  readonly axis?: number | undefined;
  /** The words by their rows; each once. */
  readonly from: readonly string[];
  readonly to: readonly string[];
  /** What the rows of new words hold; zeros when left out. */
  readonly filling?: RowFilling | undefined;
  readonly seed?: number | undefined;
}

export interface Remapped extends Edited {
  /** Words of both vocabularies, of the new one alone, and of the old one alone. */
  readonly kept: number;
  readonly added: number;
  readonly lost: number;
}

/** The words of a vocabulary file: one a line, the last of which may end without a line break. */
export function parseVocabulary(text: string): string[] {
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

function numbered(words: readonly string[], which: string): Map<string, number> {
  const rows = new Map<string, number>();
  for (const [row, word] of words.entries()) {
    const before = rows.get(word);
    if (before !== undefined) {
      throw new UsageError(
        `the ${which} vocabulary has ${JSON.stringify(word)} twice, in lines ${before + 1} and ${row + 1}; a word has one row`,
      );
    }
    rows.set(word, row);
  }
  return rows;
}

/**
 * The chosen tensors, and their slots and averages, with the rows of the new vocabulary.
 *
 * @example
 * const { tensors } = await openCheckpoint('model.ckpt');
 * const from = ['a', 'b', 'c', 'd'];
 * const { tensors: other, kept } = remap(tensors, (name) => name === 'net/embedding', { from, to: ['d', 'e', 'a'] });
 * console.log(kept, other.get('net/embedding')?.shape); // 2 [3, 2]
 */
export function remap(tensors: TensorMap, choose: Chooser, options: RemapOptions): Remapped {
  const { axis = 0, from, to, filling = { kind: 'zeros' }, seed = 0 } = options;
  const old = numbered(from, 'old');
  numbered(to, 'new');
  if (from.length === 0 || to.length === 0) {
    throw new UsageError(`the ${to.length === 0 ? 'new' : 'old'} vocabulary has no words`);
  }
  const rows = Int32Array.from(to, (word) => old.get(word) ?? NEW_ROW);
  const added = rows.filter((row) => row === NEW_ROW).length;
  const kept = rows.length - added;
  const runs = Rows.of(rows);
  if (kept === 0) {
    throw new UsageError('the two vocabularies have no word in common; are they of one kind?');
  }
  const edited = editAlong(tensors, choose, 'remap', axis, options, (target, along, number, notes) => {
    const size = target.tensor.shape[along] as number;
    if (size !== from.length) {
      throw new MismatchError(
        `${target.name} has ${size} rows along axis ${along}, the old vocabulary ${from.length} words; they must be as many`,
        target.name,
        `${from.length}`,
        `${size}`,
      );
    }
    return withRows(target, number, { axis: along, rows: runs, filling, seed }, options, notes);
  });
  return { ...edited, kept, added, lost: from.length - kept };
}
