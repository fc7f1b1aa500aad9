/** A few names, found among bytes: most of the hundred thousand names of a graph are none of them. */
import { encodeText, hasAt } from '../bytes/text.ts';

export class NameSet {
  readonly #byLength: (Uint8Array[] | undefined)[] = [];

  constructor(names: Iterable<string>) {
    for (const name of names) {
      const bytes = encodeText(name);
      const alike = this.#byLength[bytes.length] ?? [];
      this.#byLength[bytes.length] = alike;
      alike.push(bytes);
    }
  }

  /** Whether bytes `start` to `end` are one of the names. */
  has(bytes: Uint8Array, start: number, end: number): boolean {
    const names = this.#byLength[end - start];
    if (names === undefined) return false;
    for (const name of names) if (hasAt(bytes, start, name)) return true;
    return false;
  }
}
