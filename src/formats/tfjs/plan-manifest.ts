/** Lays weights out as the TensorFlow.js converter does: one group, its bytes cut into shards of at most 4 MiB. */
import { encodeText } from '../../bytes/text.ts';
import { type ManifestWeight, storedBytes } from './manifest.ts';

/** What browsers cache as one file. */
export const SHARD_BYTES = 4 << 20;

/** A weight, and the bytes that it takes where those do not follow from dtype and shape. */
export interface PlannedWeight extends ManifestWeight {
  readonly stringBytes?: number;
}

/** A stretch of a weight's stored bytes in a shard. */
export interface ShardRange {
  readonly weight: number;
  /** Bytes from the start of the weight. */
  readonly from: number;
  readonly byteLength: number;
  /** Bytes from the start of the shard. */
  readonly at: number;
}

export interface PlannedShard {
  readonly name: string;
  readonly byteLength: number;
  readonly ranges: readonly ShardRange[];
}

/** Cuts the weights into shards. */
export function planShards(weights: readonly PlannedWeight[], shardBytes = SHARD_BYTES): PlannedShard[] {
  const sizes = weights.map((weight) => weight.stringBytes ?? storedBytes(weight) ?? 0);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const count = Math.ceil(total / shardBytes);
  const shards = Array.from({ length: count }, (_, i) => ({
    name: `group1-shard${i + 1}of${count}.bin`,
    byteLength: Math.min(shardBytes, total - i * shardBytes),
    ranges: [] as ShardRange[],
  }));
  let at = 0;
  for (const [weight, size] of sizes.entries()) {
    for (let from = 0; from < size; ) {
      const inShard = (at + from) % shardBytes;
      const byteLength = Math.min(size - from, shardBytes - inShard);
      shards[Math.floor((at + from) / shardBytes)]?.ranges.push({ weight, from, byteLength, at: inShard });
      from += byteLength;
    }
    at += size;
  }
  return shards;
}

/** A model.json: what it says beside the weights, then the manifest. */
export function encodeModel(
  weights: readonly ManifestWeight[],
  shards: readonly PlannedShard[],
  model: ReadonlyMap<string, unknown>,
): Uint8Array {
  const weightsManifest = [{ paths: shards.map(({ name }) => name), weights: weights.map(entryOf) }];
  return encodeText(JSON.stringify({ ...Object.fromEntries(model), weightsManifest }));
}

function entryOf({ name, shape, dtype, quantization }: ManifestWeight): object {
  const entry = { name, shape, dtype: dtype.name };
  if (quantization === undefined) return entry;
  const { dtype: stored, scale, min } = quantization;
  const affine = stored === 'float16' ? {} : { min, scale };
  return { ...entry, quantization: { dtype: stored, ...affine, original_dtype: dtype.name } };
}
