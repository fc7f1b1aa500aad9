/** The runs of content that a checkpoint is to hold, column by column in the order of a map: there may be a million. */
import { SmallColumn, WideColumn } from '../bytes/column.ts';
import { survivesEncoding } from '../bytes/text.ts';
import { NameError } from '../errors.ts';
import { exists } from '../io/paths.ts';
import type { ByteRange, Tensor, TensorMap } from '../tensor/tensor.ts';
import type { TensorSlice } from '../tensor/tensor-slice.ts';

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
export interface Piece {
  readonly name: string;
  /** Which part of `name` this is; undefined for a tensor in one piece. */
  readonly slice: TensorSlice | undefined;
  readonly tensor: Tensor;
}

/** Every run of content in the order of the map, a partitioned tensor's parts one by one; the same at each walk. */
export function* walkPieces(tensors: TensorMap): Generator<Piece> {
  for (const [name, tensor] of tensors) {
    const { parts } = tensor;
    if (parts === undefined) yield { name, slice: undefined, tensor };
    else for (const part of parts) yield { name, slice: part.slice, tensor: part.tensor };
  }
}

/** No file: the content comes from memory. */
export const FROM_MEMORY = -1;

/** Facts about each piece by its number in {@link walkPieces}. */
export class EntryTable {
  /** The files that content comes from. */
  readonly paths: string[] = [];
  /** Which of {@link paths} a piece lies in. */
  readonly from = new SmallColumn();
  /** Shard and offset in that file. */
  readonly fromShard = new SmallColumn();
  readonly fromOffset = new WideColumn();
  readonly length = new WideColumn();
  /** What the piece carries, unmasked; -1 where it carries none. */
  readonly crc32c = new WideColumn();
  /** Where it will lie: the data file and the offset in it. */
  readonly shard = new SmallColumn();
  readonly offset = new WideColumn();
  /** EntryTable that cannot be copied from file to file as they lie there. */
  readonly indirect = new Map<number, Piece>();
  /** Tensors, of which some may have several pieces. */
  tensors = 0;
  readonly #numbers = new Map<string, number>();

  /** Throws for a tensor that cannot be written, or that `check` refuses. */
  constructor(map: TensorMap, check: CheckTensor) {
    for (const [name, tensor] of map) {
      checkName(name);
      if (tensor.problem !== undefined) throw tensor.problem;
      check(name, tensor);
      this.tensors++;
      const { parts } = tensor;
      if (parts === undefined) this.#add({ name, slice: undefined, tensor });
      else for (const part of parts) this.#add({ name, slice: part.slice, tensor: part.tensor });
    }
  }

  get count(): number {
    return this.from.length;
  }

  #add(piece: Piece): void {
    const { tensor } = piece;
    const { stored, crc32c = -1 } = tensor;
    const number = this.from.length;
    this.from.push(stored === undefined ? FROM_MEMORY : this.#numberOf(stored.path, tensor));
    this.fromShard.push(stored?.shard ?? 0);
    this.fromOffset.push(stored?.offset ?? 0);
    this.length.push(tensor.byteLength);
    this.crc32c.push(crc32c);
    this.shard.push(0);
    this.offset.push(0);
    if (!isDirect(tensor, stored)) this.indirect.set(number, piece);
  }

  /** Asks a tensor of a file that is not there for its content: it knows what to say. */
  #numberOf(path: string, tensor: Tensor): number {
    let number = this.#numbers.get(path);
    if (number === undefined) {
      if (!exists(path)) void tensor.source;
      number = this.paths.push(path) - 1;
      this.#numbers.set(path, number);
    }
    return number;
  }
}

/** Numbers that lie in a file as they will lie in the new one; strings are summed by another rule, and go the long way. */
function isDirect(tensor: Tensor, stored: ByteRange | undefined): boolean {
  if (stored === undefined || tensor.crc32c === undefined || tensor.dtype.width === 0) return false;
  return stored.byteLength > 0;
}
