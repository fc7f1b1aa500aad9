/** Pairs within a group of tensors that may be each other: of one dtype, shape and role, or of one content. */
import { TextMap } from '../bytes/text-map.ts';
import type { Role } from '../roles/role.ts';
import type { Shape } from '../tensor/shape.ts';
import { leastCostPairs } from './least-cost-pairs.ts';
import type { MatchEvidence } from './match-evidence.ts';
import { likeness, type NameParts, sharedNumbers, sharedWords } from './name-likeness.ts';

/** A tensor as far as matching looks at it. */
export interface MatchFacts {
  readonly name: string;
  /** What the program calls it, where the name is a key of an object-based checkpoint: its full name. */
  readonly called?: string | undefined;
  readonly dtype: string;
  readonly shape: Shape;
  readonly role: Role;
  /** Of a slot or a moving average: the name of its variable, and what its optimizer calls it, where that is known. */
  readonly of?: string | undefined;
  readonly slot?: string | undefined;
  /** Equal for equal content of one dtype and shape; undefined where the content is not known. */
  readonly digest?: string | undefined;
}

export interface Candidate extends MatchFacts {
  readonly parts: NameParts;
  /** The place of the name among all of its checkpoint, numbers in order. */
  readonly order: number;
}

/** More than this of one kind on either side are told apart by the forms of their names first: an assignment takes time in the third power. */
const MOST_AT_ONCE = 500;
const RUN = 125;
/** What the place in the order counts; less than any likeness. */
const ORDER = 0.01;
/** From here on names are evidence. */
const ALIKE = 0.5;

export type Pair = readonly [a: Candidate, b: Candidate, evidence: MatchEvidence];

/** Whether no other cell of the row or of the column is as good. */
function isBest(alike: Float64Array, row: number, column: number, columns: number): boolean {
  const own = (alike[row * columns + column] as number) - 1e-9;
  for (let i = 0; i < columns; i++) if (i !== column && (alike[row * columns + i] as number) >= own) return false;
  for (let i = column; i < alike.length; i += columns) {
    if (i !== row * columns + column && (alike[i] as number) >= own) return false;
  }
  return true;
}

const isNamedAlike = (a: Candidate, b: Candidate): boolean =>
  a.name === b.name || (sharedWords(a.parts, b.parts) >= ALIKE && sharedNumbers(a.parts, b.parts) >= ALIKE);

/** One assignment: the sum of the likenesses is the greatest, and where that leaves a choice, the order is kept. */
function assigned(a: readonly Candidate[], b: readonly Candidate[], isWhole: boolean): Pair[] {
  const alike = new Float64Array(a.length * b.length);
  const cost = new Float64Array(alike.length);
  for (const [i, one] of a.entries()) {
    for (const [j, other] of b.entries()) {
      const at = i * b.length + j;
      alike[at] = likeness(one.parts, other.parts) - (one.role === other.role ? 0 : 1);
      cost[at] = ORDER * Math.abs(i / a.length - j / b.length) - (alike[at] as number);
    }
  }
  const only = isWhole && a.length === 1 && b.length === 1;
  return leastCostPairs(a.length, b.length, (i, j) => cost[i * b.length + j] as number).map(([i, j]): Pair => {
    const [one, other] = [a[i] as Candidate, b[j] as Candidate];
    const named = isNamedAlike(one, other) && isBest(alike, i, j, b.length);
    return [one, other, named ? 'name' : only ? 'shape' : 'guess'];
  });
}

/** The tensors by their names without numbers, in the order in which such a name comes first. */
function byForm(candidates: readonly Candidate[]): (readonly Candidate[])[] {
  const forms = new TextMap<Candidate[]>();
  for (const one of candidates) {
    const form = forms.get(one.parts.form);
    if (form === undefined) forms.set(one.parts.form, [one]);
    else form.push(one);
  }
  return [...forms.values()];
}

/** The numbers of a name as a key that its partner of another form has: their ranks where both have as many at a place, else what they are. */
function numbersKey({ parts: { numbers } }: Candidate, { parts: { numbers: others } }: Candidate): string {
  const isRanked = (at: number): boolean => numbers[at]?.count === others[at]?.count;
  return numbers.map(({ rank, value }, at) => (isRanked(at) ? `#${rank}` : value)).join();
}

/** What the share of names that two forms have in common counts for, beside their words. */
const AS_MANY = 0.3;

/** Pairs of which the forms are one assignment, and the numbers agree. */
function pairsByForm(a: readonly Candidate[], b: readonly Candidate[]): Pair[] {
  const [formsA, formsB] = [byForm(a), byForm(b)];
  const columns = formsB.length;
  if (Math.max(formsA.length, columns) > MOST_AT_ONCE) return [];
  const alike = new Float64Array(formsA.length * columns);
  const first = (form: readonly Candidate[] | undefined): Candidate => form?.[0] as Candidate;
  for (const [i, ofA] of formsA.entries()) {
    for (const [j, ofB] of formsB.entries()) {
      const share = Math.min(ofA.length, ofB.length) / Math.max(ofA.length, ofB.length);
      alike[i * columns + j] = sharedWords(first(ofA).parts, first(ofB).parts) + AS_MANY * share;
    }
  }
  const costOf = (i: number, j: number): number =>
    ORDER * Math.abs(i / formsA.length - j / columns) - (alike[i * columns + j] as number);
  return leastCostPairs(formsA.length, columns, costOf).flatMap(([i, j]) => {
    const [ofA, ofB] = [formsA[i] ?? [], formsB[j] ?? []];
    const byNumbers = new TextMap(ofB.map((one) => [numbersKey(one, first(ofA)), one]));
    const isNamed = sharedWords(first(ofA).parts, first(ofB).parts) >= ALIKE && isBest(alike, i, j, columns);
    return ofA.flatMap((one): Pair[] => {
      const other = byNumbers.get(numbersKey(one, first(ofB)));
      return other === undefined ? [] : [[one, other, isNamed ? 'name' : 'guess']];
    });
  });
}

/** Pairs in runs, in the order of the names, each run by an assignment of its own. */
function pairsInRuns(a: readonly Candidate[], b: readonly Candidate[]): Pair[] {
  const runs = Math.max(1, Math.ceil(Math.max(a.length, b.length) / RUN));
  const pairs: Pair[] = [];
  for (let run = 0; run < runs; run++) {
    const [ofA, ofB] = [a, b].map((side) =>
      side.slice(Math.floor((run * side.length) / runs), Math.floor(((run + 1) * side.length) / runs)),
    ) as [Candidate[], Candidate[]];
    for (const pair of assigned(ofA, ofB, false)) pairs.push(pair);
  }
  return pairs;
}

/**
 * Pairs of a group: by one assignment of all. One that is too large for that goes in steps: the same names; then, in one assignment
 * of the forms of names, those with the same numbers; what is left in one assignment again, or where it is still too much, in runs.
 */
export function pairsOf(a: readonly Candidate[], b: readonly Candidate[]): Pair[] {
  if (Math.max(a.length, b.length) <= MOST_AT_ONCE) return assigned(a, b, true);
  const pairs: Pair[] = [];
  const taken = new Set<Candidate>();
  const rest = (side: readonly Candidate[]): Candidate[] => side.filter((one) => !taken.has(one));
  const take = (found: readonly Pair[]): void => {
    for (const pair of found) {
      taken.add(pair[0]).add(pair[1]);
      pairs.push(pair);
    }
  };
  const byName = new TextMap(b.map((one) => [one.name, one]));
  take(
    a.flatMap((one): Pair[] => {
      const other = byName.get(one.name);
      return other === undefined ? [] : [[one, other, 'name']];
    }),
  );
  take(pairsByForm(rest(a), rest(b)));
  const [restA, restB] = [rest(a), rest(b)];
  const isFew = Math.max(restA.length, restB.length) <= MOST_AT_ONCE;
  take(isFew ? assigned(restA, restB, false) : pairsInRuns(restA, restB));
  return pairs;
}
