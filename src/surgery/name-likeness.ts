/**
 * How alike two names are that two frameworks, or two versions of a program, give the same variable. The words of the path
 * count by how rare they are in their checkpoint, so that a prefix of all names counts for nothing; numbers count by their
 * order: `layer_1` to `layer_12` are `h.0` to `h.11`.
 */
import { TextMap, TextSet } from '../bytes/text-map.ts';

/** A number in a name, and its place among those that names of the same form have there. */
interface PlacedNumber {
  readonly value: number;
  readonly rank: number;
  readonly count: number;
}

/** A name taken apart. */
export interface NameParts {
  readonly name: string;
  /** The name without its numbers. */
  readonly form: string;
  /** Each word with its weight. */
  readonly words: ReadonlyMap<string, number>;
  readonly weight: number;
  readonly numbers: readonly PlacedNumber[];
}

/** What the frameworks call the same thing, as one of its names. */
const MEANINGS = new TextMap<readonly string[]>(
  Object.entries({
    weight: 'kernel w filter gamma scale',
    bias: 'biases b beta offset',
    running: 'moving',
    variance: 'var',
    embedding: 'embed emb',
    attention: 'attn',
    query: 'q',
    key: 'k',
    value: 'v',
    dense: 'fc linear',
    norm: 'normalization',
    'layer norm': 'ln layernorm',
    'batch norm': 'bn batchnorm',
  }).flatMap(([meaning, words]) => words.split(' ').map((word) => [word, meaning.split(' ')] as const)),
);

/** The `2d` of `conv2d` is no number of a layer. */
const TOKEN = /\d+[dD](?![\p{L}\d])|\p{Lu}?[\p{Ll}\p{Lm}\p{Lo}]+|\p{Lu}+(?!\p{Ll})|\d+/gu;
const PLURAL = /(?<=..[^aius])s$/;
const NO_NAME = /\/\.ATTRIBUTES\/VARIABLE_VALUE$|:0$/;
const DIGITS = /\d+/g;

function wordsOf(name: string): string[] {
  const tokens = (name.match(TOKEN) ?? []).filter((token) => !/^\d/.test(token));
  return tokens.flatMap((token) => {
    const word = token.toLowerCase();
    const singular = word.replace(PLURAL, '');
    return MEANINGS.get(word) ?? MEANINGS.get(singular) ?? [singular];
  });
}

/** Keras calls the first of several `dense`, the second `dense_1`: here the first is `dense_0`. */
function numbered(names: readonly string[]): string[] {
  const paths = new TextSet();
  const each = (name: string, visit: (end: number) => void): void => {
    for (let end = name.indexOf('/'); end >= 0; end = name.indexOf('/', end + 1)) visit(end);
    visit(name.length);
  };
  for (const name of names) {
    each(name, (end) => {
      if (name.endsWith('_1', end)) paths.add(name.slice(0, end));
    });
  }
  return names.map((name) => {
    let text = '';
    let start = 0;
    each(name, (end) => {
      text += name.slice(start, end) + (paths.has(`${name.slice(0, end)}_1`) ? '_0' : '');
      start = end;
    });
    return text;
  });
}

/** The digits of a name that count, at their places. */
const digitsOf = (name: string): string[] => (name.match(TOKEN) ?? []).filter((token) => /^\d+$/.test(token));

const formOf = (name: string): string => name.replace(DIGITS, '#');

/** The numbers of each name, with their ranks among names that are alike but for their digits. */
function placedNumbers(names: readonly string[]): PlacedNumber[][] {
  const values = names.map((name) => digitsOf(name).map(Number));
  const forms = new TextMap<Set<number>[]>();
  names.forEach((name, i) => {
    const form = forms.get(formOf(name)) ?? [];
    forms.set(formOf(name), form);
    for (const [at, value] of (values[i] as number[]).entries()) form[at] = (form[at] ?? new Set()).add(value);
  });
  const ranks = new Map(
    [...forms].map(([form, sets]) => [
      form,
      sets.map((set) => new Map([...set].sort((a, b) => a - b).map((value, rank) => [value, rank]))),
    ]),
  );
  return names.map((name, i) =>
    (values[i] as number[]).map((value, at) => {
      const known = ranks.get(formOf(name))?.[at];
      return { value, rank: known?.get(value) ?? 0, count: known?.size ?? 0 };
    }),
  );
}

/** Takes all names of a checkpoint apart, in their order. */
export function partsOfNames(names: readonly string[]): NameParts[] {
  const plain = numbered(names.map((name) => name.replace(NO_NAME, '')));
  const words = plain.map((name) => new Set(wordsOf(name)));
  const uses = new TextMap<number>();
  for (const set of words) for (const word of set) uses.set(word, (uses.get(word) ?? 0) + 1);
  const weightOf = (word: string): number => Math.log((1 + names.length) / (uses.get(word) as number));
  const numbers = placedNumbers(plain);
  return names.map((name, i) => {
    const weights = new Map([...(words[i] as Set<string>)].map((word) => [word, weightOf(word)]));
    const weight = [...weights.values()].reduce((sum, one) => sum + one, 0);
    return { name, form: formOf(plain[i] as string), words: weights, weight, numbers: numbers[i] as PlacedNumber[] };
  });
}

/** From 0 to 1: the share of the weight of all words that both have. */
export function sharedWords(a: NameParts, b: NameParts): number {
  let shared = 0;
  for (const [word, weight] of a.words) {
    const other = b.words.get(word);
    if (other !== undefined) shared += weight + other;
  }
  return shared === 0 ? 0 : shared / (a.weight + b.weight);
}

/** The same rank where there are as many, as counting may start at 0 or at 1; else the same number. */
function agree(a: PlacedNumber | undefined, b: PlacedNumber | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  return a.count === b.count ? a.rank === b.rank : a.value === b.value;
}

/** From 0 to 1: the share of the numbers that agree, from the left or from the right; 1 where there is none. */
export function sharedNumbers({ numbers: a }: NameParts, { numbers: b }: NameParts): number {
  if (a.length + b.length === 0) return 1;
  const apart = b.length - a.length;
  let left = 0;
  let right = 0;
  for (let i = 0; i < a.length; i++) {
    if (agree(a[i], b[i])) left++;
    if (agree(a[i], b[i + apart])) right++;
  }
  return (2 * Math.max(left, right)) / (a.length + b.length);
}

/** From 0 to 1, and 2 for a name that is the same. */
export function likeness(a: NameParts, b: NameParts): number {
  return a.name === b.name ? 2 : (2 * sharedWords(a, b) + sharedNumbers(a, b)) / 3;
}
