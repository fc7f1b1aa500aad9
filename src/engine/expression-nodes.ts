/** The operations of TensorFlow that work out an expression over initial values. */
import type { Node } from '../meta-graph/encode-node.ts';
import { type DType, dtypeOf } from '../tensor/dtype.ts';
import { isTensor, type Tensor } from '../tensor/tensor.ts';
import { quotientDType } from './arithmetic.ts';
import type { Expression, InitialOperand } from './expression.ts';

const OPS = { add: 'AddV2', sub: 'Sub', mul: 'Mul', div: 'RealDiv' } as const;
/** What these operations are there for, on every device. */
const HAVE_ARITHMETIC: ReadonlySet<string> = new Set(
  'float16 bfloat16 float32 float64 int8 int16 int32 int64 uint8 uint16 uint32 uint64 complex64 complex128'.split(' '),
);
/** Larger constants do not stand among operations. */
const MOST_CONSTANT_BYTES = 1 << 16;

/** Whether all of an expression is made of operations, over variables that are known. */
export function isOfOperations(expression: Expression, knows: (operand: InitialOperand) => boolean): boolean {
  const { form } = expression;
  if (form === undefined) return false;
  if (form.kind === 'variable') return knows(form.operand);
  if (!HAVE_ARITHMETIC.has(expression.dtype)) return false;
  if (form.kind === 'neg') return dtypeOf(expression.dtype).kind !== 'uint' && isOfOperations(form.of, knows);
  const { left, right } = form;
  if (!HAVE_ARITHMETIC.has(left.dtype) || !isOfOperations(left, knows)) return false;
  return isTensor(right) ? right.byteLength <= MOST_CONSTANT_BYTES : isOfOperations(right, knows);
}

export class ExpressionNodes {
  #count = 0;

  constructor(
    /** Takes a node, and gives its name. */
    readonly add: (node: Node) => string,
    /** `w/Initializer/`. */
    readonly scope: string,
    readonly initialOf: (operand: InitialOperand) => string,
    readonly constant: (name: string, tensor: Tensor) => string,
  ) {}

  /** The nodes of an expression, of which the last one is called `name` and has a dtype. */
  write(expression: Expression, name: string, dtype: DType): void {
    const { form } = expression;
    const from = dtypeOf(expression.dtype);
    if (from !== dtype) this.#cast(this.#of(expression), from, dtype, name);
    else if (form?.kind === 'variable') this.#node(name, 'Identity', [this.initialOf(form.operand)], from);
    else this.#operation(expression, name);
  }

  #node(name: string, op: string, inputs: readonly string[], dtype: DType): string {
    return this.add({ name: this.scope + name, op, inputs, attributes: { T: { type: dtype.number } } });
  }

  #cast(input: string, from: DType, to: DType, name: string): string {
    const attributes = { SrcT: { type: from.number }, DstT: { type: to.number }, Truncate: { bool: false } };
    return this.add({ name: this.scope + name, op: 'Cast', inputs: [input], attributes });
  }

  #next(): string {
    this.#count++;
    return `operand_${this.#count}`;
  }

  /** The name of what gives the value of an operand. */
  #of(operand: Expression | Tensor): string {
    if (isTensor(operand)) return this.constant(this.#next(), operand);
    const { form } = operand;
    return form?.kind === 'variable' ? this.initialOf(form.operand) : this.#operation(operand, this.#next());
  }

  #operation({ form, dtype: name }: Expression, node: string): string {
    const dtype = dtypeOf(name);
    if (form === undefined || form.kind === 'variable') throw new RangeError('this is no operation');
    if (form.kind === 'neg') return this.#node(node, 'Neg', [this.#of(form.of)], dtype);
    const from = dtypeOf(form.left.dtype);
    const inputs = [form.left, form.right].map((operand) => {
      const input = this.#of(operand);
      const isQuotient = form.kind === 'div' && quotientDType(from) !== from;
      return isQuotient ? this.#cast(input, from, dtype, this.#next()) : input;
    });
    return this.#node(node, OPS[form.kind], inputs, dtype);
  }
}
