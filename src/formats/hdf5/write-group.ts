/** Groups, written: their names in a local heap, sorted into leaves, with a B-tree over the leaves as high as it must be. */
import { ByteWriter } from '../../bytes/byte-writer.ts';
import { encodeText } from '../../bytes/text.ts';
import { type FileImage, padded } from './file-image.ts';
import { MESSAGE, SYMBOL_ENTRY_BYTES } from './layout.ts';
import { uint16, uint64 } from './words.ts';
import type { OutgoingMessage } from './write-messages.ts';

/** Half of what a leaf and a node of a B-tree hold at the most, as the HDF5 library has them where nobody says otherwise. */
export const LEAF_K = 4;
export const INTERNAL_K = 16;
const LEAF_ENTRIES = 2 * LEAF_K;
const NODE_ENTRIES = 2 * INTERNAL_K;
const LEAF_BYTES = 8 + LEAF_ENTRIES * SYMBOL_ENTRY_BYTES;
const NODE_BYTES = 24 + (NODE_ENTRIES + 1) * 8 + NODE_ENTRIES * 8;
/** The free list of a local heap without free space. */
const NO_FREE_SPACE = 1;

interface NamedMember {
  readonly name: Uint8Array;
  readonly address: number;
}

/** A node or leaf: its address, and the heap offsets of the name before its first and of its last. */
interface Subtree {
  readonly address: number;
  readonly before: number;
  readonly last: number;
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = (a[i] as number) - (b[i] as number);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Adds the members of a group to the file; returns the message that leads to them. */
export function addGroup(image: FileImage, members: ReadonlyMap<string, number>): OutgoingMessage {
  const sorted = [...members].map(([name, address]) => ({ name: encodeText(name), address }));
  sorted.sort((a, b) => compareBytes(a.name, b.name));
  const { heap, offsets } = addHeap(image, sorted);
  const tree = addTree(image, addLeaves(image, sorted, offsets));
  return { type: MESSAGE.symbolTable, data: new ByteWriter().bytes(uint64(tree)).bytes(uint64(heap)).toBytes() };
}

/** The names, behind an empty one. */
function addHeap(image: FileImage, members: readonly NamedMember[]): { heap: number; offsets: number[] } {
  const names = new ByteWriter().bytes(new Uint8Array(8));
  const offsets = members.map(({ name }) => {
    const offset = names.length;
    names.bytes(name).zeros(padded(name.length + 1) - name.length);
    return offset;
  });
  const data = image.add(names.view());
  const header = new ByteWriter().bytes(Uint8Array.of(0x48, 0x45, 0x41, 0x50, 0, 0, 0, 0));
  header.bytes(uint64(names.length)).bytes(uint64(NO_FREE_SPACE)).bytes(uint64(data));
  return { heap: image.add(header.view()), offsets };
}

function addLeaves(image: FileImage, members: readonly NamedMember[], offsets: readonly number[]): Subtree[] {
  const leaves: Subtree[] = [];
  for (let start = 0; start < members.length; start += LEAF_ENTRIES) {
    const count = Math.min(LEAF_ENTRIES, members.length - start);
    const leaf = new ByteWriter(LEAF_BYTES).bytes(Uint8Array.of(0x53, 0x4e, 0x4f, 0x44, 1, 0)).bytes(uint16(count));
    for (let i = start; i < start + count; i++) {
      leaf
        .bytes(uint64(offsets[i]))
        .bytes(uint64((members[i] as NamedMember).address))
        .zeros(24);
    }
    leaf.zeros(LEAF_BYTES - leaf.length);
    const before = start === 0 ? 0 : (offsets[start - 1] as number);
    leaves.push({ address: image.add(leaf.view()), before, last: offsets[start + count - 1] as number });
  }
  return leaves;
}

/** Nodes over nodes until one is left; an empty group has a node without entries. */
function addTree(image: FileImage, leaves: readonly Subtree[]): number {
  let below = leaves;
  for (let level = 0; ; level++) {
    const nodes = Math.max(1, Math.ceil(below.length / NODE_ENTRIES));
    const first = image.end;
    const made: Subtree[] = [];
    for (let i = 0; i < nodes; i++) {
      const children = below.slice(i * NODE_ENTRIES, (i + 1) * NODE_ENTRIES);
      const left = i === 0 ? undefined : first + (i - 1) * NODE_BYTES;
      const right = i === nodes - 1 ? undefined : first + (i + 1) * NODE_BYTES;
      const address = image.add(treeNode(level, children, left, right));
      made.push({ address, before: children[0]?.before ?? 0, last: children.at(-1)?.last ?? 0 });
    }
    if (nodes === 1) return first;
    below = made;
  }
}

function treeNode(
  level: number,
  children: readonly Subtree[],
  left: number | undefined,
  right: number | undefined,
): Uint8Array {
  const node = new ByteWriter(NODE_BYTES)
    .bytes(Uint8Array.of(0x54, 0x52, 0x45, 0x45, 0, level))
    .bytes(uint16(children.length));
  node
    .bytes(uint64(left))
    .bytes(uint64(right))
    .bytes(uint64(children[0]?.before ?? 0));
  for (const { address, last } of children) node.bytes(uint64(address)).bytes(uint64(last));
  return node.zeros(NODE_BYTES - node.length).view();
}
