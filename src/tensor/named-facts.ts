/** The name of a tensor for a scan, as text or as bytes: what only one of them is at hand for becomes the other when it is asked for. */
import { decodeAscii, decodeText, encodeAsciiInto, encodeText } from '../bytes/text.ts';
import type { TensorFacts } from './tensor.ts';

/** What needs an escape somewhere: control characters, what is beyond ASCII, quotes and the backslash. */
const SPECIAL = /[^\x20-\x7e]|["'\\]/;
const MOST_SHORT_BYTES = 512;

/** The name of what a scan shows. */
export function nameOfFacts(facts: TensorFacts): string {
  if (facts.name !== undefined) return facts.name;
  return (facts.nameIsSimple ? decodeAscii : decodeText)(facts.nameBytes, 0, facts.nameLength);
}

/** The part of facts that is the name, of one after another that come as texts. */
export class NamedFacts {
  name = '';
  readonly nameShared = 0;
  readonly position = -1;
  readonly #short = new Uint8Array(MOST_SHORT_BYTES);
  #bytes: Uint8Array = this.#short;
  #length = 0;
  /** The name whose bytes these are. */
  #encoded = '';

  #encode(): void {
    if (this.#encoded === this.name) return;
    this.#encoded = this.name;
    const isShort = encodeAsciiInto(this.name, this.#short);
    this.#bytes = isShort ? this.#short : encodeText(this.name);
    this.#length = isShort ? this.name.length : this.#bytes.length;
  }

  get nameBytes(): Uint8Array {
    this.#encode();
    return this.#bytes;
  }

  get nameLength(): number {
    this.#encode();
    return this.#length;
  }

  get nameIsSimple(): boolean {
    return !SPECIAL.test(this.name);
  }
}
