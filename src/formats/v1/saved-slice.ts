/** A tensor of a V1 checkpoint in one piece: what the list of its file says; its record is looked for when it is asked for. */
import type { ByteSource } from '../../bytes/source.ts';
import { ChecksumError, CkptError, CorruptError, UnsupportedError } from '../../errors.ts';
import { type DType, dtypeOfNumber, UNKNOWN_DTYPE } from '../../tensor/dtype.ts';
import { checkShape, elementCount, type Shape } from '../../tensor/shape.ts';
import type { ByteRange, Tensor } from '../../tensor/tensor.ts';
import { formatTensorSlice, type TensorSlice } from '../../tensor/tensor-slice.ts';
import type { SavedRecord, TableFile } from './table-file.ts';
import { fieldOf } from './value-field.ts';
import { openValues } from './value-source.ts';

/** A slice that a file lists. */
export interface SavedPlace {
  readonly file: TableFile;
  /** As spelled there: the key is made from it. */
  readonly slice: TensorSlice;
}

/** What is wrong with what a list says of a tensor, or undefined; `name` goes into the message. */
export function listProblem(name: string, type: number, shape: Shape): CkptError | undefined {
  const dtype = dtypeOfNumber(type);
  if (dtype === undefined) {
    return new UnsupportedError(`tensor ${name}: dtype number ${type} is not one that can be stored`, 'dtype');
  }
  if (fieldOf(dtype) === undefined) {
    return new UnsupportedError(`tensor ${name}: dtype ${dtype.name} has no place in a V1 checkpoint`, 'dtype');
  }
  try {
    checkShape(shape, `tensor ${name}`);
    return undefined;
  } catch (error) {
    return error as CkptError;
  }
}

/** What goes wrong in a record, told with its tensor and its file. */
function withContext(tensor: string, path: string, action: () => ByteSource): ByteSource {
  try {
    return action();
  } catch (cause) {
    if (cause instanceof ChecksumError) {
      const { message, expected, actual } = cause;
      throw new ChecksumError(`tensor ${tensor}: ${message}`, tensor, expected, actual, { cause });
    }
    if (!(cause instanceof CorruptError)) throw cause;
    const message = `tensor ${tensor}: its record in ${path} ${cause.message}`;
    throw new CorruptError(message, { ...cause.damage, path }, { cause });
  }
}

export class SavedSlice implements Tensor {
  readonly dtype: DType;
  readonly problem: CkptError | undefined;
  #source: ByteSource | undefined;

  constructor(
    /** For messages: the name, or which part of it this is. */
    readonly title: string,
    /** What the record is filed under. */
    readonly name: string,
    readonly dtypeNumber: number,
    readonly shape: Shape,
    readonly place: SavedPlace,
    problem: CkptError | undefined = listProblem(title, dtypeNumber, shape),
  ) {
    this.dtype = dtypeOfNumber(dtypeNumber) ?? UNKNOWN_DTYPE;
    this.problem = problem;
  }

  /** Numbers take what their shape takes; strings are measured in their record, as far as it can be read. */
  get byteLength(): number {
    if (this.problem !== undefined) return 0;
    if (this.dtype.width > 0) return elementCount(this.shape) * this.dtype.width;
    try {
      return this.source.byteLength;
    } catch (error) {
      if (error instanceof CkptError) return 0;
      throw error;
    }
  }

  get source(): ByteSource {
    if (this.problem !== undefined) throw this.problem;
    this.#source ??= this.#open();
    return this.#source;
  }

  /** The record; throws {@link CorruptError} where it is not there. */
  record(): SavedRecord {
    const { file, slice } = this.place;
    const record = file.record(this.name, slice);
    if (record !== undefined) return record;
    throw new CorruptError(`is missing: slice ${formatTensorSlice(slice) || '(all)'} is listed and not stored`, {
      where: 'record',
    });
  }

  #open(): ByteSource {
    return this.valuesIn(() => this.record());
  }

  /** The values in a record, which is this one's; throws a `CkptError` where they are not what the list says. */
  valuesIn(record: () => SavedRecord): ByteSource {
    return withContext(this.title, this.place.file.path, () => {
      const field = fieldOf(this.dtype);
      if (field === undefined) throw new CorruptError('has no values', { where: 'record' });
      return openValues(record().values, this.dtype, field, elementCount(this.shape));
    });
  }

  /** Where the record lies; undefined where it cannot be found. */
  get stored(): ByteRange | undefined {
    const { file, slice } = this.place;
    try {
      const found = file.find(this.name, slice);
      if (found === undefined) return undefined;
      const { offset, source } = found;
      const { path, shard, start, file: bytes } = file;
      return {
        file: bytes,
        path,
        shard,
        offset: start + offset,
        byteLength: source.byteLength,
        crc32c: undefined,
        byteOrder: 'little',
        isRecord: true,
      };
    } catch (error) {
      if (error instanceof CkptError) return undefined;
      throw error;
    }
  }
}
