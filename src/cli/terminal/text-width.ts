/** How many columns of a terminal a text takes: letters of East Asia and pictures take two, marks that combine take none. */

const PLAIN = /^[\x20-\x7e]*$/;
type Patterns = Readonly<Record<'wide' | 'none', RegExp>>;
/** Made when they are first needed: the tables of Unicode behind them take a quarter of a millisecond to look up. */
let patterns: Patterns | undefined;

const makePatterns = (): Patterns => ({
  wide: /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u,
  none: /[\p{Mn}\p{Me}\p{Cf}]/u,
});

/** Columns that one character takes. */
export function characterWidth(character: string): number {
  patterns ??= makePatterns();
  return patterns.wide.test(character) ? 2 : patterns.none.test(character) ? 0 : 1;
}

export function textWidth(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
}

/** The text with blanks after it, or before it, up to `width` columns. */
export function padText(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const blanks = ' '.repeat(Math.max(0, width - textWidth(text)));
  return align === 'right' ? blanks + text : text + blanks;
}
