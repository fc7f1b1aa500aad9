/** Content as the value field of a TensorProto: the bytes it takes, and the bytes, in chunks. */
import { supply } from '../../bytes/missing.ts';
import { type ByteSource, chunksOf, RegionSource } from '../../bytes/source.ts';
import { SourceReader } from '../../bytes/source-reader.ts';
import type { Turns } from '../../bytes/turns.ts';
import { varintLength, writeVarint } from '../../bytes/varint.ts';
import { UnsupportedError } from '../../errors.ts';
import { DELIMITED } from '../../proto/wire.ts';
import type { DType } from '../../tensor/dtype.ts';
import { elementCount } from '../../tensor/shape.ts';
import { checkLengths, walkStrings } from '../../tensor/strings.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { fieldOf, type ValueField } from './value-field.ts';

/** Content that is encoded at a time; a multiple of every width. */
const CHUNK_BYTES = 1 << 16;
const LONGEST_VARINT = 10;
const LONGEST_HEAD = 1 + LONGEST_VARINT;
/** Strings up to this length are gathered before they are handed on. */
const SHORT_BYTES = 4096;

function mustHaveField(dtype: DType): ValueField {
  const field = fieldOf(dtype);
  if (field !== undefined) return field;
  throw new UnsupportedError(`a V1 checkpoint cannot hold dtype ${dtype.name}`, 'dtype');
}

/** Bytes of the varint of a 64-bit number given as two halves. */
function lengthOf(low: number, high: number): number {
  const bits = high !== 0 ? 64 - Math.clz32(high) : 32 - Math.clz32(low);
  return bits <= 7 ? 1 : Math.ceil(bits / 7);
}

/** Writes the varint of a 64-bit number given as two halves; returns the place after it. */
function putVarint(out: Uint8Array, start: number, low: number, high: number): number {
  let at = start;
  let rest = low >>> 0;
  let upper = high >>> 0;
  while (upper !== 0 || rest >= 0x80) {
    out[at++] = (rest & 0x7f) | 0x80;
    rest = ((rest >>> 7) | (upper << 25)) >>> 0;
    upper >>>= 7;
  }
  out[at++] = rest;
  return at;
}

/** Calls `visit` with the halves of each number in a chunk, sign-extended as a varint of protobuf is. */
function eachNumber(
  chunk: Uint8Array,
  dtype: DType,
  signed: boolean,
  visit: (low: number, high: number) => void,
): void {
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.length);
  const { width } = dtype;
  const isFlag = dtype.kind === 'bool';
  for (let at = 0; at < chunk.length; at += width) {
    if (width === 8) {
      visit(view.getInt32(at, true), view.getInt32(at + 4, true));
      continue;
    }
    let low: number;
    if (width === 1) low = signed ? view.getInt8(at) : view.getUint8(at);
    else if (width === 2) low = signed ? view.getInt16(at, true) : view.getUint16(at, true);
    else low = view.getInt32(at, true);
    if (isFlag) low = low === 0 ? 0 : 1;
    visit(low, low < 0 ? -1 : 0);
  }
}

/** Bytes of the numbers alone, without the tag and the length before them. Varints are measured by reading them. */
async function numberBytes({ dtype, shape, source }: Tensor, field: ValueField, turns: Turns): Promise<number> {
  if (dtype.kind === 'bool') return elementCount(shape);
  let bytes = 0;
  const buffer = new Uint8Array(Math.min(CHUNK_BYTES, source.byteLength));
  for (let offset = 0; offset < source.byteLength; offset += buffer.length) {
    const chunk = buffer.subarray(0, Math.min(buffer.length, source.byteLength - offset));
    await supply(() => source.readInto(chunk, offset));
    eachNumber(chunk, dtype, field.signed, (low, high) => {
      bytes += lengthOf(low, high);
    });
    await turns.give();
  }
  return bytes;
}

/** The bytes that a tensor's values take in their TensorProto; those of varints and strings are found by reading them. */
export async function valueBytes(tensor: Tensor, turns: Turns): Promise<number> {
  const { dtype, shape } = tensor;
  const field = mustHaveField(dtype);
  const count = elementCount(shape);
  if (count === 0) return 0;
  if (field.encoding === 'string') {
    let bytes = 0;
    walkStrings(tensor.source, count, 'little', (length) => {
      bytes += 1 + varintLength(length) + length;
    });
    return bytes;
  }
  const packed = field.encoding === 'varint' ? await numberBytes(tensor, field, turns) : count * dtype.width;
  return 1 + varintLength(packed) + packed;
}

/** The length that stands before packed numbers which take `bytes` with it and their tag. */
function packedBytes(bytes: number): number {
  let lengthBytes = 1;
  while (varintLength(bytes - 1 - lengthBytes) > lengthBytes) lengthBytes++;
  return bytes - 1 - lengthBytes;
}

/** What a tensor's values take in their TensorProto, `bytes` as measured, in chunks; `content` hears of the bytes read. */
export function* encodeValues(
  tensor: Tensor,
  bytes: number,
  content: (chunk: Uint8Array) => void,
): Generator<Uint8Array> {
  const { dtype, shape } = tensor;
  const field = mustHaveField(dtype);
  const count = elementCount(shape);
  if (count === 0) return;
  if (field.encoding === 'string') {
    yield* encodeStringFields(tensor.source, field.number, count);
    return;
  }
  const head = new Uint8Array(LONGEST_HEAD);
  head[0] = field.number * 8 + DELIMITED;
  yield head.subarray(0, writeVarint(head, 1, packedBytes(bytes)));
  const most = Math.min(CHUNK_BYTES, tensor.byteLength) / dtype.width;
  const out = field.encoding === 'varint' ? new Uint8Array(most * LONGEST_VARINT) : undefined;
  for (const chunk of chunksOf(tensor.source, CHUNK_BYTES)) {
    content(chunk);
    if (out === undefined) yield chunk;
    else yield varintsOf(chunk, dtype, field, out);
  }
}

function varintsOf(chunk: Uint8Array, dtype: DType, { signed }: ValueField, out: Uint8Array): Uint8Array {
  let at = 0;
  eachNumber(chunk, dtype, signed, (low, high) => {
    at = putVarint(out, at, low, high);
  });
  return out.subarray(0, at);
}

/** One field a string; the lengths and the bytes of the content are read side by side. */
function* encodeStringFields(source: ByteSource, field: number, count: number): Generator<Uint8Array> {
  const layout = walkStrings(source, count);
  checkLengths(source, layout);
  const lengths = new SourceReader(source);
  const payload = new SourceReader(source, layout.payloadAt);
  const out = new Uint8Array(CHUNK_BYTES);
  let at = 0;
  for (let i = 0; i < count; i++) {
    const length = lengths.varint();
    if (at + LONGEST_HEAD + SHORT_BYTES > out.length) {
      yield out.subarray(0, at);
      at = 0;
    }
    out[at++] = field * 8 + DELIMITED;
    at = writeVarint(out, at, length);
    if (length <= SHORT_BYTES) {
      out.set(payload.bytes(length), at);
      at += length;
      continue;
    }
    yield out.subarray(0, at);
    at = 0;
    yield* chunksOf(new RegionSource(source, payload.position, length));
    payload.skip(length);
  }
  if (at > 0) yield out.subarray(0, at);
}
