/** Which variables a Saver saves, and under which names: what TensorFlow does with `var_list`. */
import { compareText } from '../bytes/text.ts';
import { MismatchError, NameError, UsageError } from '../errors.ts';
import { formatShape, type Shape, sameShape } from '../tensor/shape.ts';
import type { Tensor, TensorMap } from '../tensor/tensor.ts';
import { formatDevice, parseDevice } from './device-spec.ts';
import { getDefaultGraph } from './graph.ts';
import { GraphKeys } from './graph-keys.ts';
import { placedPart, wholeOf } from './parts.ts';
import { isSaveable, type Saveable } from './saveable.ts';
import { isOfTfjs, unadapted } from './trackable.ts';

/** Variables by the name that each has in the checkpoint; the parts of one may stand as a list. */
export type NamedVariables =
  | Readonly<Record<string, Saveable | readonly Saveable[]>>
  | ReadonlyMap<string, Saveable | readonly Saveable[]>;

/** A list, whose names are those of the variables, or names and variables. */
export type VariableList = readonly Saveable[] | NamedVariables;

/** A tensor of a checkpoint, and the variables that it is: one, or the parts of one. */
export interface SavedVariable {
  readonly name: string;
  readonly variables: readonly Saveable[];
  /** Of the whole. */
  readonly shape: Shape;
  readonly isPartitioned: boolean;
}

function checked(value: unknown, where: string): Saveable {
  if (isSaveable(value)) return value;
  if (typeof value === 'object' && value !== null && isOfTfjs(value)) throw unadapted(where);
  const what = value === null ? 'null' : Array.isArray(value) ? 'a list' : typeof value;
  throw new UsageError(`a Saver saves variables; ${where} is ${what}`);
}

/** Every variable with the parts in the place of a whole. */
function inParts(variables: readonly Saveable[]): Saveable[] {
  return variables.flatMap((variable) => variable.parts ?? [variable]);
}

function saved(name: string, variables: readonly Saveable[]): SavedVariable {
  const [first] = variables;
  if (first === undefined) throw new UsageError(`no variable is given for the name ${name}`);
  const slice = first.saveSlice;
  if (slice === undefined) {
    if (variables.length === 1) return { name, variables, shape: first.shape, isPartitioned: false };
    throw new UsageError(`${name} stands for ${variables.length} variables, which are not parts of one`);
  }
  for (const part of variables) {
    if (part.saveSlice !== undefined && sameShape(part.saveSlice.fullShape, slice.fullShape)) continue;
    const shape = formatShape(slice.fullShape);
    throw new MismatchError(
      `${part.name} is no part of a variable of shape ${shape}, as ${first.name} is`,
      name,
      shape,
      part.name,
    );
  }
  return { name, variables, shape: slice.fullShape, isPartitioned: true };
}

/** Variables under names of their own; one that comes twice is an error where the list `isGiven`. */
function byNameOf(list: readonly Saveable[], isGiven: boolean): Map<string, Saveable[]> {
  const named = new Map<string, Saveable[]>();
  const variables = inParts(list.map((value, i) => checked(value, `element ${i} of the list`)));
  // TensorFlow sorts by the names of tensors: part_10:0 comes before part_1:0.
  variables.sort((a, b) => compareText(`${a.name}:0`, `${b.name}:0`));
  const seen = new Set<Saveable>();
  for (const variable of variables) {
    if (seen.has(variable)) {
      if (isGiven)
        throw new NameError(`variable ${variable.name} is in the list twice`, { colliding: [variable.name] });
      continue;
    }
    seen.add(variable);
    const name = variable.saveSlice?.fullName ?? variable.name;
    const others = named.get(name);
    if (others === undefined) named.set(name, [variable]);
    else if (variable.saveSlice !== undefined && others[0]?.saveSlice !== undefined) others.push(variable);
    else
      throw new NameError(`two variables are called ${name}; give them other names: new Saver({ name: variable })`, {
        colliding: [name],
      });
  }
  return named;
}

function byGivenName(names: NamedVariables): Map<string, Saveable[]> {
  const entries = names instanceof Map ? [...names] : Object.entries(names as Record<string, Saveable | Saveable[]>);
  return new Map(
    entries.map(([name, value]: [string, Saveable | readonly Saveable[]]) => {
      const list = Array.isArray(value)
        ? value.map((each) => checked(each, `one of ${name}`))
        : [checked(value, `the value of ${name}`)];
      return [name, inParts(list)];
    }),
  );
}

/** The variables of a Saver by name, in the order of names; without a list those that the default graph has now. */
export function savedVariables(list: VariableList | undefined): SavedVariable[] {
  const graph = getDefaultGraph();
  const all = (): Saveable[] =>
    [GraphKeys.GLOBAL_VARIABLES, GraphKeys.SAVEABLE_OBJECTS].flatMap((key) => graph.getCollection(key)) as Saveable[];
  if (list !== undefined && (typeof list !== 'object' || list === null || isSaveable(list))) {
    throw new UsageError(
      'a Saver takes a list of variables, names and variables, or a function that gives one of these',
    );
  }
  const named =
    list === undefined
      ? byNameOf(all(), false)
      : Array.isArray(list)
        ? byNameOf(list, true)
        : byGivenName(list as NamedVariables);
  const seen = new Map<Saveable, string>();
  for (const [name, variables] of named) {
    for (const variable of variables) {
      const other = seen.get(variable);
      if (other !== undefined)
        throw new NameError(`variable ${variable.name} has two names, ${other} and ${name}`, {
          colliding: [other, name],
        });
      seen.set(variable, name);
    }
  }
  return [...named].map(([name, variables]) => saved(name, variables)).sort((a, b) => compareText(a.name, b.name));
}

/** The tensor that a checkpoint holds for a variable. */
function tensorOf({ name, shape, variables, isPartitioned }: SavedVariable): Tensor {
  const lent = (variable: Saveable): Tensor => variable.lend?.() ?? variable.tensor();
  if (!isPartitioned) return lent(variables[0] as Saveable);
  return wholeOf(
    name,
    shape,
    variables.map((variable) => placedPart(lent(variable), variable.saveSlice)),
  );
}

/** What a checkpoint of these variables holds now. */
export function tensorsOf(variables: readonly SavedVariable[]): TensorMap {
  return new Map(variables.map((variable) => [variable.name, tensorOf(variable)]));
}

/** Lets variables give back what {@link tensorsOf} made them hold. */
export function releaseTensors(variables: readonly SavedVariable[], tensors: TensorMap): void {
  for (const { name, variables: parts } of variables) {
    const tensor = tensors.get(name);
    if (tensor === undefined) continue;
    for (let i = 0; i < parts.length; i++) parts[i]?.release?.(tensor.parts?.[i]?.tensor ?? tensor);
  }
}

/** The data file of every variable, part by part: one file for each device, in the order of their names. */
export function shardsByDevice(variables: readonly SavedVariable[]): {
  readonly devices: readonly string[];
  readonly shards: readonly number[];
} {
  const device = ({ device: spec }: Saveable): string => formatDevice(parseDevice(spec));
  const all = variables.flatMap((each) => each.variables.map(device));
  const devices = [...new Set(all)].sort(compareText);
  return { devices, shards: all.map((each) => devices.indexOf(each)) };
}
