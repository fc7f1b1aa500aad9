/** A plan for people: what is renamed and left out, name by name; what stays, as a number; each file, and where it comes from. */
import type { PlanReport, ReportedFile, Rows } from '../plan-report.ts';
import { escapeText, jsonText } from '../terminal/escape.ts';
import { formatBytes, groupDigits, plural, SizeTexts } from '../terminal/numbers.ts';
import { terminalWidth } from '../terminal/style.ts';
import { padText, textWidth } from '../terminal/text-width.ts';

/** Two texts with a word between, on two lines where one is too narrow. */
function* pairLines(left: string, word: string, right: string, width: number): Generator<string> {
  const line = `  ${left} ${word} ${right}`;
  if (textWidth(line) <= width) yield line;
  else {
    yield `  ${left}`;
    yield `    ${word} ${right}`;
  }
}

/** The rows that belong to one input; a heading says which where there are several. */
function* groups<Row>(
  title: string,
  { inputs }: PlanReport,
  rows: Rows<Row>,
): Generator<readonly [heading: string, rows: Iterable<Row>]> {
  for (const [i, count] of rows.counts.entries()) {
    if (count === 0) continue;
    const from = inputs.length === 1 ? '' : `, from ${escapeText(inputs[i]?.path ?? '')}`;
    yield [`${title}${from}: ${groupDigits(count)}`, rows.of(i)];
  }
}

const ACTIONS: Readonly<Record<ReportedFile['action'], string>> = {
  copy: 'copied',
  link: 'linked to',
  reflink: 'cloned from',
  write: 'written',
  replace: 'replaced',
  remove: 'removed',
};

function* fileLines(files: readonly ReportedFile[], width: number): Generator<string> {
  const sizes = files.map(({ bytes }) => (bytes === undefined ? '' : formatBytes(bytes)));
  const widest = Math.max(...sizes.map((text) => text.length));
  for (const [i, { path, action, from }] of files.entries()) {
    const left = `${padText(sizes[i] as string, widest, 'right')}  ${escapeText(path)}`;
    if (from === undefined) yield `  ${left} ${ACTIONS[action]}`;
    else yield* pairLines(left, ACTIONS[action], escapeText(from), width);
  }
}

function totalLine({ tensors, bytes, bytesCopied, bytesReused, bytesDropped }: PlanReport): string {
  const reused = bytesReused === 0 ? '' : `${formatBytes(bytesReused)} shared with the input, `;
  const saved = bytesDropped === 0 ? '' : `; ${formatBytes(bytesDropped)} left out`;
  return `${plural(tensors, 'tensor')}, ${formatBytes(bytes)}: ${reused}${formatBytes(bytesCopied)} to copy${saved}`;
}

/** Each tensor whose content, dtype or shape is another, with what it was where that differs. */
function* changedLines({ changed = [] }: PlanReport, width: number): Generator<string> {
  if (changed.length === 0) return;
  yield `changed: ${groupDigits(changed.length)}`;
  for (const { name, from, to } of changed) {
    const left = `${escapeText(name)}  ${from ?? 'new'}`;
    if (from === to) yield `  ${left}, other content`;
    else yield* pairLines(left, '->', to ?? 'gone', width);
  }
}

/** The lines of a plan. */
export function* planLines(report: PlanReport): Generator<string> {
  const width = terminalWidth();
  const sizes = new SizeTexts();
  for (const step of report.steps ?? []) yield escapeText(step);
  for (const [heading, rows] of groups('renamed', report, report.renamed)) {
    yield heading;
    for (const { from, to } of rows) yield* pairLines(escapeText(from), '->', escapeText(to), width);
  }
  for (const [heading, rows] of groups('left out', report, report.dropped)) {
    yield heading;
    for (const { name, bytes } of rows) yield `  ${escapeText(name)}  ${sizes.of(bytes)}`;
  }
  yield* changedLines(report, width);
  yield `unchanged: ${groupDigits(report.unchanged)}`;
  yield 'files:';
  yield* fileLines(report.files, width);
  yield totalLine(report);
}

/** The plan as one JSON document, in pieces: its rows are never held together. */
export function* planJson(report: PlanReport): Generator<string> {
  let before = '{';
  for (const [key, value] of Object.entries(report)) {
    yield `${before}${jsonText(key)}:`;
    before = ',';
    if (isRows(value)) yield* jsonArray(value);
    else yield jsonText(value);
  }
  yield '}\n';
}

const isRows = (value: unknown): value is Rows<unknown> =>
  typeof value === 'object' && value !== null && 'counts' in value;

function* jsonArray(rows: Iterable<unknown>): Generator<string> {
  let before = '[';
  for (const row of rows) {
    yield before + jsonText(row);
    before = ',';
  }
  yield before === '[' ? '[]' : ']';
}
