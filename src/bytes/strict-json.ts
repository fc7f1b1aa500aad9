/**
 * JSON as a strict reader takes it. `JSON.parse` lets the last of two equal names win, and builds nesting as deep as memory
 * allows; a file in which either stands is damaged or means harm.
 */

import { CorruptError } from '../errors.ts';
import { TextSet } from './text-map.ts';

/** Far deeper than any format nests; as serde_json's own limit. */
export const MOST_DEPTH = 128;
/** A text up to this length is parsed first and then compared with its own canonical form, which is quicker than a walk. */
const QUICK_LENGTH = 1 << 20;

/**
 * The value of a JSON text; throws {@link CorruptError} for text that is none, a name given twice, or deep nesting. What
 * `JSON.parse` makes alike and a strict reader does not, as 2.0 of 2, `odd` finds in a text that is not written as it would be.
 */
export function parseStrictJson(text: string, where: string, odd?: RegExp): unknown {
  const quick = text.length <= QUICK_LENGTH ? canonical(text) : undefined;
  if (quick !== undefined) return quick.value;
  checkNames(text, where);
  const found = odd?.exec(text);
  if (found !== undefined && found !== null) {
    throw new CorruptError(`${where} holds a number that is not written as a whole one: ${found[0].slice(0, 80)}`, {
      where,
      offset: found.index,
    });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CorruptError(`${where} is no JSON: ${(cause as Error).message}`, { where }, { cause });
  }
}

/** The value of a text that says it as `JSON.stringify` does: then no name stands twice, and no number was rounded. */
function canonical(text: string): { readonly value: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return JSON.stringify(value) === text ? { value } : undefined;
  } catch {
    return undefined;
  }
}

/** Walks over the tokens that matter: brackets, strings, and which of the strings are names. */
function checkNames(text: string, where: string): void {
  const open: (Set<string> | undefined)[] = [];
  const token = /["[\]{}]/g;
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    const at = match.index;
    const mark = match[0];
    if (mark === '"') token.lastIndex = string(text, at, open.at(-1), where);
    else if (mark === ']' || mark === '}') open.pop();
    else if (open.push(mark === '{' ? new TextSet() : undefined) > MOST_DEPTH) {
      throw new CorruptError(`${where} is nested deeper than ${MOST_DEPTH} levels`, { where, offset: at });
    }
  }
}

/** Passes over the string that starts at a quote; where it is a name of `names`, it must be a new one. Returns its end. */
function string(text: string, start: number, names: Set<string> | undefined, where: string): number {
  let end = text.indexOf('"', start + 1);
  while (end >= 0 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  if (end < 0) return text.length;
  if (names !== undefined && isFollowedByColon(text, end + 1)) {
    const name = unquoted(text.slice(start, end + 1));
    if (names.has(name)) {
      throw new CorruptError(`${where} gives the name ${JSON.stringify(name)} twice`, { where, offset: start });
    }
    names.add(name);
  }
  return end + 1;
}

function isEscaped(text: string, quote: number): boolean {
  let backslashes = 0;
  while (text[quote - 1 - backslashes] === '\\') backslashes++;
  return backslashes % 2 === 1;
}

function isFollowedByColon(text: string, at: number): boolean {
  while (/\s/.test(text[at] ?? '')) at++;
  return text[at] === ':';
}

/** A name as it is meant; one that is no JSON stands for itself, for the parser will refuse it. */
function unquoted(quoted: string): string {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return quoted;
  }
}

/** Throws {@link CorruptError} for a value that is nested deeper than `levels`, which its canonical text does not tell. */
export function checkDepth(value: object, levels: number, where: string): void {
  if (levels === 0) throw new CorruptError(`${where} is nested deeper than ${MOST_DEPTH} levels`, { where });
  for (const member of Object.values(value)) {
    if (typeof member === 'object' && member !== null) checkDepth(member, levels - 1, where);
  }
}

/** A JSON object; throws {@link CorruptError} for any other value. */
export function objectOf(value: unknown, where: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new CorruptError(`${where} is no JSON object`, { where });
  }
  return value as Readonly<Record<string, unknown>>;
}

/** The members of a JSON object; throws {@link CorruptError} for any other value. */
export function membersOf(value: unknown, where: string): [string, unknown][] {
  return Object.entries(objectOf(value, where));
}
