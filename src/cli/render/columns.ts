/** Aligned columns of plain text: the rows are gone through twice, once for the widths, so a million rows cost no memory. */
import { padText, textWidth } from '../terminal/text-width.ts';

export interface Column<Row> {
  readonly title: string;
  readonly align: 'left' | 'right';
  text(row: Row): string;
}

/** Up to this many rows the texts are kept from the first pass; making them twice takes longer. */
const MOST_KEPT = 10_000;

/** The lines of a table, headed by the titles in the style of `heading`; `rows` is called once or twice. */
export function* columnLines<Row>(
  columns: readonly Column<Row>[],
  rows: () => Iterable<Row>,
  heading: (text: string) => string = (text) => text,
): Generator<string> {
  const widths = columns.map(({ title }) => title.length);
  const kept: string[][] = [];
  let count = 0;
  for (const row of rows()) {
    const texts = columns.map((column) => column.text(row));
    for (let i = 0; i < texts.length; i++) {
      const width = textWidth(texts[i] as string);
      if (width > (widths[i] as number)) widths[i] = width;
    }
    if (count++ < MOST_KEPT) kept.push(texts);
  }
  const line = (texts: readonly string[]): string => alignedLine(columns, widths, texts);
  yield heading(line(columns.map(({ title }) => title)));
  if (count <= MOST_KEPT) for (const texts of kept) yield line(texts);
  else for (const row of rows()) yield line(columns.map((column) => column.text(row)));
}

function alignedLine<Row>(
  columns: readonly Column<Row>[],
  widths: readonly number[],
  texts: readonly string[],
): string {
  let line = '';
  for (let i = 0; i < texts.length; i++) {
    const text = texts[i] as string;
    const width = widths[i] as number;
    if (i > 0) line += '  ';
    line += padText(text, width, columns[i]?.align);
  }
  return line.trimEnd();
}
