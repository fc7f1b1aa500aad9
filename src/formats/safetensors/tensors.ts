/** The tensors of a safetensors file, as its header places them. */
import { UnpackedSource } from '../../bytes/packed-bits.ts';
import { type ByteSource, RegionSource } from '../../bytes/source.ts';
import { elementCount } from '../../tensor/shape.ts';
import type { ByteRange, Tensor } from '../../tensor/tensor.ts';
import type { HeaderEntry } from './header.ts';

/** The file that a tensor lies in. */
export interface TensorFile {
  readonly path: string;
  /** Which of the checkpoint's files this is. */
  readonly shard: number;
  readonly file: ByteSource;
  readonly contentStart: number;
}

/** The tensor of an entry. What is packed in the file has no run of its own: its content is another. */
export function tensorOf({ type, shape, begin, end }: HeaderEntry, from: TensorFile): Tensor {
  const { dtype, bits } = type;
  const offset = from.contentStart + begin;
  const region = new RegionSource(from.file, offset, end - begin);
  if (bits < 8) {
    const elements = elementCount(shape);
    return { dtype, shape, byteLength: elements, source: new UnpackedSource(region, bits, elements) };
  }
  const { file, path, shard } = from;
  const stored: ByteRange = {
    file,
    path,
    shard,
    offset,
    byteLength: end - begin,
    crc32c: undefined,
    byteOrder: 'little',
  };
  return { dtype, shape, byteLength: end - begin, source: region, stored };
}
