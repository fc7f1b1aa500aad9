/** A graph: what the variables of one program share, namely names, scopes, collections and devices. There is no session to run. */
import { UsageError } from '../errors.ts';
import { DeviceStack } from './device-stack.ts';
import { NameScopes, runInside } from './name-scopes.ts';

/** What a graph keeps of a variable. */
export interface GraphVariable {
  readonly name: string;
}

/** Values by collection, each in the order in which it came. */
class Collections {
  readonly #values = new Map<string, unknown[]>();

  add(key: string, value: unknown): void {
    const values = this.#values.get(key);
    if (values === undefined) this.#values.set(key, [value]);
    else values.push(value);
  }

  get(key: string): readonly unknown[] {
    return this.#values.get(key) ?? [];
  }

  keys(): string[] {
    return [...this.#values.keys()];
  }
}

/** Graphs whose `asDefault` is running, the innermost last. */
const open: Graph[] = [];
let bottom: Graph | undefined;

/**
 * Names, scopes, collections and devices of variables. Variables belong to the default graph unless another is given.
 *
 * @example
 * const graph = new Graph();
 * graph.asDefault(() => new Variable(zeros([2]), { name: 'w' }));
 */
export class Graph {
  readonly names = new NameScopes();
  readonly devices = new DeviceStack();
  readonly collections = new Collections();
  /** Every variable, in the order of making; the parts of a partitioned one, and not the whole. */
  readonly variables: GraphVariable[] = [];
  /** What other rooms of the engine keep with a graph, made when it is first asked for. */
  readonly #extras = new Map<unknown, unknown>();

  /** Runs `body` with this graph as the default one, and gives what it returns; a promise is refused. */
  asDefault<T>(body: () => T): T {
    open.push(this);
    try {
      return runInside('asDefault', body);
    } finally {
      open.pop();
    }
  }

  /** What `make` made for this graph. */
  extra<T>(make: () => T): T {
    if (!this.#extras.has(make)) this.#extras.set(make, make());
    return this.#extras.get(make) as T;
  }

  /** The values of a collection, a copy; with `scope` those that have a name which the pattern matches from its start. */
  getCollection(key: string, scope?: string): unknown[] {
    const values = this.collections.get(key);
    if (scope === undefined || scope === '') return [...values];
    const pattern = patternOf(scope);
    return values.filter((value) => {
      const name = (value as { name?: unknown } | null | undefined)?.name;
      return typeof name === 'string' && pattern.test(name);
    });
  }

  addToCollection(key: string, value: unknown): void {
    if (typeof key !== 'string') throw new UsageError(`a collection has a text for a name, not ${typeof key}`);
    this.collections.add(key, value);
  }
}

/** The graph that variables belong to where none is given. */
export function getDefaultGraph(): Graph {
  const innermost = open.at(-1);
  if (innermost !== undefined) return innermost;
  bottom ??= new Graph();
  return bottom;
}

/** Forgets the default graph: the next variable belongs to a new one. Throws {@link UsageError} inside of `asDefault`. */
export function resetDefaultGraph(): void {
  if (open.length > 0) throw new UsageError('the default graph cannot be reset inside of asDefault');
  bottom = undefined;
}

/** A pattern that must match from the start of a name. */
function patternOf(scope: string): RegExp {
  try {
    return new RegExp(`^(?:${scope})`);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(`the scope '${scope}' is no regular expression: ${reason}; write \\( for a parenthesis`, {
      cause,
    });
  }
}
