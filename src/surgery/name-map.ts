/**
 * Lists of old and new names as people keep them: tab-separated, comma-separated (quoted or not, with a heading or not),
 * or a JSON object. Which one it is, the content tells. Names may carry the escapes that `--names` prints. A third column may
 * say how the pair is known, as `ckpt match` does.
 */
import { UsageError } from '../errors.ts';
import { MATCH_EVIDENCE } from './match-evidence.ts';

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

type Pair = readonly [from: string, to: string];

const OLD_HEADING = /^(old|from|source|before)([ _-]?names?)?$/i;
const NEW_HEADING = /^(new|to|target|after)([ _-]?names?)?$/i;

/** The columns of the old and the new name, where the first line is a heading. */
function headingOf(fields: readonly string[]): { readonly from: number; readonly to: number } | undefined {
  const from = fields.findIndex((field) => OLD_HEADING.test(field));
  const to = fields.findIndex((field) => NEW_HEADING.test(field));
  return from < 0 || to < 0 ? undefined : { from, to };
}

/** A line that holds one name and nothing else keeps it: so it comes out of a `sed` that changes some lines only. */
function pairsOfLines(text: string, source: string): Pair[] {
  const lines = text.split(/\r?\n/).map((line, i) => ({ line, number: i + 1 }));
  const filled = lines.filter(({ line }) => line.trim() !== '' && !line.startsWith('#'));
  const tabs = filled.some(({ line }) => line.includes('\t'));
  const fieldsOf = (line: string): string[] => (tabs ? line.split('\t') : csvFields(line)).map(unescapeName);
  const heading = headingOf(fieldsOf(filled[0]?.line ?? ''));
  return filled.slice(heading === undefined ? 0 : 1).map(({ line, number }): Pair => {
    const fields = fieldsOf(line);
    const from = fields[heading?.from ?? 0];
    const to = fields.length === 1 ? from : fields[heading?.to ?? 1];
    const isMatch = fields.length === 3 && MATCH_EVIDENCE.some((kind) => kind === fields[2]);
    if (!from || !to || (heading === undefined && fields.length > 2 && !isMatch)) {
      throw new UsageError(`${source}, line ${number}: expected an old and a new name, separated by a tab or a comma`);
    }
    return [from, to];
  });
}

function pairsOfJson(text: string, source: string): Pair[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new UsageError(`${source} starts like JSON but is not: ${(cause as Error).message}`, { cause });
  }
  const entries = Object.entries(value as Record<string, unknown>);
  return entries.map(([from, to]): Pair => {
    if (typeof to !== 'string' || to === '') throw new UsageError(`${source}: the new name of ${from} must be a text`);
    return [from, to];
  });
}

/** Old names to new ones; throws {@link UsageError} for text that is none of the three forms or names one twice. */
export function parseNameMap(text: string, source: string): Map<string, string> {
  const body = text.replace(/^\ufeff/, '');
  const pairs = body.trimStart().startsWith('{') ? pairsOfJson(body, source) : pairsOfLines(body, source);
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
