/**
 * Names of which no word says anything, as most are: a checkpoint has few words, which come again and again, so each is looked
 * at once. What {@link PlainNames.isPlain} takes has the role of its dtype, whatever else word-role.ts looks for.
 */
import { OBJECT_GRAPH_KEY } from '../object-graph/object-graph-key.ts';
import { isOptimizerStep } from './optimizer-scopes.ts';
import type { RoleFacts } from './role.ts';
import { BESIDE_OTHERS, KEYS, meaningOf, VALUES, withoutNumber } from './role-words.ts';
import { type Names, slotNameOf } from './slot-names.ts';

/** Parts of words that rules look for anywhere in a name, and what only keys of objects have. */
const MAY_SPEAK = /opt|master|fp32|replay|_storage|\.attributes\//i;

/** Words come from a file: no more are kept. */
const MOST_WORDS = 1024;

/** Whether a last word says nothing, behind whatever other words it stands. */
function saysNothing(word: string): boolean {
  if (word === OBJECT_GRAPH_KEY || word.endsWith(KEYS) || word.endsWith(VALUES)) return false;
  const last = word.slice(word.lastIndexOf('.') + 1);
  return slotNameOf(`_/${word}`) === undefined && meaningOf(last) === undefined && !BESIDE_OTHERS.test(last);
}

/** What a test says of words, each looked at once. */
class KnownWords {
  readonly #known = new Map<string, boolean>();

  constructor(readonly test: (word: string) => boolean) {}

  has(word: string): boolean {
    let told = this.#known.get(word);
    if (told === undefined) {
      told = this.test(word);
      if (this.#known.size < MOST_WORDS) this.#known.set(word, told);
    }
    return told;
  }
}

export class PlainNames {
  readonly #plainWords = new KnownWords(saysNothing);
  /** First steps, without their numbers: of many layers one is looked at. */
  readonly #optimizers = new KnownWords(isOptimizerStep);
  /** The first step of the last name that was looked at, with its slash, where it is no optimizer's. */
  #first: string | undefined;

  /** Whether the dtype of a tensor alone says what it is for; false where its name has to be looked at. */
  isPlain(name: string, { dtype, shape }: RoleFacts, names: Names): boolean {
    // A vector of integers may be the state of a generator.
    if (shape.length === 1 && (dtype.kind === 'int' || dtype.kind === 'uint')) return false;
    const at = name.lastIndexOf('/');
    if (!this.#plainWords.has(name.slice(at + 1)) || MAY_SPEAK.test(name)) return false;
    if (at < 0) return true;
    if (this.#first === undefined || !name.startsWith(this.#first)) {
      const end = name.indexOf('/');
      if (this.#optimizers.has(withoutNumber(name.slice(0, end)))) return false;
      this.#first = name.slice(0, end + 1);
    }
    return names.scopeOf?.(name) === undefined;
  }
}
