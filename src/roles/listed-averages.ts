/**
 * Averages of what is trained among the variables of an optimizer of Keras, where keys are all there is: the list of one with
 * `use_ema` begins with an average of each variable, and all that it keeps for the first, for the second and so on follows
 * (keras/src/optimizers/base_optimizer.py, build). Keras 3 accumulates gradients in the same place; nothing tells these from
 * averages, which must not be lost. Of optimizers that keep one slot for each variable, nobody can tell either.
 */
import type { KnownNames } from './known-names.ts';

const IN_LIST = /^(.*\/)?_variables\/(\d+)\/\.ATTRIBUTES\/VARIABLE_VALUE$/;
/** Keys come from a file, and no program's are longer. */
const LONGEST_KEY = 1024;

interface Element {
  readonly name: string;
  readonly place: number;
  readonly shape: string;
}

/** Whether elements from a place on are so many of each shape of the first, in their order, and then perhaps one of each again. */
function followsEach(shapes: readonly string[], count: number): boolean {
  let each = 0;
  while ((each + 1) * count <= shapes.length && shapes[count + each] === shapes[0]) each++;
  const rest = shapes.length - count - each * count;
  if (each < 2 || (rest !== 0 && rest !== count)) return false;
  for (let i = count; i < shapes.length; i++) {
    const at = i < count + each * count ? Math.floor((i - count) / each) : i - count - each * count;
    if (shapes[i] !== shapes[at]) return false;
  }
  return true;
}

/** How many averages a list begins with. */
function averagesAtStart(shapes: readonly string[]): number {
  const [first, second] = shapes;
  if (first === second) return 0;
  for (let count = 2; count * 3 <= shapes.length; count++) {
    if (shapes[count] === first && shapes[count + 1] === first && followsEach(shapes, count)) return count;
  }
  return 0;
}

/** The keys of such averages. */
export function averagesInLists(names: Pick<KnownNames, 'each'>): ReadonlySet<string> {
  const lists = new Map<string, Element[]>();
  names.each((name, { shape }) => {
    const found = name.length > LONGEST_KEY || shape.length === 0 ? null : IN_LIST.exec(name);
    if (found === null) return;
    const [, list = '', place] = found;
    const elements = lists.get(list) ?? [];
    lists.set(list, elements);
    elements.push({ name, place: Number(place), shape: shape.join() });
  });
  const averages = new Set<string>();
  for (const elements of lists.values()) {
    elements.sort((a, b) => a.place - b.place);
    const count = averagesAtStart(elements.map(({ shape }) => shape));
    for (const { name } of elements.slice(0, count)) averages.add(name);
  }
  return averages;
}
