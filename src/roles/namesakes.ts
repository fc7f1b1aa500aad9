/** Which of several variables of one full name the slots of an optimizer belong to: two models may both have a `dense/kernel`. */

import { compareByNumber } from '../bytes/number-order.ts';
import { TextSet } from '../bytes/text-map.ts';
import type { GraphColumns } from '../object-graph/graph-columns.ts';
import { type Shape, sameShape } from '../tensor/shape.ts';
import type { ObjectSet } from './found-slots.ts';

/** A variable: its object, its key, its shape where that is known, and whether an optimizer is known to train it. */
export interface Namesake {
  readonly id: number;
  readonly key: string;
  readonly shape: Shape | undefined;
  readonly isTrained: boolean;
}

/** Those of a shape; one of which no shape is known may have any. */
export function ofShape(variables: readonly Namesake[], shape: Shape | undefined): readonly Namesake[] {
  if (variables.length < 2) return variables;
  return variables.filter((one) => shape === undefined || one.shape === undefined || sameShape(shape, one.shape));
}

const plain = (name: string): string => name.replaceAll('_', '').toLowerCase();
const OF_OPTIMIZERS = /_?opt(?:im(?:izer)?)?(?=_|\d|$)/i;

/** The optimizers that are called after something, with what that is: `generator` of `generator_optimizer` and `opt_generator`. */
export function calledAfterModels(graph: GraphColumns, optimizers: ObjectSet): Map<number, string> {
  const called = new Map<number, string>();
  for (let i = 0; i < graph.children.total; i++) {
    const id = graph.childIds.at(i);
    if (!optimizers.has(id) || called.has(id)) continue;
    const name = graph.childName(i);
    const model = OF_OPTIMIZERS.test(name) ? plain(name.replace(OF_OPTIMIZERS, '')) : '';
    if (model !== '') called.set(id, model);
  }
  return called;
}

/** Nobody's models lie deeper; and keys come from a file. */
const DEEPEST = 32;

/** The paths of the objects that a key leads through: `net` and `net/layer` of `net/layer/kernel`. */
function* pathsOf(key: string): Generator<string> {
  const end = key.lastIndexOf('/.ATTRIBUTES/');
  for (let at = key.indexOf('/'), depth = 0; at > 0 && at < end && depth < DEEPEST; at = key.indexOf('/', at + 1)) {
    depth++;
    yield key.slice(0, at);
  }
}

/** The variables that the slots of one optimizer may belong to, slot by slot: an optimizer trains one model, mostly. */
export class Namesakes {
  /** The objects that lead to variables about which there is no doubt. */
  readonly #paths = new TextSet();

  constructor(
    readonly variables: readonly (readonly Namesake[])[],
    readonly calledLike?: string | undefined,
  ) {
    for (const [only, ...others] of variables) {
      if (only === undefined || others.length > 0) continue;
      for (const path of pathsOf(only.key)) this.#paths.add(path);
    }
  }

  /** How many objects on the way to a variable lead to one about which there is no doubt. */
  #nearness({ key }: Namesake): number {
    let near = 0;
    for (const path of pathsOf(key)) if (this.#paths.has(path)) near++;
    return near;
  }

  /** Whether a step of a key is what the optimizer is called after. */
  #isCalledLike(key: string): boolean {
    const model = this.calledLike;
    return model !== undefined && key.split('/', DEEPEST).some((step) => plain(step) === model);
  }

  /** What is left for a slot, by id: the nearest, and of these the trained, where there are any. */
  candidates(slot: number): readonly number[] {
    const all = this.variables[slot] ?? [];
    if (all.length < 2) return all.map(({ id }) => id);
    const near = all.map((one) => this.#nearness(one));
    const nearest = all.filter((_, i) => near[i] === Math.max(...near));
    const called = nearest.filter(({ key }) => this.#isCalledLike(key));
    const likely = called.length > 0 ? called : nearest;
    const trained = likely.filter(({ isTrained }) => isTrained);
    // The order in which a module goes through its parts: by name, and lists by number.
    const left = [...(trained.length > 0 ? trained : likely)].sort((a, b) => compareByNumber(a.key, b.key));
    return left.map(({ id }) => id);
  }
}
