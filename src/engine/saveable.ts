/** What can be saved and restored: a variable, or anything that holds a tensor as a variable does. */
import { UsageError } from '../errors.ts';
import type { DTypeName } from '../tensor/dtype.ts';
import type { Shape } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** Marks what can be saved; shared by every copy of this library that a program loads. */
export const SAVEABLE: unique symbol = Symbol.for('ckpt.saveable');

/** Which part of a partitioned variable a variable is. */
export interface SaveSlice {
  /** What the whole is called in a checkpoint. */
  readonly fullName: string;
  readonly fullShape: Shape;
  /** Where the part begins along each axis. */
  readonly start: Shape;
}

export interface Saveable<D extends DTypeName = DTypeName> {
  readonly [SAVEABLE]: true;
  readonly name: string;
  readonly dtype: D;
  readonly shape: Shape;
  readonly trainable: boolean;
  /** `/job:ps/task:1`, or empty. */
  readonly device: string;
  readonly isInitialized: boolean;
  /** True of one that was disposed of: it can take no value any more. */
  readonly isGone?: boolean | undefined;
  /** The parts of a partitioned variable. */
  readonly parts?: readonly Saveable<D>[] | undefined;
  /** Set on a part of a partitioned variable. */
  readonly saveSlice?: SaveSlice | undefined;
  /** False where values of any shape may be assigned. */
  readonly validatesShape?: boolean | undefined;
  /** What it holds now; throws `UninitializedError`. The tensor does not change with later assignments. */
  tensor(): Tensor;
  /** The same for a while: until {@link release} is called with it, or another value is assigned, it stays as it is. */
  lend?(): Tensor;
  /** Gives back what {@link lend} or {@link tensor} held on to, once it is saved. */
  release?(tensor: Tensor): void;
  /** The memory of its value, little-endian, where nobody else holds it: it may be filled anew. */
  memory?(): Uint8Array | undefined;
  /** Takes a tensor of its own dtype and shape that nobody else keeps. */
  take?(value: Tensor): void;
  /** Has no value any more: what {@link memory} gave is neither old nor new. */
  drop?(): void;
  /** Whether it takes values of a dtype; its own alone where this is left out. */
  takes?(dtype: DTypeName): boolean;
  /** Takes a tensor of its own dtype and shape. */
  assign(value: Tensor): unknown;
}

/** Whether a variable takes values of a dtype. */
export function takesDType(variable: Saveable, dtype: DTypeName): boolean {
  return variable.takes?.(dtype) ?? variable.dtype === dtype;
}

/** Throws `UsageError` where a variable can take no value any more, before any has a new one. */
export function checkThere(variables: readonly Saveable[]): void {
  const gone = variables.filter(({ isGone }) => isGone === true).map(({ name }) => name);
  if (gone.length === 0) return;
  throw new UsageError(
    `nothing was restored: ${gone.join(', ')} ${gone.length === 1 ? 'was' : 'were'} disposed of; restore into variables that are there`,
  );
}

export function isSaveable(value: unknown): value is Saveable {
  return typeof value === 'object' && value !== null && SAVEABLE in value;
}
