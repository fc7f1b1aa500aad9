/**
 * Variable scopes: prefixes of names, and what variables in them have in common. `getVariable` makes a variable of a name once,
 * and finds it again where that is allowed. Source: tensorflow/python/ops/variable_scope.py.
 */
import { MismatchError, NameError, UsageError } from '../errors.ts';
import type { DTypeName } from '../tensor/dtype.ts';
import { formatShape, type Shape, sameShape } from '../tensor/shape.ts';
import { zeros } from './constants.ts';
import { type Graph, getDefaultGraph } from './graph.ts';
import type { InitialValue } from './initial-value.ts';
import { Initializer } from './initializer.ts';
import { type Partitioner, partBoxes } from './partitioner.ts';
import { glorotUniform } from './random.ts';
import type { VariableOptions } from './registration.ts';
import { type DTypeOfInitial, makeVariable, type Variable } from './variable.ts';

/** Whether variables are made (false), found (true), or whichever is possible (`'auto'`). */
export type Reuse = boolean | 'auto';

export interface VariableScopeOptions {
  /** True and `'auto'` hold for the scopes inside too. */
  readonly reuse?: Reuse | null | undefined;
  readonly initializer?: InitialValue | undefined;
  readonly dtype?: DTypeName | undefined;
  /** Cuts the variables that `getVariable` makes. */
  readonly partitioner?: Partitioner | undefined;
  /** The name where none is given, made unique in the scope around: `layer`, `layer_1`. */
  readonly defaultName?: string | undefined;
}

/** A scope that is or was open; it may be opened again. */
export class VariableScope {
  readonly name: string;
  /** The scope of names that was opened with it, which may be numbered. */
  readonly originalNameScope: string;
  readonly initializer: InitialValue | undefined;
  readonly dtype: DTypeName | undefined;
  readonly partitioner: Partitioner | undefined;
  #reuse: Reuse;

  constructor(
    name: string,
    originalNameScope: string,
    outer: Pick<VariableScope, 'initializer' | 'dtype' | 'partitioner'>,
    options: VariableScopeOptions,
    reuse: Reuse,
  ) {
    this.name = name;
    this.originalNameScope = originalNameScope;
    this.initializer = options.initializer ?? outer.initializer;
    this.dtype = options.dtype ?? outer.dtype;
    this.partitioner = options.partitioner ?? outer.partitioner;
    this.#reuse = reuse;
  }

  get reuse(): Reuse {
    return this.#reuse;
  }

  /** From now on variables are found in this scope, and none is made. */
  reuseVariables(): void {
    this.#reuse = true;
  }
}

/** What a graph keeps of scopes. */
class ScopeState {
  current = new VariableScope('', '', { initializer: undefined, dtype: undefined, partitioner: undefined }, {}, false);
  /** Variables of `getVariable` by their full names. */
  readonly store = new Map<string, Variable>();
  /** How often each scope was opened since the one around it was. */
  counts = new Map<string, number>();
}
const newState = (): ScopeState => new ScopeState();
const stateOf = (graph: Graph): ScopeState => graph.extra(newState);

function checkReuse(reuse: unknown): void {
  if (reuse === undefined || reuse === null || typeof reuse === 'boolean' || reuse === 'auto') return;
  throw new UsageError(`reuse is true, false or 'auto', not ${String(reuse)}`);
}

/** A default name that no scope inside the current one has yet. */
function uniqueDefault({ current, counts }: ScopeState, wanted: string): string {
  const full = current.name === '' ? wanted : `${current.name}/${wanted}`;
  if ((counts.get(full) ?? 0) === 0) return wanted;
  let i = 1;
  while ((counts.get(`${full}_${i}`) ?? 0) > 0) i++;
  return `${wanted}_${i}`;
}

function namesFor(
  graph: Graph,
  state: ScopeState,
  nameOrScope: string | VariableScope | null | undefined,
  options: VariableScopeOptions,
): { readonly own: string; readonly nameScope: string } {
  const { names } = graph;
  if (nameOrScope instanceof VariableScope) {
    const last = nameOrScope.name.slice(nameOrScope.name.lastIndexOf('/') + 1);
    return { own: nameOrScope.name, nameScope: last === '' ? names.current : names.enter(last) };
  }
  if (typeof nameOrScope === 'string') {
    return { own: nameOrScope, nameScope: nameOrScope === '' ? names.current : names.enter(nameOrScope) };
  }
  const { defaultName, reuse } = options;
  if (typeof defaultName !== 'string') throw new UsageError('variableScope takes a name, or none and a defaultName');
  if (reuse === true || reuse === 'auto')
    throw new UsageError('a scope without a name of its own cannot reuse variables');
  const nameScope = names.enter(defaultName);
  return { own: uniqueDefault(state, defaultName), nameScope };
}

type Body<T> = (scope: VariableScope) => T;

/** Options and callback in either order. */
function inOrder<T>(
  a: VariableScopeOptions | Body<T>,
  b: VariableScopeOptions | Body<T> | undefined,
): [VariableScopeOptions, Body<T>] {
  if (typeof a === 'function') return [(b ?? {}) as VariableScopeOptions, a];
  if (typeof b !== 'function') throw new UsageError('variableScope takes a callback, which runs inside it');
  return [a ?? {}, b];
}

/**
 * Runs `body` with a scope open: names of variables begin with it, those of `getVariable` with exactly it, those of `new Variable`
 * with the name made unique, as in TensorFlow. A scope that was open may be opened again in the place of a name.
 *
 * @example
 * variableScope('layer1', () => getVariable('w', { shape: [2] }));                    // layer1/w
 * variableScope('layer1', { reuse: true }, () => getVariable('w', { shape: [2] }));   // the same
 */
export function variableScope<T>(
  name: string | VariableScope | null | undefined,
  body: Body<T>,
  options?: VariableScopeOptions,
): T;
export function variableScope<T>(
  name: string | VariableScope | null | undefined,
  options: VariableScopeOptions,
  body: Body<T>,
): T;
export function variableScope<T>(
  nameOrScope: string | VariableScope | null | undefined,
  first: VariableScopeOptions | Body<T>,
  second?: VariableScopeOptions | Body<T>,
): T {
  const [options, body] = inOrder(first, second);
  checkReuse(options.reuse);
  const graph = getDefaultGraph();
  const state = stateOf(graph);
  const before = state.current;
  const { own, nameScope } = namesFor(graph, state, nameOrScope, options);
  const again = nameOrScope instanceof VariableScope ? nameOrScope : undefined;
  const name = again !== undefined || before.name === '' ? own : `${before.name}/${own}`;
  const reuse = options.reuse || (again ?? before).reuse;
  const scope = new VariableScope(name, again?.originalNameScope ?? nameScope, again ?? before, options, reuse);
  state.counts.set(name, (state.counts.get(name) ?? 0) + 1);
  const counts = new Map(state.counts);
  state.current = scope;
  try {
    return graph.names.inside(nameScope, 'variableScope', () => body(scope));
  } finally {
    state.current = before;
    if (again !== undefined) state.counts = counts;
    else for (const key of state.counts.keys()) if (key.startsWith(`${name}/`)) state.counts.set(key, 0);
  }
}

/** Runs `body` with a scope of names open, made unique, or with none for null: it concerns `new Variable`, and not `getVariable`. */
export function nameScope<T>(name: string | null, body: (scope: string) => T): T {
  const { names } = getDefaultGraph();
  const scope = names.enter(name);
  return names.inside(scope, 'nameScope', () => body(scope));
}

/** The scope that is open. */
export function getVariableScope(): VariableScope {
  return stateOf(getDefaultGraph()).current;
}

export interface GetVariableOptions extends Omit<VariableOptions, 'name'> {
  /** Of floats `glorotUniform`, of anything else zeros, unless the scope says otherwise. */
  readonly initializer?: InitialValue | undefined;
  /** In the place of what the scope says. */
  readonly reuse?: Reuse | null | undefined;
}

/** Throws where a variable that is found is not what was asked for. */
function checkFound(name: string, found: Variable, options: GetVariableOptions, reuse: Reuse): void {
  const { shape, dtype, partitioner } = options;
  const refuse = (what: string, asked: string, has: string): MismatchError =>
    new MismatchError(`variable ${name} is shared with ${what} ${asked}, but has ${has}`, name, asked, has);
  if (shape !== undefined && !sameShape(shape, found.shape))
    throw refuse('shape', formatShape(shape), formatShape(found.shape));
  if (dtype !== undefined && dtype !== found.dtype) throw refuse('dtype', dtype, found.dtype);
  const parts = found.parts?.map(({ saveSlice }) => formatShape(saveSlice?.start ?? [])).join(' ');
  if (partitioner === undefined || found.shape.length === 0) {
    // TensorFlow finds a partitioned variable without being told how it is cut only where it may do nothing else.
    if (parts !== undefined && reuse !== true) throw refuse('partitioning', 'none', `parts at ${parts}`);
    return;
  }
  const boxes = partBoxes(partitioner, found.shape, found.dtype);
  const asked = boxes.map(({ start }) => formatShape(start)).join(' ');
  if (asked !== parts) throw refuse('parts at', asked, parts === undefined ? 'no parts' : `parts at ${parts}`);
}

function defaultInitializer(name: string, dtype: DTypeName): Initializer {
  if (/float/.test(dtype)) return glorotUniform();
  if (/^complex|^variant|^unknown/.test(dtype))
    throw new UsageError(`variable ${name} of ${dtype} needs an initializer`);
  return zeros();
}

/** The shape that is asked for, by the options or by an initializer that has one. */
function shapeAsked(options: GetVariableOptions): Shape | undefined {
  const { initializer, shape } = options;
  return shape ?? (initializer instanceof Initializer ? initializer.shape : undefined);
}

/**
 * The variable of a name in the open scope: made, or found where the scope reuses. Throws {@link NameError} for a name that is
 * there already, or is not there where only finding is allowed, and {@link MismatchError} for one of another shape or dtype.
 */
export function getVariable<D extends DTypeName>(
  name: string,
  options: GetVariableOptions & { readonly dtype: D },
): Variable<D>;
export function getVariable<V extends InitialValue>(
  name: string,
  options: GetVariableOptions & { readonly initializer: V },
): Variable<DTypeOfInitial<V>>;
export function getVariable(name: string, options?: GetVariableOptions): Variable<'float32'>;
export function getVariable(name: string, options: GetVariableOptions = {}): Variable {
  if (typeof name !== 'string' || name === '') throw new UsageError('getVariable takes a name that is not empty');
  checkReuse(options.reuse);
  const graph = options.graph ?? getDefaultGraph();
  const { current, store } = stateOf(graph);
  const fullName = current.name === '' ? name : `${current.name}/${name}`;
  const reuse = options.reuse ?? current.reuse;
  const partitioner = options.partitioner ?? current.partitioner;
  const dtype = options.dtype ?? current.dtype;
  const found = store.get(fullName);
  if (found !== undefined) {
    if (reuse === false) {
      throw new NameError(
        `variable ${fullName} exists already; open the scope with { reuse: true } or { reuse: 'auto' } to share it`,
        { colliding: [fullName] },
      );
    }
    checkFound(fullName, found, { ...options, shape: shapeAsked(options), dtype, partitioner }, reuse);
    return found;
  }
  if (reuse === true) {
    throw new NameError(
      `variable ${fullName} does not exist, or was not made with getVariable; open the scope with { reuse: 'auto' } to make it`,
      { missing: [fullName] },
    );
  }
  const { shape = undefined } = options;
  const initializer = options.initializer ?? current.initializer ?? defaultInitializer(fullName, dtype ?? 'float32');
  if (
    options.initializer === undefined &&
    shape === undefined &&
    initializer instanceof Initializer &&
    initializer.shape === undefined
  ) {
    throw new UsageError(`variable ${fullName} needs a shape, or an initializer that has one`);
  }
  const variable = makeVariable(
    initializer,
    { ...options, name: fullName, dtype, partitioner, graph },
    { atRoot: true },
  );
  store.set(fullName, variable);
  return variable;
}

/** The variables of `getVariable` by their full names. */
export function sharedVariables(graph: Graph): ReadonlyMap<string, Variable> {
  return stateOf(graph).store;
}
