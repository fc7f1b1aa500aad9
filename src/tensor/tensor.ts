/**
 * What a tensor is here: a dtype, a shape, and a place to read its content from when asked. A tensor has no name; names
 * are the keys of a map, so that renaming shares the tensors.
 *
 * Content is always in one canonical encoding, whatever the file: numbers little-endian in row-major order, sub-byte types
 * one a byte; strings and variants as a V2 bundle stores them (strings.ts).
 */
import type { ByteOrder } from '../bytes/byte-order.ts';
import { kindOf } from '../bytes/kind-of-value.ts';
import { type ByteSource, MemorySource } from '../bytes/source.ts';
import { type CkptError, MismatchError, UsageError } from '../errors.ts';
import type { FloatName } from './code-tables.ts';
import type { DType } from './dtype.ts';
import { elementCount, formatShape, type Shape } from './shape.ts';
import { encodeStrings } from './strings.ts';
import type { TensorSlice } from './tensor-slice.ts';

/** A run of bytes in a file of the checkpoint, with what is recorded about it. */
export interface ByteRange {
  /** The file; reading throws while it is missing. */
  readonly file: ByteSource;
  readonly path: string;
  readonly shard: number;
  /** Bytes from the start of the file. */
  readonly offset: number;
  readonly byteLength: number;
  /** The recorded CRC-32C, unmasked, by the rule of the dtype (checksum.ts). Undefined where the format records none. */
  readonly crc32c: number | undefined;
  /** The bytes are not the content as it is read but a record of it, as in V1; its source decodes, and checks what there is. */
  readonly isRecord?: boolean | undefined;
  /** CRC-32 of the bytes, as a zip archive records it. */
  readonly zipCrc32?: number | undefined;
  /** Reads the bytes and throws `ChecksumError` where they are not what the format recorded in a way of its own. */
  readonly check?: (() => void) | undefined;
  readonly byteOrder: ByteOrder;
}

/** A range with some of its facts changed; its file is still opened when it is asked for. */
export function changedRange(range: ByteRange, changes: Partial<ByteRange>): ByteRange {
  const { path, shard, offset, byteLength, crc32c, byteOrder, isRecord } = range;
  return {
    get file() {
      return range.file;
    },
    path,
    shard,
    offset,
    byteLength,
    crc32c,
    byteOrder,
    isRecord,
    check: () => range.check?.(),
    ...changes,
  };
}

/** One stored piece of a partitioned tensor: where it belongs, and itself a tensor. */
export interface TensorPart {
  readonly slice: TensorSlice;
  readonly tensor: Tensor;
}

/** Where a tensor was read: the map of an open checkpoint, and what it is called there. */
export interface TensorOrigin {
  readonly tensors: TensorMap;
  readonly name: string;
}

export interface Tensor {
  readonly dtype: DType;
  /** The dtype's number in the file, where it may differ from the dtype's own: a reference dtype, or one not known. */
  readonly dtypeNumber?: number | undefined;
  readonly shape: Shape;
  /** Bytes that the content takes; for a partitioned tensor the sum of its parts. */
  readonly byteLength: number;
  /** The content. Getting it throws a {@link CkptError} where it cannot be read; a partitioned tensor reads as the whole. */
  readonly source: ByteSource;
  /** CRC-32C of the content, unmasked, carried from the file while the bytes stay the same. */
  readonly crc32c?: number | undefined;
  /** How a partitioned variable lies on disk. */
  readonly parts?: readonly TensorPart[] | undefined;
  /** Where the content lies, for a tensor that is one run of a file. */
  readonly stored?: ByteRange | undefined;
  /** Which tensor of an open checkpoint this is, whatever it is called now; what repeats its name follows it by this. */
  readonly origin?: TensorOrigin | undefined;
  /** How the content is computed, where it can be said. */
  readonly computed?: Computed | undefined;
  /** Why this tensor cannot be read, when the index already shows it. */
  readonly problem?: CkptError | undefined;
}

/** Whether a value is a tensor of this library. */
export function isTensor(value: unknown): value is Tensor {
  if (typeof value !== 'object' || value === null || !('dtype' in value) || !('shape' in value)) return false;
  return typeof value.dtype === 'object' && 'byteLength' in value;
}

/** What elements are made of: those of other tensors at the same place. */
export type ComputeKernel =
  | { readonly kind: 'cast'; readonly from: FloatName; readonly to: FloatName }
  | { readonly kind: 'mean'; readonly dtype: FloatName; readonly weights: readonly number[] };

/** Says, as plain data, how content is made that `source` makes too: so it can be made on several threads. */
export interface Computed {
  readonly kernel: ComputeKernel;
  readonly inputs: readonly Tensor[];
  /** Hears what a cast lost, at the end. */
  readonly onLosses?: ((losses: ComputeLosses) => void) | undefined;
}

/** Numbers that became infinite or NaN, numbers that became zero, and the largest difference among the others. */
export interface ComputeLosses {
  readonly overflow: number;
  readonly underflow: number;
  readonly largestError: number;
}

/** The name is the key, and lives nowhere else. */
export type TensorMap = ReadonlyMap<string, Tensor>;

/** What a listing says of a tensor. One object serves a whole scan: take what you need before you return. */
export interface TensorFacts {
  /** The name as text, where it is at hand; `nameOfFacts` gives it of any. */
  readonly name?: string | undefined;
  /** The name's bytes are the first `nameLength` of these. */
  readonly nameBytes: Uint8Array;
  readonly nameLength: number;
  /** Whether the name is plain ASCII text that needs no escape anywhere. */
  readonly nameIsSimple: boolean;
  /** So many bytes at the front of the name are those of the name at the position before. */
  nameShared: number;
  /** Which of the map's names it is, where that is counted; else -1. */
  position: number;
  dtype: DType;
  shape: Shape;
  byteLength: number;
  problem: CkptError | undefined;
}

/** The facts while a scan shows them, and the tensor behind them, which is made when somebody asks for it. */
export interface ScannedTensor extends TensorFacts {
  readonly tensor: Tensor;
  /** Whether it is known to be numbers in one piece, with nothing odd about them; else the tensor tells. */
  readonly isPlain: boolean;
}

/** A map that can be gone through without a string and an object for each tensor: a million of them count. */
export interface ScannableMap extends TensorMap {
  /** About so many tensors there are at most, told without a walk. */
  readonly sizeAtMost: number;
  /** Whether there are more names than `most` that take no more than `longest` bytes; no more is looked at than tells. */
  hasMoreThan(most: number, longest: number): boolean;
  scan(visit: (facts: ScannedTensor) => void): void;
}

export function isScannable(tensors: TensorMap): tensors is ScannableMap {
  return 'scan' in tensors;
}

/**
 * A tensor in memory from little-endian row-major bytes, which are kept, not copied: change none of them while the tensor is in use.
 * Throws {@link MismatchError} when they do not fill the shape.
 *
 * @example
 * const tensor = tensorOfBytes(dtypeOf('uint8'), [2, 2], Uint8Array.of(1, 2, 3, 4));
 * await writeCheckpoint('bytes.ckpt', new Map([['bytes', tensor]]));
 */
export function tensorOfBytes(dtype: DType, shape: Shape, bytes: Uint8Array): Tensor {
  if (typeof dtype !== 'object')
    throw new UsageError(`a dtype is wanted, not ${String(dtype)}; dtypeOf(name) gives it`);
  if (!(bytes instanceof Uint8Array)) {
    throw new UsageError(
      `tensorOfBytes wants the content as bytes, a Uint8Array, not ${kindOf(bytes)}; tensorFrom takes values as they are`,
    );
  }
  const expected = elementCount(shape) * dtype.width;
  if (dtype.width > 0 && bytes.length !== expected) {
    throw new MismatchError(
      `${dtype.name}${formatShape(shape)} takes ${expected} bytes, ${bytes.length} were given`,
      '',
      `${expected} bytes`,
      `${bytes.length} bytes`,
    );
  }
  return { dtype, shape, byteLength: bytes.length, source: new MemorySource(bytes) };
}

/**
 * A string tensor in memory from its elements in row-major order.
 *
 * @example
 * const elements = ['one', 'two'].map((text) => new TextEncoder().encode(text));
 * const tensor = tensorOfStrings(dtypeOf('string'), [2], elements);
 * await writeCheckpoint('strings.ckpt', new Map([['names', tensor]]));
 */
export function tensorOfStrings(dtype: DType, shape: Shape, elements: readonly Uint8Array[]): Tensor {
  const other = elements.find((element) => !(element instanceof Uint8Array));
  if (!Array.isArray(elements) || other !== undefined) {
    throw new UsageError(
      `tensorOfStrings wants byte strings, a list of Uint8Array, not ${kindOf(other ?? elements)}; tensorFrom takes texts as well`,
    );
  }
  if (elements.length !== elementCount(shape)) {
    const expected = elementCount(shape);
    throw new MismatchError(
      `string${formatShape(shape)} takes ${expected} elements, ${elements.length} were given`,
      '',
      `${expected} elements`,
      `${elements.length} elements`,
    );
  }
  return tensorOfBytes(dtype, shape, encodeStrings(elements));
}
