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
function numbered(names: readonly string[]): readonly string[] {
  /** The paths beside which there is one that ends in `_1`. */
  const paths = new TextSet();
  const each = (name: string, visit: (end: number) => void): void => {
    for (let end = name.indexOf('/'); end >= 0; end = name.indexOf('/', end + 1)) visit(end);
    visit(name.length);
  };
  for (const name of names) {
    each(name, (end) => {
      if (name.endsWith('_1', end)) paths.add(name.slice(0, end - 2));
    });
  }
  if (paths.size === 0) return names;
  return names.map((name) => {
    let text = '';
    let start = 0;
    each(name, (end) => {
      text += name.slice(start, end) + (paths.has(name.slice(0, end)) ? '_0' : '');
      start = end;
    });
    return text;
  });
}

const formOf = (name: string): string => name.replace(DIGITS, '#');

/** What names that differ in their digits alone have in common. */
interface NameForm {
  readonly form: string;
  readonly words: readonly string[];
  /** Which of the runs of digits count, and what stands in them, by its value. */
  readonly counted: readonly number[];
  readonly placed: readonly Map<number, PlacedNumber>[];
  /** How many names have it. */
  names: number;
}

/** The form of one of its names, with what numbers the names of it have. */
function newForm(name: string, form: string, placed: Map<number, PlacedNumber>[]): NameForm {
  const runs = (name.match(TOKEN) ?? []).filter((token) => /^\d/.test(token));
  const counted = [...runs.keys()].filter((run) => /^\d+$/.test(runs[run] as string));
  while (placed.length < counted.length) placed.push(new Map());
  return { form, words: [...new Set(wordsOf(name))], counted, placed, names: 0 };
}

/** The numbers of a name that count, at their places. */
function numbersOf(name: string, { counted }: NameForm): number[] {
  if (counted.length === 0) return [];
  const runs = name.match(DIGITS) ?? [];
  return counted.map((run) => Number(runs[run]));
}

/** Ranks numbers among those that stand at one place. */
function ranked(values: Map<number, PlacedNumber>): void {
  const count = values.size;
  for (const [rank, value] of [...values.keys()].sort((a, b) => a - b).entries()) {
    values.set(value, { value, rank, count });
  }
}

/** The forms of names, each name's, with the numbers of all. */
function formsOf(names: readonly string[]): NameForm[] {
  // A name may have the sign in it that stands for numbers: what is known of numbers goes by the form, all else by this.
  const forms = new TextMap<NameForm>();
  const placed = new TextMap<Map<number, PlacedNumber>[]>();
  const madeOf = (name: string): NameForm => {
    const text = formOf(name);
    const own = placed.get(text) ?? [];
    placed.set(text, own);
    return newForm(name, text, own);
  };
  const ofNames = names.map((name) => {
    const key = name.replace(DIGITS, '0');
    const form = forms.get(key) ?? madeOf(name);
    forms.set(key, form);
    form.names++;
    for (const [at, value] of numbersOf(name, form).entries()) form.placed[at]?.set(value, UNRANKED);
    return form;
  });
  for (const values of placed.values()) values.forEach(ranked);
  return ofNames;
}

const UNRANKED: PlacedNumber = { value: 0, rank: 0, count: 0 };

/** Takes all names of a checkpoint apart, in their order. */
export function partsOfNames(names: readonly string[]): NameParts[] {
  const plain = numbered(names.map((name) => name.replace(NO_NAME, '')));
  const forms = formsOf(plain);
  const each = new Set(forms);
  const uses = new TextMap<number>();
  for (const form of each) for (const word of form.words) uses.set(word, (uses.get(word) ?? 0) + form.names);
  const weightOf = (word: string): number => Math.log((1 + names.length) / (uses.get(word) as number));
  const weighed = new Map<NameForm, Pick<NameParts, 'words' | 'weight'>>();
  for (const form of each) {
    const words = new Map(form.words.map((word) => [word, weightOf(word)]));
    weighed.set(form, { words, weight: [...words.values()].reduce((sum, one) => sum + one, 0) });
  }
  return names.map((name, i) => {
    const form = forms[i] as NameForm;
    const { words, weight } = weighed.get(form) as Pick<NameParts, 'words' | 'weight'>;
    const numbers = numbersOf(plain[i] as string, form).map((value, at) => form.placed[at]?.get(value) as PlacedNumber);
    return { name, form: form.form, words, weight, numbers };
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
