/** Global heaps, written: the texts of attributes. */
import { ByteWriter } from '../../bytes/byte-writer.ts';
import { type FileImage, padded } from './file-image.ts';
import { uint16, uint64 } from './words.ts';

const HEADER_BYTES = 16;
/** The least a collection takes. */
const LEAST_BYTES = 4096;

/** Adds a collection of one text each to the file: a text is stored before what points to it, so that its address is known. */
export class TextHeap {
  readonly #pointers = new Map<string, Uint8Array>();

  constructor(readonly image: FileImage) {}

  /** Stores texts that are to share a collection. */
  storeAll(texts: readonly Uint8Array[]): void {
    const fresh = [...new Map(texts.map((text) => [keyOf(text), text])).entries()].filter(
      ([key]) => !this.#pointers.has(key),
    );
    for (let start = 0; start < fresh.length; start += MOST_OBJECTS)
      this.#add(fresh.slice(start, start + MOST_OBJECTS));
  }

  #add(texts: readonly (readonly [string, Uint8Array])[]): void {
    const body = new ByteWriter();
    texts.forEach(([, text], i) => {
      body
        .bytes(uint16(i + 1))
        .bytes(Uint8Array.of(1, 0, 0, 0, 0, 0))
        .bytes(uint64(text.length))
        .bytes(text);
      body.bytes(new Uint8Array(padded(text.length) - text.length));
    });
    const size = Math.max(LEAST_BYTES, HEADER_BYTES + body.length);
    const heap = new ByteWriter()
      .bytes(Uint8Array.of(0x47, 0x43, 0x4f, 0x4c, 1, 0, 0, 0))
      .bytes(uint64(size))
      .bytes(body.view());
    const free = size - heap.length;
    if (free >= HEADER_BYTES) heap.bytes(new Uint8Array(8)).bytes(uint64(free));
    heap.bytes(new Uint8Array(size - heap.length));
    const address = this.image.add(heap.view());
    texts.forEach(([key, text], i) => {
      this.#pointers.set(
        key,
        new ByteWriter()
          .uint32(text.length)
          .bytes(uint64(address))
          .uint32(i + 1)
          .toBytes(),
      );
    });
  }

  /** The 16 bytes that point to a text that was stored. */
  readonly pointerTo = (text: Uint8Array): Uint8Array => {
    const pointer = this.#pointers.get(keyOf(text));
    if (pointer === undefined) throw new Error('a text was asked for before it was stored');
    return pointer;
  };
}

/** Indexes are of 16 bits, and 0 is the free space. */
const MOST_OBJECTS = 4096;

/** The bytes as a string of as many characters: what tells texts apart. */
function keyOf(text: Uint8Array): string {
  let key = '';
  for (let at = 0; at < text.length; at += 8192) key += String.fromCharCode(...text.subarray(at, at + 8192));
  return key;
}
