/** Which old row each row of a tensor is, in runs: as many rows as there are, they take the memory of a few. */

/** Stands for an old row where a row is new. */
export const NEW_ROW = -1;

/** Rows `start` and on are old rows `from` and on, up to the start of the next run; or all of them are new. */
export interface RowRun {
  readonly start: number;
  readonly from: number;
}

export class Rows {
  constructor(
    readonly length: number,
    readonly runs: readonly RowRun[],
    /** New rows are these many old ones, from the first on, again and again: row `i` is row `i % period`. */
    readonly period?: number,
  ) {}

  /** The rows of a list, one by one. */
  static of(rows: ArrayLike<number>): Rows {
    const runs: RowRun[] = [];
    let next = Number.NaN;
    for (let start = 0; start < rows.length; start++) {
      const from = rows[start] as number;
      if (from !== next) runs.push({ start, from });
      next = from === NEW_ROW ? NEW_ROW : from + 1;
    }
    return new Rows(rows.length, runs);
  }

  get hasNew(): boolean {
    return this.period === undefined && this.runs.some(({ from }) => from === NEW_ROW);
  }

  /** The old row that a row is, and how many rows from it on lie end to end there as well, or are all new. */
  at(index: number): readonly [from: number, count: number] {
    const { runs, period } = this;
    let [low, high] = [0, runs.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((runs[middle] as RowRun).start <= index) low = middle;
      else high = middle - 1;
    }
    const { start, from } = runs[low] as RowRun;
    const left = (runs[low + 1]?.start ?? this.length) - index;
    if (from !== NEW_ROW) return [from + index - start, left];
    if (period === undefined) return [NEW_ROW, left];
    return [index % period, Math.min(left, period - (index % period))];
  }
}
