/** Loops over typed arrays, run on the little-endian bytes of a tensor, whatever the alignment and the host's byte order. */
import { swapInPlace } from '../bytes/byte-order.ts';

/** Reads the elements of `from` and fills `to`; both are little-endian, whole elements, and as many in one as in the other. */
export type BytesKernel = (from: Uint8Array, to: Uint8Array) => void;

interface ElementArray<T> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): T;
}

export const HOST_IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

function isReady(bytes: Uint8Array, unit: number): boolean {
  return unit === 1 || (HOST_IS_LITTLE_ENDIAN && bytes.byteOffset % unit === 0);
}

/** The elements of little-endian bytes as the host reads them: a view where it can be, else a copy. */
export function elementsOf<T>(type: ElementArray<T>, bytes: Uint8Array): T {
  const unit = type.BYTES_PER_ELEMENT;
  if (!isReady(bytes, unit)) {
    bytes = Uint8Array.from(bytes);
    if (!HOST_IS_LITTLE_ENDIAN) swapInPlace(bytes, unit);
  }
  return new type(bytes.buffer, bytes.byteOffset, bytes.length / unit);
}

/** A loop over elements as one over bytes. */
export function onHost<From, To>(
  from: ElementArray<From>,
  to: ElementArray<To>,
  run: (from: From, to: To) => void,
): BytesKernel {
  const unit = to.BYTES_PER_ELEMENT;
  return (source, target) => {
    const ready = isReady(target, unit);
    const bytes = ready ? target : new Uint8Array(target.length);
    run(elementsOf(from, source), new to(bytes.buffer, bytes.byteOffset, bytes.length / unit));
    if (ready) return;
    if (!HOST_IS_LITTLE_ENDIAN) swapInPlace(bytes, unit);
    target.set(bytes);
  };
}
