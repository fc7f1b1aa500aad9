/**
 * Lists of old and new names as people keep them: tab-separated, comma-separated (quoted or not, with a heading or not),
 * or a JSON object. Which one it is, the content tells. In lines names may carry the escapes that listings print. A third column
 * may say how the pair is known, as `ckpt match` does. What may be read in two ways is refused.
 */

import { shellWord } from '../bytes/shell-word.ts';
import { parseStrictJson } from '../bytes/strict-json.ts';
import { CkptError, UsageError } from '../errors.ts';
import { MATCH_EVIDENCE } from './match-evidence.ts';
import { nameMeant, unescapeName } from './printed-name.ts';

/** A list of names, read. */
export interface NameMap {
  /** Old names to new ones. */
  readonly names: ReadonlyMap<string, string>;
  /** What was passed over, a sentence each. */
  readonly notes: readonly string[];
}

/** Tells whether there is a tensor of this name. */
type IsName = (name: string) => boolean;

const SHAPE =
  'a map has two names a line, the old and the new one, with a tab or a comma between, or is a JSON object: {"old": "new"}';

/** The fields of a comma-separated line, quotes taken off. */
function csvFields(line: string): string[] {
  const fields: string[] = [];
  for (const match of `,${line}`.matchAll(/,(?:"((?:[^"]|"")*)"|([^,]*))/g)) {
    fields.push(match[1] === undefined ? (match[2] ?? '').trim() : match[1].replaceAll('""', '"'));
  }
  return fields;
}

type Pair = readonly [from: string, to: string];

interface Line {
  readonly fields: readonly string[];
  readonly number: number;
}

const OLD_HEADING = /^(old|from|source|before)([ _-]?names?)?$/i;
const NEW_HEADING = /^(new|to|target|after)([ _-]?names?)?$/i;

/** The columns of the old and the new name, where the first line is a heading. */
function headingOf(
  { fields, number }: Line,
  source: string,
  isName: IsName,
): { readonly from: number; readonly to: number } | undefined {
  const from = fields.findIndex((field) => OLD_HEADING.test(field));
  const to = fields.findIndex((field) => NEW_HEADING.test(field));
  if (from < 0 || to < 0) return undefined;
  const first = fields[0] as string;
  if (fields.length === 2 && isName(first)) {
    throw new UsageError(
      `${source}, line ${number}: ${fields.join(', ')} may be a heading or a pair, for there is a tensor called ${first}; give that pair as --map ${shellWord(`${first}=${fields[1]}`)}, and leave the line out`,
    );
  }
  return { from, to };
}

/** Lines that begin with # are remarks, unless that is how the name of a tensor begins. */
function withoutRemarks(lines: readonly Line[], isName: IsName): { readonly kept: Line[]; readonly notes: string[] } {
  const isRemark = ({ fields: [first = ''] }: Line): boolean =>
    first.startsWith('#') && nameMeant(first, isName) === undefined;
  const remarks = lines.filter(isRemark);
  const [pair] = remarks.filter(({ fields }) => fields.length > 1 && (fields[1] as string) !== '');
  const notes =
    pair === undefined
      ? []
      : [`line ${pair.number} begins with # and was passed over: there is no tensor called ${pair.fields[0]}`];
  return { kept: lines.filter((line) => !isRemark(line)), notes };
}

/** Throws {@link UsageError} where no line has two names. */
function checkColumns(lines: readonly Line[], source: string): void {
  const [first] = lines;
  if (first === undefined || lines.some(({ fields }) => fields.length > 1)) return;
  const text = first.fields[0] as string;
  const blanks = /^\S+\s+(?:[-=]*>?\s+)?\S+$/.test(text) ? '; these are separated by blanks' : '';
  throw new UsageError(`${source}, line ${first.number}: ${text} is one name, and so is every line; ${SHAPE}${blanks}`);
}

/**
 * A line that holds one name and nothing else keeps it, where others hold two: so it comes out of a `sed` that changes some lines
 * only.
 */
function pairsOfLines(text: string, source: string, isName: IsName): { pairs: Pair[]; notes: readonly string[] } {
  const all = text.split(/\r?\n/).map((line, i) => ({ line, number: i + 1 }));
  const filled = all.filter(({ line }) => line.trim() !== '');
  const tabs = filled.some(({ line }) => line.includes('\t'));
  const lines = filled.map(({ line, number }): Line => ({ fields: tabs ? line.split('\t') : csvFields(line), number }));
  const { kept, notes } = withoutRemarks(lines, isName);
  checkColumns(kept, source);
  const heading = kept[0] === undefined ? undefined : headingOf(kept[0], source, isName);
  const pairs = kept.slice(heading === undefined ? 0 : 1).map(({ fields, number }): Pair => {
    const from = fields[heading?.from ?? 0];
    const to = fields.length === 1 ? from : fields[heading?.to ?? 1];
    const isMatch = fields.length === 3 && MATCH_EVIDENCE.some((kind) => kind === fields[2]);
    if (!from || !to || (heading === undefined && fields.length > 2 && !isMatch)) {
      throw new UsageError(`${source}, line ${number}: expected an old and a new name, separated by a tab or a comma`);
    }
    // Looking up each of a hundred thousand names would take long, and a name without a backslash means itself.
    const name = from.includes('\\') ? (nameMeant(from, isName) ?? unescapeName(from)) : from;
    return [name, fields.length === 1 ? name : unescapeName(to)];
  });
  return { pairs, notes: notes.map((note) => `${source}: ${note}`) };
}

function pairsOfJson(text: string, source: string): Pair[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new UsageError(`${source} starts like JSON but is not: ${(cause as Error).message}`, { cause });
  }
  if (Array.isArray(value)) throw new UsageError(`${source} is a JSON list; ${SHAPE}`);
  try {
    parseStrictJson(text, source);
  } catch (cause) {
    if (!(cause instanceof CkptError)) throw cause;
    throw new UsageError(cause.message, { cause });
  }
  const entries = Object.entries(value as Record<string, unknown>);
  return entries.map(([from, to]): Pair => {
    if (typeof to !== 'string' || to === '') throw new UsageError(`${source}: the new name of ${from} must be a text`);
    return [from, to];
  });
}

/** Whether a text is meant as JSON; names may begin with a bracket too, but then a second column follows. */
function looksLikeJson(text: string): boolean {
  const first = text.trimStart();
  if (!/^[{[]/.test(first)) return false;
  if (/^[^\n]*[^\s,]\t[^\n]*\S/.test(first) && !isJson(text)) return false;
  return first.startsWith('{') || isJson(text);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * Old names to new ones. `isName` tells which tensors there are: it decides where a line may be read in two ways. Throws
 * {@link UsageError} for text that is none of the three forms, for one that names a tensor twice, and for one of one column.
 */
export function parseNameMap(text: string, source: string, isName: IsName = () => false): NameMap {
  const body = text.replace(/^\ufeff/, '');
  const { pairs, notes } = looksLikeJson(body)
    ? { pairs: pairsOfJson(body, source), notes: [] }
    : pairsOfLines(body, source, isName);
  const names = new Map<string, string>();
  for (const [from, to] of pairs) {
    const before = names.get(from);
    if (before !== undefined && before !== to) {
      throw new UsageError(`${source} gives ${from} two new names: ${before} and ${to}`);
    }
    names.set(from, to);
  }
  return { names, notes };
}
