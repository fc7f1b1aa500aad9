/**
 * Where the chunks of a dataset lie. Layout messages up to version 3 lead to a B-tree of version 1; version 4 names one of five
 * indexes: a single chunk, chunks end to end, a fixed array, an extensible array, a B-tree of version 2.
 */
import { WideColumn } from '../../bytes/column.ts';
import { UnsupportedError } from '../../errors.ts';
import type { AddressSpace, Structure } from './address-space.ts';
import { recordsOf } from './btree2.ts';
import { extensibleArray, fixedArray, type StoredChunk } from './chunk-arrays.ts';
import { numberAt } from './words.ts';

/** Chunks by their place in the grid: numbers of chunks along each axis. */
export type ChunkIndex = (place: readonly number[]) => StoredChunk | undefined;

export interface ChunkedLayout {
  /** Of a chunk, in elements. */
  readonly dimensions: readonly number[];
  readonly elementBytes: number;
  readonly hasPlainEdges: boolean;
  index(shape: ChunkedShape): ChunkIndex;
}

export interface ChunkedShape {
  /** How many chunks lie along each axis. */
  readonly grid: readonly number[];
  /** How far each axis may grow; infinite for one without a limit. */
  readonly most: readonly number[];
  readonly isFiltered: boolean;
}

const NODE_HEADER_BYTES = 24;
const MOST_DEPTH = 16;
const MOST_CHUNKS = 1 << 22;
const [SINGLE, IMPLICIT, FIXED, EXTENSIBLE, BTREE] = [1, 2, 3, 4, 5];
/** A flag of the layout: chunks that reach over an edge go through no filter. */
const PLAIN_EDGES = 1;
/** A flag of a single chunk: it is filtered, and says its size. */
const SINGLE_IS_FILTERED = 2;
const [PLAIN_RECORDS, FILTERED_RECORDS] = [10, 11];

const product = (sizes: readonly number[]): number => sizes.reduce((all, size) => all * size, 1);

/** Dimensions as they stand in a layout message, the last one being the bytes of an element. */
function split(sizes: readonly number[], message: Structure): { dimensions: number[]; elementBytes: number } {
  const elementBytes = sizes.at(-1) ?? 0;
  const dimensions = sizes.slice(0, -1);
  if (dimensions.length === 0 || sizes.some((size) => size === 0)) throw message.damaged('its chunks have no size');
  return { dimensions, elementBytes };
}

/** Layouts of version 1 to 3. */
export function olderChunks(file: AddressSpace, message: Structure): ChunkedLayout {
  const isThree = message.u8(0) === 3;
  const rank = message.u8(isThree ? 2 : 1);
  const address = message.pointer(isThree ? 3 : 8);
  const at = isThree ? 11 : 16;
  const sizes = Array.from({ length: rank }, (_, i) => message.u32(at + 4 * i));
  const { dimensions, elementBytes } = split(sizes, message);
  return {
    dimensions,
    elementBytes,
    hasPlainEdges: false,
    index: ({ grid }) => (address === undefined ? nowhere : treeIndex(file, address, sizes, grid)),
  };
}

const nowhere: ChunkIndex = () => undefined;

/** Chunks that were listed, by their number in the grid, column by column: there may be a million. */
function listed(
  grid: readonly number[],
  list: () => Iterable<readonly [place: readonly number[], chunk: StoredChunk]>,
): ChunkIndex {
  const [address, byteLength, skipped] = [new WideColumn(), new WideColumn(), new WideColumn()];
  let rows: Map<number, number> | undefined;
  const made = (): Map<number, number> => {
    const found = new Map<number, number>();
    address.length = byteLength.length = skipped.length = 0; // a list that broke off is made anew
    for (const [place, chunk] of list()) {
      if (place.some((number, axis) => number >= (grid[axis] as number))) continue; // cut off when the shape shrank
      found.set(rowMajor(place, grid), address.push(chunk.address) - 1);
      byteLength.push(chunk.byteLength);
      skipped.push(chunk.skipped);
    }
    return found;
  };
  return (place) => {
    rows ??= made();
    const row = rows.get(rowMajor(place, grid));
    if (row === undefined) return undefined;
    return { address: address.at(row), byteLength: byteLength.at(row), skipped: skipped.at(row) };
  };
}

/** A B-tree of version 1: keys are the bytes of a chunk, skipped filters, and its offset along each axis; children lead to chunks. */
function treeIndex(file: AddressSpace, root: number, sizes: readonly number[], grid: readonly number[]): ChunkIndex {
  const keyBytes = 8 + 8 * sizes.length;
  const seen = new Set<number>();
  function* walk(address: number, depth: number): Generator<readonly [number[], StoredChunk]> {
    const start = file.structure(address, NODE_HEADER_BYTES, 'B-tree of chunks');
    if (!start.isSigned('TREE') || start.u8(4) !== 1) throw start.damaged('it is no B-tree of chunks');
    if (seen.has(address) || depth > MOST_DEPTH || seen.size > MOST_CHUNKS)
      throw start.damaged('its nodes lead in a circle');
    seen.add(address);
    const count = start.u16(6);
    const node = file.structure(address + NODE_HEADER_BYTES, count * (keyBytes + 8), 'B-tree of chunks');
    for (let i = 0; i < count; i++) {
      const at = i * (keyBytes + 8);
      const child = node.u64(at + keyBytes);
      if (start.u8(5) > 0) yield* walk(child, depth + 1);
      else {
        const place = sizes.slice(0, -1).map((size, axis) => Math.floor(node.u64(at + 8 + 8 * axis) / size));
        yield [place, { address: child, byteLength: node.u32(at), skipped: node.u32(at + 4) }];
      }
    }
  }
  return listed(grid, () => {
    seen.clear();
    return walk(root, 0);
  });
}

/** Layouts of version 4. */
export function newerChunks(file: AddressSpace, message: Structure): ChunkedLayout {
  const flags = message.u8(2);
  const rank = message.u8(3);
  const width = message.u8(4);
  const sizes = Array.from({ length: rank }, (_, i) => numberAt(message, 5 + i * width, width));
  const { dimensions, elementBytes } = split(sizes, message);
  const at = 5 + rank * width;
  const kind = message.u8(at);
  const chunkBytes = product(sizes);
  const isSingleFiltered = kind === SINGLE && (flags & SINGLE_IS_FILTERED) !== 0;
  const infoBytes = { [SINGLE]: isSingleFiltered ? 12 : 0, [IMPLICIT]: 0, [FIXED]: 1, [EXTENSIBLE]: 5, [BTREE]: 6 }[
    kind
  ];
  if (infoBytes === undefined) throw new UnsupportedError(`its chunks are indexed in way ${kind}`, 'HDF5 chunk index');
  const address = message.pointer(at + 1 + infoBytes);
  const index = ({ grid: chunks, most, isFiltered }: ChunkedShape): ChunkIndex => {
    if (address === undefined) return nowhere;
    if (kind === SINGLE) {
      const byteLength = isSingleFiltered ? message.u64(at + 1) : chunkBytes;
      const chunk = { address, byteLength, skipped: isSingleFiltered ? message.u32(at + 9) : 0 };
      return (place) => (place.every((number) => number === 0) ? chunk : undefined);
    }
    if (kind === BTREE) return newerTree(file, address, chunks, isFiltered, chunkBytes);
    const grid = most.map((size, axis) => Math.ceil(size / (dimensions[axis] as number)));
    if (kind === IMPLICIT) {
      return (place) => ({ address: address + rowMajor(place, grid) * chunkBytes, byteLength: chunkBytes, skipped: 0 });
    }
    if (kind === FIXED) {
      const array = fixedArray(file, address, chunkBytes);
      return (place) => array(rowMajor(place, grid));
    }
    const array = extensibleArray(file, address, chunkBytes);
    const open = grid.findIndex((size) => !Number.isFinite(size));
    const first = Math.max(open, 0);
    const order = [first, ...[...grid.keys()].filter((axis) => axis !== first)];
    return (place) =>
      array(
        rowMajor(
          order.map((axis) => place[axis] as number),
          order.map((axis) => grid[axis] as number),
        ),
      );
  };
  return { dimensions, elementBytes, hasPlainEdges: (flags & PLAIN_EDGES) !== 0, index };
}

/** The number of a chunk when all are counted, the last axis quickest; the size of the first one does not count. */
function rowMajor(place: readonly number[], grid: readonly number[]): number {
  return place.reduce((number, at, axis) => (axis === 0 ? at : number * (grid[axis] as number) + at), 0);
}

function newerTree(
  file: AddressSpace,
  address: number,
  grid: readonly number[],
  isFiltered: boolean,
  chunkBytes: number,
): ChunkIndex {
  const rank = grid.length;
  return listed(grid, function* () {
    for (const record of recordsOf(file, address, isFiltered ? FILTERED_RECORDS : PLAIN_RECORDS)) {
      const placeAt = record.length - 8 * rank;
      const place = Array.from({ length: rank }, (_, axis) => record.u64(placeAt + 8 * axis));
      const byteLength = isFiltered ? numberAt(record, 8, placeAt - 12) : chunkBytes;
      yield [place, { address: record.u64(0), byteLength, skipped: isFiltered ? record.u32(placeAt - 4) : 0 }];
    }
  });
}
