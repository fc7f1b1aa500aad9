/** The content that a checkpoint is to hold, column by column in the order of a map: there may be a million entries. */
import { SmallColumn } from '../bytes/column.ts';
import type { ByteSource } from '../bytes/source.ts';
import { survivesEncoding } from '../bytes/text.ts';
import { CorruptError, NameError, NotACheckpointError } from '../errors.ts';
import type { HeldFile } from '../io/file-identity.ts';
import { FileSource } from '../io/file-source.ts';
import { NO_CHECKSUM, NO_FILE, RangeTable } from '../io/range-table.ts';
import { coverageProblem } from '../tensor/assembled-source.ts';
import type { Shape } from '../tensor/shape.ts';
import type { ByteRange, Tensor, TensorMap, TensorPart } from '../tensor/tensor.ts';
import { boxOf, type TensorSlice } from '../tensor/tensor-slice.ts';
import { carriedDamage } from './carried-damage.ts';
import type { WriteOptions } from './write-plan.ts';

/** Throws {@link NameError} for what would not be the same name when it is read again; the empty key is the header's. */
export function checkName(name: string): void {
  if (name === '') throw new NameError('a tensor needs a name; one has the empty name', { colliding: [name] });
  if (!survivesEncoding(name)) {
    throw new NameError(`the name ${JSON.stringify(name)} is no text: it holds half of a surrogate pair`, {
      colliding: [name],
    });
  }
}

/** Throws where a tensor cannot be held by a format. */
export type CheckTensor = (name: string, tensor: Tensor) => void;

/** A tensor, or one part of a partitioned one. */
export interface WriteEntry {
  readonly name: string;
  /** Which part of `name` this is; undefined for a tensor in one piece. */
  readonly slice: TensorSlice | undefined;
  readonly tensor: Tensor;
}

/** Every entry in the order of the map, a partitioned tensor's parts one by one; the same at each walk. */
export function* walkEntries(tensors: TensorMap): Generator<WriteEntry> {
  for (const [name, tensor] of tensors) {
    const { parts } = tensor;
    if (parts === undefined) yield { name, slice: undefined, tensor };
    else for (const part of parts) yield { name, slice: part.slice, tensor: part.tensor };
  }
}

/** Content by the number of its entry in {@link walkEntries}: where it lies, and, once it is laid out, where it goes. */
export class EntryTable extends RangeTable {
  /** Shard that an entry's content lies in. */
  readonly fromShard = new SmallColumn();
  /** Entries that cannot be copied from file to file as they lie there. */
  readonly pulled = new Map<number, WriteEntry>();
  /** CRC-32 of entries that lie in a zip archive, as it records it. */
  readonly zipCrc32 = new Map<number, number>();
  /** Tensors, of which some may have several entries. */
  tensors = 0;
  /** The files that content comes from, as they were when they were first looked at. */
  readonly held: HeldFile[] = [];
  readonly #numbers = new Map<string, number>();
  /** How many bytes each of them has. */
  readonly #lengths: number[] = [];

  /** What is wrong with the tensors and is written all the same, a sentence each. */
  readonly carried: string[] = [];

  /**
   * Throws for a tensor that cannot be written, that `check` refuses, or that is damaged in a way that would be carried on,
   * unless that is to be done by `force`.
   */
  constructor(
    readonly map: TensorMap,
    check: CheckTensor,
    readonly options: Pick<WriteOptions, 'force' | 'absent'> = {},
  ) {
    super();
    for (const [name, tensor] of map) {
      checkName(name);
      if (tensor.problem !== undefined) throw tensor.problem;
      check(name, tensor);
      this.tensors++;
      const { parts } = tensor;
      if (parts === undefined) this.#add({ name, slice: undefined, tensor });
      else {
        this.#checkParts(name, tensor.shape, parts);
        for (const part of parts) this.#add({ name, slice: part.slice, tensor: part.tensor });
      }
    }
  }

  /** Lays entries out end to end in the file of number `target`, from `start` on; returns where they end. */
  layOut(entries: Iterable<number>, target: number, start = 0): number {
    let at = start;
    for (const entry of entries) {
      this.target.set(entry, target);
      this.place.set(entry, at);
      at += this.length.at(entry);
    }
    return at;
  }

  /** The entry of a number: found by walking the map again, for it is asked for only when something is wrong. */
  entryAt(number: number): WriteEntry {
    let at = 0;
    for (const entry of walkEntries(this.map)) if (at++ === number) return entry;
    throw new RangeError(`there is no entry ${number}`);
  }

  /** Slices that leave the shape cannot be written at all; what two of them hold twice may differ. */
  #checkParts(name: string, shape: Shape, parts: readonly TensorPart[]): void {
    const where = `tensor ${name}`;
    const boxes = parts.map(({ slice }) => boxOf(slice, shape, where));
    const problem = coverageProblem(boxes, shape);
    if (problem?.kind === 'overlap')
      this.carried.push(carriedDamage(`${where}: ${problem.message}`, where, this.options.force === true));
  }

  /** Throws what is to be said of a file that is not there, where it must be. */
  #fileOf(stored: ByteRange): ByteSource | undefined {
    try {
      return stored.file;
    } catch (error) {
      if (error instanceof NotACheckpointError && this.options.absent === true) return undefined;
      throw error;
    }
  }

  #add(entry: WriteEntry): void {
    const { tensor } = entry;
    const { stored, crc32c = NO_CHECKSUM } = tensor;
    const number = this.file.length;
    const file = stored === undefined ? NO_FILE : this.#numberOf(stored.path, stored);
    if (file !== NO_FILE && stored !== undefined) checkRange(entry, stored, this.#lengths[file] as number);
    if (tensor.computed !== undefined) for (const input of tensor.computed.inputs) this.#checkInput(entry, input);
    this.file.push(file);
    this.fromShard.push(stored?.shard ?? 0);
    this.offset.push(stored?.offset ?? 0);
    this.length.push(tensor.byteLength);
    this.crc32c.push(crc32c);
    this.target.push(0);
    this.place.push(0);
    if (file === NO_FILE || !isDirect(tensor, stored)) this.pulled.set(number, entry);
    else if (stored?.zipCrc32 !== undefined) this.zipCrc32.set(number, stored.zipCrc32);
  }

  /** What content is computed from must be there too. */
  #checkInput(entry: WriteEntry, { stored }: Tensor): void {
    const file = stored === undefined ? undefined : this.#fileOf(stored);
    if (stored !== undefined && file instanceof FileSource) checkRange(entry, stored, file.byteLength);
  }

  /** The number of the file that a range lies in, {@link NO_FILE} for one that is not on this machine, or need not be there. */
  #numberOf(path: string, stored: ByteRange): number {
    let number = this.#numbers.get(path);
    if (number === undefined) {
      const file = this.#fileOf(stored);
      number = file instanceof FileSource ? this.paths.push(path) - 1 : NO_FILE;
      if (file instanceof FileSource) {
        this.held.push(file);
        this.#lengths.push(file.byteLength);
      }
      this.#numbers.set(path, number);
    }
    return number;
  }
}

/** Content that a file is too short for is refused before anything is written, and where a plan is only looked at. */
function checkRange({ name }: WriteEntry, { path, offset, byteLength }: ByteRange, has: number): void {
  const end = offset + byteLength;
  if (end <= has) return;
  throw new CorruptError(
    `tensor ${name}: its bytes ${offset} to ${end} run past the end of ${path}, which has ${has}`,
    {
      where: `tensor ${name}`,
      path,
      offset,
    },
  );
}

/**
 * Numbers that lie in a file as they will lie in the new one; strings are summed by another rule, and go the long way. A tensor
 * without the checksum that its file records was turned around.
 */
function isDirect({ crc32c, dtype }: Tensor, stored: ByteRange | undefined): boolean {
  if (stored === undefined || stored.byteLength === 0 || dtype.width === 0) return false;
  return crc32c !== undefined || (stored.crc32c === undefined && stored.isRecord !== true);
}
