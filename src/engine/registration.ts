/** What is decided about a variable before it has a value: its options, its name, and what its graph keeps of it. */
import { MismatchError, UninitializedError, UsageError } from '../errors.ts';
import type { DTypeName } from '../tensor/dtype.ts';
import { formatShape, type Shape, sameShape } from '../tensor/shape.ts';
import { sliceTensor } from '../tensor/slice-tensor.ts';
import { isTensor, type Tensor } from '../tensor/tensor.ts';
import { type TensorValue, tensorFrom } from '../tensor/tensor-from.ts';
import type { Graph, GraphVariable } from './graph.ts';
import { GraphKeys } from './graph-keys.ts';
import type { Recipe } from './initializer.ts';
import type { Partitioner } from './partitioner.ts';
import type { SaveSlice } from './saveable.ts';

export interface VariableOptions {
  /** `Variable` unless said otherwise; made unique in its graph, inside the scopes that are open. */
  readonly name?: string | undefined;
  readonly dtype?: DTypeName | undefined;
  readonly shape?: Shape | undefined;
  /** Whether it is in the collection of trainable variables; true unless said otherwise. */
  readonly trainable?: boolean | undefined;
  /** In the place of `GraphKeys.GLOBAL_VARIABLES`. */
  readonly collections?: readonly string[] | undefined;
  /** False lets values of another shape be assigned. */
  readonly validateShape?: boolean | undefined;
  readonly graph?: Graph | undefined;
  /** Cuts it into parts, which are saved as slices of the whole. */
  readonly partitioner?: Partitioner | undefined;
}

/** What making a variable needs besides its options. */
export interface Making {
  /** The full name is decided already, as by `getVariable`: no scope is put before it. */
  readonly atRoot?: boolean;
  readonly saveSlice?: SaveSlice;
  /** How the whole is made, for a part of it. */
  readonly whole?: () => Recipe;
}

/** The name of a variable, unique in its graph; that of a partitioned one from `getVariable` stands in no operation. */
export function registerName(graph: Graph, name: string, making: Making, isCut: boolean): string {
  if (name === '') throw new UsageError('a name is a text that is not empty');
  if (making.atRoot !== true) return graph.names.enter(name);
  return graph.names.inside('', 'getVariable', () => {
    if (!isCut) return graph.names.enter(name);
    graph.names.check(name);
    return name;
  });
}

export function checkOptions(options: VariableOptions): void {
  const { collections, name } = options;
  if (name !== undefined && typeof name !== 'string')
    throw new UsageError(`a variable's name is a text, not ${typeof name}`);
  if (
    collections !== undefined &&
    !(Array.isArray(collections) && collections.every((key) => typeof key === 'string'))
  ) {
    throw new UsageError(`variable ${name ?? ''}: collections is a list of names, such as [GraphKeys.LOCAL_VARIABLES]`);
  }
}

/** Lets a mismatch name the variable. */
export function named<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (!(cause instanceof MismatchError) || cause.tensor !== '') throw cause;
    throw new MismatchError(`variable ${name}: ${cause.message}`, name, cause.expected, cause.actual, { cause });
  }
}

/** Values for a variable as a tensor in memory; throws {@link MismatchError} where they do not fit. */
export function tensorFor(
  { name, dtype, shape, validatesShape }: GraphVariable & { dtype: DTypeName; shape: Shape; validatesShape: boolean },
  value: TensorValue,
): Tensor {
  const flat = validatesShape && !isTensor(value);
  const tensor = named(name, () => tensorFrom(value, flat ? { dtype, shape } : { dtype }));
  if (!validatesShape || sameShape(tensor.shape, shape)) return tensor;
  const [expected, actual] = [formatShape(shape), formatShape(tensor.shape)];
  throw new MismatchError(
    `variable ${name} has shape ${expected}; a value of shape ${actual} was given`,
    name,
    expected,
    actual,
  );
}

/** The part of a tensor that begins at `start`, in memory. */
export function cutOut(whole: Tensor, start: Shape, shape: Shape): Tensor {
  const slice = sliceTensor(
    whole,
    start.map((from, axis) => ({ start: from, stop: from + (shape[axis] ?? 0) })),
  );
  return tensorFrom({ ...slice, source: slice.source });
}

/** The error for variables that have no value. */
export function uninitialized(
  variables: readonly { readonly name: string; readonly graph?: Graph }[],
  what: string,
): UninitializedError {
  const names = variables.map(({ name }) => name);
  const global = variables.every(
    (variable) => variable.graph?.getCollection(GraphKeys.GLOBAL_VARIABLES).includes(variable) !== false,
  );
  const call = global
    ? 'initializeAllVariables()'
    : 'initializeVariables([...]), for it is not among globalVariables(),';
  const which =
    names.length === 1
      ? `variable ${names[0]}`
      : `${names.length} variables, ${names.slice(0, 5).join(', ')}${names.length > 5 ? ', ...' : ''}:`;
  return new UninitializedError(`${which} ${what}; call ${call} or assign or restore it first`, names);
}

/** Enters a variable in its graph: the names of its operations, and the collections. */
export function joinGraph(
  graph: Graph,
  variable: GraphVariable & { readonly trainable: boolean },
  { collections = [GraphKeys.GLOBAL_VARIABLES] }: VariableOptions,
): void {
  graph.names.takeOperations(variable.name);
  const keys = new Set(collections);
  if (variable.trainable) keys.add(GraphKeys.TRAINABLE_VARIABLES);
  for (const key of keys) graph.addToCollection(key, variable);
  graph.variables.push(variable);
}
