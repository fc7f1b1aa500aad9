/** Rows in the order of their names: files list most of them in runs that are sorted already, and those are merged. */

/** Where each sorted run starts, and where the last one ends. */
function runsOf(count: number, compare: (a: number, b: number) => number): number[] {
  const starts = [0];
  for (let row = 1; row < count; row++) if (compare(row - 1, row) > 0) starts.push(row);
  starts.push(count);
  return starts;
}

/** The numbers from 0 to `count`, sorted; equal ones keep their order. */
export function orderOfNames(count: number, compare: (a: number, b: number) => number): Int32Array {
  let rows: Int32Array = Int32Array.from({ length: count }, (_, row) => row);
  let spare: Int32Array = new Int32Array(count);
  let starts = count === 0 ? [0, 0] : runsOf(count, compare);
  while (starts.length > 2) {
    const next: number[] = [];
    for (let run = 0; run + 1 < starts.length; run += 2) {
      const [from, middle] = [starts[run] as number, starts[run + 1] as number];
      const end = starts[run + 2] ?? middle;
      merge(rows, spare, from, middle, end, compare);
      next.push(from);
    }
    next.push(count);
    [rows, spare] = [spare, rows];
    starts = next;
  }
  return rows;
}

function merge(
  rows: Int32Array,
  into: Int32Array,
  from: number,
  middle: number,
  end: number,
  compare: (a: number, b: number) => number,
): void {
  let left = from;
  let right = middle;
  for (let at = from; at < end; at++) {
    const takesLeft = left < middle && (right >= end || compare(rows[left] as number, rows[right] as number) <= 0);
    into[at] = rows[takesLeft ? left++ : right++] as number;
  }
}
