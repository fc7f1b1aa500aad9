/** The entries of a header, row by row: those of a short one as objects, those of a long one in columns (header-columns.ts). */
import { compareBytes, compareText, encodeText } from '../../bytes/text.ts';
import type { Shape } from '../../tensor/shape.ts';
import type { SafetensorsDType } from './dtypes.ts';
import { orderOfNames } from './name-order.ts';

/** An entry of the header; `begin` and `end` count from the start of the content. */
export interface HeaderEntry {
  readonly name: string;
  readonly type: SafetensorsDType;
  readonly shape: Shape;
  readonly begin: number;
  readonly end: number;
}

export abstract class HeaderEntries implements Iterable<HeaderEntry> {
  #byName: Int32Array | undefined;

  abstract readonly length: number;
  abstract begin(row: number): number;
  abstract end(row: number): number;
  abstract type(row: number): SafetensorsDType;
  abstract shape(row: number): Shape;
  abstract name(row: number): string;
  abstract nameBytes(row: number): Uint8Array;
  abstract entry(row: number): HeaderEntry;
  /** Compares the names of two rows by their bytes. */
  protected abstract comparer(): (a: number, b: number) => number;

  /** In the order in which their content lies. */
  *[Symbol.iterator](): Iterator<HeaderEntry> {
    for (const row of this.byPlace()) yield this.entry(row);
  }

  /** The rows in the order of their names. */
  byName(): Int32Array {
    this.#byName ??= orderOfNames(this.length, this.comparer());
    return this.#byName;
  }

  /** The rows in the order in which their content lies; what takes no bytes stands before what starts there. */
  byPlace(): Int32Array {
    const rows = new Int32Array(this.length);
    for (let row = 0; row < rows.length; row++) rows[row] = row;
    const above = (a: number, b: number): number => this.begin(a) - this.begin(b) || this.end(a) - this.end(b) || a - b;
    for (let row = 1; row < rows.length; row++) if (above(row - 1, row) > 0) return rows.sort(above);
    return rows;
  }

  /** A row whose name another has too; undefined where there is none. */
  twice(): number | undefined {
    const compare = this.comparer();
    const rows = this.byName();
    const at = rows.findIndex((row, i) => i > 0 && compare(rows[i - 1] as number, row) === 0);
    return at < 0 ? undefined : rows[at];
  }

  /** The row of a name; undefined where there is none. */
  rowOf(name: string): number | undefined {
    const rows = this.byName();
    const key = encodeText(name);
    let low = 0;
    let high = rows.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareBytes(this.nameBytes(rows[middle] as number), key) < 0) low = middle + 1;
      else high = middle;
    }
    const row = rows[low];
    return row !== undefined && compareBytes(this.nameBytes(row), key) === 0 ? row : undefined;
  }
}

/** The entries of a short header, which are objects. */
export class ParsedEntries extends HeaderEntries {
  readonly #entries: HeaderEntry[] = [];

  get length(): number {
    return this.#entries.length;
  }

  add(entry: HeaderEntry): void {
    this.#entries.push(entry);
  }

  entry(row: number): HeaderEntry {
    return this.#entries[row] as HeaderEntry;
  }

  begin(row: number): number {
    return this.entry(row).begin;
  }

  end(row: number): number {
    return this.entry(row).end;
  }

  type(row: number): SafetensorsDType {
    return this.entry(row).type;
  }

  shape(row: number): Shape {
    return this.entry(row).shape;
  }

  name(row: number): string {
    return this.entry(row).name;
  }

  nameBytes(row: number): Uint8Array {
    return encodeText(this.name(row));
  }

  protected comparer(): (a: number, b: number) => number {
    return (a, b) => compareText(this.name(a), this.name(b));
  }
}
