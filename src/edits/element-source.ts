/** Elements made from the elements of inputs that stand at the same place, a chunk at a time. */
import { type ChecksumBuffer, createChecksumBuffer } from '../bytes/crc32c-engine.ts';
import { missTogether } from '../bytes/missing.ts';
import { assertWithin, type ByteSource, type Run, runOfElements } from '../bytes/source.ts';
import type { InputSource } from './checked-input.ts';

/** Bytes of an input that are held at a time: what is read is still in the processor's cache when it is used. */
const CHUNK_BYTES = 256 * 1024;

/** Buffers that no source is using now: tensors are made one after another, and one within another. */
const idle: ChecksumBuffer[] = [];

function withBuffers(count: number, use: (buffers: readonly ChecksumBuffer[]) => void): void {
  const buffers = Array.from({ length: count }, () => idle.pop() ?? createChecksumBuffer(CHUNK_BYTES));
  try {
    use(buffers);
  } finally {
    idle.push(...buffers);
  }
}

/** Makes elements; `first` is the number of the first one. The inputs are borrowed for the call. */
export type ElementKernel = (inputs: readonly Uint8Array[], target: Uint8Array, first: number) => void;

export class ElementSource implements ByteSource {
  readonly byteLength: number;

  constructor(
    readonly inputs: readonly InputSource[],
    /** Bytes of an element of an input, and of one here. */
    readonly inputWidth: number,
    readonly width: number,
    count: number,
    readonly kernel: ElementKernel,
  ) {
    this.byteLength = count * width;
  }

  readInto(target: Uint8Array, offset: number): void {
    assertWithin(this, offset, target.length, 'edited tensor');
    const { width } = this;
    const head = (width - (offset % width)) % width;
    const whole = Math.floor(Math.max(target.length - head, 0) / width) * width;
    if (head > 0) this.#edge(target.subarray(0, Math.min(head, target.length)), offset);
    if (whole > 0) this.#elements(target.subarray(head, head + whole), (offset + head) / width);
    const done = head + whole;
    if (done < target.length) this.#edge(target.subarray(done), offset + done);
  }

  expect(runs: readonly Run[]): void {
    const wanted = runs.map((run) => runOfElements(run, this.width, this.inputWidth));
    missTogether(this.inputs.map((input) => () => input.expect?.(wanted)));
  }

  /** Part of one element: nobody but a test reads so. */
  #edge(target: Uint8Array, offset: number): void {
    const first = Math.floor(offset / this.width);
    const element = new Uint8Array(this.width);
    this.#elements(element, first);
    target.set(element.subarray(offset - first * this.width, offset - first * this.width + target.length));
  }

  #elements(target: Uint8Array, first: number): void {
    const atOnce = Math.floor(CHUNK_BYTES / this.inputWidth);
    const count = target.length / this.width;
    withBuffers(this.inputs.length, (buffers) => {
      for (let done = 0; done < count; done += atOnce) {
        const some = Math.min(atOnce, count - done);
        const bytes = some * this.inputWidth;
        const chunks = this.inputs.map((input, i) => {
          const engine = buffers[i] as ChecksumBuffer;
          input.readBuffer(engine, (first + done) * this.inputWidth, bytes);
          return engine.buffer.subarray(0, bytes);
        });
        this.kernel(chunks, target.subarray(done * this.width, (done + some) * this.width), first + done);
      }
    });
  }
}
