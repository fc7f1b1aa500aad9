/**
 * Maps and sets by names of any length. V8 makes the hash of a text longer than 16,383 characters of its length alone, so that
 * thousands of long names meet in one bucket, and each look-up would compare them all.
 */

/** The longest text of which V8 hashes all (`String::kMaxHashCalcLength`). */
const MOST_HASHED = 16_383;
/** No name begins so: half of a surrogate pair, and not one of those that stand for bytes. */
const MARK = '\ud800';
const MARK_UNIT = 0xd800;

const isPlain = (name: string): boolean => name.length <= MOST_HASHED && name.charCodeAt(0) !== MARK_UNIT;

/** Short keys for long names: the pieces of a name lead from number to number, and no two names to the same. */
class LongTexts {
  readonly #numbers = new Map<string, number>();
  readonly #names = new Map<string, string>();

  /** The key of a name; undefined for one that has none yet, unless it is to get one. */
  keyOf(name: string, makes: boolean): string | undefined {
    let number = 0;
    for (let at = 0; at < name.length || at === 0; at += MOST_HASHED - 20) {
      const step = `${number} ${name.slice(at, at + MOST_HASHED - 20)}`;
      const known = this.#numbers.get(step);
      if (known === undefined && !makes) return undefined;
      number = known ?? this.#numbers.size + 1;
      if (known === undefined) this.#numbers.set(step, number);
    }
    const key = `${MARK}${number}`;
    if (makes && !this.#names.has(key)) this.#names.set(key, name);
    return this.#names.has(key) ? key : undefined;
  }

  nameOf(key: string): string {
    return key.startsWith(MARK) ? (this.#names.get(key) as string) : key;
  }
}

/** A map whose keys are names, as long as a file likes to have them. Where none is long it is a plain map. */
export class TextMap<V> extends Map<string, V> {
  #long: LongTexts | undefined;

  constructor(pairs: Iterable<readonly [string, V]> = []) {
    super();
    for (const [name, value] of pairs) this.set(name, value);
  }

  #keyOf(name: string): string | undefined {
    return isPlain(name) ? name : this.#long?.keyOf(name, false);
  }

  override get(name: string): V | undefined {
    const key = this.#keyOf(name);
    return key === undefined ? undefined : super.get(key);
  }

  override has(name: string): boolean {
    const key = this.#keyOf(name);
    return key !== undefined && super.has(key);
  }

  override set(name: string, value: V): this {
    if (isPlain(name)) return super.set(name, value);
    this.#long ??= new LongTexts();
    return super.set(this.#long.keyOf(name, true) as string, value);
  }

  override delete(name: string): boolean {
    const key = this.#keyOf(name);
    return key !== undefined && super.delete(key);
  }

  override clear(): void {
    super.clear();
    this.#long = undefined;
  }

  *#named(long: LongTexts): MapIterator<[string, V]> {
    for (const [key, value] of super.entries()) yield [long.nameOf(key), value];
  }

  override keys(): MapIterator<string> {
    return this.#long === undefined ? super.keys() : this.#names(this.#long);
  }

  *#names(long: LongTexts): MapIterator<string> {
    for (const key of super.keys()) yield long.nameOf(key);
  }

  override entries(): MapIterator<[string, V]> {
    return this.#long === undefined ? super.entries() : this.#named(this.#long);
  }

  override [Symbol.iterator](): MapIterator<[string, V]> {
    return this.entries();
  }

  override forEach(each: (value: V, name: string, map: Map<string, V>) => void, self?: unknown): void {
    for (const [name, value] of this) each.call(self, value, name, this);
  }
}

/** A set of names, as long as a file likes to have them. Where none is long it is a plain set. */
export class TextSet extends Set<string> {
  #long: LongTexts | undefined;

  constructor(names: Iterable<string> = []) {
    super();
    for (const name of names) this.add(name);
  }

  override has(name: string): boolean {
    const key = isPlain(name) ? name : this.#long?.keyOf(name, false);
    return key !== undefined && super.has(key);
  }

  override add(name: string): this {
    if (isPlain(name)) return super.add(name);
    this.#long ??= new LongTexts();
    return super.add(this.#long.keyOf(name, true) as string);
  }

  override delete(name: string): boolean {
    const key = isPlain(name) ? name : this.#long?.keyOf(name, false);
    return key !== undefined && super.delete(key);
  }

  override clear(): void {
    super.clear();
    this.#long = undefined;
  }

  *#names(long: LongTexts): SetIterator<string> {
    for (const key of super.values()) yield long.nameOf(key);
  }

  override values(): SetIterator<string> {
    return this.#long === undefined ? super.values() : this.#names(this.#long);
  }

  override keys(): SetIterator<string> {
    return this.values();
  }

  override *entries(): SetIterator<[string, string]> {
    for (const name of this.values()) yield [name, name];
  }

  override [Symbol.iterator](): SetIterator<string> {
    return this.values();
  }

  override forEach(each: (name: string, same: string, set: Set<string>) => void, self?: unknown): void {
    for (const name of this) each.call(self, name, name, this);
  }
}
