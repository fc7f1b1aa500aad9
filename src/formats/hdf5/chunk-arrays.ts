/**
 * Arrays that say where chunks lie, by their numbers. An element is an address, or, of filtered chunks, an address, the bytes of
 * the chunk and a mask of skipped filters.
 *
 *     fixed       FAHD | version | client | bytes of an element | page bits | elements | data block | checksum
 *                 FADB | version | client | header | [pages in use] | elements, or pages of them | checksum
 *     extensible  EAHD | version | client | bytes of an element | bits of a number | elements in the index block | least of a
 *                 data block | least pointers of a secondary block | page bits | six counts | index block | checksum
 *                 EAIB | version | client | header | elements | data blocks | secondary blocks | checksum
 *                 EASB | version | client | header | offset | [pages in use] | data blocks | checksum
 *                 EADB | version | client | header | offset | elements, or pages of them | checksum
 */
import type { AddressSpace, Structure } from './address-space.ts';
import { checkStructure, checkSum } from './lookup3.ts';
import { numberAt } from './words.ts';

/** A chunk as it is stored. */
export interface StoredChunk {
  readonly address: number;
  readonly byteLength: number;
  /** A bit for each filter that it did not go through. */
  readonly skipped: number;
}

type ByNumber = (number: number) => StoredChunk | undefined;

const FIXED_HEADER_BYTES = 28;
const EXTENSIBLE_HEADER_BYTES = 72;
const CHECKSUM_BYTES = 4;
/** Signature, version, client, and the address of the header. */
const PREFIX_BYTES = 14;
/** The client of filtered chunks. */
const FILTERED = 1;

/** How an element is read, and how many bytes it takes. */
interface Elements {
  readonly width: number;
  read(bytes: Structure, at: number): StoredChunk | undefined;
}

function elementsOf(header: Structure, chunkBytes: number): Elements {
  const width = header.u8(6);
  const isFiltered = header.u8(5) === FILTERED;
  if (width < (isFiltered ? 13 : 8)) throw header.damaged(`its elements have ${width} bytes`);
  const read = (bytes: Structure, at: number): StoredChunk | undefined => {
    const address = bytes.pointer(at);
    if (address === undefined) return undefined;
    if (!isFiltered) return { address, byteLength: chunkBytes, skipped: 0 };
    return { address, byteLength: numberAt(bytes, at + 8, width - 12), skipped: bytes.u32(at + width - 4) };
  };
  return { width, read };
}

/** Reads a structure once. */
function keeping(file: AddressSpace): (address: number, length: number, signature: string) => Structure {
  const kept = new Map<number, Structure>();
  return (address, length, signature) => {
    let structure = kept.get(address);
    if (structure === undefined) {
      structure = file.structure(address, length, 'index of chunks');
      if (signature === '') checkSum(structure);
      else checkStructure(structure, signature);
      kept.set(address, structure);
    }
    return structure;
  };
}

/** Whether a page was ever written: a bit for each, the highest of a byte first. */
function isInUse(bits: Structure, at: number, page: number): boolean {
  return (bits.u8(at + (page >> 3)) & (0x80 >> (page & 7))) !== 0;
}

/** A fixed array at an address. */
export function fixedArray(file: AddressSpace, address: number, chunkBytes: number): ByNumber {
  const read = keeping(file);
  const header = read(address, FIXED_HEADER_BYTES, 'FAHD');
  const { width, read: element } = elementsOf(header, chunkBytes);
  const count = header.u64(8);
  const block = header.pointer(16);
  const perPage = 2 ** header.u8(7);
  return (number) => {
    if (block === undefined || number >= count) return undefined;
    if (count <= perPage) {
      return element(read(block, PREFIX_BYTES + count * width + CHECKSUM_BYTES, 'FADB'), PREFIX_BYTES + number * width);
    }
    const pages = Math.ceil(count / perPage);
    const prefixBytes = PREFIX_BYTES + Math.ceil(pages / 8) + CHECKSUM_BYTES;
    const page = Math.floor(number / perPage);
    if (!isInUse(read(block, prefixBytes, 'FADB'), PREFIX_BYTES, page)) return undefined;
    const there = Math.min(perPage, count - page * perPage);
    const at = block + prefixBytes + page * (perPage * width + CHECKSUM_BYTES);
    return element(read(at, there * width + CHECKSUM_BYTES, ''), (number % perPage) * width);
  };
}

/** A run of data blocks of one size. */
interface Level {
  readonly blocks: number;
  readonly perBlock: number;
  /** Elements, and data blocks, of all levels before. */
  readonly first: number;
  readonly firstBlock: number;
}

/** The levels of an extensible array: each second one has twice as many data blocks, the others larger ones. */
function levelsOf(bits: number, least: number): Level[] {
  const levels: Level[] = [];
  let [first, firstBlock] = [0, 0];
  for (let i = 0; i <= bits - Math.log2(least); i++) {
    const level = { blocks: 2 ** (i >> 1), perBlock: least * 2 ** ((i + 1) >> 1), first, firstBlock };
    levels.push(level);
    first += level.blocks * level.perBlock;
    firstBlock += level.blocks;
  }
  return levels;
}

/** An extensible array at an address. */
export function extensibleArray(file: AddressSpace, address: number, chunkBytes: number): ByNumber {
  const read = keeping(file);
  const header = read(address, EXTENSIBLE_HEADER_BYTES, 'EAHD');
  const { width, read: element } = elementsOf(header, chunkBytes);
  const [bits, inIndex, least, pointers] = [7, 8, 9, 10].map((at) => header.u8(at)) as [number, number, number, number];
  if (least === 0 || pointers < 2 || bits > 64) throw header.damaged('its blocks have no size');
  const perPage = 2 ** header.u8(11);
  const index = header.pointer(60);
  const levels = levelsOf(bits, least);
  const offsetSize = Math.ceil(bits / 8);
  const direct = Math.round(2 * Math.log2(pointers));
  const directBlocks = 2 * (pointers - 1);
  const indexBytes =
    PREFIX_BYTES + inIndex * width + (directBlocks + Math.max(levels.length - direct, 0)) * 8 + CHECKSUM_BYTES;

  const inBlock = (block: number, { perBlock }: Level, number: number, inUse: (page: number) => boolean) => {
    const prefixBytes = PREFIX_BYTES + offsetSize;
    if (perBlock <= perPage) {
      return element(
        read(block, prefixBytes + perBlock * width + CHECKSUM_BYTES, 'EADB'),
        prefixBytes + number * width,
      );
    }
    const page = Math.floor(number / perPage);
    if (!inUse(page)) return undefined;
    const at = block + prefixBytes + CHECKSUM_BYTES + page * (perPage * width + CHECKSUM_BYTES);
    return element(read(at, perPage * width + CHECKSUM_BYTES, ''), (number % perPage) * width);
  };

  return (number) => {
    if (index === undefined) return undefined;
    const block = read(index, indexBytes, 'EAIB');
    if (number < inIndex) return element(block, PREFIX_BYTES + number * width);
    const rest = number - inIndex;
    const at = Math.floor(Math.log2(rest / least + 1));
    const level = levels[at];
    if (level === undefined) throw block.damaged(`element ${number} lies past its end`);
    const nth = Math.floor((rest - level.first) / level.perBlock);
    const within = (rest - level.first) % level.perBlock;
    const pointersAt = PREFIX_BYTES + inIndex * width;
    if (at < direct) {
      const data = block.pointer(pointersAt + (level.firstBlock + nth) * 8);
      return data === undefined ? undefined : inBlock(data, level, within, () => true);
    }
    const secondary = block.pointer(pointersAt + (directBlocks + at - direct) * 8);
    if (secondary === undefined) return undefined;
    const pages = level.perBlock > perPage ? Math.ceil(level.perBlock / perPage) : 0;
    const pageBytes = Math.ceil(pages / 8);
    const bitsAt = PREFIX_BYTES + offsetSize;
    const blocksAt = bitsAt + level.blocks * pageBytes;
    const own = read(secondary, blocksAt + level.blocks * 8 + CHECKSUM_BYTES, 'EASB');
    const data = own.pointer(blocksAt + nth * 8);
    if (data === undefined) return undefined;
    return inBlock(data, level, within, (page) => isInUse(own, bitsAt, nth * pages + page));
  };
}
