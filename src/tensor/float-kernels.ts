/** The loops of kernels.as.ts over a buffer that lies in WebAssembly's memory. */
import type { ChecksumBuffer } from '../bytes/crc32c-engine.ts';
import { wasmExports } from '../bytes/wasm.ts';
import { KERNELS_WASM } from './kernels-wasm.ts';

interface Exports {
  bfloat16OfFloat32(from: number, to: number, count: number, losses: number): void;
  float16OfFloat32(from: number, to: number, count: number, losses: number): void;
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
}

export interface FloatKernels {
  readonly exports: Exports;
  /** What is added to an offset in the buffer. */
  readonly start: number;
}

/** The loops for a buffer; undefined where it lies in no such memory. */
export function floatKernels({ memory, start }: ChecksumBuffer): FloatKernels | undefined {
  if (memory === undefined || start === undefined) return undefined;
  return { exports: wasmExports(KERNELS_WASM, memory) as Exports, start };
}
