/**
 * Variables from tensors of other names, by a map of names or of whole scopes: `tf.compat.v1.train.init_from_checkpoint`, but
 * the variables have their values at once. Source: tensorflow/python/training/checkpoint_utils.py.
 */
import { NameError, UsageError } from '../errors.ts';
import { nearestNames } from '../surgery/nearest-names.ts';
import { type Graph, getDefaultGraph } from './graph.ts';
import { type RestoreOptions, type RestoreReport, restoreVariables } from './restore.ts';
import { isSaveable, type Saveable } from './saveable.ts';
import { type SavedVariable, savedVariables } from './saved-variables.ts';
import { sharedVariables } from './variable-scope.ts';

/** A variable, the parts of one, the name of one, or with a slash at its end a scope. */
export type AssignmentTarget = string | Saveable | readonly Saveable[];

/** Names and scopes of the checkpoint, and what they are for. */
export type AssignmentMap =
  | Readonly<Record<string, AssignmentTarget>>
  | ReadonlyMap<string, AssignmentTarget>
  | readonly (readonly [string, AssignmentTarget])[];

function pairsOf(map: AssignmentMap): [string, AssignmentTarget][] {
  if (typeof map !== 'object' || map === null || isSaveable(map)) {
    throw new UsageError('restoreInto takes a map: names of the checkpoint to variables, their names, or scopes');
  }
  if (map instanceof Map) return [...map];
  return Array.isArray(map) ? map.map(([name, target]) => [name, target]) : Object.entries(map);
}

/** The variables of a graph by name, a partitioned one as the whole. */
function variablesOf(graph: Graph): Map<string, Saveable[]> {
  const named = new Map<string, Saveable[]>();
  for (const variable of graph.variables as unknown as Saveable[]) {
    const name = variable.saveSlice?.fullName ?? variable.name;
    named.set(name, [...(named.get(name) ?? []), variable]);
  }
  // Where names were made unique, those of getVariable are known by what it was told.
  for (const [name, variable] of sharedVariables(graph)) named.set(name, [...(variable.parts ?? [variable])]);
  return named;
}

/** One variable under the name that it has in the checkpoint. */
function under(name: string, variables: readonly Saveable[]): SavedVariable {
  return savedVariables({ [name]: variables })[0] as SavedVariable;
}

class Assignments {
  readonly #variables: Map<string, Saveable[]>;

  constructor(graph: Graph) {
    this.#variables = variablesOf(graph);
  }

  of(source: string, target: AssignmentTarget): SavedVariable[] {
    if (isSaveable(target)) return [under(source, [target])];
    if (Array.isArray(target)) return [under(source, target)];
    if (typeof target !== 'string') throw new UsageError(`${source} is mapped to no variable and no name`);
    const variable = this.#variables.get(target);
    return variable === undefined ? this.#ofScope(source, target) : [under(source, variable)];
  }

  /** Every variable of a scope, from the same names in a scope of the checkpoint. */
  #ofScope(source: string, target: string): SavedVariable[] {
    if (!source.endsWith('/') || !target.endsWith('/')) throw this.#unknown(source, target);
    const [from, to] = [source === '/' ? '' : source, target === '/' ? '' : target];
    const names = [...this.#variables.keys()].filter((name) => name.startsWith(to)).sort();
    if (names.length === 0) throw this.#unknown(source, target);
    return names.map((name) => under(from + name.slice(to.length), this.#variables.get(name) ?? []));
  }

  #unknown(source: string, target: string): NameError {
    const near = nearestNames(target, this.#variables.keys());
    const hint = near.length === 0 ? '' : ` (near: ${near.join(', ')})`;
    const kind = target.endsWith('/') && source.endsWith('/') ? 'scope' : 'variable';
    const rule =
      kind === 'scope' || !(target.endsWith('/') || source.endsWith('/'))
        ? ''
        : "; scopes go with scopes: { 'scope/': 'other/' }";
    return new NameError(`${source} is mapped to ${target}, but there is no ${kind} ${target}${hint}${rule}`, {
      missing: [target],
    });
  }
}

/**
 * Restores variables from a checkpoint under other names: `{ 'old/': 'new/' }` for whole scopes (`'/'` for all), `{ 'old/w': w }` or
 * `{ 'old/w': 'new/w' }` for one. Every variable of a scope must be there, unless `partial` says otherwise. All is checked before
 * anything is assigned; throws `NameError` and `MismatchError`.
 *
 * @example await restoreInto('./bert.ckpt', { 'bert/': 'encoder/', 'cls/bias': bias });
 */
export async function restoreInto(
  path: string,
  map: AssignmentMap,
  options: RestoreOptions & { readonly graph?: Graph | undefined } = {},
): Promise<RestoreReport> {
  const assignments = new Assignments(options.graph ?? getDefaultGraph());
  const pairs = pairsOf(map).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const variables = pairs.flatMap(([source, target]) => assignments.of(source, target));
  return restoreVariables(path, variables, options);
}
