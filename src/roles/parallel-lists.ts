/**
 * Lists of slots that are parallel to what is trained, where keys are all there is: Sonnet's optimizers go through the variables
 * of a module in the order of their paths, lists by number (tensorflow/python/module/module.py, sonnet/src/optimizers).
 */

import { compareByNumber } from '../bytes/number-order.ts';
import { lastName } from '../object-graph/checkpoint-key.ts';
import { VALUE_ENDING } from '../object-graph/object-graph-key.ts';
import { isCalledOptimizer } from './key-role.ts';
import type { KnownNames } from './known-names.ts';
import type { RoleOf } from './role.ts';
import { slotWord } from './role-words.ts';

const IN_LIST = /^(.*\/)?([^/]+)\/(\d+)\/\.ATTRIBUTES\/VARIABLE_VALUE$/;
/** Keys come from a file, and no program's are longer. */
const LONGEST_KEY = 1024;

interface Element {
  readonly name: string;
  readonly place: number;
  readonly shape: string;
}

/** Whether an object counts its steps, as some optimizers of Sonnet do, or is called like one. */
function isOptimizer(owner: string, names: KnownNames): boolean {
  return names.has(`${owner}step${VALUE_ENDING}`) || isCalledOptimizer(lastName(owner.slice(0, -1)));
}

/** The lists of optimizers. */
function listsIn(names: KnownNames): Iterable<Element[]> {
  const lists = new Map<string, Element[]>();
  names.each((name, { shape }) => {
    const [, owner = '', list = '', place] = (name.length > LONGEST_KEY ? null : IN_LIST.exec(name)) ?? [];
    if (slotWord(list) === undefined || !isOptimizer(owner, names)) return;
    const elements = lists.get(owner + list) ?? [];
    lists.set(owner + list, elements);
    elements.push({ name, place: Number(place), shape: shape.join() });
  });
  return lists.values();
}

/** What is known to be trained, in order. */
function trainedIn(names: KnownNames, roleOf: RoleOf): Element[] {
  const trained: Element[] = [];
  names.each((name, facts) => {
    if (IN_LIST.test(name)) return;
    const { role, trainable } = roleOf(name, facts);
    if (role === 'weight' && trainable === 'yes') trained.push({ name, place: 0, shape: facts.shape.join() });
  });
  return trained.sort((a, b) => compareByNumber(a.name, b.name));
}

/** By the key of each element of such a list, that of its variable. */
export function variablesOfLists(names: KnownNames, roleOf: RoleOf): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const lists = [...listsIn(names)];
  const trained = lists.length === 0 ? [] : trainedIn(names, roleOf);
  for (const elements of lists) {
    elements.sort((a, b) => a.place - b.place);
    const fits = elements.every(({ place, shape }, i) => place === i && shape === trained[i]?.shape);
    if (!fits || elements.length !== trained.length) continue;
    for (const [i, { name }] of elements.entries()) found.set(name, (trained[i] as Element).name);
  }
  return found;
}
