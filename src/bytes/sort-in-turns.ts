/** Sorting a million things without keeping everything else waiting: runs by themselves, then two and two together. */
import type { Turns } from './turns.ts';

/** Sorted at once: some tens of milliseconds. */
const RUN = 1 << 15;
/** Merged between two looks at the clock. */
const STRETCH = 1 << 12;

/** Numbers 0 to `count`, in the order that `compare` gives; what is alike stays in its order. */
export async function sortInTurns(
  count: number,
  compare: (a: number, b: number) => number,
  turns: Turns,
  run: number = RUN,
): Promise<Uint32Array> {
  let order = Uint32Array.from({ length: count }, (_, i) => i);
  for (let at = 0; at < count; at += run) {
    order.subarray(at, at + run).sort(compare);
    await turns.give();
  }
  let merged = new Uint32Array(count <= run ? 0 : count);
  for (let length = run; length < count; length *= 2) {
    for (let at = 0; at < count; at += 2 * length) await merge(order, merged, [at, length], compare, turns);
    [order, merged] = [merged, order];
  }
  return order;
}

/** Merges two neighbours of up to `length` each, the first of which starts at `start`. */
async function merge(
  from: Uint32Array,
  to: Uint32Array,
  [start, length]: readonly [number, number],
  compare: (a: number, b: number) => number,
  turns: Turns,
): Promise<void> {
  const middle = Math.min(start + length, from.length);
  const end = Math.min(start + 2 * length, from.length);
  let [left, right] = [start, middle];
  for (let at = start; at < end; ) {
    for (const stop = Math.min(at + STRETCH, end); at < stop; at++) {
      const isLeft = left < middle && (right >= end || compare(from[left] as number, from[right] as number) <= 0);
      to[at] = from[isLeft ? left++ : right++] as number;
    }
    await turns.give();
  }
}
