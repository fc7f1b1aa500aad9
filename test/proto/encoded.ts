/** Messages of a bundle by themselves, as tests want them. */
import { ByteWriter } from '../../src/bytes/byte-writer.ts';
import { type BundleEntry, writeBundleEntry } from '../../src/proto/bundle.ts';
import { writeShape } from '../../src/proto/tensor-shape.ts';
import type { Shape } from '../../src/tensor/shape.ts';

export function encodeBundleEntry(entry: BundleEntry): Uint8Array {
  const writer = new ByteWriter();
  writeBundleEntry(writer, entry);
  return writer.toBytes();
}

/** Without its tag and its length, which takes a byte. */
export function encodeShape(shape: Shape): Uint8Array {
  const writer = new ByteWriter();
  writeShape(writer, 1, shape);
  return writer.toBytes().subarray(2);
}
