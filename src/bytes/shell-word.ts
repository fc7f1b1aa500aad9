/** Words of commands that are suggested, as a shell takes them for what they are. */
import { encodeText } from './text.ts';

const PLAIN = /^[\w@%+=:,./-]+$/;
/** Control characters and marks of direction: a shell takes them as they are, but a terminal must not. */
let unprintable: RegExp | undefined;
/** Made when it is first needed: Unicode's own tables take time to load. */
function isUnprintable(text: string): boolean {
  unprintable ??= /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u;
  return unprintable.test(text);
}

function escaped(character: string): string {
  if (character === "'" || character === '\\') return `\\${character}`;
  if (!isUnprintable(character)) return character;
  return [...encodeText(character)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
}

/** A word as it is, or in quotes where a shell would take it apart. */
export function shellWord(text: string): string {
  if (PLAIN.test(text)) return text;
  return isUnprintable(text) ? `$'${[...text].map(escaped).join('')}'` : `'${text.replaceAll("'", "'\\''")}'`;
}
