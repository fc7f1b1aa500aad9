/**
 * The part of HDF5 that Keras and h5py write by default, drawn once ("libver earliest": superblock 0, groups as symbol
 * tables, object headers of version 1). All numbers are little-endian, all addresses count from the base address.
 *
 *     superblock    \x89HDF\r\n\x1a\n | versions, sizes of offsets and lengths (8, 8) | leaf k, internal k
 *                   base address | undefined | end of file | undefined | symbol table entry of the root group
 *     symbol entry  offset of the name in the local heap | address of the object header | cache type | scratch (24 bytes)
 *     group         object header with a symbol table message: address of a B-tree, address of a local heap
 *     B-tree        TREE | type 0 | level | entries | siblings | key, child, key, child, ..., key; a key is the offset of a name
 *     leaf          SNOD | version 1 | entries | symbol entries, sorted by name
 *     local heap    HEAP | size of the data | free list | address of the data: names that end in a zero byte
 *     object header version 1 | messages | references | bytes; then messages: type, size, flags, data, each a multiple of 8
 *     global heap   GCOL | size; objects: index, references, size, data: what strings of variable length point to
 *
 * The newer layout ("libver latest") is drawn where it is read: object-header, fractal-heap, btree2, chunk-index, chunk-arrays.
 *
 * Source: HDF5 File Format Specification, version 3.0 (The HDF Group), and files that h5py 3.14 wrote.
 */
export const SIGNATURE = Uint8Array.of(0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a);
export const SUPERBLOCK_BYTES = 96;
/** Each half of an address that leads nowhere: nothing was allocated. */
export const NO_HALF = 0xffff_ffff;
export const SYMBOL_ENTRY_BYTES = 40;
/** Where the superblock of version 0 holds what is asked of it. */
export const SUPERBLOCK = {
  version: 8,
  offsetSize: 13,
  lengthSize: 14,
  base: 24,
  endOfFile: 40,
  rootHeader: 64,
} as const;

/** The same of versions 2 and 3. */
export const NEWER_SUPERBLOCK = {
  version: 8,
  offsetSize: 9,
  lengthSize: 10,
  base: 12,
  endOfFile: 28,
  rootHeader: 36,
  byteLength: 48,
} as const;

/** Types of header messages. */
export const MESSAGE = {
  dataspace: 0x01,
  linkInfo: 0x02,
  datatype: 0x03,
  fillValueOld: 0x04,
  fillValue: 0x05,
  link: 0x06,
  externalFiles: 0x07,
  layout: 0x08,
  filters: 0x0b,
  attribute: 0x0c,
  continuation: 0x10,
  symbolTable: 0x11,
  attributeInfo: 0x15,
} as const;
