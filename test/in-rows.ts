/** Tensors of which only some rows are stored. */
import { dtypeOf } from '../src/tensor/dtype.ts';
import { assembleParts } from '../src/tensor/partitioned.ts';
import { type Tensor, type TensorPart, tensorOfBytes } from '../src/tensor/tensor.ts';

const FLOAT = dtypeOf('float32');

/** A matrix of two columns, with some of its rows by the place where each run of them starts. */
export function inRows(rows: number, stored: Readonly<Record<number, readonly number[]>>): Tensor {
  const parts = Object.entries(stored).map(([start, values]): TensorPart => {
    const bytes = new Uint8Array(Float32Array.from(values).buffer);
    const length = values.length / 2;
    return {
      slice: [
        { start: Number(start), length },
        { start: 0, length: undefined },
      ],
      tensor: tensorOfBytes(FLOAT, [length, 2], bytes),
    };
  });
  const shape = [rows, 2];
  const source = () => assembleParts('w', { dtype: FLOAT, shape }, parts);
  return {
    dtype: FLOAT,
    shape,
    byteLength: 8 * rows,
    parts,
    get source() {
      return source();
    },
  };
}
