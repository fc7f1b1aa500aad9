/** Tensors larger than what a test wants to hold. */
import type { ByteSource } from '../src/bytes/source.ts';
import { dtypeOf } from '../src/tensor/dtype.ts';
import type { Tensor } from '../src/tensor/tensor.ts';

/** Bytes of one value, made when they are read. */
function filled(value: number, byteLength: number): Tensor {
  const source: ByteSource = { byteLength, readInto: (target) => void target.fill(value) };
  return { dtype: dtypeOf('uint8'), shape: [byteLength], byteLength, source };
}

/** `tensor_0`, `tensor_1`, ..., of `byteLength` each. */
export function largeTensors(count: number, byteLength: number): Map<string, Tensor> {
  return new Map(Array.from({ length: count }, (_, i) => [`tensor_${i}`, filled(i, byteLength)]));
}
