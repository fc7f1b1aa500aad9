/** Rows about names that differ in their numbers alone, as one row: `layer_{0..11}/kernel`, as a tree folds its layers. */
import { rangeText, TextMap } from '../../text.ts';
import { escapeText } from '../terminal/escape.ts';
import { groupDigits } from '../terminal/numbers.ts';

export interface NameRow {
  readonly name: string;
  /** What it becomes. */
  readonly to?: string | undefined;
  /** What else the row says; rows are alike only where it is the same. */
  readonly rest?: string | undefined;
}

export interface AlikeRow extends NameRow {
  /** How many rows it stands for. */
  readonly times: number;
}

/** So few rows are told one by one. */
const FEW = 3;
/** So many kinds of row are held; then they are told, and others may follow that are like them. */
const MOST_KINDS = 10_000;
/** So many rows are folded at a time. */
const MOST_ROWS = 100_000;
/** So long is a list of numbers. */
const MOST_LIST = 48;
/** Longer runs of digits are no numbers. */
const MOST_DIGITS = 15;
const NUMBER = /(?<!\d)\d{1,15}(?!\d)/g;

/** Numbers as they are written, each once. They mostly ascend, and then none needs to be looked for. */
class NumberTexts {
  readonly texts: string[] = [];
  #largest = -1;
  #known: Set<string> | undefined;

  add(digits: string): void {
    const value = Number(digits);
    if (value <= this.#largest) {
      this.#known ??= new Set(this.texts);
      if (this.#known.has(digits)) return;
    } else this.#largest = value;
    this.#known?.add(digits);
    this.texts.push(digits);
  }
}

interface Kind {
  readonly rows: NameRow[];
  times: number;
  /** The numbers that stand at each place. */
  readonly numbers: NumberTexts[];
  /** Those of the row that came last, which are mostly those of the next one too. */
  last: string[];
  /** The names of its rows with marks for their numbers; undefined where more than that counts. */
  readonly pattern: string | undefined;
  readonly rest: string;
  /** What followed the row that came last: rows mostly follow each other as they did before. */
  next: Kind | undefined;
}

/** A name with marks for its numbers, and those numbers; `isPlain` is false where what marks are made with stands in it. */
interface Taken {
  readonly pattern: string;
  readonly numbers: readonly string[];
  readonly isPlain: boolean;
}

const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;

/** As {@link NUMBER} would take a name apart, in one walk: there may be a million. */
function takeApart(name: string): Taken {
  const numbers: string[] = [];
  let pattern = '';
  let isPlain = true;
  let from = 0;
  for (let at = 0; at < name.length; at++) {
    const code = name.charCodeAt(at);
    if (code === 0 || code === 0x0a) isPlain = false;
    if (!isDigit(code)) continue;
    const start = at;
    while (isDigit(name.charCodeAt(at + 1))) at++;
    if (at + 1 - start > MOST_DIGITS) continue;
    pattern += `${name.slice(from, start)}\0`;
    numbers.push(name.slice(start, at + 1));
    from = at + 1;
  }
  return { pattern: pattern + name.slice(from), numbers, isPlain };
}

/**
 * What a name becomes, with the numbers that it takes from the name by their place there: numbers that change places, or are
 * others, make rows unlike.
 */
function patternOf({ name, to = '', rest = '' }: NameRow, { pattern, numbers, isPlain }: Taken): string {
  if (!isPlain || /[\0\n]/.test(to)) return `=${JSON.stringify([name, to, rest])}`;
  if (to === '') return `${pattern}\n\n${rest}`;
  const target = to.replace(NUMBER, (digits) => {
    const place = numbers.indexOf(digits);
    return place < 0 ? digits : `\0${place}\0`;
  });
  return `${pattern}\n${target}\n${rest}`;
}

/** A place in a name: its number, where it is always the same, or the range of its numbers, each with as many digits as it has. */
function rangeOf({ texts }: NumberTexts): string {
  const [first = ''] = texts;
  if (texts.length === 1) return first;
  const padded = texts.some((text) => text.startsWith('0') && text.length > 1);
  if (!padded) return `{${shortened(rangeText(texts.map(Number)))}}`;
  const sorted = [...texts].sort((a, b) => Number(a) - Number(b));
  const [least = '', most = ''] = [sorted[0], sorted.at(-1)];
  const isRun = Number(most) - Number(least) + 1 === sorted.length;
  return isRun ? `{${least}..${most}}` : `{${shortened(sorted.join(','))}}`;
}

/** Numbers with gaps everywhere: the first of them, and the last. */
function shortened(list: string): string {
  if (list.length <= MOST_LIST) return list;
  return `${list.slice(0, list.lastIndexOf(',', MOST_LIST))},..,${list.slice(list.lastIndexOf(',') + 1)}`;
}

function foldedRow({ rows, times, numbers }: Kind): AlikeRow {
  const { name = '', to, rest } = rows[0] ?? {};
  const ranges = numbers.map(rangeOf);
  const own = takeApart(name).numbers;
  let place = 0;
  return {
    name: name.replace(NUMBER, () => ranges[place++] as string),
    to: to?.replace(NUMBER, (digits) => {
      const from = own.indexOf(digits);
      return from < 0 ? digits : (ranges[from] as string);
    }),
    rest,
    times,
  };
}

function* told(kinds: ReadonlyMap<string, Kind>): Generator<AlikeRow> {
  for (const kind of kinds.values()) {
    if (kind.times <= FEW) for (const row of kind.rows) yield { ...row, times: 1 };
    else yield foldedRow(kind);
  }
}

function count(kind: Kind, row: NameRow): void {
  kind.times++;
  if (kind.rows.length < FEW) kind.rows.push(row);
}

/** Takes the number at a place, which is `digits`. */
function addNumber({ numbers, last }: Kind, place: number, digits: string): void {
  if (digits === last[place]) return;
  last[place] = digits;
  const known = numbers[place] ?? new NumberTexts();
  numbers[place] = known;
  known.add(digits);
}

/** Where the numbers of a name stand that {@link hasPattern} said yes to: their starts, and their ends. */
const STARTS: number[] = [];
const ENDS: number[] = [];

/** Whether {@link takeApart} would make this pattern of a name, without making it. */
function hasPattern(name: string, pattern: string): boolean {
  let at = 0;
  let place = 0;
  for (let i = 0; i < pattern.length; i++) {
    const wanted = pattern.charCodeAt(i);
    if (wanted !== 0) {
      if (name.charCodeAt(at++) !== wanted) return false;
      continue;
    }
    const start = at;
    while (isDigit(name.charCodeAt(at))) at++;
    if (at === start || at - start > MOST_DIGITS) return false;
    STARTS[place] = start;
    ENDS[place++] = at;
  }
  return at === name.length;
}

/** Adds a row to the kind that is likely, if it is of that. */
function isAdded(row: NameRow, likely: Kind | undefined): boolean {
  if (likely?.pattern === undefined || (row.to ?? '') !== '' || (row.rest ?? '') !== likely.rest) return false;
  const { name } = row;
  if (!hasPattern(name, likely.pattern)) return false;
  count(likely, row);
  for (let place = 0; place < likely.numbers.length; place++) {
    const [start, end] = [STARTS[place] as number, ENDS[place] as number];
    const last = likely.last[place] as string;
    if (last.length !== end - start || !name.startsWith(last, start)) addNumber(likely, place, name.slice(start, end));
  }
  return true;
}

/** The kind of a row, with the row in it. */
function kindWith(row: NameRow, kinds: Map<string, Kind>): Kind {
  const taken = takeApart(row.name);
  const { pattern, numbers, isPlain } = taken;
  const key = patternOf(row, taken);
  const isByName = isPlain && (row.to ?? '') === '';
  const kind = kinds.get(key) ?? {
    rows: [],
    times: 0,
    numbers: [],
    last: [],
    pattern: isByName ? pattern : undefined,
    rest: row.rest ?? '',
    next: undefined,
  };
  if (kind.times === 0) kinds.set(key, kind);
  count(kind, row);
  for (const [place, digits] of numbers.entries()) addNumber(kind, place, digits);
  return kind;
}

/** The rows in the order of the first of each kind. Memory is bounded: rows may be a million. */
export function* alikeRows(rows: Iterable<NameRow>): Generator<AlikeRow> {
  let kinds = new TextMap<Kind>();
  let before: Kind | undefined;
  let held = 0;
  for (const row of rows) {
    if (kinds.size === MOST_KINDS || held === MOST_ROWS) {
      yield* told(kinds);
      kinds = new TextMap();
      before = undefined;
      held = 0;
    }
    held++;
    const likely = before?.next;
    const kind = isAdded(row, likely) ? (likely as Kind) : kindWith(row, kinds);
    if (before !== undefined) before.next = kind;
    before = kind;
  }
  yield* told(kinds);
}

/** `(12 alike)` behind a row that stands for several. */
export const timesText = (times: number): string => (times === 1 ? '' : ` (${groupDigits(times)} alike)`);

/** So many names, or folded runs of names, are told. */
const MOST_NAMED = 5;

/** `layer_{0..99}/kernel (100 alike), bias and 3 more` */
export function namesText(names: readonly string[]): string {
  const rows = [...alikeRows(names.map((name) => ({ name })))];
  const named = rows.slice(0, MOST_NAMED);
  const more = rows.slice(MOST_NAMED).reduce((sum, { times }) => sum + times, 0);
  const text = named.map(({ name, times }) => escapeText(name) + timesText(times)).join(', ');
  return more === 0 ? text : `${text} and ${groupDigits(more)} more`;
}
