/** JSON text laid out over lines, two spaces a level; the tokens stay as they are, so that no number loses a digit. */

import { escapeJson } from '../terminal/escape.ts';

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/gs;
/** The text with line breaks and indents; undefined when it is not JSON. */
export function jsonLines(text: string): string | undefined {
  try {
    JSON.parse(text);
  } catch {
    return undefined;
  }
  const tokens = text.match(TOKEN) ?? [];
  let depth = 0;
  let out = '';
  const breakLine = (): string => `\n${'  '.repeat(Math.min(depth, 40))}`;
  for (const [i, token] of tokens.entries()) {
    const isEmpty = /^[}\]]$/.test(token) && /^[{[]$/.test(tokens[i - 1] ?? '');
    if (token === '}' || token === ']') {
      depth--;
      out += isEmpty ? token : breakLine() + token;
      continue;
    }
    if (/^[{[]$/.test(tokens[i - 1] ?? '')) out += breakLine();
    out += escapeJson(token);
    if (token === ':') out += ' ';
    if (token === ',') out += breakLine();
    if (token === '{' || token === '[') depth++;
  }
  return out;
}
