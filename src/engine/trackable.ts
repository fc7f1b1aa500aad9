/**
 * What of a program's objects is tracked: properties of plain objects and of instances of classes, elements of arrays, entries
 * of Maps, as long as they are objects themselves. A variable is a leaf.
 */
import { UsageError } from '../errors.ts';
import { isTensor } from '../tensor/tensor.ts';
import { Graph } from './graph.ts';
import { isSaveable, type Saveable } from './saveable.ts';

/** A slot that an optimizer keeps for a variable. */
export interface SlotVariable {
  readonly variable: Saveable;
  /** `m`, `v`, `momentum`, ...: what the optimizer calls it. */
  readonly slotName: string;
  readonly slot: Saveable;
}

/**
 * The name of the method by which an optimizer gives its slots: they are saved as slot variables, and follow their variable.
 *
 * @example
 * class Momentum {
 *   *[slotVariables]() {
 *     for (const [variable, slot] of this.momentums) yield { variable, slotName: 'momentum', slot };
 *   }
 * }
 */
export const slotVariables: unique symbol = Symbol.for('ckpt.slotVariables');
export interface HasSlotVariables {
  [slotVariables](): Iterable<SlotVariable>;
}

/** The name of a method by which an optimizer makes a slot that a checkpoint has a value for, before it needs it itself. */
export const slotFor: unique symbol = Symbol.for('ckpt.slotFor');
export interface MakesSlots {
  [slotFor](variable: Saveable, slotName: string): Saveable | undefined;
}

/** The name of the method by which an object says what is tracked of it, in the place of its properties. */
export const trackedChildren: unique symbol = Symbol.for('ckpt.trackedChildren');
export interface HasTrackedChildren {
  [trackedChildren](): Iterable<readonly [name: string, child: unknown]>;
}

export type Child = readonly [name: string, child: object];

/** Objects that hold values of a program, not its variables. */
const OPAQUE = [Date, RegExp, Promise, Set, WeakMap, WeakSet, Error, ArrayBuffer, SharedArrayBuffer, URL, Graph];

/** Whether variables are looked for in a value. */
export function isTracked(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  if (isSaveable(value)) return true;
  return !ArrayBuffer.isView(value) && !isTensor(value) && !OPAQUE.some((type) => value instanceof type);
}

/** Whether an object is a variable, a model or an optimizer of TensorFlow.js, of which nothing would be found. */
export function isOfTfjs(object: object): boolean {
  const has = (...names: string[]): boolean =>
    names.every((name) => typeof (object as Record<string, unknown>)[name] === 'function');
  return (
    has('dataSync', 'assign') || has('getWeights', 'predict', 'getClassName') || has('applyGradients', 'getClassName')
  );
}

/** The error for what must be adapted first. */
export function unadapted(what: string): UsageError {
  return new UsageError(`${what} is an object of TensorFlow.js; hand over fromTfjs(...) of it, from ckpt/tfjs`);
}

/** What is tracked of an object, in order. Throws {@link UsageError} for a Map whose keys are neither texts nor numbers, and for what must be adapted first. */
export function childrenOf(object: object): Child[] {
  if (isSaveable(object)) return [];
  const children = [...namedValues(object)].filter((pair): pair is Child => isTracked(pair[1]));
  const foreign = children.find(([, child]) => isOfTfjs(child));
  if (foreign !== undefined) throw unadapted(foreign[0]);
  return children;
}

function namedValues(object: object): Iterable<readonly [string, unknown]> {
  if (trackedChildren in object) return (object as HasTrackedChildren)[trackedChildren]();
  if (Array.isArray(object)) return object.map((value, i): readonly [string, unknown] => [String(i), value]);
  if (object instanceof Map) return [...object].map(([key, value]) => [nameOfKey(key), value]);
  const properties = Object.entries(Object.getOwnPropertyDescriptors(object));
  return properties.filter(([, { enumerable }]) => enumerable).map(([name, { value }]) => [name, value]);
}

function nameOfKey(key: unknown): string {
  if (typeof key === 'string' || typeof key === 'number') return String(key);
  throw new UsageError(`a Map that is saved has texts for keys, and one of its keys is ${typeof key}`);
}

/** The slots that an object keeps; none for one that is no optimizer. */
export function slotsOf(object: object): SlotVariable[] {
  if (!(slotVariables in object)) return [];
  const slots = [...(object as HasSlotVariables)[slotVariables]()];
  for (const { variable, slotName, slot } of slots) {
    if (isSaveable(variable) && isSaveable(slot) && typeof slotName === 'string' && slotName !== '') continue;
    throw new UsageError(
      '[slotVariables]() gives { variable, slotName, slot }: two variables, and a name that is not empty',
    );
  }
  return slots;
}
