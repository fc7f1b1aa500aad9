/**
 * Variables: named tensors that a program makes, initializes, changes, saves and restores. Names, collections and devices are
 * what TensorFlow gives the same program (`tf.compat.v1.Variable` with resource variables, as in TensorFlow 2.21).
 */
import { readBytes } from '../bytes/source.ts';
import { UsageError } from '../errors.ts';
import type { DTypeName } from '../tensor/dtype.ts';
import { elementCount, formatShape, type Shape } from '../tensor/shape.ts';
import { readStrings } from '../tensor/strings.ts';
import { isTensor, type Tensor } from '../tensor/tensor.ts';
import type { TensorValue } from '../tensor/tensor-from.ts';
import { decodeValues } from '../tensor/values.ts';
import { type Arithmetic, arithmetic, operandFrom } from './arithmetic.ts';
import { Expression, type ValueIn } from './expression.ts';
import { type Graph, getDefaultGraph } from './graph.ts';
import { HeldValue } from './held-value.ts';
import { type Described, InitialSource, type InitialValue } from './initial-value.ts';
import type { Initializer, Made, Recipe } from './initializer.ts';
import { type PartBox, partBoxes } from './partitioner.ts';
import { placedPart, wholeOf } from './parts.ts';
import {
  checkOptions,
  cutOut,
  joinGraph,
  type Making,
  named,
  registerName,
  tensorFor,
  uninitialized,
  type VariableOptions,
} from './registration.ts';
import { SAVEABLE, type Saveable, type SaveSlice } from './saveable.ts';
import type { DTypeOfValue, ValueFor, ValuesOf } from './value-types.ts';

/** Initial values of more bytes are described by how they are made, where that is known. */
export const MOST_DESCRIBED_BYTES = 1 << 16;

class VariableImplementation<D extends DTypeName = DTypeName> implements Saveable<D> {
  static readonly name = 'Variable';
  readonly [SAVEABLE] = true;
  /** Unique in its graph; TensorFlow's `v.op.name`, without `:0`. */
  readonly name: string;
  readonly graph: Graph;
  readonly trainable: boolean;
  /** Where it was placed, as `/job:ps/task:1`; empty where nothing said so. */
  readonly device: string;
  /** The parts of a partitioned variable, in order; undefined for any other. */
  readonly parts: readonly VariableImplementation<D>[] | undefined;
  readonly saveSlice: SaveSlice | undefined;
  readonly #initial: InitialSource;
  readonly #validatesShape: boolean;
  readonly #value = new HeldValue();
  /** What it was initialized with. */
  #began: Described | undefined;
  readonly #whole: (() => Recipe) | undefined;

  constructor(initialValue: InitialValue, options: VariableOptions = {}, making: Making = {}) {
    checkOptions(options);
    const { graph = getDefaultGraph(), trainable = true, partitioner } = options;
    const given = isOwn(initialValue) ? initialValue.initializedValue() : initialValue;
    this.graph = graph;
    this.trainable = trainable;
    this.saveSlice = making.saveSlice;
    this.#whole = making.whole;
    this.#validatesShape = options.validateShape !== false;
    const { name: wanted = 'Variable', dtype, shape } = options;
    if (given === undefined)
      throw new UsageError(`variable ${wanted} needs an initial value: values, an initializer, or a function`);
    const sourceFor = (name: string): InitialSource => new InitialSource(name, given, dtype, shape);
    // A scalar is never cut. The name of what is cut is no operation's, and stays free.
    const whole = partitioner === undefined ? undefined : sourceFor(wanted);
    const isCut = whole !== undefined && whole.facts.shape.length > 0;
    this.name = registerName(graph, wanted, making, isCut);
    this.#initial = whole ?? sourceFor(this.name);
    if (partitioner === undefined || !isCut) {
      this.device = graph.devices.place(this.name, 'VarHandleOp');
      this.parts = undefined;
      joinGraph(graph, this, options);
    } else {
      this.device = '';
      this.parts = this.#cut(partBoxes(partitioner, this.shape, this.dtype), options);
    }
  }

  /** The parts of a partitioned variable; the initial value of each is that of the whole, cut. */
  #cut(boxes: readonly PartBox[], options: VariableOptions): VariableImplementation<D>[] {
    const { name, dtype, shape: fullShape, graph } = this;
    const whole = {
      name,
      dtype,
      shape: fullShape,
      makeInitialValue: (valueIn: ValueIn) => this.#initial.make(valueIn),
    };
    return boxes.map(({ start, shape }, i) => {
      const initial = new Expression<D>({
        facts: () => ({ dtype, shape }),
        evaluate: (valueIn) => cutOut(valueIn(whole), start, shape),
        operands: [whole],
      });
      const facts = { ...options, name: `${name}/part_${i}`, dtype, shape, graph, partitioner: undefined };
      return new VariableImplementation<D>(initial, facts, {
        atRoot: true,
        saveSlice: { fullName: name, fullShape, start },
        whole: () => this.#initial.describe().recipe,
      });
    });
  }

  get dtype(): D {
    return this.#initial.facts.dtype as D;
  }

  get shape(): Shape {
    return this.#validatesShape ? this.#initial.facts.shape : (this.#value.tensor?.shape ?? this.#initial.facts.shape);
  }

  get isDescribed(): boolean {
    return this.#initial.isDescribed;
  }

  /** False where values of any shape may be assigned. */
  get validatesShape(): boolean {
    return this.#validatesShape;
  }

  get isInitialized(): boolean {
    return this.parts === undefined ? this.#value.tensor !== undefined : this.parts.every((part) => part.isInitialized);
  }

  /** The values, a copy: a typed array, or byte strings. Throws `UninitializedError`. */
  read(): ValuesOf<D> {
    const tensor = this.#held();
    if (tensor.dtype.kind === 'string') {
      return readStrings(tensor.source, elementCount(tensor.shape)).map((text) => text.slice()) as ValuesOf<D>;
    }
    return decodeValues(tensor.dtype, readBytes(tensor.source, 0, tensor.source.byteLength)) as ValuesOf<D>;
  }

  /** The tensor itself, not copied; later assignments leave it as it is. Throws `UninitializedError`. */
  tensor(): Tensor {
    for (const part of this.parts ?? []) part.#value.share();
    this.#value.share();
    return this.#held();
  }

  /** What it holds, for nobody but us. */
  #held(): Tensor {
    if (this.parts !== undefined) return this.#assembled(this.parts);
    const { tensor } = this.#value;
    if (tensor === undefined) throw uninitialized([this], 'has no value yet');
    return tensor;
  }

  lend(): Tensor {
    const tensor = this.#held();
    this.#value.lend();
    return tensor;
  }

  release(tensor: Tensor): void {
    this.#value.release(tensor);
  }

  memory(): Uint8Array | undefined {
    return this.#value.memory();
  }

  take(value: Tensor): void {
    if (this.parts === undefined) this.#value.set(value, false);
    else this.assign(value as ValueFor<D>);
  }

  drop(): void {
    this.#value.drop();
  }

  #assembled(parts: readonly VariableImplementation<D>[]): Tensor {
    return wholeOf(
      this.name,
      this.shape,
      parts.map((part) => placedPart(part.#held(), part.saveSlice)),
    );
  }

  /** Takes values of its shape, or those of another variable, which initializes it; throws `MismatchError` for any other. */
  assign(given: ValueFor<D> | VariableImplementation<D>): this {
    const value = isOwn(given) ? given.tensor() : (given as TensorValue);
    const tensor = tensorFor(this, value);
    if (this.parts === undefined) this.#value.set(tensor, isTensor(value));
    else for (const part of this.parts) part.assign(cutOut(tensor, part.saveSlice?.start ?? [], part.shape));
    return this;
  }

  /** Adds values, or one to all elements; integers wrap. Throws `UninitializedError`. */
  assignAdd(delta: ValueFor<D> | VariableImplementation<D>): this {
    return this.#change('add', delta);
  }

  /** Takes values away, or one from all elements. Throws `UninitializedError`. */
  assignSub(delta: ValueFor<D> | VariableImplementation<D>): this {
    return this.#change('sub', delta);
  }

  /** The value that it has, or else begins with: for the initial value of another variable. */
  initializedValue(): Expression<D> {
    return Expression.of<D>(this);
  }

  /** What it begins with; the variables in it have theirs from `valueIn`. */
  makeInitialValue(valueIn: ValueIn): Made {
    return this.#initial.make(valueIn);
  }

  /** Takes an initial value, already made. */
  begin({ recipe }: Made, tensor: Tensor): void {
    this.assign(tensor as ValueFor<D>);
    // Large values are not kept for the sake of their description.
    const isKept = tensor.byteLength <= MOST_DESCRIBED_BYTES;
    this.#began = { recipe, tensor: isKept ? tensor : undefined };
    this.#value.share(isKept || recipe.kind === 'value' || recipe.kind === 'computed');
  }

  /** What it begins with, as far as that is known without making it. */
  describeInitialValue(): Described {
    const ofWhole = this.#whole?.();
    if (ofWhole !== undefined && ofWhole.kind !== 'value' && ofWhole.kind !== 'computed') return { recipe: ofWhole };
    return this.#initial.describe(this.#began);
  }

  toString(): string {
    return `<Variable '${this.name}' ${this.dtype}${formatShape(this.shape)}>`;
  }

  #change(operation: Arithmetic, given: ValueFor<D> | VariableImplementation<D>): this {
    const before = this.#held();
    const delta = isOwn(given) ? given.#held() : (given as TensorValue);
    const by = isTensor(delta) ? delta : named(this.name, () => operandFrom(delta, this.dtype, before.shape));
    const after = named(this.name, () => arithmetic(operation, before, by));
    this.assign(after as ValueFor<D>);
    this.#value.share(false);
    return this;
  }
}

function isOwn(value: unknown): value is VariableImplementation {
  return value instanceof VariableImplementation;
}

/** The dtype of what a variable begins with. */
export type DTypeOfInitial<V> =
  V extends Initializer<infer D>
    ? D
    : V extends Expression<infer D>
      ? D
      : V extends VariableImplementation<infer D>
        ? D
        : V extends (...facts: never[]) => infer R
          ? DTypeOfInitial<R>
          : DTypeOfValue<V>;

/** What a variable of dtype `D` may begin with. */
export type InitialFor<D extends DTypeName> =
  | ValueFor<D>
  | Initializer
  | Expression
  | VariableImplementation
  | ((shape: Shape | undefined, dtype: DTypeName | undefined) => ValueFor<D> | Initializer | Expression);

interface VariableConstructor {
  new <D extends DTypeName>(
    initialValue: InitialFor<D>,
    options: VariableOptions & { readonly dtype: D },
  ): VariableImplementation<D>;
  new <V extends InitialValue | VariableImplementation>(
    initialValue: V,
    options?: VariableOptions & { readonly dtype?: undefined },
  ): VariableImplementation<DTypeOfInitial<V>>;
  readonly prototype: VariableImplementation;
}

/**
 * A named tensor that can be changed, saved and restored. It has no value until it is initialized, assigned or restored.
 *
 * @example
 * const weights = new Variable(randomNormal([784, 200], { stddev: 0.35 }), { name: 'weights' });
 * initializeAllVariables();
 * weights.read(); // Float32Array
 */
export const Variable = VariableImplementation as unknown as VariableConstructor;
export type Variable<D extends DTypeName = DTypeName> = VariableImplementation<D>;

/** Makes a variable whose full name is decided. */
export function makeVariable(initialValue: InitialValue, options: VariableOptions, making: Making): Variable {
  return new VariableImplementation(initialValue, options, making);
}
