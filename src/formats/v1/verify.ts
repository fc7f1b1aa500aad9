/**
 * The check of a V1 checkpoint: every block of every file against its checksum, every record against the list of its file,
 * and what the files list against each other. Goes on after damage wherever it can.
 */

import { expectAll } from '../../bytes/missing.ts';
import { NameNumbers } from '../../bytes/name-numbers.ts';
import { compareBytes } from '../../bytes/text.ts';
import { CkptError, CorruptError, UnsupportedError } from '../../errors.ts';
import { type Store, supply } from '../../io/store.ts';
import { withFile } from '../../io/stored.ts';
import type { BlockHandle } from '../../sstable/format.ts';
import { largeEntries } from '../../sstable/large-block.ts';
import { coverageProblem } from '../../tensor/assembled-source.ts';
import { sameContent } from '../../tensor/same-content.ts';
import { encodeSliceKey } from '../../tensor/slice-key.ts';
import { type Box, boxOf, formatTensorSlice } from '../../tensor/tensor-slice.ts';
import type { Finding, VerifyOptions } from '../finding.ts';
import { findingOf, frameFindings } from '../footer-check.ts';
import type { Found } from '../format.ts';
import { StoredInPart } from '../stored-in-part.ts';
import { withPromised } from './open.ts';
import { type SavedPlace, SavedSlice } from './saved-slice.ts';
import { type ListedTensor, listedTensors, placeText } from './saved-slices.ts';
import { TableFile } from './table-file.ts';
import { type Listed, recordFindings, recordsOf, recordTitle } from './verify-record.ts';

/** One file: its blocks, then what it lists against what is stored. */
class TableCheck {
  /** What is wrong with the blocks that cannot be trusted, by their offsets. */
  readonly #damaged = new Map<number, CkptError>();
  /** Keys that are stored, as far as they can be read, and by their numbers those that are listed. */
  readonly #stored = new NameNumbers();
  #isListed = new Uint8Array(0);

  constructor(readonly file: TableFile) {}

  /** Walks every block and remembers the damaged ones: what lies in them is told tensor by tensor. */
  *frame(onBlock: (bytes: number) => void): Generator<Finding> {
    const { table, path } = this.file;
    yield* frameFindings(table, path, 'the table');
    try {
      this.#blocks(onBlock);
    } catch (error) {
      yield findingOf('index-damaged', error, { path });
    }
  }

  #blocks(onBlock: (bytes: number) => void): void {
    const { table, values, path } = this.file;
    let last: Uint8Array | undefined;
    for (const { handle } of table.blocks()) {
      try {
        values.checkBlock(handle);
        for (const key of this.#keysOf(handle)) {
          if (last !== undefined && compareBytes(key, last) <= 0) throw outOfOrder(path, handle);
          this.#stored.numberOf(key, 0, key.length);
          last = key;
        }
      } catch (error) {
        if (!(error instanceof CkptError)) throw error;
        this.#damaged.set(handle.offset, error);
        last = undefined;
      }
      onBlock(handle.length);
    }
  }

  *#keysOf(handle: BlockHandle): Generator<Uint8Array> {
    const { table, values, path } = this.file;
    if (values.isReadInPieces(handle)) {
      for (const { key } of largeEntries(table.source, handle, path)) yield key.slice();
      return;
    }
    const cursor = table.openBlock(handle, true);
    while (cursor.next()) yield cursor.key.slice(0, cursor.keyLength);
  }

  /** The records that the file lists: whether each is there, is its own, and holds what its slice takes. */
  *records(listed: readonly ListedTensor[]): Generator<Finding> {
    const { path, start, table } = this.file;
    this.#isListed = new Uint8Array(this.#stored.count);
    this.#noteListed(new Uint8Array(0));
    for (const { place, tensor } of this.#recordsOf(listed)) {
      const { name, title } = tensor;
      const key = encodeSliceKey(name, place.slice);
      this.#noteListed(key);
      const block = table.blockOf(key);
      const damage = block === undefined ? undefined : this.#damaged.get(block.offset);
      const about = { path, tensor: name };
      if (damage === undefined) yield* recordFindings(tensor, place, about);
      else {
        const message = `tensor ${title}: ${damage.message}`;
        yield {
          kind: 'tensor-checksum',
          severity: 'damage',
          message,
          ...about,
          offset: block === undefined ? undefined : start + block.offset,
        };
      }
    }
    yield* this.#left(listed);
  }

  /** The records that the file lists; made one by one, for there may be a million. */
  *#recordsOf(listed: readonly ListedTensor[]): Generator<Listed> {
    for (const tensor of listed) yield* recordsOf(tensor, this.file);
  }

  #noteListed(key: Uint8Array): void {
    const number = this.#stored.find(key, 0, key.length);
    if (number >= 0) this.#isListed[number] = 1;
  }

  /** Damaged blocks in which no listed record lies, and records that nothing lists. */
  *#left(listed: readonly ListedTensor[]): Generator<Finding> {
    const { path, start, table } = this.file;
    for (const { place, tensor } of this.#damaged.size === 0 ? [] : this.#recordsOf(listed)) {
      const block = table.blockOf(encodeSliceKey(tensor.name, place.slice));
      if (block !== undefined) this.#damaged.delete(block.offset);
    }
    for (const [offset, error] of this.#damaged)
      yield findingOf('index-damaged', error, { path, offset: start + offset });
    for (let number = 0; number < this.#stored.count; number++) {
      if (this.#isListed[number] === 1) continue;
      const title = recordTitle(this.#stored.bytesOf(number));
      const message = `a record ${title} is stored and not listed`;
      yield { kind: 'orphan-slice', severity: 'note', message, path, tensor: title };
    }
  }
}

function outOfOrder(path: string, { offset }: BlockHandle): CorruptError {
  return new CorruptError(`${path}: a key out of order in the block at ${offset}`, { where: 'table', path, offset });
}

/** What the files list, taken together: places that are listed twice, tensors that differ or lack a part. */
function* listFindings(listed: ListedTensor, inPart: StoredInPart): Generator<Finding> {
  const { name, shape, places, repeated, problem } = listed;
  const path = places[0]?.file.path;
  const about = { path, tensor: name };
  if (problem !== undefined) {
    const kind = problem instanceof UnsupportedError ? 'unknown-dtype' : 'invalid-entry';
    yield findingOf(kind, problem, about);
    return;
  }
  const firsts = new Map(repeated.length === 0 ? [] : places.map((place) => [placeText(place.slice, shape), place]));
  for (const again of repeated) yield repeatedFinding(listed, again, firsts.get(placeText(again.slice, shape)));
  const where = `tensor ${name}`;
  const boxes: Box[] = [];
  for (const { slice, file } of places) {
    try {
      boxes.push(boxOf(slice, shape, where));
    } catch (error) {
      yield findingOf('slice-out-of-range', error, { path: file.path, tensor: name });
    }
  }
  const gap = boxes.length === places.length ? coverageProblem(boxes, shape) : undefined;
  if (gap?.kind === 'incomplete') inPart.add(name);
  else if (gap !== undefined) {
    yield { kind: 'slices-overlap', severity: 'damage', message: `${where}: ${gap.message}`, ...about };
  }
}

/** A place that is listed again: the first is read. Two files may hold different values for it, and then one is wrong. */
function repeatedFinding(
  { name, type, shape }: ListedTensor,
  again: SavedPlace,
  first: SavedPlace | undefined,
): Finding {
  const about = { kind: 'slices-overlap', path: again.file.path, tensor: name } as const;
  const text = formatTensorSlice(again.slice) || '(all)';
  const box = first === undefined ? shape : boxOf(first.slice, shape, name).shape;
  const open = (place: SavedPlace): SavedSlice => new SavedSlice(name, name, type, box, place);
  if (first !== undefined && first.file !== again.file && differ(open(first), open(again))) {
    const message = `tensor ${name}: slice ${text} lies in ${first.file.path} too, with other values`;
    return { severity: 'damage', message, ...about };
  }
  return { severity: 'note', message: `tensor ${name}: slice ${text} is listed twice; the first is read`, ...about };
}

function differ(a: SavedSlice, b: SavedSlice): boolean {
  try {
    return !sameContent(a, b);
  } catch (error) {
    if (error instanceof CkptError) return false;
    throw error;
  }
}

/** The files that open; one that does not is a finding. */
async function* opened(store: Store, paths: readonly string[], into: TableFile[]): AsyncGenerator<Finding> {
  for (const [shard, path] of paths.entries()) {
    if ((await supply(() => store.size(path))) === undefined) {
      const message = 'the shard is missing; which tensors lie in it only it can tell';
      yield { kind: 'shard-missing', severity: 'damage', message, path };
      continue;
    }
    try {
      await supply(() => withFile(store, path, expectAll));
      into.push(new TableFile(store, path, shard));
    } catch (error) {
      if (error instanceof UnsupportedError) throw error; // sound, but not for this reader: neither yes nor no
      yield findingOf('index-damaged', error, { path });
    }
  }
}

/** Checks everything that can be checked about a V1 checkpoint, and goes on after the first finding. */
export async function* verifyTables(store: Store, found: Found, options: VerifyOptions = {}): AsyncGenerator<Finding> {
  const files: TableFile[] = [];
  try {
    const all = withPromised(found).files;
    yield* opened(store, all, files);
    const listed = listedTensors(files);
    for (const file of files) file.forgetList();
    const bytesTotal = files.reduce((sum, { file }) => sum + file.byteLength, 0);
    Object.assign(options.totals ?? {}, { tensors: listed.length, bytes: bytesTotal, files: all.length });
    const { lookout } = options;
    if (lookout !== undefined) lookout.isThere = listed.some(({ name }) => name === lookout.name);
    let bytesDone = 0;
    for (const file of files) {
      const check = new TableCheck(file);
      yield* check.frame((bytes) => {
        bytesDone += bytes;
        options.onProgress?.({ bytesDone, bytesTotal });
      });
      yield* check.records(listed);
      await new Promise(setImmediate);
    }
    const inPart = new StoredInPart();
    for (const tensor of listed) yield* listFindings(tensor, inPart);
    yield* inPart.findings(files[0]?.path);
  } finally {
    for (const file of files) file.close();
  }
}
