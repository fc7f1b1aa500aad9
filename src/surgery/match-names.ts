/** Which tensor of one checkpoint is which of another, under another name. */

import { compareByNumber } from '../bytes/number-order.ts';
import { TextMap } from '../bytes/text-map.ts';
import type { Role } from '../roles/role.ts';
import { formatShape, type Shape } from '../tensor/shape.ts';
import { leastCostPairs } from './least-cost-pairs.ts';
import type { MatchEvidence } from './match-evidence.ts';
import { likeness, type NameParts, partsOfNames, sharedNumbers, sharedWords } from './name-likeness.ts';

/** A tensor as far as matching looks at it. */
export interface MatchFacts {
  readonly name: string;
  readonly dtype: string;
  readonly shape: Shape;
  readonly role: Role;
  /** Equal for equal content of one dtype and shape; undefined where the content is not known. */
  readonly digest?: string | undefined;
}

export interface NameMatch {
  readonly from: string;
  readonly to: string;
  readonly evidence: MatchEvidence;
}

interface Candidate extends MatchFacts {
  readonly parts: NameParts;
  /** The place of the name among all of its checkpoint, numbers in order. */
  readonly order: number;
}

/** More than this of one kind on either side are cut into runs: the assignment takes time in the third power. */
const MOST_AT_ONCE = 500;
const RUN = 125;
/** What the place in the order counts; less than any likeness. */
const ORDER = 0.01;
/** From here on names are evidence. */
const ALIKE = 0.5;

function candidatesOf(facts: readonly MatchFacts[]): Candidate[] {
  const parts = partsOfNames(facts.map(({ name }) => name));
  const all = facts.map((one, i): Candidate => ({ ...one, parts: parts[i] as NameParts, order: 0 }));
  all.sort((a, b) => compareByNumber(a.name, b.name));
  return all.map((one, order) => ({ ...one, order }));
}

/** The tensors of both sides that have the same key, where both have any. */
function sharedGroups(
  a: readonly Candidate[],
  b: readonly Candidate[],
  keyOf: (one: Candidate) => string | undefined,
): [Candidate[], Candidate[]][] {
  const groups = new TextMap<[Candidate[], Candidate[]]>();
  for (const [side, candidates] of [a, b].entries()) {
    for (const one of candidates) {
      const key = keyOf(one);
      if (key === undefined) continue;
      const group = groups.get(key) ?? [[], []];
      group[side as 0 | 1].push(one);
      groups.set(key, group);
    }
  }
  return [...groups.values()].filter(([ofA, ofB]) => ofA.length > 0 && ofB.length > 0);
}

type Pair = readonly [a: Candidate, b: Candidate, evidence: MatchEvidence];

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

/**
 * Pairs of a group. One that is too large for a single assignment is paired greedily: the same names first; then what is
 * left in runs, in the order of the names, each run by an assignment of its own.
 */
function pairsOf(a: readonly Candidate[], b: readonly Candidate[]): Pair[] {
  if (Math.max(a.length, b.length) <= MOST_AT_ONCE) return assigned(a, b, true);
  const byName = new TextMap(b.map((one) => [one.name, one]));
  const same = a.flatMap((one): Pair[] => {
    const other = byName.get(one.name);
    return other === undefined ? [] : [[one, other, 'name']];
  });
  const taken = new Set(same.flatMap((pair) => pair.slice(0, 2)));
  const [restA, restB] = [a, b].map((side) => side.filter((one) => !taken.has(one))) as [Candidate[], Candidate[]];
  const runs = Math.max(1, Math.ceil(Math.max(restA.length, restB.length) / RUN));
  const pairs = [...same];
  for (let run = 0; run < runs; run++) {
    const [ofA, ofB] = [restA, restB].map((side) =>
      side.slice(Math.floor((run * side.length) / runs), Math.floor(((run + 1) * side.length) / runs)),
    ) as [Candidate[], Candidate[]];
    pairs.push(...assigned(ofA, ofB, false));
  }
  return pairs;
}

/**
 * Pairs the tensors of `a` with those of `b`, each with one at most, in the order of `a`. First those of equal content, where
 * the names decide among several; then those of the same name, dtype and shape; then, of the same dtype, shape and role, those
 * by which the likeness of all names is the greatest. Up to 500 of a kind that is exact; of more, first those of the same name, then runs of 125 by order.
 *
 * @example
 * matchNames(
 *   [{ name: 'layer_1/kernel', dtype: 'float32', shape: [2], role: 'weight' }],
 *   [{ name: 'h.0.weight', dtype: 'float32', shape: [2], role: 'weight' }],
 * ); // [{ from: 'layer_1/kernel', to: 'h.0.weight', evidence: 'name' }]
 */
export function matchNames(a: readonly MatchFacts[], b: readonly MatchFacts[]): NameMatch[] {
  const [allA, allB] = [candidatesOf(a), candidatesOf(b)];
  const found = new TextMap<NameMatch>();
  const taken = new Set<Candidate>();
  const take = ([one, other]: Pair, evidence: MatchEvidence): void => {
    found.set(one.name, { from: one.name, to: other.name, evidence });
    taken.add(one).add(other);
  };
  const kindOf = ({ dtype, shape }: Candidate): string => `${dtype} ${formatShape(shape)}`;
  const matchBy = (keyOf: (one: Candidate) => string | undefined, known?: MatchEvidence): void => {
    const [restA, restB] = [allA, allB].map((side) => side.filter((one) => !taken.has(one))) as [
      Candidate[],
      Candidate[],
    ];
    for (const [ofA, ofB] of sharedGroups(restA, restB, keyOf)) {
      for (const pair of pairsOf(ofA, ofB)) take(pair, known ?? pair[2]);
    }
  };
  matchBy((one) => one.digest && `${one.digest} ${kindOf(one)}`, 'content');
  matchBy((one) => `${kindOf(one)} ${one.name}`, 'name');
  matchBy((one) => `${one.role} ${kindOf(one)}`);
  return a.flatMap(({ name }) => found.get(name) ?? []);
}
