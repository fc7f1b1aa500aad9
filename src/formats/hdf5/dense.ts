/** What objects of the newer layout keep in a heap, since it is much: links of groups, and attributes. */
import type { AddressSpace, Structure } from './address-space.ts';
import { recordsOf } from './btree2.ts';
import { FractalHeap } from './fractal-heap.ts';

/** Types of B-tree records, and where the id of the object stands in each. */
const LINKS = { type: 5, idAt: 4 };
const ATTRIBUTES = { type: 8, idAt: 0 };

function* inHeap(
  file: AddressSpace,
  heapAt: number,
  indexAt: number,
  { type, idAt }: typeof LINKS,
): Generator<Structure> {
  const heap = new FractalHeap(file, heapAt);
  for (const record of recordsOf(file, indexAt, type)) yield heap.object(record.slice(idAt, heap.idLength));
}

/** The link messages that a link info message leads to; undefined where the links lie in the object itself. */
export function denseLinks(file: AddressSpace, info: Structure): Generator<Structure> | undefined {
  const at = 2 + ((info.u8(1) & 1) !== 0 ? 8 : 0);
  const heap = info.pointer(at);
  return heap === undefined ? undefined : inHeap(file, heap, info.u64(at + 8), LINKS);
}

/** The attribute messages that an attribute info message leads to; none where the attributes lie in the object itself. */
export function* denseAttributes(file: AddressSpace, info: Structure): Generator<Structure> {
  const at = 2 + ((info.u8(1) & 1) !== 0 ? 2 : 0);
  const heap = info.pointer(at);
  if (heap !== undefined) yield* inHeap(file, heap, info.u64(at + 8), ATTRIBUTES);
}
