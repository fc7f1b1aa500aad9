/**
 * Initial values that are computed from the initial values of other variables. An expression is a recipe: it is worked out
 * when the variable that it belongs to is initialized.
 */
import { MismatchError, UsageError } from '../errors.ts';
import { type DTypeName, dtypeOf } from '../tensor/dtype.ts';
import type { Shape } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type TensorValue, tensorFrom } from '../tensor/tensor-from.ts';
import {
  type Arithmetic,
  arithmetic,
  broadcastShape,
  elementsOf,
  negated,
  operandFrom,
  quotientDType,
} from './arithmetic.ts';
import type { ElementOf, QuotientOf, ValueFor } from './value-types.ts';

/** A variable, as far as an expression knows it. */
export interface InitialOperand {
  readonly name: string;
  readonly dtype: DTypeName;
  readonly shape: Shape;
  /** Whether dtype and shape can be told without calling a function of the user's. */
  readonly isDescribed?: boolean;
}

/** Gives the value of a variable: what it holds, or else will hold first. */
export type ValueIn = (operand: InitialOperand) => Tensor;

/** An operand: another expression, a variable, whose initial value is meant, or values; plain numbers take the dtype of the expression. */
export type Operand<D extends DTypeName = DTypeName> =
  | Expression<D>
  | { initializedValue(): Expression<D> }
  | ValueFor<D>;

/** What an expression does, where an operation of TensorFlow does the same. */
export type Form =
  | { readonly kind: 'variable'; readonly operand: InitialOperand }
  | { readonly kind: 'neg'; readonly of: Expression }
  | { readonly kind: Arithmetic; readonly left: Expression; readonly right: Expression | Tensor };

interface Work {
  /** Worked out late: a variable may learn its shape after the expression is made. */
  facts(): { readonly dtype: DTypeName; readonly shape: Shape };
  evaluate(valueIn: ValueIn): Tensor;
  readonly operands: readonly InitialOperand[];
  form?(): Form;
}

export class Expression<D extends DTypeName = DTypeName> {
  readonly #work: Work;

  constructor(work: Work) {
    this.#work = work;
  }

  /** The initial value of a variable. */
  static of<D extends DTypeName>(operand: InitialOperand & { readonly dtype: D }): Expression<D> {
    return new Expression<D>({
      facts: () => operand,
      evaluate: (valueIn) => valueIn(operand),
      operands: [operand],
      form: () => ({ kind: 'variable', operand }),
    });
  }

  get dtype(): D {
    return this.#work.facts().dtype as D;
  }

  get shape(): Shape {
    return this.#work.facts().shape;
  }

  /** The variables whose initial values it takes. */
  get operands(): readonly InitialOperand[] {
    return this.#work.operands;
  }

  /** Undefined for what only a function of the user's knows. */
  get form(): Form | undefined {
    return this.#work.form?.();
  }

  /** Whether dtype and shape can be told without calling a function of the user's. */
  get isDescribed(): boolean {
    return this.operands.every(({ isDescribed }) => isDescribed !== false);
  }

  evaluate(valueIn: ValueIn): Tensor {
    return this.#work.evaluate(valueIn);
  }

  /** Element by element, shapes broadcast as TensorFlow's; integers wrap. */
  add(other: Operand<D>): Expression<D> {
    return this.#binary('add', other);
  }

  sub(other: Operand<D>): Expression<D> {
    return this.#binary('sub', other);
  }

  mul(other: Operand<D>): Expression<D> {
    return this.#binary('mul', other);
  }

  /** The true quotient: of integers it is a float, as in TensorFlow. */
  div(other: Operand<D>): Expression<QuotientOf<D>> {
    return this.#binary('div', other) as Expression as Expression<QuotientOf<D>>;
  }

  neg(): Expression<D> {
    return new Expression<D>({
      facts: () => ({ dtype: this.dtype, shape: this.shape }),
      evaluate: (valueIn) => negated(this.evaluate(valueIn)),
      operands: this.operands,
      form: () => ({ kind: 'neg', of: this }),
    });
  }

  /** Every element through a function: of numbers, bigints for 64-bit integers, booleans, or byte strings. */
  map(
    change: (element: ElementOf<D>, index: number) => number | bigint | boolean | string | Uint8Array,
  ): Expression<D> {
    if (typeof change !== 'function') throw new UsageError('map takes a function of an element');
    return new Expression<D>({
      facts: () => ({ dtype: this.dtype, shape: this.shape }),
      evaluate: (valueIn) => {
        const tensor = this.evaluate(valueIn);
        const changed = elementsOf(tensor).map((element, index) => change(element as ElementOf<D>, index));
        return tensorFrom(changed, { dtype: tensor.dtype.name, shape: tensor.shape });
      },
      operands: this.operands,
    });
  }

  #binary(operation: Arithmetic, given: Operand<D>): Expression<D> {
    const other = isVariable<D>(given) ? given.initializedValue() : given;
    const right = (): { dtype: DTypeName; shape: Shape; evaluate: (valueIn: ValueIn) => Tensor } => {
      if (other instanceof Expression)
        return { dtype: other.dtype, shape: other.shape, evaluate: (v) => other.evaluate(v) };
      const tensor = this.#constant(other as TensorValue);
      return { dtype: tensor.dtype.name, shape: tensor.shape, evaluate: () => tensor };
    };
    const result = new Expression<D>({
      facts: () => {
        const { dtype, shape } = right();
        if (dtype !== this.dtype) {
          throw new MismatchError(
            `${this.dtype} and ${dtype} cannot be combined (${operation})`,
            '',
            this.dtype,
            dtype,
          );
        }
        const result = operation === 'div' ? quotientDType(dtypeOf(dtype)).name : dtype;
        return { dtype: result, shape: broadcastShape(this.shape, shape) };
      },
      evaluate: (valueIn) => arithmetic(operation, this.evaluate(valueIn), right().evaluate(valueIn)),
      operands: [...this.operands, ...(other instanceof Expression ? other.operands : [])],
      form: () => ({
        kind: operation,
        left: this,
        right: other instanceof Expression ? other : this.#constant(other as TensorValue),
      }),
    });
    // What does not go together is told where it is written.
    if (result.isDescribed) void result.dtype;
    return result;
  }

  /** A number takes the dtype of what it is combined with. */
  #constant(value: TensorValue): Tensor {
    return operandFrom(value, this.dtype, this.shape);
  }
}

function isVariable<D extends DTypeName>(operand: Operand<D>): operand is { initializedValue(): Expression<D> } {
  return (
    typeof operand === 'object' && typeof (operand as { initializedValue?: unknown }).initializedValue === 'function'
  );
}
