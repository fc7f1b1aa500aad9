/**
 * A digest of a tensor's content, the same whatever file or format it lies in: SHA-256 of its little-endian row-major
 * bytes; of a string tensor, for each element, its length as 8 bytes little-endian and then its bytes.
 */
import type { Hash } from 'node:crypto';
import { type ByteSource, chunksOf, RegionSource } from '../bytes/source.ts';
import { SourceReader } from '../bytes/source-reader.ts';
import { ChecksumError, CorruptError, UnsupportedError } from '../errors.ts';
import { storedChecksum } from '../tensor/checksum.ts';
import { partsAlone } from '../tensor/partitioned.ts';
import { elementCount } from '../tensor/shape.ts';
import { walkStrings } from '../tensor/strings.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** What is held of strings before it is hashed, and how long one may be that goes through it. */
const HELD_BYTES = 1 << 16;
const SHORT_BYTES = 1 << 12;
const LENGTH_BYTES = 8;
const WORD_LIMIT = 2 ** 32;

/** What goes wrong inside a tensor's content, told with the tensor's name. */
function named<T>(name: string, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    if (cause instanceof ChecksumError) {
      throw new ChecksumError(`tensor ${name}: ${cause.message}`, name, cause.expected, cause.actual, { cause });
    }
    if (cause instanceof CorruptError)
      throw new CorruptError(`tensor ${name}: ${cause.message}`, cause.damage, { cause });
    throw cause;
  }
}

/**
 * Throws {@link ChecksumError} unless a tensor's stored bytes match what the checkpoint recorded of them. Where that is no
 * checksum of the tensor's own, its source checks what there is.
 */
export function checkStored(name: string, tensor: Tensor): void {
  for (const part of tensor.parts ?? []) checkStored(name, part.tensor);
  const { stored } = tensor;
  if (stored === undefined || tensor.problem !== undefined) return;
  if (stored.byteLength > 0) void tensor.source;
  named(name, () => stored.check?.());
  if (stored.crc32c === undefined) return;
  const raw = stored.byteLength === 0 ? undefined : new RegionSource(stored.file, stored.offset, stored.byteLength);
  const actual =
    raw === undefined
      ? 0
      : named(name, () => storedChecksum(tensor.dtype, raw, elementCount(tensor.shape), stored.byteOrder));
  if (actual !== stored.crc32c) {
    const [expected, found] = [stored.crc32c, actual].map((crc) => crc.toString(16).padStart(8, '0'));
    throw new ChecksumError(
      `tensor ${name}: its bytes do not match their checksum (recorded ${expected}, found ${found})`,
      name,
      stored.crc32c,
      actual,
    );
  }
}

function hashStrings(hash: Hash, source: ByteSource, count: number): void {
  const lengths = new SourceReader(source);
  const payload = new SourceReader(source, walkStrings(source, count).payloadAt);
  const held = new Uint8Array(HELD_BYTES);
  const words = new DataView(held.buffer);
  let at = 0;
  for (let i = 0; i < count; i++) {
    const length = lengths.varint();
    if (at + LENGTH_BYTES + SHORT_BYTES > held.length) {
      hash.update(held.subarray(0, at));
      at = 0;
    }
    words.setUint32(at, length % WORD_LIMIT, true);
    words.setUint32(at + 4, Math.floor(length / WORD_LIMIT), true);
    at += LENGTH_BYTES;
    if (length <= SHORT_BYTES) {
      held.set(payload.bytes(length), at);
      at += length;
      continue;
    }
    hash.update(held.subarray(0, at));
    at = 0;
    for (const chunk of chunksOf(new RegionSource(source, payload.position, length))) hash.update(chunk);
    payload.skip(length);
  }
  hash.update(held.subarray(0, at));
}

function hashContent(hash: Hash, { dtype, source, shape }: Tensor): void {
  if (dtype.kind === 'string') hashStrings(hash, source, elementCount(shape));
  else for (const chunk of chunksOf(source)) hash.update(chunk);
}

/** Asked for once: an import made of a `require` copies all names of the module each time. */
let crypto: Promise<typeof import('node:crypto')> | undefined;

/**
 * The digest of a tensor whose bytes are sound; throws a `CkptError` when they are not, or for a variant, which has none. Of a
 * tensor of which only some slices are stored it is that of the slices, one after the other in the order of their places.
 *
 * @example
 * const { tensors } = await openCheckpoint('model.ckpt');
 * for (const [name, tensor] of tensors) console.log(await sha256Of(name, tensor), name);
 */
export async function sha256Of(name: string, tensor: Tensor): Promise<string> {
  crypto ??= import('node:crypto');
  const { createHash } = await crypto;
  checkStored(name, tensor);
  if (tensor.dtype.kind === 'variant') {
    throw new UnsupportedError(
      `tensor ${name}: a variant's bytes are private to TensorFlow and have no digest`,
      'variant digest',
    );
  }
  const hash = createHash('sha256');
  const alone = partsAlone(name, tensor);
  if (alone === undefined) hashContent(hash, tensor);
  else for (const part of alone) hashContent(hash, part.tensor);
  return hash.digest('hex');
}
