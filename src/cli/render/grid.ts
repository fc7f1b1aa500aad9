/** The table that a person sees on a terminal: fitted to its width, headings in bold, long names cut in the middle. */

import { cutText, shortNames } from '../terminal/short-names.ts';
import { loadChalk, mayColour, terminalWidth } from '../terminal/style.ts';
import { textWidth } from '../terminal/text-width.ts';
import { alignedLine, type Column } from './columns.ts';

/** More rows than this go out as plain columns: the table takes time for each. */
export const MOST_GRID_ROWS = 300;
const GAP = 2;
/** A column of text is cut down to this; where the table would still be too wide, to its title, and then that is cut too. */
const NARROWEST = 12;
const NARROWEST_TITLE = 3;
/** A column of text is cut down to this before another is left out. */
const ENOUGH = 24;

/** Widths that fit: columns of text give way, the widest first; columns of numbers never do. */
function fitted<Row>(columns: readonly Column<Row>[], natural: readonly number[], width: number): number[] {
  const widths = [...natural];
  let excess = natural.reduce((sum, size) => sum + size + GAP, -GAP) - width;
  for (const narrowest of [
    () => NARROWEST,
    (column: number) => columns[column]?.title.length ?? 0,
    () => NARROWEST_TITLE,
  ]) {
    while (excess > 0) {
      const cuttable = widths.map((size, i) => (columns[i]?.align === 'left' && size > narrowest(i) ? size : 0));
      const widest = Math.max(...cuttable);
      if (widest === 0) break;
      (widths[cuttable.indexOf(widest)] as number)--;
      excess--;
    }
  }
  return widths;
}

/** Whether the columns of text must be cut below what can be read. */
function isTooNarrow<Row>(columns: readonly Column<Row>[], natural: readonly number[], width: number): boolean {
  const least = natural.map((size, i) => (columns[i]?.align === 'left' ? Math.min(size, NARROWEST) : size));
  return least.reduce((sum, size) => sum + size + GAP, -GAP) > width;
}

/** The columns without those that may be left out, where there is no room for all. */
function withRoom<Row>(columns: readonly Column<Row>[], rows: readonly Row[], width: number): readonly Column<Row>[] {
  const widthOf = ({ title, text, align, optional }: Column<Row>): number => {
    const natural = rows.reduce((most, row) => Math.max(most, textWidth(text(row))), title.length);
    return align === 'left' && optional !== true ? Math.min(natural, ENOUGH) : natural;
  };
  const total = columns.reduce((sum, column) => sum + widthOf(column) + GAP, -GAP);
  return total <= width ? columns : columns.filter(({ optional }) => optional !== true);
}

/** The table for the terminal; where it is too narrow for all columns, each name takes a line of its own. */
export async function gridLines<Row>(all: readonly Column<Row>[], rows: readonly Row[]): Promise<string> {
  const width = terminalWidth();
  const columns = withRoom(all, rows, width);
  const longest = columns.map(({ text }) => rows.reduce((most, row) => Math.max(most, textWidth(text(row))), 0));
  const natural = columns.map(({ title }, i) => Math.max(title.length, longest[i] as number));
  if (!isTooNarrow(columns, natural, width)) return tableText(columns, rows, width);
  const [name, ...others] = columns.filter((_, i) => i === 0 || longest[i] !== 0);
  const names = await tableText([name as Column<Row>], rows, width);
  const rest = (await tableText(others, rows, width - GAP)).split('\n');
  return names
    .split('\n')
    .map((line, i) => `${line}\n${' '.repeat(GAP)}${rest[i]}`)
    .join('\n');
}

/** The cells of each column, as they fit: names stay different. */
function shortCells(
  columns: readonly { readonly title: string }[],
  cells: readonly (readonly string[])[],
  widths: readonly number[],
): (readonly string[])[] {
  return columns.map(({ title }, i) => {
    const texts = cells.map((line) => line[i] as string);
    const width = widths[i] as number;
    return /name|path/.test(title) ? shortNames(texts, width) : texts.map((text) => cutText(text, width));
  });
}

/** More rows than this are as wide as they are: names that are cut are held against each other. */
export const MOST_FITTED_ROWS = 3000;

/** A table of more rows than a grid takes, in plain lines that fit the terminal where that can be. */
export function fittedLines(
  columns: readonly Column<string[]>[],
  rows: readonly string[][],
  heading: (text: string) => string,
): string[] {
  const natural = columns.map(({ title }, i) =>
    rows.reduce((most, row) => Math.max(most, textWidth(row[i] as string)), title.length),
  );
  const width = terminalWidth();
  const widths = isTooNarrow(columns, natural, width) ? natural : fitted(columns, natural, width);
  const short = shortCells(columns, rows, widths);
  const isRight = columns.map(({ align }) => align === 'right');
  const titles = columns.map(({ title }, i) => cutText(title, widths[i] as number));
  return [
    heading(alignedLine(isRight, widths, titles)),
    ...rows.map((_, row) =>
      alignedLine(
        isRight,
        widths,
        short.map((texts) => texts[row] as string),
      ),
    ),
  ];
}

async function tableText<Row>(columns: readonly Column<Row>[], rows: readonly Row[], width: number): Promise<string> {
  const { default: Table } = await import('cli-table3');
  const chalk = mayColour() ? await loadChalk() : undefined;
  const cells = rows.map((row) => columns.map((column) => column.text(row)));
  const natural = columns.map((column, i) =>
    cells.reduce((most, line) => Math.max(most, textWidth(line[i] as string)), column.title.length),
  );
  const widths = fitted(columns, natural, width);
  const none = Object.fromEntries(
    [
      'top',
      'top-mid',
      'top-left',
      'top-right',
      'bottom',
      'bottom-mid',
      'bottom-left',
      'bottom-right',
      'left',
      'left-mid',
      'mid',
      'mid-mid',
      'right',
      'right-mid',
    ].map((edge) => [edge, '']),
  );
  const table = new Table({
    chars: { ...none, middle: ' '.repeat(GAP) },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
    colAligns: columns.map(({ align }) => align),
  });
  const titles = columns.map(({ title }, i) => cutText(title, widths[i] as number));
  table.push(titles.map((title) => (chalk === undefined ? title : chalk.bold(title))));
  const short = shortCells(columns, cells, widths);
  for (const row of cells.keys()) table.push(short.map((texts) => texts[row] as string));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}
