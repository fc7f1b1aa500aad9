/**
 * Slots that stand before the whole names of their variables, in a scope of which nothing else tells that it is an optimizer's:
 * `trainer/velocity/conv/kernel`, and `m/conv/kernel` where a LossScaleOptimizer of Keras 2.11 made it. All that lies below
 * such a word has a variable of its shape.
 */
import { TextMap } from '../bytes/text-map.ts';
import { sameShape } from '../tensor/shape.ts';
import type { KnownNames } from './known-names.ts';
import { slotWord } from './role-words.ts';
import type { NamedSlot } from './slot-names.ts';

/** So many variables have something of one name before them where that is no accident. */
const FEWEST_ALIKE = 2;
/** What optimizers of Keras 2.11 call slots; of what other optimizers do, some are names of models too. */
const WORDS =
  /(?:^|\/)(?:m|v|vhat|u|momentum|velocity|average|average_gradient|accumulator|accumulated_grad|linear)\//g;

/** Longer names are no names of slots, and may hold such words by the thousand. */
const LONGEST_NAME = 1024;

interface Group {
  /** By the name of each slot, its variable. */
  readonly variables: Map<string, string>;
  isMixed: boolean;
}

/** What lies below each such word, by the word and the scopes before it. */
function groupsOf(names: KnownNames): Map<string, Group> {
  const groups = new TextMap<Group>();
  for (const [name, { shape }] of names.all()) {
    if (name.length > LONGEST_NAME) continue;
    for (const { 0: word, index } of name.matchAll(WORDS)) {
      const start = name.slice(0, index + word.length);
      const of = name.slice(start.length);
      const group = groups.get(start) ?? { variables: new TextMap<string>(), isMixed: false };
      groups.set(start, group);
      const base = names.shapeOf(of);
      if (base !== undefined && sameShape(base, shape)) group.variables.set(name, of);
      else group.isMixed = true;
    }
  }
  return groups;
}

/** Whether all below a word is what an optimizer keeps; `u` and `linear` are so beside another such word alone. */
function isOfOptimizer(start: string, { variables, isMixed }: Group, groups: ReadonlyMap<string, Group>): boolean {
  if (isMixed || variables.size < FEWEST_ALIKE) return false;
  const word = wordOf(start);
  if (word !== 'u' && word !== 'linear') return true;
  const scope = start.slice(0, start.length - word.length - 1);
  return ['m/', 'accumulator/'].some((other) => groups.get(scope + other)?.variables.size === variables.size);
}

const wordOf = (start: string): string => start.slice(start.lastIndexOf('/', start.length - 2) + 1, -1);

/** The slots among the names of a checkpoint that such a word tells, each with its variable. */
export function slotsBeforeNames(names: KnownNames): ReadonlyMap<string, NamedSlot> {
  const found = new TextMap<NamedSlot>();
  const groups = groupsOf(names);
  for (const [start, group] of groups) {
    if (!isOfOptimizer(start, group, groups)) continue;
    const slot = wordOf(start);
    for (const [name, of] of group.variables) found.set(name, { of, slot, kind: slotWord(slot) ?? 'slot' });
  }
  return found;
}
