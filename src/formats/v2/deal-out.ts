/** Which content goes into which data file, and in what order. Pure: decided by what the tensors say of themselves. */

import { survivesEncoding } from '../../bytes/text.ts';
import { NameError, UnsupportedError, UsageError } from '../../errors.ts';
import type { Tensor, TensorMap } from '../../tensor/tensor.ts';
import type { TensorSlice } from '../../tensor/tensor-slice.ts';
import type { WriteOptions } from '../write-plan.ts';
import { bundleHolds } from './holds.ts';

/** A run of content: a tensor, or one part of a partitioned one. */
export interface Piece {
  readonly name: string;
  readonly slice: TensorSlice | undefined;
  readonly tensor: Tensor;
  /** The file the content comes from; undefined for memory. */
  readonly from: string | undefined;
  readonly shard: number;
  readonly fromOffset: number;
}

function pieceOf(name: string, slice: TensorSlice | undefined, tensor: Tensor): Piece {
  const { stored } = tensor;
  return { name, slice, tensor, from: stored?.path, shard: stored?.shard ?? 0, fromOffset: stored?.offset ?? 0 };
}

/** Throws {@link NameError} for what would not be the same name when it is read again; the empty key is the header's. */
export function checkName(name: string): void {
  if (name === '') throw new NameError('a tensor needs a name; one has the empty name', { colliding: [name] });
  if (!survivesEncoding(name)) {
    throw new NameError(`the name ${JSON.stringify(name)} is no text: it holds half of a surrogate pair`, {
      colliding: [name],
    });
  }
}

/** Every run of content, a partitioned tensor's parts one by one; throws where a tensor cannot be written. */
export function piecesOf(tensors: TensorMap): Piece[] {
  const pieces: Piece[] = [];
  for (const [name, tensor] of tensors) {
    checkName(name);
    if (tensor.problem !== undefined) throw tensor.problem;
    if (!bundleHolds(tensor.dtype)) {
      throw new UnsupportedError(`tensor ${name}: a bundle cannot hold dtype ${tensor.dtype.name}`, 'dtype');
    }
    if (tensor.parts === undefined) pieces.push(pieceOf(name, undefined, tensor));
    else for (const part of tensor.parts) pieces.push(pieceOf(name, part.slice, part.tensor));
  }
  return pieces;
}

/**
 * Pieces by the file they come from, the files in the order of their shards, each file's pieces as they lie in it. What
 * comes from memory joins the last of them, or makes a file of its own where the others are to be taken over as they are.
 */
function byOrigin(pieces: readonly Piece[], options: WriteOptions): Piece[][] {
  const groups = new Map<string | undefined, Piece[]>();
  for (const piece of pieces) {
    const group = groups.get(piece.from);
    if (group === undefined) groups.set(piece.from, [piece]);
    else group.push(piece);
  }
  const memory = groups.get(undefined) ?? [];
  groups.delete(undefined);
  const files = [...groups.values()].sort((a, b) => (a[0]?.shard ?? 0) - (b[0]?.shard ?? 0));
  if (options.order !== 'given') for (const file of files) file.sort(asStored);
  const takenOver = options.reuse !== undefined && options.reuse !== 'copy';
  const last = files.at(-1);
  if (memory.length > 0 && (last === undefined || takenOver)) files.push(memory);
  else last?.push(...memory);
  return files;
}

/** An empty tensor lies where the next one starts, and comes first. */
const asStored = (a: Piece, b: Piece): number =>
  a.fromOffset - b.fromOffset || a.tensor.byteLength - b.tensor.byteLength;

/** Cuts a sequence of pieces into `count` files of about the same size. */
function evenly(pieces: readonly Piece[], count: number): Piece[][] {
  if (!Number.isInteger(count) || count < 1) {
    throw new UsageError(`a checkpoint has a whole number of data files, 1 or more, not ${count}`);
  }
  const shards = Math.min(count, Math.max(pieces.length, 1));
  const total = pieces.reduce((sum, { tensor }) => sum + tensor.byteLength, 0);
  const files: Piece[][] = Array.from({ length: shards }, () => []);
  let done = 0;
  for (const piece of pieces) {
    files[Math.min(shards - 1, Math.floor((done / Math.max(total, 1)) * shards))]?.push(piece);
    done += piece.tensor.byteLength;
  }
  return files.filter((file) => file.length > 0);
}

/** Cuts a file where it would become larger than `most`; a piece that is larger by itself has a file of its own. */
function noLargerThan(pieces: readonly Piece[], most: number): Piece[][] {
  const files: Piece[][] = [];
  let room = 0;
  for (const piece of pieces) {
    if (files.length === 0 || piece.tensor.byteLength > room) {
      files.push([]);
      room = most;
    }
    files.at(-1)?.push(piece);
    room -= piece.tensor.byteLength;
  }
  return files;
}

/** Deals the pieces out to the data files, in order; there is always one. */
export function dealOut(pieces: readonly Piece[], options: WriteOptions): Piece[][] {
  const { shards, maxShardBytes } = options;
  let files = options.order === 'given' && typeof shards === 'number' ? [[...pieces]] : byOrigin(pieces, options);
  if (typeof shards === 'number') files = evenly(files.flat(), shards);
  if (maxShardBytes !== undefined) files = files.flatMap((file) => noLargerThan(file, maxShardBytes));
  return files.length === 0 ? [[]] : files;
}
