/**
 * B-trees of version 2: sorted records that are found in order here, whatever they index.
 *
 *     header    BTHD | version | type | bytes of a node | of a record | depth | split, merge | root | records in the root | in all
 *     internal  BTIN | version | type | records | children: address, records in it, [records below it] | checksum
 *     leaf      BTLF | version | type | records | checksum
 */
import type { AddressSpace, Structure } from './address-space.ts';
import { checkStructure } from './lookup3.ts';
import { encodedSize, numberAt } from './words.ts';

const HEADER_BYTES = 38;
/** Signature, version, type and checksum. */
const NODE_OVERHEAD = 10;
const RECORDS_AT = 6;
const MOST_DEPTH = 16;
/** More records than this are no model's. */
const MOST_RECORDS = 1 << 24;

/** The records of a tree, of the type that is expected, in order. */
export function* recordsOf(file: AddressSpace, address: number, type: number): Generator<Structure> {
  const header = file.structure(address, HEADER_BYTES, 'B-tree');
  checkStructure(header, 'BTHD');
  if (header.u8(5) !== type) throw header.damaged(`it is of type ${header.u8(5)}, not ${type}`);
  const depth = header.u16(12);
  const root = header.pointer(16);
  if (depth > MOST_DEPTH || header.u64(26) > MOST_RECORDS) throw header.damaged('it claims more than any file holds');
  if (root !== undefined) yield* new Tree(file, header).records(root, header.u16(24), depth);
}

class Tree {
  readonly #nodeBytes: number;
  readonly #recordBytes: number;
  readonly #countSize: number;
  /** Bytes of the number of records below a child, by the depth of the child. */
  readonly #belowSizes: number[] = [0];

  constructor(
    readonly file: AddressSpace,
    header: Structure,
  ) {
    this.#nodeBytes = header.u32(6);
    this.#recordBytes = header.u16(10);
    if (this.#recordBytes === 0) throw header.damaged('its records have no bytes');
    let below = Math.floor((this.#nodeBytes - NODE_OVERHEAD) / this.#recordBytes);
    this.#countSize = encodedSize(below);
    for (let depth = 1; depth < header.u16(12); depth++) {
      const pointer = 8 + this.#countSize + (this.#belowSizes[depth - 1] as number);
      const most = Math.floor((this.#nodeBytes - NODE_OVERHEAD - pointer) / (this.#recordBytes + pointer));
      below = (most + 1) * below + most;
      this.#belowSizes.push(encodedSize(below));
    }
  }

  *records(address: number, count: number, depth: number): Generator<Structure> {
    const bytes = this.#recordBytes;
    const pointerAt = RECORDS_AT + count * bytes;
    const belowSize = depth > 1 ? (this.#belowSizes[depth - 1] as number) : 0;
    const pointerBytes = 8 + this.#countSize + belowSize;
    const length = pointerAt + (depth > 0 ? (count + 1) * pointerBytes : 0) + 4;
    const node = this.file.structure(address, length, 'node of a B-tree');
    checkStructure(node, depth > 0 ? 'BTIN' : 'BTLF');
    for (let i = 0; i <= count; i++) {
      if (depth > 0) {
        const at = pointerAt + i * pointerBytes;
        yield* this.records(node.u64(at), numberAt(node, at + 8, this.#countSize), depth - 1);
      }
      if (i < count) yield node.slice(RECORDS_AT + i * bytes, bytes);
    }
  }
}
