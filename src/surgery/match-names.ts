/** Which tensor of one checkpoint is which of another, under another name. */

import { compareByNumber } from '../bytes/number-order.ts';
import { TextMap } from '../bytes/text-map.ts';
import { formatShape } from '../tensor/shape.ts';
import type { MatchEvidence } from './match-evidence.ts';
import { type Candidate, type MatchFacts, type Pair, pairsOf } from './match-groups.ts';
import { type NameParts, partsOfNames } from './name-likeness.ts';
import { slotKind } from './slot-generations.ts';

export interface NameMatch {
  readonly from: string;
  readonly to: string;
  readonly evidence: MatchEvidence;
}

function candidatesOf(facts: readonly MatchFacts[]): Candidate[] {
  const parts = partsOfNames(facts.map(({ name, called }) => called ?? name));
  const all = facts.map((one, i) => [one, parts[i] as NameParts] as const);
  all.sort(([a], [b]) => compareByNumber(a.name, b.name));
  return all.map(([{ name, called, dtype, shape, role, of, slot, digest }, own], order) => {
    return { name, called, dtype, shape, role, of, slot, digest, parts: own, order };
  });
}

/** What tensors are grouped by, on either side; undefined for one that is in no group. */
type KeyOf = (one: Candidate, side: 0 | 1) => string | undefined;

/** The tensors of both sides that have the same key, where both have any. */
function sharedGroups(a: readonly Candidate[], b: readonly Candidate[], keyOf: KeyOf): [Candidate[], Candidate[]][] {
  const groups = new TextMap<[Candidate[], Candidate[]]>();
  for (const side of [0, 1] as const) {
    for (const one of side === 0 ? a : b) {
      const key = keyOf(one, side);
      if (key === undefined) continue;
      const group = groups.get(key) ?? [[], []];
      group[side].push(one);
      groups.set(key, group);
    }
  }
  return [...groups.values()].filter(([ofA, ofB]) => ofA.length > 0 && ofB.length > 0);
}

const kindOf = ({ dtype, shape }: Candidate): string => `${dtype} ${formatShape(shape)}`;

/** Slots of slots, averages of averages: nobody nests deeper. */
const MOST_NESTED = 3;

/**
 * Pairs the tensors of `a` with those of `b`, each with one at most, in the order of `a`. First those of equal content, where
 * the names decide among several; then those of the same name, dtype and shape; then, of the same dtype, shape and role, those
 * by which the likeness of all names is the greatest. Slots and moving averages of a variable are those of the one that it is.
 * Up to 500 of a kind that is exact; of more, names that differ in numbers alone are one, and their numbers say which is which.
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
  const matchBy = (keyOf: KeyOf, evidenceOf: (pair: Pair) => MatchEvidence): void => {
    const [restA, restB] = [allA, allB].map((side) => side.filter((one) => !taken.has(one))) as [
      Candidate[],
      Candidate[],
    ];
    for (const [ofA, ofB] of sharedGroups(restA, restB, keyOf)) {
      for (const pair of pairsOf(ofA, ofB)) {
        const [{ name: from }, { name: to }] = pair;
        found.set(from, { from, to, evidence: evidenceOf(pair) });
        taken.add(pair[0]).add(pair[1]);
      }
    }
  };
  const likewise = ([, , evidence]: Pair): MatchEvidence => evidence;
  const ofVariable: KeyOf = (one, side) => {
    const variable = side === 0 && one.of !== undefined ? found.get(one.of)?.to : one.of;
    return variable === undefined ? undefined : `${one.role} ${kindOf(one)} ${variable}`;
  };
  const asVariable = ([one]: Pair): MatchEvidence => {
    const known = found.get(one.of ?? '')?.evidence;
    return known === undefined || known === 'content' ? 'name' : known;
  };
  matchBy(
    (one) => one.digest && `${one.digest} ${kindOf(one)}`,
    () => 'content',
  );
  matchBy(
    (one) => `${kindOf(one)} ${one.name}`,
    () => 'name',
  );
  matchBy((one) => (one.of === undefined ? `${one.role} ${kindOf(one)}` : undefined), likewise);
  for (let nested = 0; nested < MOST_NESTED; nested++) {
    matchBy((one, side) => {
      const kind = slotKind(one.slot ?? '');
      const key = kind === undefined ? undefined : ofVariable(one, side);
      return key === undefined ? undefined : `${kind} ${key}`;
    }, asVariable);
    matchBy(ofVariable, (pair) => (pair[2] === 'guess' ? 'guess' : asVariable(pair)));
  }
  matchBy((one) => `${one.role} ${kindOf(one)}`, likewise);
  return a.flatMap(({ name }) => found.get(name) ?? []);
}
