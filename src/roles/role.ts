/** What a tensor of a checkpoint is for, whether training changes it, and how either is known. */
import type { GraphFacts } from '../meta-graph/graph-facts.ts';
import type { DType } from '../tensor/dtype.ts';
import type { Shape } from '../tensor/shape.ts';
import type { TensorFacts } from '../tensor/tensor.ts';

/**
 * - `weight`: part of the model, trained or not;
 * - `slot`: what an optimizer keeps for one variable, or a moving average keeps to be without bias;
 * - `ema`: the moving average of another variable;
 * - `step`: counts the steps of training;
 * - `hyperparameter`: a setting of an optimizer, or a power of one;
 * - `bookkeeping`: all that is no number of the model: object graphs, tables, iterators, metrics, states of generators.
 */
export type Role = 'weight' | 'slot' | 'ema' | 'step' | 'hyperparameter' | 'bookkeeping';

export const ROLES: readonly Role[] = ['weight', 'slot', 'ema', 'step', 'hyperparameter', 'bookkeeping'];

export type Trainable = 'yes' | 'no' | 'unknown';

/** `declared`: a SavedModel or a `.meta` says so. `object-graph`: follows from it. `names`: guessed from name and dtype. */
export type Evidence = 'declared' | 'object-graph' | 'names';

/** The kinds of evidence, best first. */
export const EVIDENCE: readonly Evidence[] = ['declared', 'object-graph', 'names'];

export interface TensorRole {
  readonly role: Role;
  /** Of a slot or a moving average: the key of the variable it belongs to, which is in the checkpoint. */
  readonly of?: string;
  /** What the optimizer calls the slot: `Adam_1`, `momentum`, `ExponentialMovingAverage`. */
  readonly slot?: string;
  /** Of what an optimizer keeps: which one, where a name tells: `Adam`, or what its program called it. */
  readonly optimizer?: string;
  readonly trainable: Trainable;
  /** How `trainable` is known. */
  readonly evidence: Evidence;
  /** A phrase for people: `its name ends in moving_mean`. */
  readonly because: string;
}

/** What the rules look at, besides the name. */
export interface RoleFacts {
  readonly dtype: DType;
  readonly shape: Shape;
}

/** Gives a tensor of a checkpoint its role; every name has one. */
export type RoleOf = (name: string, tensor: RoleFacts) => TensorRole;

/**
 * The quick form of {@link RoleOf} for a name as bytes: the same role, but for whose slot it is where it is `SOME_SLOT` or
 * `SOME_AVERAGE`; undefined where the name must be looked at as a whole.
 */
export type QuickRole = (facts: TensorFacts) => TensorRole | undefined;

export interface Roles {
  readonly roleOf: RoleOf;
  /** Of roles by names: what a name tells by itself, before slots are held against variables; for who knows what is trained. */
  readonly byName?: RoleOf | undefined;
  /** Present where there are very many names, and each role follows from its name alone, or from the object graph. */
  readonly quick?: QuickRole | undefined;
  /** The best evidence there is; of single tensors less may be known. */
  readonly best: Evidence;
  /** The graph file that `declared` evidence is from. */
  readonly graph?: GraphFacts;
  /** Sentences for the person who asked: evidence that was there and could not be read. */
  readonly notes: readonly string[];
}
