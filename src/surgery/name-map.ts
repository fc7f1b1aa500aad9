/**
 * Lists of old and new names as people keep them: tab-separated, comma-separated (quoted or not, with a heading or not),
 * or a JSON object. Which one it is, the content tells. Names may carry the escapes that `--names` prints.
 */
import { UsageError } from '../errors.ts';

const ESCAPE = /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|([\s\S]))/g;
const SHORT: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };
/** A byte that is no text is kept as a lone surrogate; see bytes/text.ts. */
const BYTE_BASE = 0xdc00;

/** The name behind its printed form: `\n`, `\t`, `\\`, `\x1b`, `\u202e`. */
export function unescapeName(text: string): string {
  return text.replace(ESCAPE, (token, byte?: string, unit?: string, other?: string) => {
    if (byte !== undefined) {
      const code = Number.parseInt(byte, 16);
      return String.fromCharCode(code >= 0xa0 ? BYTE_BASE + code : code);
    }
    if (unit !== undefined) return String.fromCharCode(Number.parseInt(unit, 16));
    return SHORT[other ?? ''] ?? (other === '\\' ? '\\' : token);
  });
}

/** The fields of a comma-separated line, quotes taken off. */
function csvFields(line: string): string[] {
  const fields: string[] = [];
  for (const match of line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)) {
    fields.push(match[1] === undefined ? (match[2] ?? '').trim() : match[1].replaceAll('""', '"'));
  }
  return fields;
}

const HEADINGS = /^(old|from|source|before)([ _-]?name)?$/i;

function pairsOfLines(text: string, source: string): (readonly [string, string])[] {
  const lines = text.split(/\r?\n/).map((line, i) => ({ line, number: i + 1 }));
  const filled = lines.filter(({ line }) => line.trim() !== '' && !line.startsWith('#'));
  const tabs = filled.some(({ line }) => line.includes('\t'));
  const pairs = filled.map(({ line, number }) => {
    const fields = tabs ? line.split('\t').map(unescapeName) : csvFields(line).map(unescapeName);
    const [from, to] = fields;
    if (fields.length < 2 || from === undefined || to === undefined || from === '' || to === '') {
      throw new UsageError(`${source}, line ${number}: expected an old and a new name, separated by a tab or a comma`);
    }
    return [from, to] as const;
  });
  const [first] = pairs;
  return first !== undefined && HEADINGS.test(first[0]) ? pairs.slice(1) : pairs;
}

function pairsOfJson(text: string, source: string): (readonly [string, string])[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new UsageError(`${source} starts like JSON but is not: ${(cause as Error).message}`, { cause });
  }
  const entries = Object.entries(value as Record<string, unknown>);
  return entries.map(([from, to]) => {
    if (typeof to !== 'string' || to === '') throw new UsageError(`${source}: the new name of ${from} must be a text`);
    return [from, to] as const;
  });
}

/** Old names to new ones; throws {@link UsageError} for text that is none of the three forms or names one twice. */
export function parseNameMap(text: string, source: string): Map<string, string> {
  const pairs = text.trimStart().startsWith('{') ? pairsOfJson(text, source) : pairsOfLines(text, source);
  const names = new Map<string, string>();
  for (const [from, to] of pairs) {
    const before = names.get(from);
    if (before !== undefined && before !== to) {
      throw new UsageError(`${source} gives ${from} two new names: ${before} and ${to}`);
    }
    names.set(from, to);
  }
  return names;
}
