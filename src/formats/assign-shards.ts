/** Which content goes into which data file, and in what order; entries are told by their numbers. */
import { UsageError } from '../errors.ts';
import { NO_FILE } from '../io/range-table.ts';
import type { EntryTable } from './entry-table.ts';
import type { WriteOptions } from './write-plan.ts';

/**
 * Entries by the file they come from, the files in the order of their shards, each file's entries as they lie in it. What
 * comes from memory joins the last of them, or makes a file of its own where the others are to be taken over as they are.
 */
function byOrigin(entries: EntryTable, options: WriteOptions): number[][] {
  const groups = new Map<number, number[]>();
  for (let entry = 0; entry < entries.count; entry++) {
    const from = entries.file.at(entry);
    const group = groups.get(from);
    if (group === undefined) groups.set(from, [entry]);
    else group.push(entry);
  }
  const memory = groups.get(NO_FILE) ?? [];
  groups.delete(NO_FILE);
  const shardOf = (group: readonly number[]): number => entries.fromShard.at(group[0] as number);
  const files = [...groups.values()].sort((a, b) => shardOf(a) - shardOf(b));
  if (options.order !== 'given') for (const file of files) sortAsStored(file, entries);
  const takenOver = options.reuse !== undefined && options.reuse !== 'copy';
  const last = files.at(-1);
  if (memory.length > 0 && (last === undefined || takenOver)) files.push(memory);
  else if (last !== undefined) for (const entry of memory) last.push(entry);
  return files;
}

/** An empty tensor lies where the next one starts, and comes first. */
function sortAsStored(file: number[], { offset, length }: EntryTable): void {
  const above = (a: number, b: number): number => offset.at(a) - offset.at(b) || length.at(a) - length.at(b);
  if (file.some((entry, i) => i > 0 && above(file[i - 1] as number, entry) > 0)) file.sort(above);
}

/** Cuts a sequence of entries into `count` files of about the same size, none of them empty while there are entries enough. */
function evenly(sequence: readonly number[], { length }: EntryTable, count: number): number[][] {
  if (!Number.isInteger(count) || count < 1) {
    throw new UsageError(`a checkpoint has a whole number of data files, 1 or more, not ${count}`);
  }
  const shards = Math.min(count, Math.max(sequence.length, 1));
  const total = sequence.reduce((sum, entry) => sum + length.at(entry), 0);
  const files: number[][] = Array.from({ length: shards }, () => []);
  let shard = 0;
  let done = 0;
  for (const [i, entry] of sequence.entries()) {
    const size = length.at(entry);
    const wanted = Math.floor(((done + size / 2) / Math.max(total, 1)) * shards);
    const next = shard + (files[shard]?.length === 0 ? 0 : 1);
    shard = Math.max(shard, Math.min(wanted, next, shards - 1), shards - (sequence.length - i));
    files[shard]?.push(entry);
    done += size;
  }
  return files.filter((file) => file.length > 0);
}

/** Cuts a file where it would become larger than `most`; a entry that is larger by itself has a file of its own. */
function noLargerThan(file: readonly number[], { length }: EntryTable, most: number): number[][] {
  const files: number[][] = [];
  let room = 0;
  for (const entry of file) {
    const bytes = length.at(entry);
    if (files.length === 0 || bytes > room) {
      files.push([]);
      room = most;
    }
    files.at(-1)?.push(entry);
    room -= bytes;
  }
  return files;
}

/** Whether the file of every entry is given. */
export function isGivenShards(shards: WriteOptions['shards']): shards is readonly number[] {
  return typeof shards === 'object';
}

/** The entries by the file that each is given; every file has one. */
function asTold(entries: EntryTable, shards: readonly number[]): number[][] {
  const files: number[][] = Array.from({ length: Math.max(0, ...shards) + 1 }, () => []);
  for (const [entry, shard] of shards.entries()) files[shard]?.push(entry);
  if (shards.length === entries.count && files.every(({ length }) => length > 0)) return files;
  throw new UsageError(`${shards.length} shards are given for ${entries.count} tensors, or one of them is empty`);
}

/** Deals the entries out to the data files, in order; there is always one. */
export function assignShards(entries: EntryTable, options: WriteOptions): number[][] {
  const { shards, maxShardBytes } = options;
  if (maxShardBytes !== undefined && !(maxShardBytes >= 1)) {
    throw new UsageError(`a data file has a largest size of one byte or more, not ${maxShardBytes}`);
  }
  if (isGivenShards(shards)) return asTold(entries, shards);
  const asGiven = options.order === 'given' && typeof shards === 'number';
  let files = asGiven ? [Array.from({ length: entries.count }, (_, entry) => entry)] : byOrigin(entries, options);
  if (typeof shards === 'number') files = evenly(files.flat(), entries, shards);
  if (maxShardBytes !== undefined) files = files.flatMap((file) => noLargerThan(file, entries, maxShardBytes));
  return files.length === 0 ? [[]] : files;
}
