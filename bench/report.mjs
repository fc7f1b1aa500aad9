/**
 * Results as rows, judged against their limits, and rows as a table: for a terminal, or in Markdown for the README.
 *
 * A limit is `{ atMost }` or `{ atLeast }`, of the ratio or, where a row has no baseline, of the value itself.
 */

const HEAD = ['', 'ckpt', 'baseline', 'ratio', 'limit', 'met?'];

export const milliseconds = (ms) => (ms < 1000 ? `${ms.toFixed(1)} ms` : `${(ms / 1000).toFixed(2)} s`);
export const mebibytes = (mib) => `${mib.toFixed(0)} MiB`;
export const microseconds = (us) => `${us.toFixed(2)} µs`;

/** A comparison of two measured values; `ratio` is ours to theirs unless the row turns it around. */
export function comparison({ name, ours, baseline, than, format = milliseconds, limit, inverse = false }) {
  const ratio = inverse ? baseline / ours : ours / baseline;
  return { name, ours: format(ours), baseline: `${format(baseline)} ${than}`, ratio, limit, judged: ratio };
}

/** A value that has a limit of its own, and no baseline. */
export function plainValue({ name, ours, format, limit }) {
  return { name, ours: format(ours), limit, judged: ours, limitFormat: format };
}

/** A row that was not measured, and why. */
export function skipped(name, reason) {
  return { name, skipped: reason };
}

/** A group of rows that could not be measured because something went wrong. */
export function failed(name, reason) {
  return { name, skipped: `FAILED: ${reason}`, failed: true };
}

/** Whether a row keeps its limit; undefined where it has none. */
export function isMet({ limit, judged }) {
  if (limit === undefined || judged === undefined) return undefined;
  return limit.atMost === undefined ? judged >= limit.atLeast : judged <= limit.atMost;
}

const verdict = (row) => ({ true: 'met', false: 'MISSED', undefined: '' })[String(isMet(row))];

function limitText({ limit, limitFormat = String }) {
  if (limit === undefined) return '';
  return limit.atMost === undefined ? `≥ ${limitFormat(limit.atLeast)}` : `≤ ${limitFormat(limit.atMost)}`;
}

const ratioText = (ratio) => (ratio < 0.1 ? ratio.toPrecision(2) : ratio.toFixed(2));

function cellsOf(row) {
  if (row.skipped !== undefined)
    return [row.name, row.failed === true ? row.skipped : `skipped: ${row.skipped}`, '', '', '', ''];
  const ratio = row.ratio === undefined ? '' : ratioText(row.ratio);
  return [row.name, row.ours, row.baseline ?? '', ratio, limitText(row), verdict(row)];
}

function padded(cells, widths) {
  return cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  ');
}

function plainTable(rows) {
  const lines = [HEAD, ...rows.map(cellsOf)];
  // What was skipped says why in a long text, which must not widen its column.
  const measured = [HEAD, ...rows.filter((row) => row.skipped === undefined).map(cellsOf)];
  const widths = HEAD.map((_, i) => Math.max(...(i === 0 ? lines : measured).map((cells) => cells[i].length)));
  return lines.map((cells, at) =>
    rows[at - 1]?.skipped === undefined
      ? padded(cells, widths).trimEnd()
      : `${cells[0].padEnd(widths[0])}  ${cells[1]}`,
  );
}

function markdownTable(rows) {
  const line = (cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(HEAD), '|---|---:|---:|---:|---:|---|', ...rows.map((row) => line(cellsOf(row)))];
}

/** The whole report as text. */
export function reportText(rows, notes, markdown) {
  const table = markdown ? markdownTable(rows) : plainTable(rows);
  const remarks = notes.map((note) => (markdown ? `- ${note}` : note));
  return [...table, '', ...remarks, ''].join('\n');
}
