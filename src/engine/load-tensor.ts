/** The content of a tensor of a checkpoint in memory, held against its checksum on the way. */
import { checksumBytes } from '../bytes/checksum.ts';
import type { ByteSource } from '../bytes/source.ts';
import { ChecksumError } from '../errors.ts';
import { ReadAhead } from '../io/read-ahead.ts';
import { storedChecksum } from '../tensor/checksum.ts';
import { elementCount } from '../tensor/shape.ts';
import { type Tensor, tensorOfBytes } from '../tensor/tensor.ts';

/** Read at a time into memory that is used again. */
const CHUNK_BYTES = 1 << 20;
/** Read at a time into the memory of a value: waking two threads takes some 80 microseconds, whatever the size. */
const OWN_CHUNK_BYTES = 4 << 20;
/** From so many bytes on, chunks are read ahead. */
const MUCH_BYTES = 8 << 20;
/** After so many bytes others get a turn. */
const BREATH_BYTES = 16 << 20;

function check(name: string, expected: number | undefined, actual: number): void {
  if (expected === undefined || expected === actual) return;
  const message = `tensor ${name}: its bytes do not match their checksum, so nothing is restored; ckpt verify shows all damage`;
  throw new ChecksumError(message, name, expected, actual);
}

/** Parts are checked one by one; the whole has no checksum of its own. */
function checkParts(name: string, { parts = [] }: Tensor): void {
  for (const { tensor } of parts) {
    check(name, tensor.crc32c, storedChecksum(tensor.dtype, tensor.source, elementCount(tensor.shape)));
  }
}

/** Where the next chunk goes; it stays as it is until the one after the next is asked for. */
type ChunkAt = (offset: number, length: number) => Uint8Array;

/** Content chunk by chunk, each read when it is its turn. */
async function readInTurn(
  source: ByteSource,
  chunkBytes: number,
  chunkAt: ChunkAt,
  take: (chunk: Uint8Array) => void,
): Promise<void> {
  for (let at = 0; at < source.byteLength; at += chunkBytes) {
    const chunk = chunkAt(at, Math.min(chunkBytes, source.byteLength - at));
    source.readInto(chunk, at);
    take(chunk);
    if (at % BREATH_BYTES === 0 && at > 0) await new Promise(setImmediate);
  }
}

/** The same, the next chunk on its way while one is taken. */
async function readAhead(
  ahead: ReadAhead,
  byteLength: number,
  chunkBytes: number,
  chunkAt: ChunkAt,
  take: (chunk: Uint8Array) => void,
): Promise<void> {
  const begin = (at: number): Uint8Array => {
    const chunk = chunkAt(at, Math.min(chunkBytes, byteLength - at));
    ahead.begin(chunk, at);
    return chunk;
  };
  try {
    let next = begin(0);
    for (let at = 0; at < byteLength; at += chunkBytes) {
      await ahead.arrived();
      const chunk = next;
      if (at + chunkBytes < byteLength) next = begin(at + chunkBytes);
      take(chunk);
    }
  } finally {
    await ahead.close();
  }
}

/** Goes through the content of a tensor, and holds it against its checksum in the end. */
async function readThrough(name: string, tensor: Tensor, chunkBytes: number, chunkAt: ChunkAt): Promise<void> {
  if (tensor.problem !== undefined) throw tensor.problem;
  checkParts(name, tensor);
  const { dtype, source, crc32c } = tensor;
  const sums = dtype.width > 0 && crc32c !== undefined;
  let crc = 0;
  const take = (chunk: Uint8Array): void => {
    if (sums) crc = checksumBytes(chunk, crc);
  };
  const ahead = sums && source.byteLength >= MUCH_BYTES ? ReadAhead.of(source) : undefined;
  if (ahead === undefined) await readInTurn(source, chunkBytes, chunkAt, take);
  else await readAhead(ahead, source.byteLength, chunkBytes, chunkAt, take);
  if (sums) check(name, crc32c, crc);
}

/** Reads a tensor into memory of its own; throws {@link ChecksumError} where its bytes are not what they were. */
export async function loadTensor(name: string, tensor: Tensor): Promise<Tensor> {
  const { dtype, shape, source, crc32c } = tensor;
  const bytes = new Uint8Array(source.byteLength);
  await readThrough(name, tensor, OWN_CHUNK_BYTES, (at, length) => bytes.subarray(at, at + length));
  const loaded = tensorOfBytes(dtype, shape, bytes);
  if (dtype.width === 0) check(name, crc32c, storedChecksum(dtype, loaded.source, elementCount(shape)));
  return loaded;
}

/** Reads every byte of a tensor of numbers and keeps none; throws {@link ChecksumError} where they are not what they were. */
export async function checkTensor(name: string, tensor: Tensor): Promise<void> {
  const buffers = [new Uint8Array(CHUNK_BYTES), new Uint8Array(CHUNK_BYTES)] as const;
  await readThrough(name, tensor, CHUNK_BYTES, (at, length) =>
    buffers[(at / CHUNK_BYTES) % 2 === 0 ? 0 : 1].subarray(0, length),
  );
}
