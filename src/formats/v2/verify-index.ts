/** The first half of a bundle's check: the index, block by block, entry by entry. Goes on after damage wherever it can. */

import { decodeText } from '../../bytes/text.ts';
import { TextMap, TextSet } from '../../bytes/text-map.ts';
import { CkptError, UnsupportedError } from '../../errors.ts';
import { type BundleEntry, decodeBundleEntry } from '../../proto/bundle.ts';
import type { BlockCursor } from '../../sstable/block.ts';
import type { BlockHandle } from '../../sstable/format.ts';
import { coverageProblem } from '../../tensor/assembled-source.ts';
import { elementCount, formatShape, sameShape } from '../../tensor/shape.ts';
import { decodeSliceKey, encodeSliceKey } from '../../tensor/slice-key.ts';
import { type Box, boxOf, formatTensorSlice, type TensorSlice } from '../../tensor/tensor-slice.ts';
import type { Finding, FindingKind } from '../finding.ts';
import { findingOf, frameFindings } from '../footer-check.ts';
import { StoredInPart } from '../stored-in-part.ts';
import type { BundleIndex } from './bundle-index.ts';
import { problemOf } from './bundle-tensor.ts';
import { ContentTable } from './content-table.ts';

export class IndexCheck {
  readonly contents: ContentTable;
  tensors = 0;
  #ordinal = 0;
  readonly #path: string;
  /** Stored parts met so far that no tensor has claimed; they come before all tensors whose names begin with no zero byte. */
  readonly #parts = new TextMap<{ readonly name: string; readonly slice: string; readonly entry: BundleEntry }>();

  /** Parts that a tensor has claimed before the walk came to them. */
  readonly #claimed = new TextSet();

  readonly #inPart = new StoredInPart();

  constructor(
    readonly index: BundleIndex,
    pathOf: (shard: number) => string,
  ) {
    this.contents = new ContentTable(pathOf);
    this.#path = index.path;
  }

  /** Walks every block; a damaged one is a finding, and the walk goes on behind it. */
  *run(): Generator<Finding> {
    yield* frameFindings(this.index.table, this.#path, 'the index');
    try {
      yield* this.#blocks();
    } catch (error) {
      yield findingOf('index-damaged', error, { path: this.#path });
    }
    yield* this.#inPart.findings(this.#path);
    for (const { name, slice } of this.#parts.values()) {
      const message = `a stored part ${slice} of ${name} is listed by no tensor`;
      yield { kind: 'orphan-slice', severity: 'note', message, path: this.#path, tensor: name };
    }
  }

  *#blocks(): Generator<Finding> {
    let last: Uint8Array | undefined;
    for (const { handle } of this.index.table.blocks()) {
      try {
        const cursor = this.index.table.openBlock(handle);
        if (last !== undefined) cursor.follow(last);
        while (cursor.next()) yield* this.#entry(cursor);
        last = cursor.key.slice(0, cursor.keyLength);
      } catch (error) {
        yield findingOf('index-damaged', error, { path: this.#path, offset: handle.offset });
        last = undefined;
      }
    }
  }

  *#entry(cursor: BlockCursor): Generator<Finding> {
    const ordinal = this.#ordinal++;
    if (cursor.keyLength === 0) return;
    const key = cursor.key.subarray(0, cursor.keyLength);
    const part = key[0] === 0 ? partOf(key) : undefined;
    const name = part?.name ?? decodeText(key);
    let entry: BundleEntry;
    try {
      entry = decodeBundleEntry(cursor.value());
    } catch (error) {
      this.tensors++;
      yield findingOf('invalid-entry', error, { path: this.#path, tensor: name });
      return;
    }
    if (part === undefined) this.tensors++;
    else if (!this.#claimed.has(decodeText(key))) this.#parts.set(decodeText(key), { ...part, entry });
    yield* this.#sound(name, entry, ordinal);
  }

  /** Checks an entry by itself, and notes the bytes that it owns. */
  *#sound(name: string, entry: BundleEntry, ordinal: number): Generator<Finding> {
    const problem = problemOf(name, entry);
    if (problem !== undefined) yield findingOf(kindOf(problem, entry), problem, { path: this.#path, tensor: name });
    else if (entry.slices.length > 0) yield* this.#partitioned(name, entry);
    else this.contents.add(entry, elementCount(entry.shape), ordinal);
  }

  /** The stored part that a tensor lists; the part of a name that begins with a zero byte may still be to come. */
  #claim(name: string, slice: TensorSlice): BundleEntry | undefined {
    const key = decodeText(encodeSliceKey(name, slice));
    const met = this.#parts.get(key)?.entry;
    if (met !== undefined || !name.startsWith('\0')) {
      this.#parts.delete(key);
      return met;
    }
    this.#claimed.add(key);
    try {
      return this.index.sliceEntryOf(name, slice);
    } catch (error) {
      if (error instanceof CkptError) return undefined;
      throw error;
    }
  }

  *#partitioned(name: string, entry: BundleEntry): Generator<Finding> {
    const where = `tensor ${name}`;
    const about = { path: this.#path, tensor: name };
    const boxes: Box[] = [];
    for (const slice of entry.slices) {
      const part = this.#claim(name, slice);
      try {
        const box = boxOf(slice, entry.shape, where);
        boxes.push(box);
        if (part !== undefined && (part.dtype !== entry.dtype || !sameShape(part.shape, box.shape))) {
          const message = `${where}: the part ${formatTensorSlice(slice)} has shape ${formatShape(part.shape)} and dtype ${part.dtype}`;
          const expected = `shape ${formatShape(box.shape)}, dtype ${entry.dtype}`;
          yield { kind: 'slice-mismatch', severity: 'damage', message, expected, ...about };
        }
      } catch (error) {
        yield findingOf('slice-out-of-range', error, about);
      }
      if (part === undefined) {
        const message = `${where}: the part ${formatTensorSlice(slice)} is not in the index`;
        yield { kind: 'slice-missing', severity: 'damage', message, ...about };
      }
    }
    const problem = boxes.length === entry.slices.length ? coverageProblem(boxes, entry.shape) : undefined;
    if (problem?.kind === 'overlap') {
      yield { kind: 'slices-overlap', severity: 'damage', message: `${where}: ${problem.message}`, ...about };
    } else if (problem !== undefined) this.#inPart.add(name);
  }
}

function kindOf(problem: CkptError, entry: BundleEntry): FindingKind {
  if (problem instanceof UnsupportedError) return 'unknown-dtype';
  const possible = entry.size >= 0 && entry.offset >= 0 && entry.shape.every((size) => size >= 0);
  return possible && elementCount(entry.shape) <= Number.MAX_SAFE_INTEGER ? 'size-mismatch' : 'invalid-entry';
}

function partOf(key: Uint8Array): { name: string; slice: string } | undefined {
  try {
    const { name, slice } = decodeSliceKey(key);
    return { name, slice: formatTensorSlice(slice) };
  } catch {
    return undefined;
  }
}

/** The blocks as far as the index block names them. */
function* blocksUntilDamage({ table }: BundleIndex): Generator<BlockHandle> {
  try {
    for (const { handle } of table.blocks()) yield handle;
  } catch (error) {
    if (!(error instanceof CkptError)) throw error;
  }
}

/** The names behind some ordinals of the walk, found by walking again. */
export function namesAt(index: BundleIndex, ordinals: ReadonlySet<number>): Map<number, string> {
  const names = new Map<number, string>();
  let ordinal = 0;
  for (const handle of blocksUntilDamage(index)) {
    try {
      const cursor = index.table.openBlock(handle);
      for (; cursor.next(); ordinal++) {
        if (!ordinals.has(ordinal)) continue;
        const key = cursor.key.slice(0, cursor.keyLength);
        const part = key[0] === 0 ? partOf(key) : undefined;
        names.set(ordinal, part === undefined ? decodeText(key) : `${part.name} (part ${part.slice})`);
      }
    } catch (error) {
      if (!(error instanceof CkptError)) throw error;
    }
  }
  return names;
}
