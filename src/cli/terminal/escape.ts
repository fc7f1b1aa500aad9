/**
 * Names and texts from a file, made safe to show: control characters, escape sequences, characters that nobody sees and bytes
 * that are no text come out as backslash escapes, and so does the backslash, so that every line can be read back
 * (`unescapeName`): a byte as `\x85`, a character as `\u0085`.
 */

/**
 * What is never shown as it is: control characters, and characters that nobody sees: format characters, those that turn the
 * direction around, fillers. Spelled out, for Unicode's own tables take time to load.
 */
const UNSEEN =
  '\\0-\\x1f\\x7f-\\x9f\\xad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\u3164\\ufeff\\uffa0\\ufff0-\\ufffb';
/** A surrogate is looked at closer: half of a character, a byte that is no text, or a tag, which nobody sees either. */
const SUSPECT = new RegExp(`[${UNSEEN}\\\\\\ud800-\\udfff]`);
/** With the flag, a surrogate matches only where it stands alone. */
let unsafe: RegExp | undefined;
let unsafeInJson: RegExp | undefined;
const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\t': '\\t', '\r': '\\r', '\\': '\\\\' };

/** A character as `\u` and its code units. */
function unitsText(character: string): string {
  let text = '';
  for (let i = 0; i < character.length; i++) text += `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`;
  return text;
}

function escapeCharacter(character: string): string {
  const known = SHORT[character];
  if (known !== undefined) return known;
  const unit = character.charCodeAt(0);
  if (unit < 0x80) return `\\x${unit.toString(16).padStart(2, '0')}`;
  if (unit >= 0xdc80 && unit <= 0xdcff) return `\\x${(unit - 0xdc00).toString(16)}`;
  return unitsText(character);
}

/** The text with everything unsafe escaped; the same text when nothing is. */
export function escapeText(text: string): string {
  if (!SUSPECT.test(text)) return text;
  unsafe ??= new RegExp(`[${UNSEEN}\\\\\\ud800-\\udfff\\u{e0000}-\\u{e0fff}]`, 'gu');
  return text.replace(unsafe, escapeCharacter);
}

/** A command to be pasted, its words quoted for a shell: its backslashes are meant. */
export function escapeCommand(line: string): string {
  return line.split('\\').map(escapeText).join('\\');
}

/** A name as it stands in a line of names; one of nothing but blanks would be taken for an empty line. */
export function escapeName(name: string): string {
  const text = escapeText(name);
  if (text.trim() !== '' || text === '') return text;
  return escapeCharacter(text.slice(0, 1)) + text.slice(1);
}

/** A text of JSON in which nothing unsafe stands raw: a string of it, or one without blanks between its tokens. */
export function escapeJson(json: string): string {
  if (!SUSPECT.test(json)) return json;
  unsafeInJson ??= new RegExp(`[${UNSEEN}\\ud800-\\udfff\\u{e0000}-\\u{e0fff}]`, 'gu');
  return json.replace(unsafeInJson, unitsText);
}

/** JSON in which nothing unsafe stands raw. */
export function jsonText(value: unknown): string {
  return escapeJson(JSON.stringify(value));
}

/** A JSON string literal in which nothing unsafe stands raw. */
export function jsonString(text: string): string {
  return jsonText(text);
}
