/** A plan for people: what is renamed and left out, name by name; what stays, as a number; each file, and where it comes from. */
import type { PlanReport, ReportedFile, Rows } from '../plan-report.ts';
import { escapeText, jsonText } from '../terminal/escape.ts';
import { formatBytes, groupDigits, plural, SizeTexts } from '../terminal/numbers.ts';
import { terminalWidth } from '../terminal/style.ts';
import { padText, textWidth } from '../terminal/text-width.ts';
import { type AlikeRow, alikeRows, type NameRow, timesText } from './alike-rows.ts';
import { isOk, SCHEMA_VERSION } from './document.ts';

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
    const from = inputs.length === 1 ? '' : `, from ${escapeText(inputs[i]?.resolved ?? '')}`;
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
  const widest = sizes.reduce((most, { length }) => Math.max(most, length), 0);
  for (const [i, { path, action, from }] of files.entries()) {
    const left = `${padText(sizes[i] as string, widest, 'right')}  ${escapeText(path)}`;
    if (from === undefined) yield `  ${left} ${ACTIONS[action]}`;
    else yield* pairLines(left, ACTIONS[action], escapeText(from), width);
  }
}

function totalLine({ tensorCount, bytes, bytesCopied, bytesReused, bytesDropped }: PlanReport): string {
  const reused = bytesReused === 0 ? '' : `${formatBytes(bytesReused)} shared with the input, `;
  const saved = bytesDropped === 0 ? '' : `; ${formatBytes(bytesDropped)} left out`;
  return `${plural(tensorCount, 'tensor')}, ${formatBytes(bytes)}: ${reused}${formatBytes(bytesCopied)} to copy${saved}`;
}

/** How rows about names are told: each by itself, or those that are alike as one. */
type Fold = (rows: Iterable<NameRow>) => Iterable<AlikeRow>;

function* oneByOne(rows: Iterable<NameRow>): Generator<AlikeRow> {
  for (const row of rows) yield { ...row, times: 1 };
}

/** Each tensor whose content, dtype or shape is another, with what it was where that differs. */
function* changedLines({ changed = [] }: PlanReport, alike: Fold, width: number): Generator<string> {
  if (changed.length === 0) return;
  yield `changed: ${groupDigits(changed.length)}`;
  const rows = changed.map(({ name, from, to }) => ({
    name,
    rest: `${from ?? 'new'}\n${from === to ? '' : (to ?? 'gone')}`,
  }));
  for (const { name, rest = '', times } of alike(rows)) {
    const [was = '', becomes = ''] = rest.split('\n');
    const left = `${escapeText(name)}  ${was}`;
    if (becomes === '') yield `  ${left}, other content${timesText(times)}`;
    else yield* pairLines(left, '->', becomes + timesText(times), width);
  }
}

function* renamedRows(rows: Iterable<{ readonly from: string; readonly to: string }>): Generator<NameRow> {
  for (const { from, to } of rows) yield { name: from, to };
}

function* droppedRows(rows: Iterable<{ readonly name: string; readonly bytes: number }>): Generator<NameRow> {
  const sizes = new SizeTexts();
  for (const { name, bytes } of rows) yield { name, rest: sizes.of(bytes) };
}

/** The lines of a plan; rows that differ in their numbers alone are one line, unless `all` asks for each. */
export function* planLines(report: PlanReport, all = false): Generator<string> {
  const alike: Fold = all ? oneByOne : alikeRows;
  const width = terminalWidth();
  for (const step of report.steps ?? []) yield escapeText(step);
  for (const [heading, rows] of groups('renamed', report, report.renamed)) {
    yield heading;
    for (const { name, to = '', times } of alike(renamedRows(rows))) {
      yield* pairLines(escapeText(name), '->', escapeText(to) + timesText(times), width);
    }
  }
  for (const [heading, rows] of groups('left out', report, report.dropped)) {
    yield heading;
    for (const { name, rest, times } of alike(droppedRows(rows))) {
      yield `  ${escapeText(name)}  ${rest}${timesText(times)}`;
    }
  }
  yield* changedLines(report, alike, width);
  yield `unchanged: ${groupDigits(report.unchangedCount)}`;
  yield 'files:';
  yield* fileLines(report.files, width);
  yield totalLine(report);
}

/** The plan as one JSON document, in pieces, with what a command has to say besides: its rows are never held together. */
export function* planJson(report: PlanReport, more: object = {}): Generator<string> {
  let before = '{';
  const document = { schemaVersion: SCHEMA_VERSION, ...report, ...more, ok: isOk() };
  for (const [key, value] of Object.entries(document)) {
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
