/** Aligned columns of plain text: the rows are gone through twice, once for the widths, so a million rows cost no memory. */
import { textWidth } from '../terminal/text-width.ts';

export interface Column<Row> {
  readonly title: string;
  readonly align: 'left' | 'right';
  /** Left out on a terminal that has no room for it. */
  readonly optional?: boolean;
  text(row: Row): string;
}

/** A cell that is wider than this does not widen its column: one name of 600 characters would fill every line with blanks. */
export const WIDEST_COLUMN = 120;

/** Up to this many rows the texts are kept from the first pass; making them twice takes longer. */
const MOST_KEPT = 10_000;

/** The lines of a table, headed by the titles in the style of `heading`; `rows` is called once or twice. */
export function* columnLines<Row>(
  columns: readonly Column<Row>[],
  rows: () => Iterable<Row>,
  heading: (text: string) => string = (text) => text,
): Generator<string> {
  const lines: string[] = [];
  const walk = (visit: (cells: string[]) => void): void => {
    for (const row of rows()) visit(columns.map((column) => column.text(row)));
  };
  printColumns(columns, walk, (line) => lines.push(line), heading);
  yield* lines;
}

/** The same for rows that are cells already, which `walk` goes through once or twice; lines are handed out as they are made. */
export function printColumns(
  columns: readonly { readonly title: string; readonly align: 'left' | 'right' }[],
  walk: (visit: (cells: string[]) => void) => void,
  print: (line: string) => void,
  heading: (text: string) => string = (text) => text,
): void {
  const widths = columns.map(({ title }) => title.length);
  const kept: string[][] = [];
  let count = 0;
  let last: readonly string[] = [];
  walk((cells) => {
    for (let i = 0; i < cells.length; i++) {
      // What stands in a row often stood in the one before.
      if (cells[i] === last[i]) continue;
      const width = textWidth(cells[i] as string);
      if (width > (widths[i] as number)) widths[i] = Math.min(width, WIDEST_COLUMN);
    }
    last = cells;
    if (count++ < MOST_KEPT) kept.push(cells);
  });
  const isRight = columns.map(({ align }) => align === 'right');
  const line = new AlignedLines(isRight, widths);
  print(heading(line.of(columns.map(({ title }) => title))));
  if (count <= MOST_KEPT) for (const cells of kept) print(line.of(cells));
  else walk((cells) => print(line.of(cells)));
}

/** Lines of a table. Many differ from the one before in their first cell alone, and end as it does. */
class AlignedLines {
  #last: readonly string[] = [];
  /** What stands behind the first cell of the last line and the blanks that fill its column. */
  #rest = '';

  constructor(
    readonly isRight: readonly boolean[],
    readonly widths: readonly number[],
  ) {}

  of(cells: readonly string[]): string {
    const first = cells[0] as string;
    if (this.isRight[0] === true || cells.length === 1) return alignedLine(this.isRight, this.widths, cells);
    if (!this.#endsAlike(cells)) {
      this.#rest = alignedLine(this.isRight.slice(1), this.widths.slice(1), cells.slice(1));
      this.#last = cells;
    }
    if (this.#rest === '') return first;
    return first + pad(Math.max((this.widths[0] as number) - textWidth(first), 0) + 2) + this.#rest;
  }

  #endsAlike(cells: readonly string[]): boolean {
    if (cells.length !== this.#last.length) return false;
    for (let i = cells.length - 1; i > 0; i--) if (cells[i] !== this.#last[i]) return false;
    return true;
  }
}

/** Blanks, made once of each number: lines of a table have the same few. */
const PADS: string[] = [];

function pad(blanks: number): string {
  PADS[blanks] ??= ' '.repeat(blanks);
  return PADS[blanks];
}

/** One line of a table. */
export function alignedLine(isRight: readonly boolean[], widths: readonly number[], cells: readonly string[]): string {
  let line = '';
  let blanks = 0;
  for (let i = 0; i < cells.length; i++) {
    const cell = cells[i] as string;
    const room = Math.max((widths[i] as number) - textWidth(cell), 0);
    if (cell === '') blanks += room;
    else if (isRight[i] === true) {
      line += pad(blanks + room) + cell;
      blanks = 0;
    } else {
      line += pad(blanks) + cell;
      blanks = room;
    }
    blanks += 2;
  }
  return line;
}
