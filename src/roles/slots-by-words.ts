/**
 * Slots whose words stand where nothing else tells that an optimizer made them: before the whole names of their variables
 * (`trainer/velocity/conv/kernel`, `ema/conv/kernel`, `m/conv/kernel` where a LossScaleOptimizer of Keras 2.11 made it), where
 * all that lies below the word has a variable of its shape; or joined to these names (`conv/kernel_ema`).
 */
import { sameShape } from '../tensor/shape.ts';
import type { KnownNames } from './known-names.ts';
import { optimizerCalled } from './optimizer-scopes.ts';
import type { RoleFacts } from './role.ts';
import { slotWord, type WordMeaning, wordMeanings } from './role-words.ts';
import type { NamedSlot } from './slot-names.ts';

/** So many variables have something of one name where that is no accident. */
const FEWEST_ALIKE = 2;
/** What optimizers of Keras 2.11, and Sonnet's, call slots; of what other optimizers do, some are names of models too. */
const KERAS_WORDS: ReadonlySet<string> = new Set(
  'm v vhat u momentum velocity average_gradient accumulator linear accumulated_momentum mom ms mg rms'.split(' '),
);
/** Of those that are names of models, and need another such word beside them. */
const DOUBTFUL: ReadonlySet<string> = new Set(['u', 'linear']);
const JOINED_WORDS: ReadonlySet<string> = new Set(['momentum', 'velocity', 'accumulator']);

const isPlainWord = (word: string): boolean => wordMeanings().get(word) === 'slot' || slotWord(word) === 'ema';

/** What words mean that {@link isPlainWord} takes. */
const PLAIN: ReadonlySet<WordMeaning> = new Set<WordMeaning>(['slot', 'ema', 'average']);

/** Whether a word stands before names. */
function standsBefore(word: string): boolean {
  const meaning = wordMeanings().get(word);
  return (meaning !== undefined && PLAIN.has(meaning)) || KERAS_WORDS.has(word);
}

const NONE: readonly string[] = [];

/** The beginnings of names that end in such a word; right behind a word stands the name. Names in order share most scopes. */
class Starts {
  /** The scopes that the last name lies in, each with its slash, the outermost first. */
  readonly #scopes: string[] = [''];
  /** Of each, the beginnings of it that end in such a word. */
  readonly #starts: (readonly string[])[] = [NONE];
  /** How many there are; what stands behind them is of names before. */
  #depth = 1;

  of(name: string): readonly string[] {
    const scopes = this.#scopes;
    let last = this.#depth - 1;
    while (!name.startsWith(scopes[last] as string)) last--;
    let starts = this.#starts[last] as readonly string[];
    let from = (scopes[last] as string).length;
    for (let slash = name.indexOf('/', from); slash >= 0; slash = name.indexOf('/', from)) {
      const isWord = standsBefore(name.slice(from, slash)) && starts.at(-1)?.length !== from;
      from = slash + 1;
      const scope = name.slice(0, from);
      if (isWord) starts = [...starts, scope];
      last++;
      scopes[last] = scope;
      this.#starts[last] = starts;
    }
    this.#depth = last + 1;
    return starts;
  }
}

/** Longer names are no names of slots, and may hold such words by the thousand. */
const LONGEST_NAME = 1024;

const MOST_KNOWN = 1024;

interface Group {
  /** By the name of each slot, its variable. */
  readonly variables: Map<string, string>;
  isMixed: boolean;
}

function isLike(of: string, { shape }: RoleFacts, names: KnownNames): boolean {
  const base = names.shapeOf(of);
  return base !== undefined && sameShape(base, shape);
}

/**
 * A scope that stands before the names of a checkpoint, its optimizer's too: `net/` of `net/Adam/m/`, and of `net/trainer/m/` and
 * `net/m/` where the optimizer counts in it; empty where there is none.
 */
function scopeBefore(start: string, names: KnownNames): string {
  const outer = start.slice(0, start.lastIndexOf('/', start.length - 2) + 1);
  if (outer === '' || names.has(outer + COUNTER)) return outer;
  const scope = outer.slice(0, outer.lastIndexOf('/', outer.length - 2) + 1);
  const isOptimizers = optimizerCalled(outer.slice(scope.length, -1)) !== undefined || names.has(scope + COUNTER);
  return scope !== '' && isOptimizers ? scope : '';
}

/** What Keras 2.11 and later call the counter of an optimizer. */
const COUNTER = 'iteration';

/** What lies below each such word, by the word and the scopes before it. */
function groupsOf(names: KnownNames): Map<string, Group> {
  const groups = new Map<string, Group>();
  const starts = new Starts();
  const prefixes = new Map<string, string>();
  const ofStart = (start: string): string => {
    const known = prefixes.get(start) ?? scopeBefore(start, names);
    if (prefixes.size < MOST_KNOWN) prefixes.set(start, known);
    return known;
  };
  names.each((name, facts) => {
    if (name.length > LONGEST_NAME) return;
    const before = starts.of(name);
    for (let i = 0; i < before.length; i++) {
      const start = before[i] as string;
      const rest = name.slice(start.length);
      const of = isLike(rest, facts, names) ? rest : ofStart(start) + rest;
      const group = groups.get(start) ?? { variables: new Map<string, string>(), isMixed: false };
      groups.set(start, group);
      if (isLike(of, facts, names)) group.variables.set(name, of);
      else if (facts.shape.length > 0) group.isMixed = true;
    }
  });
  return groups;
}

/** Whether all below a word is what an optimizer keeps. */
function isOfOptimizer(start: string, { variables, isMixed }: Group, groups: ReadonlyMap<string, Group>): boolean {
  if (isMixed || variables.size < FEWEST_ALIKE) return false;
  const word = wordOf(start);
  if (!DOUBTFUL.has(word)) return true;
  const scope = start.slice(0, start.length - word.length - 1);
  return ['m/', 'accumulator/'].some((other) => groups.get(scope + other)?.variables.size === variables.size);
}

const wordOf = (start: string): string => start.slice(start.lastIndexOf('/', start.length - 2) + 1, -1);

/** Names that end in a variable's with such a word joined to it, by the word. */
function joinedTo(names: KnownNames): Map<string, Map<string, string>> {
  const groups = new Map<string, Map<string, string>>();
  // The same few words come again and again.
  const known = new Map<string, boolean>();
  const isJoined = (word: string): boolean => {
    const told = known.get(word) ?? (isPlainWord(word) || JOINED_WORDS.has(word));
    if (known.size < MOST_KNOWN) known.set(word, told);
    return told;
  };
  names.each((name, facts) => {
    const start = name.lastIndexOf('/') + 1;
    for (let at = name.lastIndexOf('_'), cut = 0; at > start && cut < 3; at = name.lastIndexOf('_', at - 1), cut++) {
      const word = name.slice(at + 1);
      if (word.length > LONGEST_NAME || !isJoined(word)) continue;
      const of = name.slice(0, at);
      if (isLike(of, facts, names)) groups.set(word, (groups.get(word) ?? new Map<string, string>()).set(name, of));
    }
  });
  return groups;
}

/** A slot of Keras 3 is called by so many words at most. */
const MOST_WORDS = 3;

/**
 * Slots of Keras 3 in scopes that programs named, where a schedule stands for the rate, so that nothing but the counter shows what
 * the scope is: `trainer/dense_kernel_momentum` beside `trainer/iteration`.
 */
function besideCounters(names: KnownNames): Map<string, NamedSlot> {
  const found = new Map<string, NamedSlot>();
  if (names.counters <= names.optimizerScopes.size) return found;
  names.each((name, facts) => {
    const start = name.lastIndexOf('/') + 1;
    if (start === 0 || name.length > LONGEST_NAME || !names.has(name.slice(0, start) + COUNTER)) return;
    let at = name.lastIndexOf('_');
    for (let cut = 0; at > start && cut < MOST_WORDS; at = name.lastIndexOf('_', at - 1), cut++) {
      const slot = name.slice(at + 1);
      const kind = slotWord(slot);
      const of = kind === undefined ? undefined : names.joined(name.slice(start, at));
      if (kind !== undefined && of !== undefined && isLike(of, facts, names)) found.set(name, { of, slot, kind });
    }
  });
  return found;
}

/** The slots among the names of a checkpoint that such a word tells, each with its variable. */
export function slotsByWords(names: KnownNames): ReadonlyMap<string, NamedSlot> {
  const found = besideCounters(names);
  const add = (slot: string, variables: ReadonlyMap<string, string>): void => {
    for (const [name, of] of variables) found.set(name, { of, slot, kind: slotWord(slot) ?? 'slot' });
  };
  for (const [word, variables] of joinedTo(names)) if (variables.size >= FEWEST_ALIKE) add(word, variables);
  const groups = groupsOf(names);
  for (const [start, group] of groups) if (isOfOptimizer(start, group, groups)) add(wordOf(start), group.variables);
  return found;
}
