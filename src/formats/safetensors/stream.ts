/** Safetensors front to back: the header, then the content in its order. */
import type { TensorMap } from '../../tensor/tensor.ts';
import { contentChunks } from '../stream-contents.ts';
import type { WriteOptions } from '../write-plan.ts';
import { streamable } from './plan.ts';

/** The bytes of one file of `tensors`, in chunks that are good until the next one is asked for. */
export function* streamSafetensors(tensors: TensorMap, options: WriteOptions = {}): Generator<Uint8Array> {
  const { header, tensorOf } = streamable(tensors, options);
  yield header.bytes;
  for (const { name } of header.entries) yield* contentChunks(name, tensorOf(name), options.verify !== false);
}
