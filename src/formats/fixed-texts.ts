/**
 * Strings as numpy and HDF5 hold them where all elements take the same room: each filled up with zeros to the width of the longest.
 * Zeros at the end of an element are not told from those, so that such a tensor is refused; every other one comes back as it was.
 */
import { assertWithin, type ByteSource } from '../bytes/source.ts';
import { SourceReader } from '../bytes/source-reader.ts';
import { UnsupportedError } from '../errors.ts';
import { areReadableStrings } from '../tensor/block-strings.ts';
import { storedChecksum } from '../tensor/checksum.ts';
import { dtypeOf } from '../tensor/dtype.ts';
import { elementCount } from '../tensor/shape.ts';
import { checkLengths, walkStrings } from '../tensor/strings.ts';
import type { Tensor, TensorMap } from '../tensor/tensor.ts';
import { checksumMismatch, checkTurned, steadyContent } from './recorded-checksum.ts';
import { WholeTensors } from './round-trip.ts';

/** Elements between two of which it is known where they stand. */
const BLOCK = 1024;
const BYTE = dtypeOf('uint8');

/** Where each block of elements stands in the content of a string tensor. */
interface Blocks {
  readonly lengthsAt: readonly number[];
  readonly payloadAt: readonly number[];
  readonly longest: number;
}

function blocksOf(source: ByteSource, count: number): Blocks {
  const [lengthsAt, starts] = [[0], [0]];
  let [seen, payload, longest] = [0, 0, 0];
  const layout = walkStrings(source, count, 'little', (length, next) => {
    payload += length;
    longest = Math.max(longest, length);
    if (++seen % BLOCK !== 0) return;
    lengthsAt.push(next);
    starts.push(payload);
  });
  checkLengths(source, layout);
  return { lengthsAt, payloadAt: starts.map((start) => layout.payloadAt + start), longest };
}

/** The elements of a string tensor, each in `width` bytes. */
class FixedTextSource implements ByteSource {
  readonly byteLength: number;
  readonly width: number;
  readonly #blocks: Blocks;
  /** The block that was looked at last: where each of its elements begins, and where the last one ends. */
  #block: { readonly number: number; readonly starts: readonly number[] } | undefined;

  constructor(
    readonly content: ByteSource,
    readonly count: number,
  ) {
    this.#blocks = blocksOf(content, count);
    this.width = Math.max(1, this.#blocks.longest);
    this.byteLength = count * this.width;
  }

  /** Where an element begins in the content, and where it ends. */
  #rangeOf(element: number): readonly [start: number, end: number] {
    const number = Math.floor(element / BLOCK);
    if (this.#block?.number !== number) this.#block = { number, starts: this.#startsIn(number) };
    const { starts } = this.#block;
    return [starts[element % BLOCK] as number, starts[(element % BLOCK) + 1] as number];
  }

  #startsIn(number: number): number[] {
    const { lengthsAt, payloadAt } = this.#blocks;
    const reader = new SourceReader(this.content, lengthsAt[number]);
    let at = payloadAt[number] as number;
    const starts = [at];
    for (let left = Math.min(BLOCK, this.count - number * BLOCK); left > 0; left--) {
      at += reader.varint();
      starts.push(at);
    }
    return starts;
  }

  readInto(target: Uint8Array, offset: number): void {
    assertWithin(this, offset, target.length, 'strings');
    const { width, content } = this;
    target.fill(0);
    const end = offset + target.length;
    // What is asked for of the elements lies end to end, and is no more than that: it is read at once.
    const pieces: { readonly from: number; readonly at: number; readonly length: number }[] = [];
    for (let element = Math.floor(offset / width); element * width < end; element++) {
      const [start, stop] = this.#rangeOf(element);
      const skipped = Math.max(0, offset - element * width);
      const length = Math.min(stop - start, end - element * width) - skipped;
      if (length > 0) pieces.push({ from: start + skipped, at: element * width + skipped - offset, length });
    }
    const [first, last] = [pieces[0], pieces.at(-1)];
    if (first === undefined || last === undefined) return;
    const bytes = new Uint8Array(last.from + last.length - first.from);
    content.readInto(bytes, first.from);
    for (const { from, at, length } of pieces)
      target.set(bytes.subarray(from - first.from, from - first.from + length), at);
  }

  /** The number of the first element that ends in a zero; undefined where none does. */
  endingInZero(): number | undefined {
    const reader = new SourceReader(this.content, this.#blocks.payloadAt[0]);
    for (let element = 0; element < this.count; element++) {
      const [start, end] = this.#rangeOf(element);
      if (end === start) continue;
      reader.skip(end - start - 1);
      if (reader.bytes(1)[0] === 0) return element;
    }
    return undefined;
  }
}

/** The strings of a tensor in a fixed width, or why they cannot be. Throws a `CkptError` where they cannot be read. */
function fixed(name: string, tensor: Tensor): FixedTextSource | string {
  const { dtype, shape, crc32c } = tensor;
  const count = elementCount(shape);
  checkTurned(() => name, tensor);
  const content = steadyContent(tensor, () => name);
  if (crc32c !== undefined && crc32c !== storedChecksum(dtype, content, count)) {
    throw checksumMismatch(name, crc32c, storedChecksum(dtype, content, count));
  }
  const source = new FixedTextSource(content, count);
  const { width } = source;
  if (!areReadableStrings(count, width)) {
    return `each of its ${count} strings would take as much as the longest, ${width} bytes, more than is read back`;
  }
  const element = source.endingInZero();
  return element === undefined ? source : `its string ${element} ends in a zero byte, which would be lost`;
}

/** Why a string tensor cannot be held in a fixed width; undefined where it can, and for all others. */
export function fixedTextProblem(name: string, tensor: Tensor): string | undefined {
  if (tensor.dtype.kind !== 'string' || tensor.problem !== undefined) return undefined;
  const found = fixed(name, tensor);
  return typeof found === 'string' ? found : undefined;
}

/** A map in one piece each, its strings as bytes of a fixed width, which {@link widthOf} tells. */
export class FixedTexts extends WholeTensors {
  readonly #widths: Map<string, number>;

  constructor(tensors: TensorMap) {
    const stored = new Map<string, Tensor>();
    const widths = new Map<string, number>();
    super(tensors, (name, tensor) => {
      if (tensor.dtype.kind !== 'string' || tensor.problem !== undefined) return tensor;
      let made = stored.get(name);
      if (made !== undefined) return made;
      const source = fixed(name, tensor);
      if (typeof source === 'string') {
        const what = `tensor ${name}: ${source}; leave such tensors out with --drop-unsupported`;
        throw new UnsupportedError(what, 'string');
      }
      made = { dtype: BYTE, shape: tensor.shape, byteLength: source.byteLength, source };
      stored.set(name, made);
      widths.set(name, source.width);
      return made;
    });
    this.#widths = widths;
  }

  /** Bytes of an element of a tensor of strings that was asked for; undefined for any other. */
  widthOf(name: string): number | undefined {
    return this.#widths.get(name);
  }
}
