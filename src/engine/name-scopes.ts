/**
 * Names of a graph, and the scopes that are open: how TensorFlow makes a name unique.
 * Source: `Graph.unique_name` and `Graph.name_scope` in tensorflow/python/framework/ops.py.
 */
import { NameError, UsageError } from '../errors.ts';

/** What a name may begin with and hold, outside of any scope and inside one. */
const NAME = /^[A-Za-z0-9.][A-Za-z0-9_.\\/>-]*$/;
const NAME_IN_SCOPE = /^[A-Za-z0-9_.\\/>-]*$/;

/** What TensorFlow's operations of a variable are called besides its own name. */
const OPERATIONS = [
  '/initializer',
  '/initializer/initial_value',
  '/isinitialized',
  '/assign',
  '/read',
  '/read/readvariableop',
];

/** Runs a callback inside something that closes when it returns; a promise would go on after that, and is refused. */
export function runInside<T>(what: string, body: () => T): T {
  if (typeof body !== 'function') throw new UsageError(`${what} takes a callback, which runs inside it`);
  const result = body();
  if (typeof result === 'object' && result !== null && 'then' in result && typeof result.then === 'function') {
    throw new UsageError(
      `the callback of ${what} returned a promise: what it does later would be outside; make the variables in a callback that is not async`,
    );
  }
  return result;
}

export class NameScopes {
  /** How often each name was asked for, in lower case: TensorFlow takes `W` for `w` here. */
  readonly #used = new Map<string, number>();
  /** Variables, in lower case: the names of their operations are taken too. */
  readonly #owners = new Set<string>();
  #current = '';

  /** The scope that is open, without a slash at its end; empty for none. */
  get current(): string {
    return this.#current;
  }

  /** A name inside the open scope that is not used yet: `w`, then `w_1`. It is taken by this. */
  unique(wanted: string): string {
    return this.uniqueAtRoot(this.#current === '' ? wanted : `${this.#current}/${wanted}`);
  }

  /** A full name that is not used yet. */
  uniqueAtRoot(wanted: string): string {
    const key = wanted.toLowerCase();
    let i = this.#used.get(key) ?? (this.#isOperation(key) ? 1 : 0);
    this.#used.set(key, i + 1);
    if (i === 0) return wanted;
    let numbered = key;
    while (this.#used.has(numbered) || this.#isOperation(numbered)) numbered = `${key}_${i++}`;
    this.#used.set(numbered, 1);
    return `${wanted}_${i - 1}`;
  }

  /** Takes the names of a variable's operations. */
  takeOperations(variable: string): void {
    this.#owners.add(variable.toLowerCase());
  }

  #isOperation(key: string): boolean {
    return OPERATIONS.some((ending) => key.endsWith(ending) && this.#owners.has(key.slice(0, -ending.length)));
  }

  /** Throws {@link NameError} for what TensorFlow refuses as a name here. */
  check(name: string): void {
    if (typeof name !== 'string' || name === '') throw new UsageError('a name is a text that is not empty');
    if ((this.#current === '' ? NAME : NAME_IN_SCOPE).test(name)) return;
    throw new NameError(
      `'${name}' is no name for TensorFlow: letters, digits, and _ . \\ / > - may stand in it, and first a letter, a digit or a dot`,
      { colliding: [name] },
    );
  }

  /** What opening a scope of this name would make the open one: unique, or as it stands where it ends in a slash. */
  enter(name: string | null | undefined): string {
    if (name === undefined || name === null || name === '') return '';
    this.check(name);
    return name.endsWith('/') ? name.slice(0, -1) : this.unique(name);
  }

  /** Runs `body` with a scope open, named in full; none for the empty name. */
  inside<T>(scope: string, what: string, body: () => T): T {
    const before = this.#current;
    this.#current = scope;
    try {
      return runInside(what, body);
    } finally {
      this.#current = before;
    }
  }
}
