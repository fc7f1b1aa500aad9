/**
 * The check of a V1 checkpoint: every block of every file against its checksum, every record against the list of its file,
 * and what the files list against each other. Goes on after damage wherever it can.
 */

import { expectAll } from '../../bytes/missing.ts';
import { type ByteSource, readBytes } from '../../bytes/source.ts';
import { compareBytes, decodeBytes, encodeBytes, encodeText } from '../../bytes/text.ts';
import { TextSet } from '../../bytes/text-map.ts';
import { CkptError, CorruptError, UnsupportedError } from '../../errors.ts';
import { type Store, supply } from '../../io/store.ts';
import { withFile } from '../../io/stored.ts';
import { decodeTensorSlice } from '../../proto/tensor-shape.ts';
import type { BlockHandle } from '../../sstable/format.ts';
import { largeEntries } from '../../sstable/large-block.ts';
import { coverageProblem } from '../../tensor/assembled-source.ts';
import { sameContent } from '../../tensor/same-content.ts';
import { decodeSliceKey, encodeSliceKey } from '../../tensor/slice-key.ts';
import { type Box, boxOf, formatTensorSlice, type TensorSlice } from '../../tensor/tensor-slice.ts';
import type { Finding, VerifyOptions } from '../finding.ts';
import { findingOf, frameFindings } from '../footer-check.ts';
import type { Found } from '../format.ts';
import { StoredInPart } from '../stored-in-part.ts';
import { withPromised } from './open.ts';
import { type SavedPlace, SavedSlice } from './saved-slice.ts';
import { type ListedTensor, listedTensors, placeText } from './saved-slices.ts';
import { TableFile } from './table-file.ts';

/** No slice of the highest rank takes more. */
const MOST_SLICE_BYTES = 1 << 14;

/** A record that a file lists, as a tensor of its own. */
interface Listed {
  readonly place: SavedPlace;
  readonly tensor: SavedSlice;
}

/** One file: its blocks, then what it lists against what is stored. */
class TableCheck {
  /** What is wrong with the blocks that cannot be trusted, by their offsets. */
  readonly #damaged = new Map<number, CkptError>();
  /** Keys that are stored, as far as they can be read; a character for each byte, which are no text. */
  readonly #stored = new TextSet();

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
          this.#stored.add(decodeBytes(key));
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
  *records(listed: readonly Listed[]): Generator<Finding> {
    const { path, start, table } = this.file;
    for (const { place, tensor } of listed) {
      const { name, title } = tensor;
      const key = encodeSliceKey(name, place.slice);
      this.#stored.delete(decodeBytes(key));
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

  /** Damaged blocks in which no listed record lies, and records that nothing lists. */
  *#left(listed: readonly Listed[]): Generator<Finding> {
    const { path, start, table } = this.file;
    for (const { place, tensor } of this.#damaged.size === 0 ? [] : listed) {
      const block = table.blockOf(encodeSliceKey(tensor.name, place.slice));
      if (block !== undefined) this.#damaged.delete(block.offset);
    }
    for (const [offset, error] of this.#damaged)
      yield findingOf('index-damaged', error, { path, offset: start + offset });
    this.#stored.delete('');
    for (const key of this.#stored) {
      const message = `a record ${recordTitle(key)} is stored and not listed`;
      yield { kind: 'orphan-slice', severity: 'note', message, path, tensor: recordTitle(key) };
    }
  }
}

function outOfOrder(path: string, { offset }: BlockHandle): CorruptError {
  return new CorruptError(`${path}: a key out of order in the block at ${offset}`, { where: 'table', path, offset });
}

/** What a key says of itself. */
function recordTitle(key: string): string {
  try {
    const { name, slice } = decodeSliceKey(encodeBytes(key));
    return `${name} ${formatTensorSlice(slice)}`.trimEnd();
  } catch (error) {
    if (error instanceof CkptError) return 'under a key that names no slice';
    throw error;
  }
}

/** One record by itself. */
function* recordFindings(tensor: SavedSlice, place: SavedPlace, about: Partial<Finding>): Generator<Finding> {
  const { title, name } = tensor;
  if (tensor.problem !== undefined) return;
  const found = place.file.find(name, place.slice);
  if (found === undefined) {
    const message = `tensor ${title}: slice ${formatTensorSlice(place.slice) || '(all)'} is listed and not stored`;
    yield { kind: 'slice-missing', severity: 'damage', message, ...about };
    return;
  }
  const at = { ...about, offset: place.file.start + found.offset };
  try {
    const record = tensor.record();
    if (!holds(record.name, encodeText(name)) || !holdsSlice(record.slice, place.slice)) {
      const message = `tensor ${title}: its record says that it is another`;
      yield { kind: 'slice-mismatch', severity: 'damage', message, ...at };
    }
    void tensor.source;
  } catch (error) {
    yield findingOf('size-mismatch', error, at);
  }
}

/** Whether a field has exactly these bytes. */
function holds(field: ByteSource | undefined, bytes: Uint8Array): boolean {
  const length = field?.byteLength ?? 0;
  return length === bytes.length && (field === undefined || compareBytes(readBytes(field, 0, length), bytes) === 0);
}

/** Whether a field names this slice; how it is encoded does not matter. */
function holdsSlice(field: ByteSource | undefined, slice: TensorSlice): boolean {
  if (field === undefined) return slice.length === 0;
  if (field.byteLength > MOST_SLICE_BYTES) return false;
  const bytes = readBytes(field, 0, field.byteLength);
  return formatTensorSlice(decodeTensorSlice({ bytes, at: 0, end: bytes.length })) === formatTensorSlice(slice);
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
  for (const again of repeated) yield repeatedFinding(listed, again);
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
function repeatedFinding({ name, type, shape, places }: ListedTensor, again: SavedPlace): Finding {
  const about = { kind: 'slices-overlap', path: again.file.path, tensor: name } as const;
  const text = formatTensorSlice(again.slice) || '(all)';
  const first = places.find(({ slice }) => placeText(slice, shape) === placeText(again.slice, shape));
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
    const bytesTotal = files.reduce((sum, { file }) => sum + file.byteLength, 0);
    Object.assign(options.totals ?? {}, { tensors: listed.length, bytes: bytesTotal, files: all.length });
    let bytesDone = 0;
    for (const file of files) {
      const check = new TableCheck(file);
      yield* check.frame((bytes) => {
        bytesDone += bytes;
        options.onProgress?.({ bytesDone, bytesTotal });
      });
      yield* check.records(listed.flatMap((tensor) => recordsOf(tensor, file)));
      await new Promise(setImmediate);
    }
    const inPart = new StoredInPart();
    for (const tensor of listed) yield* listFindings(tensor, inPart);
    yield* inPart.findings(files[0]?.path);
  } finally {
    for (const file of files) file.close();
  }
}

/** The records of a tensor that a file lists, those that it lists again included. */
function recordsOf({ name, type, shape, places, repeated, problem }: ListedTensor, file: TableFile): Listed[] {
  const single = places.length === 1;
  const seen = new TextSet();
  return [...places, ...repeated]
    .filter(
      (place) =>
        place.file === file && !seen.has(formatTensorSlice(place.slice)) && seen.add(formatTensorSlice(place.slice)),
    )
    .map((place) => {
      const part = shape.map((size, axis) => place.slice[axis]?.length ?? size);
      const title = single ? name : `${name} (part ${formatTensorSlice(place.slice)})`;
      return { place, tensor: new SavedSlice(title, name, type, part, place, problem) };
    });
}
