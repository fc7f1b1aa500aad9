/** JSON text laid out over lines, two spaces a level; the tokens stay as they are, so that no number loses a digit. */

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/gs;
const UNSAFE = /[\0-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]/gu;

const escaped = (text: string): string =>
  text.replace(UNSAFE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);

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
    out += escaped(token);
    if (token === ':') out += ' ';
    if (token === ',') out += breakLine();
    if (token === '{' || token === '[') depth++;
  }
  return out;
}
