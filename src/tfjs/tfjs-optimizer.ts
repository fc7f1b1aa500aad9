/**
 * The optimizers of TensorFlow.js: what they keep for each variable becomes slot variables under the names of TensorFlow's
 * optimizers, and beside them the lists of Keras 3, so that training goes on in either.
 * Source: tfjs-core/src/optimizers; keras/src/optimizers (3.15).
 */
import * as tf from '@tensorflow/tfjs';
import type { Saveable } from '../engine/saveable.ts';
import {
  type HasSlotVariables,
  type HasTrackedChildren,
  type SlotVariable,
  slotFor,
  slotVariables,
  trackedChildren,
} from '../engine/trackable.ts';
import { KerasMomentum } from './keras-momentum.ts';
import { NumberVariable } from './number-variable.ts';
import { listNode, type TrackedNode } from './tfjs-model.ts';
import { TfjsVariable } from './tfjs-variable.ts';

/** One thing that an optimizer keeps for each variable. */
interface SlotKind {
  /** The field of the optimizer that lists it. */
  readonly field: string;
  /** What TensorFlow's slots are called, and TensorFlow.js's names end in. */
  readonly slotName: string;
  /** The list of it in Keras 3. */
  readonly list: string;
}

interface OptimizerKind {
  readonly slots: readonly SlotKind[];
  /** Whether Keras 3 lists all that belongs to a variable together, or first one kind for all variables. */
  readonly byVariable: boolean;
}

const kind = (byVariable: boolean, ...slots: readonly (readonly [string, string, string])[]): OptimizerKind => ({
  byVariable,
  slots: slots.map(([field, slotName, list]) => ({ field, slotName, list })),
});

const KINDS: Readonly<Record<string, OptimizerKind>> = {
  SGD: kind(true),
  Momentum: kind(true, ['accumulations', 'momentum', 'momentums']),
  Adagrad: kind(true, ['accumulatedGrads', 'accumulator', '_accumulators']),
  Adadelta: kind(
    true,
    ['accumulatedGrads', 'accum_grad', '_accumulated_grads'],
    ['accumulatedUpdates', 'accum_var', '_accumulated_delta_vars'],
  ),
  RMSProp: kind(
    false,
    ['accumulatedMeanSquares', 'rms', '_velocities'],
    ['accumulatedMoments', 'momentum', '_momentums'],
    ['accumulatedMeanGrads', 'mg', '_average_gradients'],
  ),
  Adam: kind(true, ['accumulatedFirstMoment', 'm', '_momentums'], ['accumulatedSecondMoment', 'v', '_velocities']),
  Adamax: kind(true, ['accumulatedFirstMoment', 'm', '_m'], ['accumulatedWeightedInfNorm', 'v', '_u']),
};

/** What Keras calls an optimizer that has another name in TensorFlow.js. */
const NAMES: Readonly<Record<string, string>> = { Momentum: 'SGD', RMSProp: 'RMSprop' };

/** What an optimizer keeps of a variable. */
interface Kept {
  readonly originalName: string;
  readonly variable: tf.Variable;
}
interface Internals {
  iterations_?: number;
  learningRate: number;
  setLearningRate?(value: number): void;
  centered?: boolean;
  momentum?: number;
  beta1?: number;
  beta2?: number;
  accBeta1?: tf.Variable;
  accBeta2?: tf.Variable;
  accBeta?: tf.Variable;
  iteration?: tf.Variable;
}

/** The variables that an optimizer trains, where a compiled model told. */
const trained = new WeakMap<tf.Optimizer, () => readonly tf.Variable[]>();

/** Remembers which variables an optimizer trains. */
export function trains(optimizer: tf.Optimizer, variables: () => readonly tf.Variable[]): void {
  trained.set(optimizer, variables);
}

export class TfjsOptimizer implements HasSlotVariables, HasTrackedChildren {
  readonly #kind: OptimizerKind;
  /** Begins the names of what it keeps, as in Keras 2: `Adam/iter`, `Adam/dense/kernel/m`. */
  readonly #name: string;
  readonly #iterations: NumberVariable;
  readonly #learningRate: NumberVariable;
  readonly #lists = new Map<string, TrackedNode>();
  readonly #momentums = new Map<tf.Variable, KerasMomentum>();

  constructor(readonly optimizer: tf.Optimizer) {
    const className = optimizer.getClassName();
    this.#kind = KINDS[className] ?? kind(true);
    this.#name = NAMES[className] ?? className;
    const internals = this.#internals;
    this.#iterations = new NumberVariable(
      `${this.#name}/iter`,
      'int64',
      () => optimizer.iterations,
      (value) => this.#count(value),
    );
    this.#learningRate = new NumberVariable(
      `${this.#name}/learning_rate`,
      'float32',
      () => internals.learningRate,
      (value) => {
        internals.learningRate = value;
        // SGD and momentum keep it as a tensor, too.
        internals.setLearningRate?.(value);
      },
    );
  }

  get #internals(): Internals {
    return this.optimizer as unknown as Internals;
  }

  /** Powers of the betas follow the steps: TensorFlow.js keeps them as variables of its own. */
  #count(value: number): void {
    const internals = this.#internals;
    internals.iterations_ = value;
    const { accBeta1, accBeta2, beta1, beta2 } = internals;
    const power = (held: tf.Variable | undefined, beta: number | undefined): void => {
      if (held !== undefined && beta !== undefined)
        tf.tidy(() => held.assign(tf.scalar(powerInSteps(beta, value + 1))));
    };
    if (this.optimizer.getClassName() === 'Adamax') {
      power(accBeta1, beta1);
      tf.tidy(() => internals.iteration?.assign(tf.scalar(value)));
    } else {
      power(accBeta1, beta1);
      power(accBeta2, beta2);
    }
  }

  #keptOf({ field }: SlotKind): Kept[] {
    const internals = this.optimizer as unknown as Record<string, Kept[] | undefined>;
    internals[field] ??= [];
    return internals[field];
  }

  /** The kinds that this very optimizer keeps: a momentum of 0, say, and what is not centered keep less. */
  get #slots(): readonly SlotKind[] {
    const { centered, momentum } = this.#internals;
    return this.#kind.slots.filter(({ slotName }) => {
      if (slotName === 'mg') return centered === true;
      return slotName !== 'momentum' || momentum !== 0;
    });
  }

  /** What it keeps for a variable, made as its first step would make it. */
  #slot(slot: SlotKind, variable: tf.Variable): tf.Variable {
    const kept = this.#keptOf(slot);
    const originalName = `${variable.name}/${slot.slotName}`;
    const before = kept.find((one) => one.originalName === originalName);
    if (before !== undefined) return before.variable;
    const fill =
      slot.slotName === 'accumulator'
        ? ((this.optimizer as unknown as { initialAccumulatorValue?: number }).initialAccumulatorValue ?? 0)
        : 0;
    const made = tf.tidy(() => tf.fill(variable.shape, fill).variable(false));
    kept.push({ originalName, variable: made });
    return made;
  }

  /** A slot as it is saved. */
  #saved(slot: SlotKind, variable: tf.Variable): Saveable {
    const held = this.#slot(slot, variable);
    const saved = TfjsVariable.of(held).called(`${this.#name}/${variable.name}/${slot.slotName}`);
    if (this.optimizer.getClassName() !== 'Momentum') return saved;
    const known = this.#momentums.get(held) ?? new KerasMomentum(saved, () => this.#internals.learningRate);
    this.#momentums.set(held, known);
    return known;
  }

  /** The variables it keeps something for, or is known to train. */
  #variables(): tf.Variable[] {
    const told = trained.get(this.optimizer)?.();
    if (told !== undefined) return [...told];
    const names = new Map(this.#slots.flatMap((slot) => this.#keptOf(slot)).map((one) => [ownerOf(one), one]));
    const registered = tf.engine().registeredVariables;
    return [...names.keys()].map((name) => registered[name]).filter((variable) => variable !== undefined);
  }

  *[slotVariables](): Iterable<SlotVariable> {
    const variables = this.#variables();
    for (const slot of this.#slots) {
      for (const variable of variables) {
        yield {
          variable: TfjsVariable.of(variable),
          slotName: slot.slotName,
          slot: this.#saved(slot, variable),
        };
      }
    }
  }

  /** A slot that a checkpoint has a value for, and that was not needed yet. */
  [slotFor](variable: Saveable, slotName: string): Saveable | undefined {
    const slot = this.#slots.find((one) => one.slotName === slotName);
    if (slot === undefined || !(variable instanceof TfjsVariable)) return undefined;
    return this.#saved(slot, variable.variable);
  }

  [trackedChildren](): (readonly [string, unknown])[] {
    const variables = this.#variables();
    const of = (slot: SlotKind): Saveable[] => variables.map((variable) => this.#saved(slot, variable));
    const columns = this.#slots.map(of);
    const state = this.#kind.byVariable
      ? variables.flatMap((_, i) => columns.map((column) => column[i] as Saveable))
      : columns.flat();
    const list = (name: string, children: readonly unknown[]): readonly [string, unknown] => [
      name,
      this.#list(name, children),
    ];
    return [
      ['iter', this.#iterations],
      ['learning_rate', this.#learningRate],
      ['_iterations', this.#iterations],
      ['_learning_rate', this.#learningRate],
      list('_variables', [this.#iterations, this.#learningRate, ...state]),
      list(
        '_trainable_variables',
        variables.map((variable) => TfjsVariable.of(variable)),
      ),
      ...this.#slots.map((slot, i) => list(slot.list, columns[i] as Saveable[])),
    ];
  }

  /** The same object for the same list each time. */
  #list(name: string, children: readonly unknown[]): TrackedNode {
    const node = this.#lists.get(name);
    const made = listNode(children);
    if (node === undefined || node.children().length !== made.children().length) this.#lists.set(name, made);
    return this.#lists.get(name) as TrackedNode;
  }
}

/** A power as an optimizer comes to it: one float32 multiplication a step. */
function powerInSteps(base: number, exponent: number): number {
  const factor = Math.fround(base);
  let power = factor;
  for (let i = 1; i < exponent && power !== 0; i++) power = Math.fround(power * factor);
  return power;
}

function ownerOf({ originalName }: Kept): string {
  return originalName.slice(0, originalName.lastIndexOf('/'));
}
