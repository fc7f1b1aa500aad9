/**
 * Fractal heaps: where groups of the newer layout keep many links, and objects many attributes.
 *
 *     header          FRHP | version | length of ids | ... | table width | first block size | most of a direct block | ...
 *     direct block    FHDB | version | header | offset of the block | [checksum] | objects
 *     indirect block  FHIB | version | header | offset of the block | addresses of direct blocks, then of indirect ones | checksum
 *     id              type in bits 4 and 5 | managed: offset and length | huge: number in a B-tree | tiny: the object itself
 *
 * Blocks are rows of a table, `width` to a row: two rows of the first size, each further row twice as large.
 */
import { UnsupportedError } from '../../errors.ts';
import type { AddressSpace, Structure } from './address-space.ts';
import { recordsOf } from './btree2.ts';
import { checkStructure } from './lookup3.ts';
import { encodedSize, numberAt } from './words.ts';

const HEADER_BYTES = 146;
const [MANAGED, HUGE, TINY] = [0, 1, 2];
/** Blocks within blocks: more would not fit into any file. */
const MOST_DEPTH = 16;
/** Blocks of blocks that are kept. */
const MOST_BLOCKS = 1024;

export class FractalHeap {
  readonly idLength: number;
  readonly #header: Structure;
  readonly #width: number;
  readonly #first: number;
  readonly #directRows: number;
  readonly #offsetSize: number;
  readonly #lengthSize: number;
  readonly #blocks = new Map<number, Structure>();
  #huge: Map<number, { address: number; length: number }> | undefined;

  constructor(
    readonly file: AddressSpace,
    address: number,
  ) {
    const header = file.structure(address, HEADER_BYTES, 'fractal heap');
    if (header.u16(7) !== 0) throw new UnsupportedError('a heap of compressed blocks cannot be read', 'HDF5 heap');
    checkStructure(header, 'FRHP');
    this.#header = header;
    this.idLength = header.u16(5);
    this.#width = header.u16(110);
    this.#first = header.u64(112);
    const most = header.u64(120);
    if (this.#width === 0 || this.#first === 0 || most < this.#first) throw header.damaged('its blocks have no size');
    this.#directRows = Math.round(Math.log2(most / this.#first)) + 2;
    this.#offsetSize = Math.ceil(header.u16(128) / 8);
    this.#lengthSize = Math.min(encodedSize(most), encodedSize(header.u32(10)));
  }

  /** The object of an id. */
  object(id: Structure): Structure {
    const type = (id.u8(0) >> 4) & 3;
    if (type === TINY) return id.slice(1, (id.u8(0) & 15) + 1);
    if (type === HUGE) return this.#hugeObject(id);
    if (type !== MANAGED) throw id.damaged('it is an id of no kind');
    const offset = numberAt(id, 1, this.#offsetSize);
    const length = numberAt(id, 1 + this.#offsetSize, this.#lengthSize);
    return this.file.structure(this.#place(offset), length, 'object of a heap');
  }

  #hugeObject(id: Structure): Structure {
    const number = numberAt(id, 1, Math.min(this.idLength - 1, 8));
    if (this.#huge === undefined) {
      this.#huge = new Map();
      for (const record of recordsOf(this.file, this.#header.u64(22), 1))
        this.#huge.set(record.u64(16), { address: record.u64(0), length: record.u64(8) });
    }
    const found = this.#huge.get(number);
    if (found === undefined) throw id.damaged(`there is no object ${number} in its heap`);
    return this.file.structure(found.address, found.length, 'object of a heap');
  }

  /** Where the byte at an offset of the heap lies in the file. */
  #place(offset: number): number {
    const root = this.#header.u64(132);
    const rows = this.#header.u16(140);
    return rows === 0 ? root + offset : this.#placeBelow(root, rows, offset, 0);
  }

  #placeBelow(address: number, rows: number, offset: number, depth: number): number {
    const block = this.#indirect(address, rows);
    const rowBytes = this.#width * this.#first;
    const row = offset < rowBytes ? 0 : Math.floor(Math.log2(offset / rowBytes)) + 1;
    const size = row === 0 ? this.#first : this.#first * 2 ** (row - 1);
    const within = offset - (row === 0 ? 0 : rowBytes * 2 ** (row - 1));
    const column = Math.floor(within / size);
    if (row >= rows || depth > MOST_DEPTH) throw block.damaged(`offset ${offset} lies past its rows`);
    const child = block.pointer(13 + this.#offsetSize + (row * this.#width + column) * 8);
    if (child === undefined) throw block.damaged(`there is no block at offset ${offset}`);
    if (row < this.#directRows) return child + within - column * size;
    return this.#placeBelow(child, Math.round(Math.log2(size / rowBytes)) + 1, within - column * size, depth + 1);
  }

  /** A block of blocks; those that were met stay. */
  #indirect(address: number, rows: number): Structure {
    const met = this.#blocks.get(address);
    if (met !== undefined) return met;
    const length = 13 + this.#offsetSize + rows * this.#width * 8 + 4;
    const block = this.file.structure(address, length, 'block of a heap');
    checkStructure(block, 'FHIB');
    if (this.#blocks.size < MOST_BLOCKS) this.#blocks.set(address, block);
    return block;
  }
}
