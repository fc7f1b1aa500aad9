/** The initial value of one variable: what was given for it, made into a tensor when the variable is initialized. */
import { type CkptError, MismatchError, UsageError } from '../errors.ts';
import { type DTypeName, dtypeOf } from '../tensor/dtype.ts';
import { formatShape, type Shape, sameShape } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type TensorValue, tensorFrom } from '../tensor/tensor-from.ts';
import { Expression, type ValueIn } from './expression.ts';
import { checkedShape, Initializer, type Made, type Recipe } from './initializer.ts';

/** What a variable may begin as; a function is called when it is needed, and told the shape and dtype where they are known. */
export type InitialValue =
  | TensorValue
  | Initializer
  | Expression
  | ((shape: Shape | undefined, dtype: DTypeName | undefined) => TensorValue | Initializer | Expression);

/** An initial value by its recipe, with the values where they are at hand. */
export interface Described {
  readonly recipe: Recipe;
  readonly tensor?: Tensor | undefined;
  readonly expression?: Expression | undefined;
}

interface Facts {
  readonly dtype: DTypeName;
  readonly shape: Shape;
}

/** Those whose shape is being found, to tell a circle. */
const finding: InitialSource[] = [];

export class InitialSource {
  readonly #name: string;
  readonly #given: InitialValue;
  readonly #dtype: DTypeName | undefined;
  readonly #shape: Shape | undefined;
  #facts: Facts | undefined;
  /** What a function gave, until it is used. */
  #called: InitialSource | undefined;

  constructor(name: string, given: InitialValue, dtype: DTypeName | undefined, shape: Shape | undefined) {
    this.#name = name;
    this.#dtype = dtype === undefined ? undefined : dtypeOf(dtype).name;
    this.#shape = shape === undefined ? undefined : checkedShape(shape);
    // A copy of plain values is taken now: what happens to them later does not count.
    const plain = typeof given !== 'function' && !(given instanceof Initializer) && !(given instanceof Expression);
    this.#given = plain ? this.#named(() => tensorFrom(given as TensorValue, { dtype, shape: this.#shape })) : given;
    if (typeof given !== 'function' && (!(given instanceof Expression) || given.isDescribed)) void this.facts;
    if (dtype !== undefined && this.#shape !== undefined) this.#facts = { dtype, shape: this.#shape };
  }

  /** Lets errors name the variable. */
  #named<T>(work: () => T): T {
    try {
      return work();
    } catch (cause) {
      if (cause instanceof MismatchError && cause.tensor === '') {
        throw new MismatchError(`variable ${this.#name}: ${cause.message}`, this.#name, cause.expected, cause.actual, {
          cause,
        });
      }
      if (cause instanceof UsageError && !cause.message.startsWith('variable ')) {
        throw new UsageError(`variable ${this.#name}: ${cause.message}`, { cause });
      }
      throw cause;
    }
  }

  /** Whether {@link facts} are at hand. */
  get isDescribed(): boolean {
    return this.#facts !== undefined;
  }

  /** Dtype and shape; a function is called for them where they were not given. */
  get facts(): Facts {
    this.#facts ??= this.#find();
    return this.#facts;
  }

  #find(): Facts {
    if (finding.includes(this)) {
      const names = [...finding.slice(finding.indexOf(this)), this].map((each) => each.#name);
      throw circle(names.filter((name, i) => i === names.length - 1 || name !== names[i + 1] || i === 0));
    }
    finding.push(this);
    try {
      const { dtype, shape } = this.#ofGiven();
      const wanted = this.#dtype ?? dtype;
      if (this.#shape !== undefined && shape !== undefined) this.#checkShape(shape, this.#shape);
      const known = this.#shape ?? shape ?? this.#usualShape;
      if (known === undefined)
        throw new UsageError(`variable ${this.#name} needs a shape: give it in the options or to the initializer`);
      return { dtype: wanted, shape: known };
    } finally {
      finding.pop();
    }
  }

  get #usualShape(): Shape | undefined {
    const given = typeof this.#given === 'function' ? this.#call().#given : this.#given;
    return given instanceof Initializer ? given.usualShape : undefined;
  }

  #ofGiven(): { readonly dtype: DTypeName; readonly shape: Shape | undefined } {
    const given = this.#given;
    if (typeof given === 'function') return this.#call().facts;
    if (given instanceof Initializer) return { dtype: given.dtype ?? given.usualDType, shape: given.shape };
    if (given instanceof Expression) return this.#named(() => ({ dtype: given.dtype, shape: given.shape }));
    const { dtype, shape } = given as Tensor;
    return { dtype: dtype.name, shape };
  }

  #call(): InitialSource {
    if (this.#called === undefined) {
      const result = (this.#given as (shape?: Shape, dtype?: DTypeName) => InitialValue)(this.#shape, this.#dtype);
      if (typeof result === 'object' && result !== null && 'then' in result) {
        throw new UsageError(
          `variable ${this.#name}: its initial value is a promise; await it before the variable is made`,
        );
      }
      this.#called = new InitialSource(this.#name, result, this.#dtype, this.#shape);
    }
    return this.#called;
  }

  #checkShape(actual: Shape, wanted: Shape): void {
    if (sameShape(actual, wanted)) return;
    throw new MismatchError(
      `variable ${this.#name}: its initial value has shape ${formatShape(actual)}, not ${formatShape(wanted)}`,
      this.#name,
      formatShape(wanted),
      formatShape(actual),
    );
  }

  /** The value; the variables in it have theirs from `valueIn`. */
  make(valueIn: ValueIn): Made {
    const given = this.#given;
    if (typeof given === 'function') {
      const called = this.#call();
      // Known before what the function gave is let go: it is asked once for each initialization.
      void this.facts;
      this.#called = undefined;
      return called.make(valueIn);
    }
    const { dtype, shape } = this.facts;
    return this.#named(() => {
      if (given instanceof Initializer) return given.make(shape, dtype);
      if (!(given instanceof Expression)) return { tensor: given as Tensor, recipe: { kind: 'value' } };
      const tensor = given.evaluate(valueIn);
      this.#checkShape(tensor.shape, shape);
      return { tensor: tensorFrom(tensor, { dtype }), recipe: { kind: 'value' } };
    });
  }

  /**
   * How the value is made, as far as that is known without making it; a function is called. `began` is how a variable did begin,
   * which says more of what chance made.
   */
  describe(began?: Described): Described {
    const isKnown = began?.recipe.kind !== 'value' && began?.recipe.kind !== 'computed';
    if (began !== undefined && (isKnown || began.tensor !== undefined)) return began;
    const given = this.#given;
    if (typeof given === 'function') return this.#call().describe();
    if (given instanceof Expression) return { recipe: { kind: 'computed' }, expression: given };
    if (!(given instanceof Initializer)) return { recipe: { kind: 'value' }, tensor: given as Tensor };
    const { dtype, shape } = this.facts;
    const made = given.make(shape, dtype);
    return made.recipe.kind === 'value' ? made : { recipe: made.recipe };
  }
}

/** The error for initial values that need one another. */
export function circle(names: readonly string[]): CkptError {
  return new UsageError(
    `initial values need one another in a circle: ${names.join(' -> ')}; give one of them a value of its own`,
  );
}
