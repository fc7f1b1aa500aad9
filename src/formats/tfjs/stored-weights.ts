/** Tensors as a group stores them: numbers as they are or quantized, strings with their lengths before them. */
import { MemorySource } from '../../bytes/source.ts';
import { UnsupportedError } from '../../errors.ts';
import { storedChecksum } from '../../tensor/checksum.ts';
import { dtypeOf } from '../../tensor/dtype.ts';
import { elementCount } from '../../tensor/shape.ts';
import { readStrings } from '../../tensor/strings.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { checksumMismatch, checkTurned } from '../recorded-checksum.ts';
import { tfjsHolds } from './dtypes.ts';
import type { QuantizedName } from './manifest.ts';
import type { PlannedWeight } from './plan-manifest.ts';
import { QuantizedSource, quantizationOf } from './quantize.ts';
import { encodeWeightStrings } from './weights.ts';

export interface StoredWeight {
  readonly weight: PlannedWeight;
  /** The stored bytes, as a tensor of bytes; undefined for one that is stored as it is, which {@link plainContent} makes. */
  readonly content: Tensor | undefined;
  /** The checksum that the stored bytes must have; undefined where none is known. */
  readonly crc32c: number | undefined;
}

const BYTE = dtypeOf('uint8');

/** Throws {@link UnsupportedError} for a tensor that TensorFlow.js has no dtype for. */
function checkHolds(name: string, { dtype }: Tensor): void {
  if (tfjsHolds(dtype)) return;
  const hint = /^(?:float|bfloat|u?int)/.test(dtype.name)
    ? `; ckpt cast makes it ${dtype.kind === 'float' ? 'float32' : 'int32'}`
    : '';
  throw new UnsupportedError(
    `tensor ${name}: TensorFlow.js has no dtype ${dtype.name}${hint}, and --drop-unsupported leaves such tensors out`,
    'dtype',
  );
}

function checkChecksum(name: string, { crc32c, dtype, source, shape }: Tensor): void {
  if (crc32c === undefined) return;
  const actual = storedChecksum(dtype, source, elementCount(shape));
  if (actual !== crc32c) throw checksumMismatch(name, crc32c, actual);
}

/** How a tensor is stored; of one that is quantized or of strings the content is read and checked here. */
export function storedWeight(name: string, tensor: Tensor, quantize: QuantizedName | undefined): StoredWeight {
  checkHolds(name, tensor);
  const { dtype, shape, source, crc32c } = tensor;
  const weight = { name, dtype, shape, quantization: undefined };
  if (dtype.kind === 'string') {
    checkChecksum(name, tensor);
    const bytes = encodeWeightStrings(readStrings(source, elementCount(shape)));
    const content = { dtype: BYTE, shape: [bytes.length], byteLength: bytes.length, source: new MemorySource(bytes) };
    return { weight: { ...weight, stringBytes: bytes.length }, content, crc32c: undefined };
  }
  if (quantize !== undefined && dtype.name === 'float32') {
    checkChecksum(name, tensor);
    const quantization = quantizationOf(name, source, quantize);
    const codes = new QuantizedSource(source, quantization);
    const content = { dtype: BYTE, shape: [codes.byteLength], byteLength: codes.byteLength, source: codes };
    return { weight: { ...weight, quantization }, content, crc32c: undefined };
  }
  if (!liesAsItIs(tensor)) checkTurned(() => name, tensor);
  return { weight, content: undefined, crc32c };
}

function liesAsItIs({ stored, crc32c }: Tensor): boolean {
  return stored !== undefined && (crc32c !== undefined || (stored.crc32c ?? stored.isRecord) === undefined);
}

/** The bytes of a tensor that is stored as it is, as a tensor of bytes; where they lie in a file so, it says so. */
export function plainContent(tensor: Tensor): Tensor {
  const { byteLength, source, stored } = tensor;
  return { dtype: BYTE, shape: [byteLength], byteLength, source, stored: liesAsItIs(tensor) ? stored : undefined };
}
