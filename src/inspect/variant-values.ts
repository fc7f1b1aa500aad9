/**
 * What the elements of a variant tensor hold, as far as it can be told without TensorFlow: the name of their type, its
 * private metadata, and the tensors inside.
 */
import { MemorySource, readBytes } from '../bytes/source.ts';
import { SourceReader } from '../bytes/source-reader.ts';
import { CorruptError } from '../errors.ts';
import { decodeVariant, type TensorMessage } from '../proto/variant.ts';
import { dtypeOfNumber, UNKNOWN_DTYPE } from '../tensor/dtype.ts';
import { elementCount } from '../tensor/shape.ts';
import { encodeStrings, type StringsEncoder } from '../tensor/strings.ts';
import { type Tensor, tensorOfBytes } from '../tensor/tensor.ts';

export interface VariantValue {
  readonly typeName: string;
  readonly metadata: Uint8Array;
  /** Those whose values are stored in a way not known here have a `problem`. */
  readonly tensors: readonly Tensor[];
}

const CHECKSUM_BYTES = 4;
/** A hostile shape may be of any size. */
const MOST_PROLONGED = 1 << 20;

/** Integers as little-endian words of `width` bytes. */
function wordsOf(integers: readonly number[], width: number): Uint8Array {
  const bytes = new Uint8Array(integers.length * width);
  const word = new DataView(new ArrayBuffer(8));
  for (const [i, value] of integers.entries()) {
    word.setBigInt64(0, BigInt(value), true);
    bytes.set(new Uint8Array(word.buffer, 0, width), i * width);
  }
  return bytes;
}

/** A list that is shorter than the tensor stands for one that goes on with its last item. */
function prolonged<T>(items: readonly T[], count: number): readonly T[] {
  const last = items.at(-1);
  if (last === undefined || items.length >= count || count > MOST_PROLONGED) return items;
  return [...items, ...Array.from({ length: count - items.length }, () => last)];
}

function prolongedStrings(strings: StringsEncoder, count: number): StringsEncoder {
  if (count <= MOST_PROLONGED) while (strings.count < count) strings.addLast();
  return strings;
}

function tensorOf({ dtype: number, shape, content, integers, strings }: TensorMessage): Tensor {
  const dtype = dtypeOfNumber(number) ?? UNKNOWN_DTYPE;
  const count = elementCount(shape);
  if (dtype.kind === 'string') {
    const bytes = strings === undefined ? encodeStrings([]) : prolongedStrings(strings, count).toBytes();
    if ((strings?.count ?? 0) === count)
      return { dtype, shape, byteLength: bytes.length, source: new MemorySource(bytes) };
  } else if (dtype.width > 0) {
    const bytes = content.length > 0 ? content : wordsOf(prolonged(integers, count), Math.min(dtype.width, 8));
    if (bytes.length === count * dtype.width) return tensorOfBytes(dtype, shape, bytes);
  }
  const problem = new CorruptError(`the ${dtype.name} tensor in the variant is not stored in a way known here`, {
    where: 'variant',
  });
  const source = { byteLength: content.length, readInto: () => undefined };
  return { dtype, shape, byteLength: content.length, source, problem };
}

/** The elements of a variant tensor in row-major order, one at a time. */
export function* variantValues(tensor: Tensor): Generator<VariantValue> {
  const { source } = tensor;
  const reader = new SourceReader(source);
  for (let i = 0, count = elementCount(tensor.shape); i < count; i++) {
    const size = reader.varint();
    const start = reader.position;
    reader.skip(size);
    reader.skip(CHECKSUM_BYTES);
    const { typeName, metadata, tensors } = decodeVariant(readBytes(source, start, size));
    yield { typeName, metadata, tensors: tensors.map(tensorOf) };
  }
}
