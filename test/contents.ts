/** What tensors hold, as text that can be compared. */
import { readBytes } from '../src/bytes/source.ts';
import { openCheckpoint } from '../src/checkpoints/checkpoint.ts';
import type { TensorMap } from '../src/tensor/tensor.ts';

/** Dtype, shape and bytes of each tensor. */
export type Contents = Map<string, string>;

export function contentsOf(tensors: TensorMap): Contents {
  const contents: Contents = new Map();
  for (const [name, { dtype, shape, source }] of tensors) {
    const bytes = Buffer.from(readBytes(source, 0, source.byteLength)).toString('hex');
    contents.set(name, `${dtype.name} [${shape}] ${bytes}`);
  }
  return contents;
}

/** The contents of the checkpoint that a path leads to. */
export async function contentsAt(path: string): Promise<Contents> {
  const checkpoint = await openCheckpoint(path);
  try {
    return contentsOf(checkpoint.tensors);
  } finally {
    checkpoint.close();
  }
}
