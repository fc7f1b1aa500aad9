/** Which content goes into which data file, and in what order; pieces are told by their numbers. */
import { UsageError } from '../errors.ts';
import { type EntryTable, FROM_MEMORY } from './entry-table.ts';
import type { WriteOptions } from './write-plan.ts';

/**
 * EntryTable by the file they come from, the files in the order of their shards, each file's pieces as they lie in it. What
 * comes from memory joins the last of them, or makes a file of its own where the others are to be taken over as they are.
 */
function byOrigin(pieces: EntryTable, options: WriteOptions): number[][] {
  const groups = new Map<number, number[]>();
  for (let piece = 0; piece < pieces.count; piece++) {
    const from = pieces.from.at(piece);
    const group = groups.get(from);
    if (group === undefined) groups.set(from, [piece]);
    else group.push(piece);
  }
  const memory = groups.get(FROM_MEMORY) ?? [];
  groups.delete(FROM_MEMORY);
  const shardOf = (group: readonly number[]): number => pieces.fromShard.at(group[0] as number);
  const files = [...groups.values()].sort((a, b) => shardOf(a) - shardOf(b));
  if (options.order !== 'given') for (const file of files) sortAsStored(file, pieces);
  const takenOver = options.reuse !== undefined && options.reuse !== 'copy';
  const last = files.at(-1);
  if (memory.length > 0 && (last === undefined || takenOver)) files.push(memory);
  else if (last !== undefined) for (const piece of memory) last.push(piece);
  return files;
}

/** An empty tensor lies where the next one starts, and comes first. */
function sortAsStored(file: number[], { fromOffset, length }: EntryTable): void {
  const above = (a: number, b: number): number => fromOffset.at(a) - fromOffset.at(b) || length.at(a) - length.at(b);
  if (file.some((piece, i) => i > 0 && above(file[i - 1] as number, piece) > 0)) file.sort(above);
}

/** Cuts a sequence of pieces into `count` files of about the same size, none of them empty while there are pieces enough. */
function evenly(sequence: readonly number[], { length }: EntryTable, count: number): number[][] {
  if (!Number.isInteger(count) || count < 1) {
    throw new UsageError(`a checkpoint has a whole number of data files, 1 or more, not ${count}`);
  }
  const shards = Math.min(count, Math.max(sequence.length, 1));
  const total = sequence.reduce((sum, piece) => sum + length.at(piece), 0);
  const files: number[][] = Array.from({ length: shards }, () => []);
  let shard = 0;
  let done = 0;
  for (const [i, piece] of sequence.entries()) {
    const size = length.at(piece);
    const wanted = Math.floor(((done + size / 2) / Math.max(total, 1)) * shards);
    const next = shard + (files[shard]?.length === 0 ? 0 : 1);
    shard = Math.max(shard, Math.min(wanted, next, shards - 1), shards - (sequence.length - i));
    files[shard]?.push(piece);
    done += size;
  }
  return files.filter((file) => file.length > 0);
}

/** Cuts a file where it would become larger than `most`; a piece that is larger by itself has a file of its own. */
function noLargerThan(file: readonly number[], { length }: EntryTable, most: number): number[][] {
  const files: number[][] = [];
  let room = 0;
  for (const piece of file) {
    const bytes = length.at(piece);
    if (files.length === 0 || bytes > room) {
      files.push([]);
      room = most;
    }
    files.at(-1)?.push(piece);
    room -= bytes;
  }
  return files;
}

/** Deals the pieces out to the data files, in order; there is always one. */
export function assignShards(pieces: EntryTable, options: WriteOptions): number[][] {
  const { shards, maxShardBytes } = options;
  const asGiven = options.order === 'given' && typeof shards === 'number';
  let files = asGiven ? [Array.from({ length: pieces.count }, (_, piece) => piece)] : byOrigin(pieces, options);
  if (typeof shards === 'number') files = evenly(files.flat(), pieces, shards);
  if (maxShardBytes !== undefined) files = files.flatMap((file) => noLargerThan(file, pieces, maxShardBytes));
  return files.length === 0 ? [[]] : files;
}
