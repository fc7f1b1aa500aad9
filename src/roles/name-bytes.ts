/**
 * The rules of name-role.ts for names as bytes, for listings of a million: almost every name ends in no word of the table,
 * and its last two bytes show it. What they do not show is left to the rules for strings; a test holds both equal.
 */
import { decodeText, hasAt } from '../bytes/text.ts';
import { guessedRole, roleByDType, roleOfWord } from './guessed-role.ts';
import { endsWith, KeyBytes } from './key-bytes.ts';
import { KnownFront } from './known-front.ts';
import { isOptimizerStep } from './optimizer-scopes.ts';
import type { QuickRole, TensorRole } from './role.ts';
import { BESIDE_ENDS, JOINED_SLOT_ENDS, KEYS, slotWord, VALUES, wordMeanings } from './role-words.ts';

interface Candidate {
  readonly bytes: Uint8Array;
  /** Undefined where the word alone does not tell. */
  readonly role: TensorRole | undefined;
}

/** Stands for any slot: whose it is takes the name as a string. */
export const SOME_SLOT: TensorRole = guessedRole('slot', 'no', 'its last word is that of a slot');
/** Likewise for a moving average. */
export const SOME_AVERAGE: TensorRole = guessedRole('ema', 'no', 'its last word is that of a moving average');

const ENCODER = new TextEncoder();
const SLASH = 0x2f;
const UNDERSCORE = 0x5f;
const UPPER_S = 0x53;

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x30 && byte <= 0x39;

function candidateOf(word: string): Candidate {
  const meaning = wordMeanings().get(word);
  const bytes = ENCODER.encode(word);
  if (meaning === 'slot') return { bytes, role: SOME_SLOT };
  if (meaning === 'ema') return { bytes, role: SOME_AVERAGE };
  const isPlain = meaning === 'statistic' && slotWord(word) === undefined;
  return { bytes, role: isPlain ? roleOfWord(word, 'weight') : undefined };
}

/** Lists of words by two bytes, in a table of numbers that say which list: 0 for none. */
class PairTable {
  readonly #numbers = new Uint8Array(2 ** 16);
  readonly #lists: Candidate[][] = [[]];

  constructor(words: Iterable<string>, pairOf: (bytes: Uint8Array) => number) {
    for (const word of words) {
      const candidate = candidateOf(word);
      const pair = pairOf(candidate.bytes);
      if (this.#numbers[pair] === 0) this.#numbers[pair] = this.#lists.push([]) - 1;
      this.#lists[this.#numbers[pair] as number]?.push(candidate);
    }
  }

  /** The first of the words that end at `end`. */
  wordAt(bytes: Uint8Array, end: number): Candidate | undefined {
    const number = this.#numbers[pairAt(bytes, end - 2)] as number;
    if (number === 0) return undefined;
    const list = this.#lists[number] as Candidate[];
    for (let i = 0; i < list.length; i++) {
      const candidate = list[i] as Candidate;
      if (endsWith(bytes, end, candidate.bytes)) return candidate;
    }
    return undefined;
  }
}

/** A word of one letter is found with the slash before it. */
const lastPair = (bytes: Uint8Array): number => ((bytes.at(-2) ?? SLASH) << 8) | (bytes.at(-1) as number);

const pairAt = (bytes: Uint8Array, at: number): number => ((bytes[at] as number) << 8) | (bytes[at + 1] as number);

/** Where a name ends without its number: `x/Adam` of `x/Adam_1`. */
function endWithoutNumber(bytes: Uint8Array, length: number): number {
  let end = length;
  while (end > 0 && isDigit(bytes[end - 1])) end--;
  return end < length && end > 0 && bytes[end - 1] === UNDERSCORE ? end - 1 : length;
}

/** Whether the last name is what a key of an object ends in: `w/.ATTRIBUTES/VARIABLE_VALUE`. */
function isKey(bytes: Uint8Array, length: number): boolean {
  let at = length - 1;
  while (at >= 0 && bytes[at] !== SLASH) at--;
  return at > 0 && bytes[at - 1] === UPPER_S;
}

/** A letter without its case. */
const small = (byte: number | undefined): number => (byte ?? 0) | 0x20;
const [LETTER_P, LETTER_S, LETTER_T, LETTER_L, LETTER_E, LETTER_R, LETTER_O] = [...ENCODER.encode('pstlero')];
const DIGIT_3 = 0x33;

/** 1 for the letters that such words have at their `p` or `st`, in either case. */
const STARTS = Uint8Array.from({ length: 256 }, (_, byte) =>
  small(byte) === LETTER_P || small(byte) === LETTER_S ? 1 : 0,
);

/** Where the first word from `start` on may be that counts wherever it stands: of optimizers, replay buffers (`_storage`), or copies (`fp32`, `master`). */
function innerWordAt(bytes: Uint8Array, start: number, length: number): number {
  for (let i = start; i < length - 1; i++) {
    if (STARTS[bytes[i] as number] === 0) continue;
    const next = small(bytes[i + 1]);
    if (small(bytes[i]) === LETTER_P) {
      if (next === LETTER_T || next === LETTER_L || next === DIGIT_3) return i;
    } else if (next === LETTER_T) {
      const third = small(bytes[i + 2]);
      if (
        (third === LETTER_O && bytes[i - 1] === UNDERSCORE) ||
        (third === LETTER_E && small(bytes[i + 3]) === LETTER_R)
      )
        return i;
    }
  }
  return length;
}

/** The longest of those words, `ster`. */
const INNER_BYTES = 4;

/** Looks for such words in name after name. */
class InnerWords {
  readonly front = new KnownFront();

  areIn(bytes: Uint8Array, length: number): boolean {
    const { front } = this;
    const at = innerWordAt(bytes, Math.max(0, Math.min(front.length, length) - INNER_BYTES + 1), length);
    front.length = Math.min(at + INNER_BYTES - 1, length);
    return at < length;
  }
}

/** Tells of names, one after another, whether they lie in a scope that is called like an optimizer; most begin as the last one did. */
class FirstNames {
  #first = new Uint8Array(0);
  #isScope = false;

  isScope(bytes: Uint8Array, length: number): boolean {
    const first = this.#first;
    if (first.length > 0 && first.length <= length && hasAt(bytes, 0, first)) return this.#isScope;
    let end = 0;
    while (end < length && bytes[end] !== SLASH) end++;
    if (end === length) return false;
    this.#first = bytes.slice(0, end + 1);
    const text = decodeText(bytes, 0, end);
    this.#isScope = isOptimizerStep(text);
    return this.#isScope;
  }
}

/** Makes the tables, which a program that lists nothing has no use for, and the rule that looks into them. */
export function quickRoles(): QuickRole {
  const words = [...wordMeanings().keys(), ...JOINED_SLOT_ENDS, KEYS, VALUES, ...BESIDE_ENDS];
  const ends = new PairTable(words, lastPair);
  const starts = new FirstNames();
  const keys = new KeyBytes();
  const inner = new InnerWords();
  /** What the last word before `length` tells; `plain` where it tells nothing. */
  const byLastWord = (bytes: Uint8Array, length: number, plain: TensorRole): TensorRole | undefined => {
    const whole = ends.wordAt(bytes, length);
    const end = whole === undefined ? endWithoutNumber(bytes, length) : length;
    const word = whole ?? (end < 2 || end === length ? undefined : ends.wordAt(bytes, end));
    if (word === undefined) return plain;
    const from = end - word.bytes.length;
    return from > 1 && bytes[from - 1] === SLASH ? word.role : undefined;
  };
  /** The key of an object: whose slot it is it says itself; of a variable its path is looked at. */
  const ofKey = (bytes: Uint8Array, length: number, plain: TensorRole): TensorRole | undefined => {
    const end = keys.pathEnd(bytes, length);
    if (end < 2) return undefined;
    if (keys.isSlot) return keys.slotKind(bytes, end) === 'ema' ? SOME_AVERAGE : SOME_SLOT;
    if (!keys.isPlainVariable(bytes, end) || inner.areIn(bytes, end)) return undefined;
    const role = byLastWord(bytes, end, plain);
    return role === SOME_SLOT || role === SOME_AVERAGE ? undefined : role;
  };
  return (facts) => {
    const { nameBytes, nameLength, dtype, shape } = facts;
    inner.front.follow(facts);
    keys.follow(facts);
    if (nameLength < 2 || dtype.width === 0) return undefined;
    // A few integers may be the state of a random generator.
    if (dtype.kind !== 'float' && shape.length === 1) return undefined;
    if (isKey(nameBytes, nameLength)) return ofKey(nameBytes, nameLength, roleByDType(facts));
    if (starts.isScope(nameBytes, nameLength) || inner.areIn(nameBytes, nameLength)) return undefined;
    return byLastWord(nameBytes, nameLength, roleByDType(facts));
  };
}
