/**
 * TensorFlow.js on the engine: its variables, models and optimizers are saved and restored as TensorFlow's own. Needs
 * `@tensorflow/tfjs` or `@tensorflow/tfjs-node`, which nothing else of this library asks for.
 */
import * as tf from '@tensorflow/tfjs';
import type { Saveable } from '../engine/saveable.ts';
import { UsageError } from '../errors.ts';
import { TfjsModel, variableOf } from './tfjs-model.ts';
import { TfjsOptimizer, trains } from './tfjs-optimizer.ts';
import { type FromTfjsOptions, TfjsVariable } from './tfjs-variable.ts';

export type { FromTfjsOptions } from './tfjs-variable.ts';
export type { TfjsModel, TfjsOptimizer, TfjsVariable };

/** Optimizers by themselves: a checkpoint and a later one must mean the same object. */
const optimizers = new WeakMap<tf.Optimizer, TfjsOptimizer>();

function optimizerOf(optimizer: tf.Optimizer): TfjsOptimizer {
  const known = optimizers.get(optimizer) ?? new TfjsOptimizer(optimizer);
  optimizers.set(optimizer, known);
  return known;
}

function modelOf(model: tf.LayersModel, options: FromTfjsOptions): TfjsModel {
  const { optimizer } = model as { optimizer?: tf.Optimizer };
  if (optimizer !== undefined) trains(optimizer, () => model.trainableWeights.map(variableOf));
  return new TfjsModel(model, options);
}

/**
 * What the engine makes of something of TensorFlow.js: a variable for a variable; a list or a record of them for a list or a
 * record; for a model the list of its weights, which a Checkpoint takes for Keras' object; for an optimizer an object with its
 * slots. `trainable` is kept. float32, int32, bool, complex64 and string are exact; a checkpoint's value of another dtype is
 * refused, or rounded with `{ cast: true }`. Throws {@link UsageError} for what is none of these.
 *
 * @example
 * const checkpoint = new Checkpoint({ model: fromTfjs(model), optimizer: fromTfjs(model.optimizer) });
 * await checkpoint.save('./run/ckpt');
 * await new Saver(fromTfjs(model)).save('./model.ckpt');
 */
export function fromTfjs(variable: tf.Variable, options?: FromTfjsOptions): Saveable;
export function fromTfjs(variables: readonly tf.Variable[], options?: FromTfjsOptions): Saveable[];
export function fromTfjs(model: tf.LayersModel, options?: FromTfjsOptions): TfjsModel;
export function fromTfjs(optimizer: tf.Optimizer, options?: FromTfjsOptions): TfjsOptimizer;
export function fromTfjs(
  variables: Readonly<Record<string, tf.Variable>>,
  options?: FromTfjsOptions,
): Record<string, Saveable>;
export function fromTfjs(value: unknown, options: FromTfjsOptions = {}): unknown {
  if (typeof value !== 'object' || value === null) throw refused();
  if (isVariable(value)) return TfjsVariable.of(value, options);
  if (isModel(value)) return modelOf(value, options);
  if (value instanceof tf.Optimizer) return optimizerOf(value);
  if (Array.isArray(value)) return value.map((one) => variableIn(one, options));
  if (Object.getPrototypeOf(value) === Object.prototype) {
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, variableIn(one, options)]));
  }
  throw refused();
}

function refused(): UsageError {
  return new UsageError(
    'fromTfjs takes a variable of TensorFlow.js, a list or record of them, a LayersModel or an optimizer',
  );
}

function variableIn(value: unknown, options: FromTfjsOptions): TfjsVariable {
  if (isVariable(value)) return TfjsVariable.of(value, options);
  throw new UsageError('fromTfjs: the list or record holds something that is no variable of TensorFlow.js');
}

function isVariable(value: unknown): value is tf.Variable {
  return value instanceof tf.Variable;
}

function isModel(value: unknown): value is tf.LayersModel {
  return value instanceof tf.LayersModel;
}
