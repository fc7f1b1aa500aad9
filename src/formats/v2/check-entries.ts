/**
 * What a rename asks of an index before it copies its entries as they stand: that they are sound, and which data files must be
 * there. The index alone says that: what lies beside it may be of another checkpoint.
 */
import { maskCrc } from '../../bytes/crc32c.ts';
import { CorruptError, NotACheckpointError } from '../../errors.ts';
import { type BundleEntry, decodeBundleEntry } from '../../proto/bundle.ts';
import type { BlockCursor } from '../../sstable/block.ts';
import { coverageProblem } from '../../tensor/assembled-source.ts';
import { dtypeOfNumber } from '../../tensor/dtype.ts';
import { sameShape } from '../../tensor/shape.ts';
import { type Box, boxOf, formatTensorSlice } from '../../tensor/tensor-slice.ts';
import { carriedDamage } from '../carried-damage.ts';
import type { RenameOptions } from '../format.ts';
import { isPlainlySound, problemOf } from './bundle-tensor.ts';
import { entryProblem } from './bundle-tensors.ts';
import type { Bundle } from './open.ts';

/** The checksum of no bytes, as it is stored. */
const OF_NOTHING = maskCrc(0);

/** What is wrong with the parts of a tensor, and carried on if that is wanted; throws for parts that leave the shape. */
function partsProblem({ index }: Bundle, name: string, { slices, shape, dtype }: BundleEntry): string | undefined {
  const where = `tensor ${name}`;
  const boxes: Box[] = [];
  for (const slice of slices) {
    const box = boxOf(slice, shape, where);
    boxes.push(box);
    const part = index.sliceEntryOf(name, slice);
    const text = formatTensorSlice(slice);
    if (part === undefined) return `${where}: its part ${text} is not in the index`;
    if (part.dtype !== dtype || !sameShape(part.shape, box.shape))
      return `${where}: its part ${text} is of another shape`;
  }
  const problem = coverageProblem(boxes, shape);
  return problem?.kind === 'overlap' ? `${where}: ${problem.message}` : undefined;
}

/** The entries of an index, looked at once. */
class EntryCheck {
  /** Where the bytes of entries end in each shard that holds any. */
  readonly ends = new Map<number, number>();
  readonly carried: string[] = [];
  #shard = -1;
  #end = 0;

  constructor(
    readonly bundle: Bundle,
    readonly force: boolean,
  ) {
    for (const cursor of bundle.index.blockCursors()) {
      while (cursor.next()) if (cursor.keyLength > 0) this.#entry(cursor);
    }
    this.#leaveShard();
  }

  #entry(cursor: BlockCursor): void {
    const entry = this.#decode(cursor);
    const dtype = dtypeOfNumber(entry.dtype);
    if (dtype === undefined || !isPlainlySound(dtype, entry)) this.#odd(cursor.keyText(), entry);
    if (entry.size === 0 || entry.slices.length > 0) return;
    if (entry.shardId !== this.#shard) {
      this.#leaveShard();
      this.#shard = entry.shardId;
      this.#end = this.ends.get(entry.shardId) ?? 0;
    }
    this.#end = Math.max(this.#end, entry.offset + entry.size);
  }

  /** Entries of one shard mostly follow each other. */
  #leaveShard(): void {
    if (this.#end > 0) this.ends.set(this.#shard, this.#end);
  }

  #decode(cursor: BlockCursor): BundleEntry {
    try {
      return decodeBundleEntry(cursor.value());
    } catch (error) {
      throw entryProblem(cursor.keyText(), error);
    }
  }

  #odd(name: string, entry: BundleEntry): void {
    const where = `tensor ${name}`;
    const problem = problemOf(name, entry);
    if (problem !== undefined) this.carried.push(carriedDamage(problem.message, where, this.force));
    if (problem !== undefined) return;
    if (entry.slices.length === 0) {
      if (entry.size > 0 || entry.crc32c === OF_NOTHING) return;
      this.carried.push(carriedDamage(`${where}: it has no bytes, and the checksum of some`, where, this.force));
      return;
    }
    const parts = partsProblem(this.bundle, name, entry);
    if (parts !== undefined) this.carried.push(carriedDamage(parts, where, this.force));
  }
}

/** A data file that a rename takes over, by its shard, with the bytes that it has, or must have. */
export interface NeededFile {
  readonly shard: number;
  readonly byteLength: number;
}

/**
 * The data files of a bundle that are to be taken over, in order, and what is wrong with it and said of the output. Throws a
 * `CkptError` where the index is not sound, unless told to go on by `force`, or a data file that it needs is cut off, or not
 * there, unless all may be `absent`.
 */
export function checkEntries(
  bundle: Bundle,
  { force = false, absent = false }: Pick<RenameOptions, 'force' | 'absent'>,
): { readonly files: readonly NeededFile[]; readonly notes: readonly string[] } {
  const { prefix, index, present } = bundle;
  const { numShards } = index.header;
  const { ends, carried } = new EntryCheck(bundle, force);
  const paths = new Set(present.map(({ path }) => path));
  const missing: number[] = [];
  for (const shard of ends.keys()) {
    if (shard < 0 || shard >= Math.max(numShards, 1)) throw outside(prefix, shard, numShards);
    const path = bundle.dataPath(shard);
    // A folder that cannot be listed may hold it all the same.
    if (!paths.has(path) && bundle.store.size(path) !== undefined) paths.add(path);
    if (!absent && !paths.has(path)) missing.push(shard);
  }
  if (missing.length > 0) throw incomplete(bundle, ends.size, missing);
  const taken = present.map(({ shard }) => shard).filter((shard) => paths.has(bundle.dataPath(shard)));
  const shards = [...new Set([...taken, ...ends.keys()])].filter((shard) => shard < numShards).sort((a, b) => a - b);
  const files = shards.map((shard) => {
    const end = ends.get(shard) ?? 0;
    const byteLength = bundle.store.size(bundle.dataPath(shard)) ?? end;
    if (byteLength < end) throw cutOff(bundle.dataPath(shard), byteLength, end);
    return { shard, byteLength };
  });
  return { files, notes: carried };
}

function outside(prefix: string, shard: number, shards: number): CorruptError {
  const where = `index of ${prefix}`;
  return new CorruptError(
    `the ${where} has a tensor in shard ${shard}, and there are ${shards}; ckpt doctor says more`,
    {
      where,
    },
  );
}

function cutOff(path: string, byteLength: number, end: number): CorruptError {
  return new CorruptError(
    `the data file ${path} is cut off: it has ${byteLength} bytes, and its tensors need ${end}; ckpt doctor says more`,
    { where: 'data file', path, offset: byteLength },
  );
}

function incomplete(bundle: Bundle, needed: number, missing: readonly number[]): NotACheckpointError {
  const { prefix } = bundle;
  const first = bundle.dataPath(missing[0] as number);
  const others = missing.length === 1 ? '' : `, as ${missing.length - 1} more`;
  const all = needed === 1 ? 'it along' : `all ${needed} that the index of ${prefix} needs`;
  return new NotACheckpointError(`the data file ${first} is missing${others}; a rename takes ${all}`, first);
}
