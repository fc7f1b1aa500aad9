/**
 * Restoring variables from a checkpoint: every name, dtype and shape is checked, then all content is read and checked, and only
 * then is any variable assigned.
 */

import { openCheckpoint } from '../checkpoints/checkpoint.ts';
import { type CkptError, MismatchError, NameError } from '../errors.ts';
import { putBack } from '../io/leavings.ts';
import { OBJECT_GRAPH_KEY } from '../object-graph/object-graph-key.ts';
import { objectGraphOf } from '../object-graph/stored-object-graph.ts';
import { nearestNames } from '../surgery/nearest-names.ts';
import { namesOfObjects } from '../surgery/object-names.ts';
import { elementCount, formatShape, type Shape, sameShape } from '../tensor/shape.ts';
import { sliceTensor } from '../tensor/slice-tensor.ts';
import type { Tensor, TensorMap } from '../tensor/tensor.ts';
import { assignAll, type Incoming } from './assign-all.ts';
import { type Saveable, takesDType } from './saveable.ts';
import type { SavedVariable } from './saved-variables.ts';

/** A variable that a tensor of the checkpoint does not fit. */
export interface Mismatched {
  /** Name in the checkpoint. */
  readonly name: string;
  /** Dtype and shape of the variable: `float32[2,3]`. */
  readonly expected: string;
  /** Those of the tensor. */
  readonly actual: string;
}

/** What a restore did; names are those in the checkpoint, in order. */
export interface RestoreReport {
  readonly restored: readonly string[];
  /** Variables that the checkpoint does not hold. */
  readonly missing: readonly string[];
  /** Tensors that no variable asked for. */
  readonly unused: readonly string[];
  readonly mismatched: readonly Mismatched[];
}

export interface RestoreOptions {
  /** Restores what is there and fits, and leaves the other variables alone. */
  readonly partial?: boolean | undefined;
  /** A tensor of another shape fits, where it has as many elements. */
  readonly reshape?: boolean | undefined;
}

/** The tensors of a checkpoint that are asked for by name, found in one walk over its index. */
class NamedTensors {
  readonly #found = new Map<string, Tensor>();
  readonly #keys: string[] = [];
  /** Keys by full name, where the checkpoint goes by objects. */
  readonly #fullNames: ReadonlyMap<string, string>;

  constructor(tensors: TensorMap, wanted: ReadonlySet<string>) {
    for (const [key, tensor] of tensors) {
      this.#keys.push(key);
      if (wanted.has(key)) this.#found.set(key, tensor);
    }
    const lacking = [...wanted].filter((name) => !this.#found.has(name));
    const graph = lacking.length === 0 ? undefined : objectGraphOf(tensors);
    const names = graph === undefined ? [] : namesOfObjects(graph, this.#keys).names;
    this.#fullNames = new Map([...names].map(([key, name]) => [name, key]));
    for (const name of lacking) {
      const key = this.#fullNames.get(name);
      const tensor = key === undefined ? undefined : tensors.get(key);
      if (key !== undefined && tensor !== undefined) this.#found.set(key, tensor);
    }
  }

  /** A tensor by its key, or by its full name, and the key. */
  at(name: string): { readonly key: string; readonly tensor: Tensor } | undefined {
    const key = this.#found.has(name) ? name : this.#fullNames.get(name);
    const tensor = key === undefined ? undefined : this.#found.get(key);
    return key === undefined || tensor === undefined ? undefined : { key, tensor };
  }

  /** What may have been meant by a name. */
  names(): string[] {
    const known = this.#fullNames.size > 0 ? [...this.#fullNames.keys()] : this.#keys;
    return known.filter((name) => name !== OBJECT_GRAPH_KEY);
  }

  /** Keys but for those that were used, and the object graph. */
  unused(used: ReadonlySet<string>): string[] {
    return this.#keys.filter((key) => key !== OBJECT_GRAPH_KEY && !used.has(key));
  }
}

const typeText = (dtype: string, shape: Shape): string => `${dtype}${formatShape(shape)}`;

function fits({ variables, shape }: SavedVariable, tensor: Tensor, reshape: boolean): boolean {
  const [first] = variables;
  if (first === undefined || !takesDType(first, tensor.dtype.name)) return false;
  if (sameShape(shape, tensor.shape)) return true;
  if (reshape && elementCount(shape) === elementCount(tensor.shape)) return true;
  return first.validatesShape === false;
}

/** The part of a tensor that belongs to a variable. */
function partFor({ saveSlice, shape }: Saveable, whole: Tensor, reshape: boolean): Tensor {
  if (saveSlice !== undefined) {
    return sliceTensor(
      whole,
      shape.map((length, axis) => ({ start: saveSlice.start[axis] ?? 0, stop: (saveSlice.start[axis] ?? 0) + length })),
    );
  }
  if (!reshape || sameShape(shape, whole.shape)) return whole;
  return { dtype: whole.dtype, shape, byteLength: whole.byteLength, source: whole.source, crc32c: whole.crc32c };
}

/** What goes where, and what does not. */
class Matching {
  readonly pairings: Incoming[] = [];
  readonly restored: string[] = [];
  readonly missing: string[] = [];
  readonly mismatched: Mismatched[] = [];
  readonly #used = new Set<string>();

  constructor(
    readonly tensors: NamedTensors,
    readonly reshape: boolean,
  ) {}

  add(saved: SavedVariable): void {
    const { name, variables, shape } = saved;
    const found = this.tensors.at(name);
    if (found === undefined) {
      this.missing.push(name);
      return;
    }
    const { key, tensor } = found;
    this.#used.add(key);
    if (tensor.problem !== undefined) throw tensor.problem;
    if (!fits(saved, tensor, this.reshape)) {
      const expected = typeText(variables[0]?.dtype ?? '', shape);
      this.mismatched.push({ name, expected, actual: typeText(tensor.dtype.name, tensor.shape) });
      return;
    }
    this.restored.push(name);
    for (const variable of variables)
      this.pairings.push({ name, variable, tensor: partFor(variable, tensor, this.reshape) });
  }

  report(): RestoreReport {
    const { restored, missing, mismatched } = this;
    return { restored, missing, unused: this.tensors.unused(this.#used), mismatched };
  }
}

/** How many of a list stand in a message. */
const MOST_LISTED = 20;

function listed(lines: readonly string[]): string {
  const more = lines.length > MOST_LISTED ? `; and ${lines.length - MOST_LISTED} more` : '';
  return lines.slice(0, MOST_LISTED).join('; ') + more;
}

/** The error for variables that are missing or do not fit, with names that may have been meant. */
function failure(path: string, { missing, mismatched, tensors }: Matching): CkptError | undefined {
  const names = missing.length === 0 ? [] : tensors.names();
  const lost = missing.map((name) => {
    const near = nearestNames(name, names);
    return near.length === 0 ? `there is no ${name}` : `there is no ${name} (near: ${near.join(', ')})`;
  });
  const wrong = mismatched.map(({ name, expected, actual }) => `${name} is ${actual}, the variable ${expected}`);
  if (lost.length + wrong.length === 0) return undefined;
  const message = `${path} does not fit the variables, and none was changed: ${listed([...lost, ...wrong])}; { partial: true } restores the others`;
  const [first] = mismatched;
  if (missing.length > 0 || first === undefined) return new NameError(message, { missing: [...missing] });
  return new MismatchError(message, first.name, first.expected, first.actual);
}

/** Restores variables from the checkpoint that a path leads to. */
export async function restoreVariables(
  path: string,
  variables: readonly SavedVariable[],
  options: RestoreOptions = {},
): Promise<RestoreReport> {
  // A save that was killed may have put the checkpoint aside for one that never came.
  putBack(path);
  const checkpoint = await openCheckpoint(path);
  try {
    const tensors = new NamedTensors(checkpoint.tensors, new Set(variables.map(({ name }) => name)));
    const matching = new Matching(tensors, options.reshape === true);
    for (const variable of variables) matching.add(variable);
    const error = options.partial === true ? undefined : failure(path, matching);
    if (error !== undefined) throw error;
    await assignAll(matching.pairings, checkpoint);
    return matching.report();
  } finally {
    checkpoint.close();
  }
}
