/**
 * Names as listings print them. A listing escapes what cannot stand in a line or plays tricks on a terminal, one to one; whoever
 * takes names takes them in that form, so that what is listed can be given back.
 */

const ESCAPE = /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|([\s\S]))/g;
const SHORT: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };
/** A byte that is no text is kept as a lone surrogate; see bytes/text.ts. */
const BYTE_BASE = 0xdc00;

/** The name behind its printed form: `\n`, `\t`, `\\`, `\x1b`, `\u202e`; `\x85` is a byte that is no text, `\u0085` a character. */
export function unescapeName(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(ESCAPE, (token, byte?: string, unit?: string, other?: string) => {
    if (byte !== undefined) {
      const code = Number.parseInt(byte, 16);
      return String.fromCharCode(code >= 0x80 ? BYTE_BASE + code : code);
    }
    if (unit !== undefined) return String.fromCharCode(Number.parseInt(unit, 16));
    return SHORT[other ?? ''] ?? (other === '\\' ? '\\' : token);
  });
}

/**
 * The name that a text means: the one that is printed so where it is there, else the one that the text spells; undefined where
 * neither is. The printed form comes first, for a name with a backslash of its own is printed with two.
 */
export function nameMeant(text: string, isName: (name: string) => boolean): string | undefined {
  const name = unescapeName(text);
  if (isName(name)) return name;
  return name !== text && isName(text) ? text : undefined;
}
