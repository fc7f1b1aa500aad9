/** A variable of TensorFlow.js as the engine sees one: its content is read when a write asks for it, one tensor at a time. */
import * as tf from '@tensorflow/tfjs';
import { assertWithin, type ByteSource, readBytes } from '../bytes/source.ts';
import { SAVEABLE, type Saveable } from '../engine/saveable.ts';
import { UnsupportedError } from '../errors.ts';
import { type DTypeName, dtypeOf } from '../tensor/dtype.ts';
import { elementCount, type Shape } from '../tensor/shape.ts';
import { readStrings } from '../tensor/strings.ts';
import { type Tensor, tensorOfStrings } from '../tensor/tensor.ts';
import { tensorFrom } from '../tensor/tensor-from.ts';
import { decodeValues } from '../tensor/values.ts';

export interface FromTfjsOptions {
  /** Take what a checkpoint holds as another dtype, such as float64 or int64, rounded to the variable's own. */
  readonly cast?: boolean | undefined;
}

/** What TensorFlow.js has tensors of. */
const DTYPES: ReadonlySet<string> = new Set(['float32', 'int32', 'bool', 'complex64', 'string']);

/** The content that was read last: writers come back for the next chunk of the same tensor. */
let latest: { readonly tensor: tf.Tensor; readonly bytes: Uint8Array } | undefined;

function bytesOf(tensor: tf.Tensor): Uint8Array {
  if (latest?.tensor !== tensor) {
    const values = tensor.dataSync() as Float32Array | Int32Array | Uint8Array;
    latest = { tensor, bytes: new Uint8Array(values.buffer, values.byteOffset, values.byteLength) };
  }
  return latest.bytes;
}

/** Texts as bytes; `dataSync` would lose those that are no UTF-8. */
function textsOf({ dataId }: tf.Tensor): Uint8Array[] {
  return tf.engine().readSync(dataId) as unknown as Uint8Array[];
}

/** The content of a tensor of TensorFlow.js, which never changes. */
class TfjsContent implements ByteSource {
  constructor(
    readonly tensor: tf.Tensor,
    readonly byteLength: number,
  ) {}

  readInto(target: Uint8Array, offset: number): void {
    assertWithin(this, offset, target.length, 'a tensor of TensorFlow.js');
    target.set(bytesOf(this.tensor).subarray(offset, offset + target.length));
  }
}

/** Adapters by their variable: slots and models must mean the same one. */
const known = new WeakMap<tf.Variable, TfjsVariable>();

export class TfjsVariable implements Saveable {
  readonly [SAVEABLE] = true;
  readonly device = '';
  readonly dtype: DTypeName;
  #name: string | undefined;
  #isTrained: (() => boolean) | undefined;

  private constructor(
    readonly variable: tf.Variable,
    readonly cast: boolean,
  ) {
    if (!DTYPES.has(variable.dtype)) {
      throw new UnsupportedError(`variable ${variable.name} is ${variable.dtype}, which cannot be saved`, 'dtype');
    }
    this.dtype = variable.dtype as DTypeName;
  }

  /** The adapter of a variable, always the same one. */
  static of(variable: tf.Variable, { cast = false }: FromTfjsOptions = {}): TfjsVariable {
    const before = known.get(variable);
    if (before !== undefined && (before.cast || !cast)) return before;
    const made = new TfjsVariable(variable, cast);
    known.set(variable, made);
    return made;
  }

  /** That of TensorFlow.js, or the one that it was told. */
  get name(): string {
    return this.#name ?? this.variable.name;
  }

  /** Is called so from now on: what TensorFlow.js names by a number alone. */
  called(name: string): this {
    this.#name = name;
    return this;
  }

  get shape(): Shape {
    return this.variable.shape;
  }

  /** False for one that was disposed of. */
  get isInitialized(): boolean {
    return !this.variable.isDisposed;
  }

  get isGone(): boolean {
    return this.variable.isDisposed;
  }

  get trainable(): boolean {
    return this.variable.trainable && (this.#isTrained?.() ?? true);
  }

  /** Is not trained where its model says so: TensorFlow.js leaves the variables of a frozen layer trainable. */
  trainedIf(isTrained: () => boolean): this {
    this.#isTrained = isTrained;
    return this;
  }

  /** Whether values of a dtype can be taken. */
  takes(dtype: DTypeName): boolean {
    return dtype === this.dtype || (this.cast && this.dtype !== 'string' && dtypeOf(dtype).width > 0);
  }

  tensor(): Tensor {
    const { variable, shape } = this;
    const dtype = dtypeOf(this.dtype);
    if (dtype.kind === 'string') return tensorOfStrings(dtype, shape, textsOf(variable));
    // A variable has other content after an assignment; this handle keeps what it has now, until it is released.
    const held = tf.keep(variable.clone());
    const byteLength = elementCount(shape) * dtype.width;
    return { dtype, shape, byteLength, source: new TfjsContent(held, byteLength) };
  }

  /** Gives back the memory of what {@link tensor} gave. */
  release({ source }: Tensor): void {
    if (!(source instanceof TfjsContent)) return;
    if (latest?.tensor === source.tensor) latest = undefined;
    source.tensor.dispose();
  }

  assign(value: Tensor): this {
    const { dtype, shape, variable } = this;
    tf.tidy(() => {
      variable.assign(tfjsTensor(value.dtype.name === dtype ? value : converted(value, dtype), shape));
    });
    return this;
  }
}

/** A tensor of TensorFlow.js with the values of one of ours. */
function tfjsTensor({ dtype, source }: Tensor, shape: Shape): tf.Tensor {
  const size = shape as number[];
  if (dtype.kind === 'string') {
    return tf.tensor(readStrings(source, elementCount(shape)) as never, size, 'string');
  }
  const values = decodeValues(dtype, readBytes(source, 0, source.byteLength)) as Float32Array;
  if (dtype.kind !== 'complex') return tf.tensor(values, size, dtype.name as tf.DataType);
  const real = values.filter((_, i) => i % 2 === 0);
  const imaginary = values.filter((_, i) => i % 2 === 1);
  return tf.complex(tf.tensor(real, size), tf.tensor(imaginary, size));
}

/** Values rounded to another dtype, as `{ cast: true }` asks for. */
function converted({ dtype, shape, source }: Tensor, name: DTypeName): Tensor {
  const values = decodeValues(dtype, readBytes(source, 0, source.byteLength));
  const numbers = Array.from(values as ArrayLike<number | bigint>, Number);
  const fitting =
    name === 'int32'
      ? numbers.map(Math.trunc)
      : name === 'bool'
        ? numbers.map((one) => (one === 0 ? 0 : 1))
        : numbers.map(Math.fround);
  return tensorFrom(fitting, { dtype: name === 'bool' ? 'uint8' : name, shape });
}
