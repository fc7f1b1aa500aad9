/**
 * Kinds of optimizers by the slots that they keep for a variable: what TensorFlow calls each, what Keras 3 calls the list it
 * is in, and how TensorFlow 1 names it after the variable: `x/Adam` and `x/Adam_1`.
 * Source: tensorflow/python/training/*.py, keras/src/optimizers/*.py; google-research/bert, optimization.py.
 */
import type { GraphColumns } from '../object-graph/graph-columns.ts';
import type { FoundSlot, FoundSlots } from '../roles/found-slots.ts';
import { optimizersOf } from '../roles/object-optimizers.ts';

/** The lists of Keras 3 by the names that TensorFlow gives such slots. */
const KERAS_LISTS: ReadonlyMap<string, string> = new Map([
  ['_accumulated_delta_vars', 'accum_update'],
  ['_accumulated_grads', 'accum'],
  ['_accumulators', 'accumulator'],
  ['_average_gradients', 'mg'],
  ['_linears', 'linear'],
  ['_m', 'm'],
  ['_momentums', 'm'],
  ['_u', 'v'],
  ['_velocities', 'v'],
  ['momentums', 'momentum'],
]);
const AVERAGE_GRADIENTS = new TextEncoder().encode('_average_gradients');
/** RMSprop has a list of average gradients, even an empty one, and means other things by two names that Adam has too. */
const RMSPROP_LISTS: typeof KERAS_LISTS = new Map([...KERAS_LISTS, ['_momentums', 'momentum'], ['_velocities', 'rms']]);

/** Slots that an optimizer may keep besides, and TensorFlow 1 never has. */
const BESIDES: ReadonlySet<string> = new Set(['average', 'velocity_hats', 'vhat']);

interface SlotFamily {
  readonly slots: readonly string[];
  /** What follows the name of the variable and a slash. */
  readonly endings: readonly string[];
}

const FAMILIES: readonly SlotFamily[] = [
  { slots: ['m', 'v'], endings: ['Adam', 'Adam_1'] },
  { slots: ['m', 'v'], endings: ['adam_m', 'adam_v'] },
  { slots: ['m', 'v'], endings: ['AdaMax', 'AdaMax_1'] },
  { slots: ['momentum'], endings: ['Momentum'] },
  { slots: ['rms', 'mg', 'momentum'], endings: ['RMSProp', 'RMSProp_1', 'RMSProp_2'] },
  { slots: ['rms', 'momentum'], endings: ['RMSProp', 'RMSProp_1'] },
  { slots: ['accumulator'], endings: ['Adagrad'] },
  { slots: ['accumulator'], endings: ['ProximalAdagrad'] },
  { slots: ['gradient_accumulator', 'gradient_squared_accumulator'], endings: ['AdagradDA', 'AdagradDA_1'] },
  { slots: ['accum', 'accum_update'], endings: ['Adadelta', 'Adadelta_1'] },
  { slots: ['accum_grad', 'accum_var'], endings: ['Adadelta', 'Adadelta_1'] },
  { slots: ['accum', 'linear'], endings: ['Ftrl', 'Ftrl_1'] },
  { slots: ['accumulator', 'linear'], endings: ['Ftrl', 'Ftrl_1'] },
];

/** The kinds of optimizer that keep exactly these slots. Of RMSProp's only the first is always there. */
function familiesOf(names: ReadonlySet<string>): SlotFamily[] {
  return FAMILIES.filter(({ slots }) => {
    const isWhole = names.size === slots.length || slots[0] === 'rms';
    return isWhole && names.has(slots[0] as string) && [...names].every((name) => slots.includes(name));
  });
}

/** A slot of a graph, with the object of its variable. */
export interface GraphSlot {
  readonly variable: number;
  /** What TensorFlow calls it. */
  readonly name: string;
  /** The kinds of optimizer that it may be of. */
  readonly families: readonly SlotFamily[];
}

/** What TensorFlow calls a slot. */
function nameOf(graph: GraphColumns, { optimizer, slot, list }: FoundSlot): string {
  if (list === undefined) return slot;
  const isRmsprop = graph.childOf(optimizer, AVERAGE_GRADIENTS) !== undefined;
  return (isRmsprop ? RMSPROP_LISTS : KERAS_LISTS).get(list) ?? slot;
}

/** The slots of a graph whose variables are known. */
export class GraphSlots {
  readonly #graph: GraphColumns;
  readonly #slots: FoundSlots;
  /** Kinds by the numbers of the optimizers that were asked for. */
  readonly #families = new Map<number, readonly SlotFamily[]>();

  constructor(graph: GraphColumns) {
    this.#graph = graph;
    this.#slots = optimizersOf(graph).slots;
  }

  /** The slot that an object is; undefined for any other object, and where nobody knows whose it is. */
  get(id: number): GraphSlot | undefined {
    const found = this.#slots.get(id);
    if (found?.of === undefined) return undefined;
    const { of: variable, optimizer } = found;
    const families = this.#families.get(optimizer) ?? familiesOf(this.#keptBy(optimizer));
    this.#families.set(optimizer, families);
    return { variable, name: nameOf(this.#graph, found), families };
  }

  /** What the slots of an optimizer are called that tell its kind. */
  #keptBy(optimizer: number): Set<string> {
    const names = new Set<string>();
    for (const id of this.#slots.ofOptimizer(optimizer)) {
      const name = nameOf(this.#graph, this.#slots.get(id) as FoundSlot);
      if (!BESIDES.has(name)) names.add(name);
    }
    return names;
  }
}

/** What follows the name of the variable, where the optimizer is of this kind; undefined for a slot it does not have. */
export function endingOf({ slots, endings }: SlotFamily, name: string): string | undefined {
  return endings[slots.indexOf(name)];
}
