/** Small maps for tests of surgery: tensors that can be told apart, and what is in a map as plain data. */
import { readBytes } from '../../src/bytes/source.ts';
import { sha256Of } from '../../src/inspect/digest.ts';
import { dtypeOf } from '../../src/tensor/dtype.ts';
import { type Tensor, type TensorMap, tensorOfBytes } from '../../src/tensor/tensor.ts';

/** A tensor of two bytes that no other fill gives. */
export function marked(fill: number): Tensor {
  return tensorOfBytes(dtypeOf('uint8'), [2], Uint8Array.of(fill, fill + 1));
}

/** A map with these names; the content says where each one started. */
export function mapOf(...names: readonly string[]): Map<string, Tensor> {
  return new Map(names.map((name, i) => [name, marked(i)]));
}

/** The names of a map, each with the first byte of its content. */
export function fillsOf(tensors: TensorMap): [string, number][] {
  return [...tensors].map(([name, { source }]) => [name, readBytes(source, 0, 1)[0] as number]);
}

/** Digest by name. */
export async function digestsOf(tensors: TensorMap): Promise<Record<string, string>> {
  const pairs: [string, string][] = [];
  for (const [name, tensor] of tensors) pairs.push([name, await sha256Of(name, tensor)]);
  return Object.fromEntries(pairs);
}
