/** Aligned columns of plain text: the rows are gone through twice, once for the widths, so a million rows cost no memory. */

export interface Column<Row> {
  readonly title: string;
  readonly align: 'left' | 'right';
  text(row: Row): string;
}

/** The lines of a table, headed by the titles; `rows` is called twice. */
export function* columnLines<Row>(columns: readonly Column<Row>[], rows: () => Iterable<Row>): Generator<string> {
  const widths = columns.map(({ title }) => title.length);
  for (const row of rows()) {
    for (const [i, column] of columns.entries()) {
      const { length } = column.text(row);
      if (length > (widths[i] as number)) widths[i] = length;
    }
  }
  const line = (texts: readonly string[]): string =>
    texts
      .map((text, i) =>
        columns[i]?.align === 'right' ? text.padStart(widths[i] as number) : text.padEnd(widths[i] as number),
      )
      .join('  ')
      .trimEnd();
  yield line(columns.map(({ title }) => title));
  for (const row of rows()) yield line(columns.map((column) => column.text(row)));
}
