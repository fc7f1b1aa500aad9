/** How many columns of a terminal a text takes: letters of East Asia and pictures take two, marks that combine take none. */

const PLAIN = /^[\x20-\x7e]*$/;
type Patterns = Readonly<Record<'wide' | 'none', RegExp>>;
/** Made when they are first needed: the tables of Unicode behind them take a quarter of a millisecond to look up. */
let patterns: Patterns | undefined;

const makePatterns = (): Patterns => ({
  wide: /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u,
  none: /[\p{Mn}\p{Me}\p{Cf}]/u,
});

function characterWidth(character: string): number {
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

/** As many of the characters, from the first on, as fit into `width` columns. */
function fitting(characters: readonly string[], width: number): string[] {
  let taken = 0;
  const end = characters.findIndex((character) => {
    taken += characterWidth(character);
    return taken > width;
  });
  return end < 0 ? [...characters] : characters.slice(0, end);
}

/** Cuts the middle out of a text that is wider than `width`. */
function cutMiddle(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  const characters = [...text];
  const head = fitting(characters, Math.ceil((width - 1) / 2)).join('');
  const tail = fitting(characters.toReversed(), Math.floor((width - 1) / 2)).toReversed();
  return `${head}…${tail.join('')}`;
}

/** What stands in nearly every name of a TF2 checkpoint: where room is short it goes first, for it tells nothing apart. */
const COMMON_PARTS = [/\.ATTRIBUTES\/VARIABLE_VALUE$/, /\.OPTIMIZER_SLOT(?=\/)/];

/** A name that fits into `width`, cut as little as can be. */
export function fitName(name: string, width: number): string {
  let short = name;
  for (const part of COMMON_PARTS) if (short.length > width) short = short.replace(part, '…');
  return cutMiddle(short, width);
}
