/** The table that a person sees on a terminal: fitted to its width, headings in bold, long names cut in the middle. */

import { loadChalk, mayColour, terminalWidth } from '../terminal/style.ts';
import type { Column } from './columns.ts';

/** More rows than this go out as plain columns: the table takes time for each. */
export const MOST_GRID_ROWS = 300;
const NARROWEST = 12;

/** Cuts the middle out of a text that is wider than `width`. */
export function cutMiddle(text: string, width: number): string {
  if (text.length <= width) return text;
  const head = Math.ceil((width - 1) / 2);
  return `${text.slice(0, head)}…${text.slice(text.length - (width - 1 - head))}`;
}

/** Widths that fit: the first column gives way. */
function fitted(natural: readonly number[], width: number): number[] {
  const others = natural.slice(1).reduce((sum, size) => sum + size + 2, 0);
  const first = Math.max(NARROWEST, Math.min(natural[0] ?? 0, width - others));
  return [first, ...natural.slice(1)];
}

export async function gridLines<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): Promise<string> {
  const { default: Table } = await import('cli-table3');
  const chalk = mayColour() ? await loadChalk() : undefined;
  const cells = rows.map((row) => columns.map((column) => column.text(row)));
  const natural = columns.map((column, i) =>
    cells.reduce((most, line) => Math.max(most, (line[i] as string).length), column.title.length),
  );
  const widths = fitted(natural, terminalWidth());
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
    chars: { ...none, middle: '  ' },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
    colAligns: columns.map(({ align }) => align),
  });
  table.push(columns.map(({ title }) => (chalk === undefined ? title : chalk.bold(title))));
  for (const line of cells) table.push(line.map((text, i) => cutMiddle(text, widths[i] as number)));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}
