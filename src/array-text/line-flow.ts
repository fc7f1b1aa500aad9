/**
 * Text under construction: brackets and words flow into lines, a line wraps before the word that would not fit, and
 * spaces at the end of a wrapped line are dropped. Finished text is taken out in pieces, so no line need fit in memory.
 */

/** Text this long is worth handing on. */
const PIECE_LENGTH = 65536;

/** Collects words and wraps rows; `width` counts the columns that words may fill and `indent` the ones before them. */
export class LineFlow {
  readonly #width: number;
  readonly #indent: string;
  #text = '';
  #column = 0;
  /** Spaces that stand before the next text, unless the line ends first. */
  #pending = '';
  /** Characters at the start of the row still to be dropped: the brackets already written stand for its indent. */
  #dropped = 0;

  constructor(width: number, indent: number) {
    this.#width = width;
    this.#indent = ' '.repeat(indent);
  }

  /** Adds text that never wraps: brackets, line breaks and indents. */
  write(text: string): void {
    const added = this.#pending + text;
    this.#pending = '';
    if (this.#dropped === 0) {
      this.#text += added;
      return;
    }
    this.#text += added.slice(this.#dropped);
    this.#dropped = Math.max(0, this.#dropped - added.length);
  }

  /** Begins a row: words go to the column after the indent. */
  beginRow(): void {
    this.#beginLine();
    this.#dropped = this.#indent.length;
  }

  /** Adds a word to a row, on a line of its own where it would not fit. */
  word(word: string): void {
    if (this.#column + word.length > this.#width && this.#column > this.#indent.length) {
      this.#pending = '';
      this.write('\n');
      this.#beginLine();
    }
    this.#column += word.length;
    if (word.charCodeAt(word.length - 1) !== 32) {
      if (this.#dropped === 0) {
        this.#text += this.#pending + word;
        this.#pending = '';
      } else this.write(word);
      return;
    }
    const body = word.trimEnd();
    if (body !== '') this.write(body);
    this.#pending += word.slice(body.length);
  }

  /** Adds the space between two words. */
  separate(): void {
    this.#pending += ' ';
    this.#column++;
  }

  get isFull(): boolean {
    return this.#text.length >= PIECE_LENGTH;
  }

  /** Takes out the text so far. */
  take(): string {
    const text = this.#text;
    this.#text = '';
    return text;
  }

  #beginLine(): void {
    this.#pending = this.#indent;
    this.#column = this.#indent.length;
  }
}
