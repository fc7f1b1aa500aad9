/**
 * The rules of name-role.ts for names as bytes, for listings of a million: almost every name ends in no word of the table,
 * and its last two bytes show it. What they do not show is left to the rules for strings; a test holds both equal.
 */
import type { TensorFacts } from '../tensor/tensor.ts';
import { guessedRole, roleByDType, roleOfWord } from './name-role.ts';
import type { TensorRole } from './role.ts';
import { JOINED_SLOT_ENDS, OPTIMIZER_SCOPES, TRAINING_SCOPE, wordMeanings } from './role-words.ts';

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
  return { bytes, role: meaning === 'statistic' ? roleOfWord(word, 'weight') : undefined };
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

  at(pair: number): readonly Candidate[] | undefined {
    const number = this.#numbers[pair] as number;
    return number === 0 ? undefined : this.#lists[number];
  }
}

/** A word of one letter is found with the slash before it. */
const lastPair = (bytes: Uint8Array): number => ((bytes.at(-2) ?? SLASH) << 8) | (bytes.at(-1) as number);
const firstPair = (bytes: Uint8Array): number => pairAt(bytes, 0);

const pairAt = (bytes: Uint8Array, at: number): number => ((bytes[at] as number) << 8) | (bytes[at + 1] as number);

/** Whether `bytes` has `word` at `from`. */
function hasAt(bytes: Uint8Array, from: number, word: Uint8Array): boolean {
  for (let i = 0; i < word.length; i++) if (bytes[from + i] !== word[i]) return false;
  return true;
}

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

/** Gives the role of a tensor by the bytes of its name and its dtype; undefined where it takes the name as a string. */
export type QuickRole = (facts: TensorFacts) => TensorRole | undefined;

/** Makes the tables, which a program that lists nothing has no use for, and the rule that looks into them. */
export function quickRoles(): QuickRole {
  const ends = new PairTable([...wordMeanings().keys(), ...JOINED_SLOT_ENDS], lastPair);
  const starts = new PairTable([TRAINING_SCOPE, ...OPTIMIZER_SCOPES], firstPair);
  return ({ nameBytes, nameLength, dtype, shape }) => {
    if (nameLength < 2 || dtype.width === 0 || isKey(nameBytes, nameLength)) return undefined;
    const scopes = starts.at(pairAt(nameBytes, 0));
    if (scopes?.some(({ bytes }) => hasAt(nameBytes, 0, bytes)) === true) return undefined;
    const end = endWithoutNumber(nameBytes, nameLength);
    const words = end < 2 ? undefined : ends.at(pairAt(nameBytes, end - 2));
    const word = words?.find(({ bytes }) => end >= bytes.length && hasAt(nameBytes, end - bytes.length, bytes));
    if (word === undefined) return roleByDType({ dtype, shape });
    const from = end - word.bytes.length;
    return from > 1 && nameBytes[from - 1] === SLASH ? word.role : undefined;
  };
}
