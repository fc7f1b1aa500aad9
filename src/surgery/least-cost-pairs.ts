/**
 * The assignment problem: pairs of rows and columns whose costs sum up to the least. Solved with shortest augmenting paths
 * and potentials (Kuhn 1955, Munkres 1957; in the form of Jonker and Volgenant 1987), in O(rows² · columns).
 */

/** What the paths are found with; row and column 0 stand for none. */
interface Potentials {
  readonly rows: Float64Array;
  readonly columns: Float64Array;
  /** The row that a column is given to, counted from 1. */
  readonly rowOf: Int32Array;
}

/** Gives `row` a column, and others another one where that is cheaper over all. */
function addRow(row: number, columns: number, costOf: (row: number, column: number) => number, all: Potentials): void {
  const least = new Float64Array(columns + 1).fill(Number.POSITIVE_INFINITY);
  const before = new Int32Array(columns + 1);
  const done = new Uint8Array(columns + 1);
  all.rowOf[0] = row;
  let at = 0;
  while (all.rowOf[at] !== 0) {
    done[at] = 1;
    const from = all.rowOf[at] as number;
    let step = Number.POSITIVE_INFINITY;
    let next = 0;
    for (let column = 1; column <= columns; column++) {
      if (done[column] === 1) continue;
      const reduced = costOf(from - 1, column - 1) - (all.rows[from] as number) - (all.columns[column] as number);
      if (reduced < (least[column] as number)) {
        least[column] = reduced;
        before[column] = at;
      }
      if ((least[column] as number) < step) {
        step = least[column] as number;
        next = column;
      }
    }
    for (let column = 0; column <= columns; column++) {
      if (done[column] === 1) {
        all.rows[all.rowOf[column] as number] = (all.rows[all.rowOf[column] as number] as number) + step;
        all.columns[column] = (all.columns[column] as number) - step;
      } else least[column] = (least[column] as number) - step;
    }
    at = next;
  }
  for (; at !== 0; at = before[at] as number) all.rowOf[at] = all.rowOf[before[at] as number] as number;
}

/**
 * Pairs each row with a column of its own, or each column with a row where there are fewer of those, so that the sum of
 * the costs is the least there is. `costOf` gives finite numbers and is asked for the same pair many times. In the order of
 * the rows.
 */
export function leastCostPairs(
  rows: number,
  columns: number,
  costOf: (row: number, column: number) => number,
): (readonly [row: number, column: number])[] {
  if (rows > columns) {
    const turned = leastCostPairs(columns, rows, (row, column) => costOf(column, row));
    return turned.map(([column, row]) => [row, column] as const).sort(([a], [b]) => a - b);
  }
  const all = {
    rows: new Float64Array(rows + 1),
    columns: new Float64Array(columns + 1),
    rowOf: new Int32Array(columns + 1),
  };
  for (let row = 1; row <= rows; row++) addRow(row, columns, costOf, all);
  const pairs: (readonly [number, number])[] = [];
  for (let column = 1; column <= columns; column++) {
    const row = all.rowOf[column] as number;
    if (row > 0) pairs.push([row - 1, column - 1]);
  }
  return pairs.sort(([a], [b]) => a - b);
}
