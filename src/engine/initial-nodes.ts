/** The operations that make the initial value of a variable in a graph for Python. */
import { readBytes } from '../bytes/source.ts';
import type { Attribute, ConstantTensor, Node } from '../meta-graph/encode-node.ts';
import { type DType, dtypeOf } from '../tensor/dtype.ts';
import { encodeElements } from '../tensor/encode-elements.ts';
import { elementCount, type Shape } from '../tensor/shape.ts';
import { readStrings } from '../tensor/strings.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { tensorFrom } from '../tensor/tensor-from.ts';
import type { InitialOperand } from './expression.ts';
import { ExpressionNodes } from './expression-nodes.ts';
import type { Described } from './initial-value.ts';
import type { Recipe } from './initializer.ts';

const INT32 = dtypeOf('int32');
const INT64 = dtypeOf('int64');
/** What the random operations of TensorFlow make. */
const RANDOM_DTYPES: ReadonlySet<string> = new Set(['float16', 'bfloat16', 'float32', 'float64']);
/** So many of them are kept. */
const MOST_SINGLES = 1000;
const RANDOM_OPS = {
  normal: 'StatelessRandomNormal',
  'truncated-normal': 'StatelessTruncatedNormal',
  uniform: 'StatelessRandomUniform',
};

export function constantNode(name: string, dtype: number, shape: Shape, content: ConstantTensor['content']): Node {
  return { name, op: 'Const', attributes: { dtype: { type: dtype }, value: { tensor: { dtype, shape, content } } } };
}

/** A constant of small integers. */
export function integersNode(name: string, dtype: DType, shape: Shape, values: readonly (number | bigint)[]): Node {
  return constantNode(name, dtype.number, shape, encodeElements(values, dtype));
}

function contentOf(tensor: Tensor): ConstantTensor['content'] {
  if (tensor.dtype.kind === 'string') return readStrings(tensor.source, elementCount(tensor.shape));
  return readBytes(tensor.source, 0, tensor.source.byteLength);
}

/** Content of single values that many variables begin with, by dtype and value. */
const singles = new Map<string, ConstantTensor['content']>();

function singleOf(value: number | bigint | boolean | string, { name }: DType): ConstantTensor['content'] {
  const key = `${name} ${typeof value} ${Object.is(value, -0) ? '-0' : value}`;
  let content = singles.get(key);
  if (content === undefined) {
    content = contentOf(tensorFrom(value, { dtype: name, shape: [] }));
    if (singles.size < MOST_SINGLES) singles.set(key, content);
  }
  return content;
}

/** The nodes, of which the last one gives the value. */
export class InitialNodes {
  readonly nodes: Node[] = [];

  constructor(
    /** `w/Initializer/`. */
    readonly scope: string,
    readonly dtype: DType,
    readonly shape: Shape,
  ) {}

  /**
   * The nodes for a description, of which the last one is called `initial_value`; an expression takes the values of variables from
   * the nodes that `initialOf` names. Where only values would do, and they are not at hand, zeros.
   */
  static of(
    scope: string,
    dtype: DType,
    shape: Shape,
    { recipe, tensor, expression }: Described,
    initialOf: (operand: InitialOperand) => string,
  ): readonly Node[] {
    const made = new InitialNodes(scope, dtype, shape);
    if (tensor !== undefined && recipe.kind !== 'fill')
      made.#add(constantNode(`${scope}initial_value`, dtype.number, shape, contentOf(tensor)));
    else if (expression !== undefined) made.#fromExpression(expression, initialOf);
    else made.#fromRecipe(recipe);
    return made.nodes;
  }

  #fromExpression(expression: Described['expression'] & object, initialOf: (operand: InitialOperand) => string): void {
    const constant = (name: string, tensor: Tensor): string =>
      this.#add(constantNode(this.scope + name, tensor.dtype.number, tensor.shape, contentOf(tensor)));
    const nodes = new ExpressionNodes((node) => this.#add(node), this.scope, initialOf, constant);
    nodes.write(expression, 'initial_value', this.dtype);
  }

  #fromRecipe(recipe: Recipe): void {
    if (recipe.kind === 'fill') this.#fill(recipe.value);
    else if ('seed' in recipe && this.#isRandom(recipe)) this.#random(recipe);
    else this.#fill(undefined);
  }

  #isRandom({ kind }: Recipe): boolean {
    const { name } = this.dtype;
    return RANDOM_DTYPES.has(name) || (kind === 'uniform' && (name === 'int32' || name === 'int64'));
  }

  #add(node: Node): string {
    this.nodes.push(node);
    return node.name;
  }

  #constant(name: string, shape: Shape, content: ConstantTensor['content']): string {
    return this.#add(constantNode(this.scope + name, this.dtype.number, shape, content));
  }

  #dims(): string {
    return this.#add(integersNode(`${this.scope}shape`, INT32, [this.shape.length], this.shape));
  }

  /** One value everywhere, without a value zeros. */
  #fill(value: number | bigint | boolean | string | undefined): void {
    const { dtype, shape, scope } = this;
    const zero = dtype.kind === 'string' ? '' : dtype.kind === 'bool' ? false : 0;
    const one = singleOf(value ?? zero, dtype);
    if (shape.length === 0) {
      this.#constant('initial_value', [], one);
      return;
    }
    const inputs = [this.#dims(), this.#constant('value', [], one)];
    this.#add({
      name: `${scope}initial_value`,
      op: 'Fill',
      inputs,
      attributes: { T: { type: dtype.number }, index_type: { type: INT32.number } },
    });
  }

  /** A distribution by its seed: the numbers are those that the variable began with. */
  #random(recipe: Extract<Recipe, { seed: unknown }>): void {
    const { scope, dtype } = this;
    const seed = recipe.seed.map((part) => BigInt.asIntN(64, part));
    const inputs = [this.#dims(), this.#add(integersNode(`${scope}seed`, INT64, [2], seed))];
    const types: Record<string, Attribute> = {
      dtype: { type: dtype.number },
      T: { type: INT32.number },
      Tseed: { type: INT64.number },
    };
    if (dtype.kind === 'int' && recipe.kind === 'uniform') {
      const bounds = [this.#scalar('minval', recipe.low), this.#scalar('maxval', recipe.high)];
      this.#add({
        name: `${scope}initial_value`,
        op: 'StatelessRandomUniformInt',
        inputs: [...inputs, ...bounds],
        attributes: types,
      });
      return;
    }
    const [scale, offset] =
      recipe.kind === 'uniform'
        ? this.#span(recipe.low, recipe.high)
        : [this.#scalar('stddev', recipe.stddev), this.#scalar('mean', recipe.mean)];
    const standard = this.#add({ name: `${scope}random`, op: RANDOM_OPS[recipe.kind], inputs, attributes: types });
    const attributes = { T: { type: dtype.number } };
    const scaled = this.#add({ name: `${scope}mul`, op: 'Mul', inputs: [standard, scale], attributes });
    this.#add({ name: `${scope}initial_value`, op: 'AddV2', inputs: [scaled, offset], attributes });
  }

  #scalar(name: string, value: number): string {
    return this.#constant(name, [], encodeElements([value], this.dtype));
  }

  /** How far apart the bounds are, reckoned in the dtype, and the lower one. */
  #span(low: number, high: number): readonly [string, string] {
    const attributes = { T: { type: this.dtype.number } };
    const inputs = [this.#scalar('maxval', high), this.#scalar('minval', low)];
    return [this.#add({ name: `${this.scope}sub`, op: 'Sub', inputs, attributes }), inputs[1] as string];
  }
}
