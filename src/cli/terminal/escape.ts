/**
 * Names and texts from a file, made safe to show: control characters, escape sequences, invisible direction marks and
 * bytes that are no text come out as backslash escapes, and so does the backslash, so that every line can be read back.
 */

const UNSAFE = /[\0-\x1f\x7f-\x9f\\\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]/;
/** With the flag, a surrogate matches only where it stands alone. */
const UNSAFE_ALL = new RegExp(UNSAFE.source, 'gu');
const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\t': '\\t', '\r': '\\r', '\\': '\\\\' };

function escapeCharacter(character: string): string {
  const known = SHORT[character];
  if (known !== undefined) return known;
  const unit = character.charCodeAt(0);
  if (unit < 0xa0) return `\\x${unit.toString(16).padStart(2, '0')}`;
  if (unit >= 0xdc80 && unit <= 0xdcff) return `\\x${(unit - 0xdc00).toString(16)}`;
  return `\\u${unit.toString(16).padStart(4, '0')}`;
}

/** The text with everything unsafe escaped; the same text when nothing is. */
export function escapeText(text: string): string {
  return UNSAFE.test(text) ? text.replace(UNSAFE_ALL, escapeCharacter) : text;
}

/** JSON in which nothing unsafe stands raw. */
export function jsonText(value: unknown): string {
  const json = JSON.stringify(value);
  return UNSAFE.test(json)
    ? json.replace(
        /[\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
        (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
      )
    : json;
}

/** A JSON string literal in which nothing unsafe stands raw. */
export function jsonString(text: string): string {
  return jsonText(text);
}
