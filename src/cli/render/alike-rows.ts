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
const NUMBER = /(?<!\d)\d{1,15}(?!\d)/g;

interface Kind {
  readonly rows: NameRow[];
  times: number;
  /** The numbers that stand at each place, once there are too many rows. */
  readonly numbers: Set<string>[];
}

const numbersOf = (name: string): string[] => name.match(NUMBER) ?? [];

/**
 * What a name becomes, with the numbers that it takes from the name by their place there: numbers that change places, or are
 * others, make rows unlike.
 */
function patternOf(row: NameRow): string {
  const { name, to = '', rest = '' } = row;
  // What patterns are made with stands in this name itself: it is like no other.
  if (/[\0\n]/.test(name + to)) return `=${JSON.stringify([name, to, rest])}`;
  const numbers = numbersOf(name);
  const target = to.replace(NUMBER, (digits) => {
    const place = numbers.indexOf(digits);
    return place < 0 ? digits : `\0${place}\0`;
  });
  return [name.replace(NUMBER, '\0'), target, rest].join('\n');
}

/** A place in a name: its number, where it is always the same, or the range of its numbers, each with as many digits as it has. */
function rangeOf(texts: ReadonlySet<string>): string {
  const [first = ''] = texts;
  if (texts.size === 1) return first;
  const padded = [...texts].some((text) => text.startsWith('0') && text.length > 1);
  if (!padded) return `{${shortened(rangeText([...texts].map(Number)))}}`;
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
  const own = numbersOf(name);
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

function addTo(kind: Kind, row: NameRow): void {
  kind.times++;
  if (kind.rows.length < FEW) kind.rows.push(row);
  for (const [place, digits] of numbersOf(row.name).entries()) {
    const known = kind.numbers[place];
    if (known === undefined) kind.numbers[place] = new Set([digits]);
    else known.add(digits);
  }
}

/** The rows in the order of the first of each kind. Memory is bounded: rows may be a million. */
export function* alikeRows(rows: Iterable<NameRow>): Generator<AlikeRow> {
  let kinds = new TextMap<Kind>();
  let held = 0;
  for (const row of rows) {
    if (kinds.size === MOST_KINDS || held === MOST_ROWS) {
      yield* told(kinds);
      kinds = new TextMap();
      held = 0;
    }
    held++;
    const pattern = patternOf(row);
    let kind = kinds.get(pattern);
    if (kind === undefined) {
      kind = { rows: [], times: 0, numbers: [] };
      kinds.set(pattern, kind);
    }
    addTo(kind, row);
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
