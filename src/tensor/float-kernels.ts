/** The loops of kernels.as.ts and means.as.ts over a buffer that lies in WebAssembly's memory. */
import type { ChecksumBuffer } from '../bytes/crc32c-engine.ts';
import { wasmExports } from '../bytes/wasm.ts';
import { KERNELS_WASM } from './kernels-wasm.ts';
import { MEANS_WASM } from './means-wasm.ts';

interface Exports {
  bfloat16OfFloat32(from: number, to: number, count: number, losses: number): void;
  float16OfFloat32(from: number, to: number, count: number, losses: number): void;
  float32OfFloat64(from: number, to: number, count: number, losses: number): void;
}

interface Means {
  meansOfFloat32(
    from: number,
    stride: number,
    inputs: number,
    count: number,
    to: number,
    weights: number,
    total: number,
    ratio: number,
    doubts: number,
  ): number;
  meansWithinOfFloat32(
    from: number,
    stride: number,
    inputs: number,
    count: number,
    to: number,
    weights: number,
    share: number,
    doubts: number,
  ): number;
}

export interface FloatKernels<T = Exports> {
  readonly exports: T;
  /** What is added to an offset in the buffer. */
  readonly start: number;
}

/** The loops for a buffer; undefined where it lies in no such memory. */
export function floatKernels(buffer: ChecksumBuffer): FloatKernels | undefined {
  return over<Exports>(KERNELS_WASM, buffer);
}

/** The same for means. */
export function meanKernels(buffer: ChecksumBuffer): FloatKernels<Means> | undefined {
  return over<Means>(MEANS_WASM, buffer);
}

function over<T>(module: string, { memory, start }: ChecksumBuffer): FloatKernels<T> | undefined {
  if (memory === undefined || start === undefined) return undefined;
  return { exports: wasmExports(module, memory) as T, start };
}
