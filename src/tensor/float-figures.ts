/** The loops of figures.as.ts over a buffer that lies in WebAssembly's memory. */
import type { ChecksumBuffer } from '../bytes/crc32c-engine.ts';
import { wasmExports } from '../bytes/wasm.ts';
import { FIGURES_WASM } from './figures-wasm.ts';

interface Exports {
  momentsOfFloat32(from: number, count: number, out: number): void;
  spreadOfFloat32(from: number, count: number, middle: number, out: number): void;
  countsOfFloat32(from: number, count: number, counts: number): void;
  differenceOfFloat32(a: number, b: number, count: number, atol: number, rtol: number, out: number): void;
}

export interface FloatFigures {
  readonly exports: Exports;
  /** What is added to an offset in the buffer. */
  readonly start: number;
}

/** From these bits on, without the sign, a float32 is not finite. */
export const INFINITY_BITS = 0x7f800000;

/** The loops for a buffer; undefined where it lies in no such memory. */
export function floatFigures({ memory, start }: ChecksumBuffer): FloatFigures | undefined {
  if (memory === undefined || start === undefined) return undefined;
  return { exports: wasmExports(FIGURES_WASM, memory) as Exports, start };
}
