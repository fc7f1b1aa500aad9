/** The weights of a group as tensors over its joined shards. */
import { type ByteSource, RegionSource, readBytes } from '../../bytes/source.ts';
import { CorruptError } from '../../errors.ts';
import { elementCount } from '../../tensor/shape.ts';
import { type ByteRange, type Tensor, tensorOfStrings } from '../../tensor/tensor.ts';
import { DequantizedSource } from './dequantized-source.ts';
import { type ManifestWeight, storedBytes, type WeightGroup } from './manifest.ts';

/** A shard that is open. */
export interface ShardFile {
  readonly path: string;
  readonly file: ByteSource;
}

const LENGTH_BYTES = 4;

/** Adds the tensors of a group; throws {@link CorruptError} where the shards are shorter or longer than its weights. */
export function addWeights(
  tensors: Map<string, Tensor>,
  group: WeightGroup,
  shards: ByteSource,
  files: readonly ShardFile[] = [],
): void {
  let at = 0;
  for (const weight of group.weights) {
    const length = storedBytes(weight) ?? stringBytes(weight, shards, at);
    if (at + length > shards.byteLength) {
      throw new CorruptError(
        `weight ${weight.name} should lie at bytes ${at} to ${at + length} of ${group.paths.join(', ')}, which have only ${shards.byteLength}: a shard is cut off or missing`,
        { where: weight.name, offset: at },
      );
    }
    tensors.set(weight.name, tensorOf(weight, new RegionSource(shards, at, length), placeIn(files, at, length)));
    at += length;
  }
  if (at === shards.byteLength) return;
  throw new CorruptError(`${group.paths.join(', ')} have ${shards.byteLength} bytes, and their weights take ${at}`, {
    where: 'weights manifest',
    offset: at,
  });
}

/** Where bytes of the joined shards lie, if in one file. */
function placeIn(files: readonly ShardFile[], at: number, byteLength: number): ByteRange | undefined {
  let start = 0;
  for (const [shard, { path, file }] of files.entries()) {
    const offset = at - start;
    if (offset >= 0 && offset + byteLength <= file.byteLength) {
      return { file, path, shard, offset, byteLength, crc32c: undefined, byteOrder: 'little' };
    }
    start += file.byteLength;
  }
  return undefined;
}

function tensorOf(weight: ManifestWeight, bytes: ByteSource, stored: ByteRange | undefined): Tensor {
  const { dtype, shape, quantization } = weight;
  if (dtype.kind === 'string') return tensorOfStrings(dtype, shape, stringsOf(bytes, elementCount(shape)));
  const byteLength = elementCount(shape) * dtype.width;
  if (quantization === undefined) return { dtype, shape, byteLength, source: bytes, stored };
  return { dtype, shape, byteLength, source: new DequantizedSource(bytes, quantization, dtype.kind === 'int') };
}

/** Each string is its length in 4 bytes, then its bytes. */
function stringBytes({ name, shape }: ManifestWeight, shards: ByteSource, start: number): number {
  let at = start;
  for (let i = elementCount(shape); i > 0; i--) {
    if (at + LENGTH_BYTES > shards.byteLength) {
      throw new CorruptError(`weight ${name}: its strings run past the end of the shards`, { where: name, offset: at });
    }
    at += LENGTH_BYTES + new DataView(readBytes(shards, at, LENGTH_BYTES).buffer).getUint32(0, true);
  }
  return at - start;
}

function stringsOf(stored: ByteSource, count: number): Uint8Array[] {
  const bytes = readBytes(stored, 0, stored.byteLength);
  const view = new DataView(bytes.buffer);
  let at = 0;
  return Array.from({ length: count }, () => {
    const start = at + LENGTH_BYTES;
    at = start + view.getUint32(at, true);
    return bytes.subarray(start, at);
  });
}

/** The bytes of strings as a group holds them. */
export function encodeWeightStrings(elements: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(elements.reduce((sum, { length }) => sum + LENGTH_BYTES + length, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const element of elements) {
    view.setUint32(at, element.length, true);
    bytes.set(element, at + LENGTH_BYTES);
    at += LENGTH_BYTES + element.length;
  }
  return bytes;
}
