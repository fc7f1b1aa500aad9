/** The content of data files that are copied whole, byte for byte, while every tensor in them is checked. */
import { RegionSource } from '../../bytes/source.ts';
import { Turns } from '../../bytes/turns.ts';
import { fileSize } from '../../io/file-source.ts';
import { type BundleEntry, decodeBundleEntry } from '../../proto/bundle.ts';
import type { BlockCursor } from '../../sstable/block.ts';
import { dtypeOfNumber } from '../../tensor/dtype.ts';
import { elementCount } from '../../tensor/shape.ts';
import type { Contents, Owner, PulledContent } from '../write-layout.ts';
import { BundleTensor, problemOf } from './bundle-tensor.ts';
import { entryProblem } from './bundle-tensors.ts';
import { ContentTable, UNCLAIMED } from './content-table.ts';
import type { Bundle } from './open.ts';

function entryAt(cursor: BlockCursor): BundleEntry {
  try {
    return decodeBundleEntry(cursor.value());
  } catch (error) {
    throw entryProblem(cursor.keyText(), error);
  }
}

/** Adds the entries that own bytes; throws for one that is not sound. */
async function addEntries(bundle: Bundle, contents: ContentTable, turns: Turns): Promise<void> {
  let ordinal = -1;
  for (const cursor of bundle.index.blockCursors()) {
    await turns.give();
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

/** Strings or variants as they lie in their file, whose checksums follow rules of their own. */
function structuredAt(bundle: Bundle, contents: ContentTable, row: number): PulledContent | undefined {
  const dtype = dtypeOfNumber(contents.dtype.at(row));
  const ordinal = contents.ordinal.at(row);
  if (ordinal === UNCLAIMED || dtype === undefined || dtype.width > 0) return undefined;
  const file = bundle.dataFile(contents.shardAt(row));
  const [offset, byteLength] = [contents.offset.at(row), contents.length.at(row)];
  if (offset + byteLength > file.byteLength) void ownerAt(bundle, ordinal).tensor.source; // throws, with its name
  const source = new RegionSource(file, offset, byteLength);
  const shape = [contents.elements.at(row)];
  const tensor = { dtype, shape, byteLength, source, crc32c: contents.crc32c.at(row) };
  return { tensor, byteOrder: bundle.byteOrder };
}

/** The rows of each file in order, with what no tensor claims between them. */
class WholeFiles {
  readonly rows: number[][];
  /** Where the rows of each file end so far. */
  readonly #ends: number[];

  constructor(
    readonly contents: ContentTable,
    order: Uint32Array,
    copied: (file: number) => boolean,
  ) {
    this.rows = contents.paths.map(() => []);
    this.#ends = contents.paths.map(() => 0);
    for (const row of order) if (copied(contents.file.at(row))) this.#add(row);
    for (const [file, path] of contents.paths.entries()) if (copied(file)) this.#fill(file, fileSize(path) ?? 0);
  }

  #add(row: number): void {
    const { file, offset, length } = this.contents;
    if (length.at(row) === 0) return;
    const number = file.at(row);
    const end = offset.at(row) + length.at(row);
    this.#fill(number, offset.at(row));
    this.rows[number]?.push(row);
    this.#ends[number] = Math.max(this.#ends[number] as number, end);
  }

  /** Bytes that no tensor claims are copied too. */
  #fill(file: number, to: number): void {
    const from = this.#ends[file] as number;
    if (to > from) this.rows[file]?.push(this.contents.addUnclaimed(file, from, to - from));
  }
}

/**
 * The content of the data files of `shards`, numbered in this order, of which some are `copied`. Throws a `CkptError` for an
 * entry that is not sound, unless told not to look.
 */
export async function wholeFiles(
  bundle: Bundle,
  shards: readonly number[],
  copied: (file: number) => boolean,
  verify: boolean,
): Promise<Contents> {
  const turns = new Turns();
  const contents = new ContentTable((shard) => bundle.dataPath(shard));
  for (const shard of shards) contents.fileOf(shard);
  if (verify) await addEntries(bundle, contents, turns);
  const { rows } = new WholeFiles(contents, await contents.inFileOrder(turns), copied);
  return {
    table: contents,
    rows,
    pulled: (row) => structuredAt(bundle, contents, row),
    ownerOf: (row) => ownerAt(bundle, contents.ordinal.at(row)),
  };
}
