/** Which tensors are meant, by name (name-patterns.ts), dtype, size and role: one grammar for every command. */
import { rolesByNames } from '../roles/name-role.ts';
import type { Role, RoleOf, Trainable } from '../roles/role.ts';
import type { Tensor, TensorMap } from '../tensor/tensor.ts';
import { nameChooser } from './name-patterns.ts';

export interface Selection {
  readonly patterns: readonly string[];
  /** dtype names; empty for any. */
  readonly dtypes?: readonly string[] | undefined;
  /** Bytes, both ends included. */
  readonly minBytes?: number | undefined;
  readonly maxBytes?: number | undefined;
  /** Empty for any. */
  readonly roles?: readonly Role[] | undefined;
  /** Whether training changes them; a tensor of which this is not known is neither `yes` nor `no`. */
  readonly trainable?: Trainable | undefined;
  /** Who tells the roles; their names do when left out. */
  readonly roleOf?: RoleOf | undefined;
}

/** A test of name and tensor. */
export type Chooser = (name: string, tensor: Tensor) => boolean;

/** A test of what tensors are for. */
function roleChooser({ roles = [], trainable, roleOf }: Selection, tensors: TensorMap): Chooser | undefined {
  if (roles.length === 0 && trainable === undefined) return undefined;
  const tell = roleOf ?? rolesByNames(tensors).roleOf;
  return (name, tensor) => {
    const told = tell(name, tensor);
    return (roles.length === 0 || roles.includes(told.role)) && (trainable ?? told.trainable) === told.trainable;
  };
}

/** Compiles a selection against a map; throws {@link NameError} for a pattern that matches no name in it. */
export function chooser(selection: Selection, tensors: TensorMap): Chooser {
  const isChosen = nameChooser(selection.patterns, tensors);
  const hasRole = roleChooser(selection, tensors);
  const { minBytes, maxBytes } = selection;
  const dtypes =
    selection.dtypes === undefined || selection.dtypes.length === 0 ? undefined : new Set(selection.dtypes);
  return (name, tensor) =>
    isChosen(name) &&
    (dtypes === undefined || dtypes.has(tensor.dtype.name)) &&
    (minBytes === undefined || tensor.byteLength >= minBytes) &&
    (maxBytes === undefined || tensor.byteLength <= maxBytes) &&
    (hasRole === undefined || hasRole(name, tensor));
}

/** The names and tensors that a selection takes, in the map's order; lazy, so that a million cost no memory. */
export function selected(selection: Selection, tensors: TensorMap): Iterable<[string, Tensor]> {
  return takesAll(selection) ? tensors : chosenOf(chooser(selection, tensors), tensors);
}

/** Whether a selection takes every tensor there is. */
export function takesAll({ patterns, dtypes, minBytes, maxBytes, roles, trainable }: Selection): boolean {
  const limits = [minBytes, maxBytes, trainable];
  return (
    [patterns, dtypes ?? [], roles ?? []].every(({ length }) => length === 0) &&
    limits.every((limit) => limit === undefined)
  );
}

function* chosenOf(chosen: Chooser, tensors: TensorMap): Generator<[string, Tensor]> {
  for (const pair of tensors) if (chosen(pair[0], pair[1])) yield pair;
}
