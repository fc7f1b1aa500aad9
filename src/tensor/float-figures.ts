/** The loops of figures.as.ts and differences.as.ts over a buffer that lies in WebAssembly's memory. */
import type { ChecksumBuffer } from '../bytes/crc32c-engine.ts';
import { wasmExports } from '../bytes/wasm.ts';
import { DIFFERENCES_WASM } from './differences-wasm.ts';
import { FIGURES_WASM } from './figures-wasm.ts';

interface Exports {
  momentsOfFloat32(from: number, count: number, out: number): void;
  spreadOfFloat32(from: number, count: number, middle: number, out: number): void;
  countsOfFloat32(from: number, count: number, counts: number): void;
}

interface Differences {
  differenceOfFloat32(
    a: number,
    b: number,
    count: number,
    first: number,
    atol: number,
    rtol: number,
    out: number,
  ): void;
}

export interface FloatFigures<T = Exports> {
  readonly exports: T;
  /** What is added to an offset in the buffer. */
  readonly start: number;
}

/** The loops for a buffer; undefined where it lies in no such memory. */
export function floatFigures(buffer: ChecksumBuffer): FloatFigures | undefined {
  return over<Exports>(FIGURES_WASM, buffer);
}

/** The same that compare. */
export function floatDifferences(buffer: ChecksumBuffer): FloatFigures<Differences> | undefined {
  return over<Differences>(DIFFERENCES_WASM, buffer);
}

function over<T>(module: string, { memory, start }: ChecksumBuffer): FloatFigures<T> | undefined {
  if (memory === undefined || start === undefined) return undefined;
  return { exports: wasmExports(module, memory) as T, start };
}
