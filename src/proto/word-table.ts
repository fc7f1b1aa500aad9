/** Some words that texts are compared with while they are bytes: who looks through a million texts makes a string of none. */
import { encodeText } from '../bytes/text.ts';

interface Word {
  readonly text: string;
  readonly bytes: Uint8Array;
}

export class WordTable {
  readonly #byLength: (Word[] | undefined)[] = [];
  readonly #words: ReadonlySet<string>;
  /** 1 for each length in bytes that a word has. */
  readonly lengths: Uint8Array;

  constructor(words: Iterable<string>) {
    this.#words = new Set(words);
    for (const text of this.#words) {
      const bytes = encodeText(text);
      const others = this.#byLength[bytes.length];
      if (others === undefined) this.#byLength[bytes.length] = [{ text, bytes }];
      else others.push({ text, bytes });
    }
    this.lengths = Uint8Array.from({ length: this.#byLength.length }, (_, length) =>
      length in this.#byLength ? 1 : 0,
    );
  }

  get size(): number {
    return this.#words.size;
  }

  /** Whether a text is one of the words. */
  has(text: string): boolean {
    return this.#words.has(text);
  }

  /** The word that bytes `start` to `end` spell, or undefined. */
  at(bytes: Uint8Array, start: number, end: number): string | undefined {
    const words = this.#byLength[end - start];
    if (words === undefined) return undefined;
    for (let w = 0; w < words.length; w++) {
      const word = words[w] as Word;
      let i = 0;
      while (i < word.bytes.length && bytes[start + i] === word.bytes[i]) i++;
      if (i === word.bytes.length) return word.text;
    }
    return undefined;
  }
}
