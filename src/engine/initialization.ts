/** Giving variables their initial values: in the order in which they need one another, all or none. */
import { UsageError } from '../errors.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { InitialOperand } from './expression.ts';
import { type Graph, getDefaultGraph } from './graph.ts';
import { GraphKeys } from './graph-keys.ts';
import { circle } from './initial-value.ts';
import type { Made } from './initializer.ts';
import { Variable } from './variable.ts';

/** One run: every initial value is made once, and nothing is assigned before all are made. */
export class InitialRun {
  readonly #wanted: ReadonlySet<InitialOperand>;
  readonly #made = new Map<InitialOperand, Made>();
  readonly #making: InitialOperand[] = [];

  constructor(wanted: Iterable<Variable>) {
    this.#wanted = new Set(wanted);
  }

  /** The initial value of a variable. */
  make(variable: Variable): Made {
    const known = this.#made.get(variable);
    if (known !== undefined) return known;
    if (this.#making.includes(variable)) {
      const start = this.#making.indexOf(variable);
      throw circle([...this.#making.slice(start), variable].map(({ name }) => name));
    }
    this.#making.push(variable);
    try {
      const made = variable.makeInitialValue((operand) => this.valueOf(operand));
      this.#made.set(variable, made);
      return made;
    } finally {
      this.#making.pop();
    }
  }

  /** What a variable holds, or will hold first. */
  valueOf(operand: InitialOperand): Tensor {
    const isKept = operand instanceof Variable && operand.isInitialized && !this.#begins(operand);
    return isKept ? operand.tensor() : this.make(operand as Variable).tensor;
  }

  /** Whether a variable, or a part of it, is to have its initial value again. */
  #begins(variable: Variable): boolean {
    return this.#wanted.has(variable) || variable.parts?.some((part) => this.#wanted.has(part)) === true;
  }
}

/**
 * Gives variables their initial values, those that they need first; a variable that has a value begins anew. Where one of them
 * cannot be made, none is changed. Throws `UsageError` for initial values that need one another in a circle.
 */
export function initializeVariables(variables: Iterable<Variable>): void {
  const list = [...variables].flatMap((variable) => {
    if (!(variable instanceof Variable)) throw new UsageError('initializeVariables takes a list of variables');
    return variable.parts ?? [variable];
  });
  const run = new InitialRun(list);
  const tensors = list.map((variable) => run.make(variable).tensor);
  for (const [i, variable] of list.entries()) variable.begin(run.make(variable), tensors[i] as Tensor);
}

/** Initializes the variables of `GraphKeys.GLOBAL_VARIABLES`, as TensorFlow's op of this name does; others are left alone. */
export function initializeAllVariables(graph: Graph = getDefaultGraph()): void {
  initializeVariables(graph.getCollection(GraphKeys.GLOBAL_VARIABLES) as Variable[]);
}

/** Initializes the variables of `GraphKeys.LOCAL_VARIABLES`. */
export function initializeLocalVariables(graph: Graph = getDefaultGraph()): void {
  initializeVariables(graph.getCollection(GraphKeys.LOCAL_VARIABLES) as Variable[]);
}

/** The names of variables that have no value; of all global and local ones unless a list is given. */
export function reportUninitialized(variables?: Iterable<Variable>): string[] {
  const graph = getDefaultGraph();
  const all = variables ?? [
    ...graph.getCollection(GraphKeys.GLOBAL_VARIABLES),
    ...graph.getCollection(GraphKeys.LOCAL_VARIABLES),
  ];
  return ([...all] as Variable[]).filter(({ isInitialized }) => !isInitialized).map(({ name }) => name);
}
