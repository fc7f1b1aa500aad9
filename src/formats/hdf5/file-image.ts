/** The metadata of a file while it is laid out: each structure gets its place when its bytes are known. */
import { ByteWriter } from '../../bytes/byte-writer.ts';

const ALIGNMENT = 8;

export function padded(length: number, unit = ALIGNMENT): number {
  return Math.ceil(length / unit) * unit;
}

export class FileImage {
  readonly #writer = new ByteWriter(4096);

  /** Starts after `reserved` bytes, which are filled in last. */
  constructor(reserved: number) {
    this.#writer.bytes(new Uint8Array(reserved));
  }

  /** Where the next structure will lie. */
  get end(): number {
    return this.#writer.length;
  }

  /** Appends a structure, aligned to eight bytes behind it; returns its address. */
  add(bytes: Uint8Array): number {
    const address = this.end;
    this.#writer.bytes(bytes).zeros(padded(bytes.length) - bytes.length);
    return address;
  }

  /** Puts other bytes in the place of some. */
  patch(address: number, bytes: Uint8Array): void {
    this.#writer.view().set(bytes, address);
  }

  /** Everything, with `head` at its beginning. */
  finish(head: Uint8Array): Uint8Array {
    const bytes = this.#writer.view();
    bytes.set(head);
    return bytes;
  }
}
