/** Which tensors are meant, by name (name-patterns.ts), dtype, size and role: one grammar for every command. */

import { rolesByNames } from '../roles/name-role.ts';
import type { Role, RoleFacts, RoleOf, Trainable } from '../roles/role.ts';
import { nameOfFacts } from '../tensor/named-facts.ts';
import { scanTensors } from '../tensor/scan.ts';
import type { ScannedTensor, Tensor, TensorMap } from '../tensor/tensor.ts';
import { type FurtherNames, NamePatterns } from './name-patterns.ts';

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
  /** What else the tensors are called, of an object-based checkpoint; their names alone count when left out. */
  readonly others?: FurtherNames | undefined;
}

/** What stands in an index of a tensor, its name apart. */
export type TensorSummary = Pick<Tensor, 'dtype' | 'shape' | 'byteLength'>;

/** A test of name and tensor. */
export type Chooser = (name: string, tensor: Tensor) => boolean;
/** One that looks at no more than an index shows. */
export type SummaryChooser = (name: string, tensor: TensorSummary) => boolean;

/** A test of what tensors are for. */
function roleChooser(
  { roles = [], trainable, roleOf }: Selection,
  tensors: TensorMap,
): ((name: string, facts: RoleFacts) => boolean) | undefined {
  if (roles.length === 0 && trainable === undefined) return undefined;
  const tell = roleOf ?? rolesByNames(tensors).roleOf;
  return (name, tensor) => {
    const told = tell(name, tensor);
    return (roles.length === 0 || roles.includes(told.role)) && (trainable ?? told.trainable) === told.trainable;
  };
}

/** A test of dtype and size. */
function sizeChooser({ minBytes, maxBytes, dtypes = [] }: Selection): (facts: TensorSummary) => boolean {
  const wanted = dtypes.length === 0 ? undefined : new Set(dtypes);
  return ({ dtype, byteLength }) =>
    (wanted === undefined || wanted.has(dtype.name)) &&
    (minBytes === undefined || byteLength >= minBytes) &&
    (maxBytes === undefined || byteLength <= maxBytes);
}

/**
 * Compiles a selection against a map; throws {@link NameError} for a pattern that matches no name in it.
 *
 * @example
 * const { tensors } = await openCheckpoint('model.ckpt');
 * const choose = chooser({ patterns: ['net/', '!/Adam/'], minBytes: 16 }, tensors);
 * await writeCheckpoint('some.ckpt', subset(tensors, choose));
 */
export function chooser(selection: Selection, tensors: TensorMap): SummaryChooser {
  const patterns = new NamePatterns(selection.patterns, tensors, selection.others);
  const hasRole = roleChooser(selection, tensors);
  const hasSize = sizeChooser(selection);
  return (name, tensor) =>
    patterns.matches(name) && hasSize(tensor) && (hasRole === undefined || hasRole(name, tensor));
}

/** Shows what a selection takes, in the map's order, as {@link chooser} says. */
export function scanSelected(selection: Selection, tensors: TensorMap, visit: (facts: ScannedTensor) => void): void {
  if (takesAll(selection)) {
    scanTensors(tensors, visit);
    return;
  }
  const patterns = new NamePatterns(selection.patterns, tensors, selection.others);
  const hasRole = roleChooser(selection, tensors);
  const hasSize = sizeChooser(selection);
  scanTensors(tensors, (facts) => {
    if (!patterns.matchesFacts(facts) || !hasSize(facts)) return;
    if (hasRole?.(nameOfFacts(facts), facts) !== false) visit(facts);
  });
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
