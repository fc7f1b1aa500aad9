/** Copying whole data files of a bundle, byte for byte, while every tensor in them is checked. */
import { RegionSource } from '../../bytes/source.ts';
import type { FileSink } from '../../io/atomic-files.ts';
import { fileSize } from '../../io/file-source.ts';
import { type BundleEntry, decodeBundleEntry } from '../../proto/bundle.ts';
import type { BlockCursor } from '../../sstable/block.ts';
import { storedChecksum } from '../../tensor/checksum.ts';
import { dtypeOfNumber } from '../../tensor/dtype.ts';
import { elementCount } from '../../tensor/shape.ts';
import { checksumMismatch } from '../recorded-checksum.ts';
import type { WriteOptions } from '../write-plan.ts';
import { BundleTensor, problemOf } from './bundle-tensor.ts';
import { entryProblem } from './bundle-tensors.ts';
import { ContentTable } from './content-table.ts';
import { CopyRuns, type Owner, UNCLAIMED } from './copy-ranges.ts';
import type { Bundle } from './open.ts';

/** A data file, and the file that it is copied to; undefined for one that is not copied. */
export interface ShardCopy {
  readonly shard: number;
  readonly path: string;
  readonly sink: FileSink | undefined;
}

function entryAt(cursor: BlockCursor): BundleEntry {
  try {
    return decodeBundleEntry(cursor.value());
  } catch (error) {
    throw entryProblem(cursor.keyText(), error);
  }
}

/** The entries that own bytes; throws for one that is not sound. */
function contentsOf(bundle: Bundle): ContentTable {
  const contents = new ContentTable();
  let ordinal = -1;
  for (const cursor of bundle.index.blockCursors()) {
    while (cursor.next()) {
      ordinal++;
      if (cursor.keyLength === 0) continue;
      const entry = entryAt(cursor);
      const problem = problemOf(cursor.keyText(), entry);
      if (problem !== undefined) throw problem;
      if (entry.slices.length === 0) contents.add(entry, elementCount(entry.shape), ordinal);
      else bundle.partsOf(cursor.keyText(), entry);
    }
  }
  return contents;
}

/** The tensor or part whose entry has a place in the walk over the index. */
function ownerAt(bundle: Bundle, ordinal: number): Owner {
  let at = 0;
  for (const cursor of bundle.index.table.entries()) {
    if (at++ !== ordinal) continue;
    const name = cursor.keyText();
    return { name, tensor: new BundleTensor(name, entryAt(cursor), bundle) };
  }
  throw new RangeError(`there is no entry ${ordinal}`);
}

class ShardRuns {
  readonly runs: CopyRuns;
  /** Rows of strings and variants, whose checksums follow rules of their own. */
  readonly structured: number[] = [];

  constructor(
    readonly contents: ContentTable,
    readonly shards: readonly ShardCopy[],
  ) {
    this.runs = new CopyRuns(
      shards.map(({ path }) => path),
      shards.map(({ sink }) => sink),
    );
    const starts = shards.map(() => 0);
    const numbers = new Map(shards.map(({ shard }, i) => [shard, i]));
    for (const row of contents.inFileOrder()) {
      const file = numbers.get(contents.shard.at(row));
      if (file !== undefined && shards[file]?.sink !== undefined) this.#row(row, file, starts);
    }
    for (const [file, { path, sink }] of shards.entries()) {
      if (sink !== undefined) this.#gap(file, starts[file] as number, fileSize(path) ?? 0);
    }
  }

  #add(file: number, offset: number, length: number, crc32c: number, owner: number): void {
    const { runs } = this;
    runs.file.push(file);
    runs.offset.push(offset);
    runs.length.push(length);
    runs.target.push(file);
    runs.place.push(offset);
    runs.crc32c.push(crc32c);
    runs.owner.push(owner);
  }

  /** Bytes that no tensor claims are copied too. */
  #gap(file: number, from: number, to: number): void {
    if (to > from) this.#add(file, from, to - from, UNCLAIMED, -1);
  }

  #row(row: number, file: number, starts: number[]): void {
    const { contents } = this;
    const [offset, size] = [contents.offset.at(row), contents.size.at(row)];
    if (size === 0) return;
    const numeric = (dtypeOfNumber(contents.dtype.at(row))?.width ?? 0) > 0;
    if (!numeric) this.structured.push(row);
    this.#gap(file, starts[file] as number, offset);
    this.#add(file, offset, size, numeric ? contents.crc32c.at(row) : UNCLAIMED, contents.ordinal.at(row));
    starts[file] = Math.max(starts[file] as number, offset + size);
  }
}

function checkStructured(bundle: Bundle, contents: ContentTable, row: number): void {
  const dtype = dtypeOfNumber(contents.dtype.at(row));
  if (dtype === undefined) return;
  const { name, tensor } = ownerAt(bundle, contents.ordinal.at(row));
  void tensor.source; // throws where its bytes are not in the file
  const file = bundle.dataFile(contents.shard.at(row));
  const region = new RegionSource(file, contents.offset.at(row), contents.size.at(row));
  const actual = storedChecksum(dtype, region, contents.elements.at(row), bundle.byteOrder);
  if (actual !== contents.crc32c.at(row)) throw checksumMismatch(name, contents.crc32c.at(row), actual);
}

/** Copies the shards that have a sink; throws a {@link CkptError} for a tensor that is not sound, unless told not to check. */
export async function copyShards(
  bundle: Bundle,
  shards: readonly ShardCopy[],
  { verify = true, onProgress }: Pick<WriteOptions, 'verify' | 'onProgress'>,
): Promise<void> {
  const contents = verify ? contentsOf(bundle) : new ContentTable();
  const { runs, structured } = new ShardRuns(contents, shards);
  for (const row of structured) checkStructured(bundle, contents, row);
  const bytesTotal = runs.length.view().reduce((sum, length) => sum + length, 0);
  await runs.run({
    verify,
    onProgress: (bytesDone) => onProgress?.({ bytesDone, bytesTotal }),
    ownerOf: (ordinal) => ownerAt(bundle, ordinal),
  });
}
