/** The global heaps of a file: where values of variable length lie. Collections that were read last are kept. */
import type { AddressSpace, Structure } from './address-space.ts';

const HEADER_BYTES = 16;
/** Of collections that are kept. */
const KEPT_BYTES = 96 << 20;

const NOTHING = new Uint8Array(0);

export class GlobalHeap {
  readonly #collections = new Map<number, ReadonlyMap<number, Structure>>();
  #keptBytes = 0;

  constructor(readonly file: AddressSpace) {}

  /** The bytes that an element of variable length points to: length, address of the collection, index in it. */
  valueAt(element: Structure, at: number): Uint8Array {
    const length = element.u32(at);
    if (length === 0) return NOTHING;
    const address = element.u64(at + 4);
    const index = element.u32(at + 12);
    const object = this.#collection(address).get(index);
    if (object === undefined)
      throw element.damaged(`it points to object ${index} of the heap at ${address}, which is not there`);
    return object.slice(0, length).bytes;
  }

  #collection(address: number): ReadonlyMap<number, Structure> {
    let objects = this.#collections.get(address);
    if (objects === undefined) {
      objects = this.#read(address);
      this.#collections.set(address, objects);
    }
    return objects;
  }

  #read(address: number): ReadonlyMap<number, Structure> {
    const header = this.file.structure(address, HEADER_BYTES, 'global heap');
    if (!header.isSigned('GCOL')) throw header.damaged('it does not begin with GCOL');
    const heap = this.file.structure(address, header.u64(8), 'global heap');
    if (this.#keptBytes + heap.length > KEPT_BYTES) {
      this.#collections.clear();
      this.#keptBytes = 0;
    }
    this.#keptBytes += heap.length;
    const objects = new Map<number, Structure>();
    for (let at = HEADER_BYTES; at + HEADER_BYTES <= heap.length; ) {
      const index = heap.u16(at);
      const size = heap.u64(at + 8);
      if (index === 0) break;
      objects.set(index, heap.slice(at + HEADER_BYTES, size));
      at += HEADER_BYTES + Math.ceil(size / 8) * 8;
    }
    return objects;
  }
}
