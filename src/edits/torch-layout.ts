/**
 * Kernels between the axes of TensorFlow and those of PyTorch, by rank, name and what lies beside them:
 *
 *     dense          [in, out]          [out, in]
 *     convolution    [h, w, in, out]    [out, in, h, w]       (1 to 3 axes of space; a transposed one likewise)
 *     depthwise      [h, w, in, m]      [in * m, 1, h, w]
 *
 * The gates of recurrent kernels stand in another order in every framework; they are left as they are, and told.
 * Source: torch.nn.Linear, ConvNd and ConvTransposeNd; tf.nn.convolution, tf.nn.depthwise_conv2d.
 */
import { TextMap } from '../bytes/text-map.ts';
import { MismatchError } from '../errors.ts';
import type { Chooser } from '../surgery/selectors.ts';
import { elementCount, formatShape, type Shape } from '../tensor/shape.ts';
import type { Tensor, TensorMap } from '../tensor/tensor.ts';
import { editShapes, type ShapeEditOptions } from './axis-edit.ts';
import { inputOf } from './checked-input.ts';
import type { Edited } from './edited-map.ts';
import { lazyTensor, sameContentAs } from './lazy-tensor.ts';
import { PermutedSource } from './permuted-source.ts';

export type LayoutTarget = 'torch' | 'tensorflow';

export type KernelKind = 'dense' | 'convolution' | 'depthwise';

/** How one tensor changes: its old axes in the new order, then another shape over the same elements. */
export interface LayoutChange {
  readonly kind: KernelKind | 'as asked';
  readonly perm: readonly number[];
  readonly shape: Shape;
}

/** What somebody who knows the model says of some tensors, before any rule. */
export interface LayoutOverrides {
  /** Left as they are. */
  readonly keep?: Chooser | undefined;
  /** Dense kernels, whatever they are called. */
  readonly transpose?: Chooser | undefined;
  /** Axes of length 1 go. */
  readonly squeeze?: Chooser | undefined;
}

const TF_KERNEL = /(?:^|[/.])_?(?:kernel|weights|pointwise_kernel|pointwise_weights)(?::0)?$/;
const DEPTHWISE = /(?:^|[/.])_?(?:depthwise_kernel|depthwise_weights)(?::0)?$/;
const TORCH_WEIGHT = /(?:^|[/.])weight$/;
/** Keras 3 calls the kernel of a depthwise layer `kernel`: then its layer says so, by its class, or by a name and one output an input. */
const DEPTHWISE_CLASS = /(?:^|[/.])depthwise_conv[12]d(?:_\d+)?[/.][^/.]+$/;
const DEPTHWISE_LAYER = /(?:depthwise|(?:^|[/._])dw(?:_?conv)?(?:[_\d][^/.]*)?|dwconv[^/.]*)[/.]_?kernel(?::0)?$/i;
/** The variables of layers that Keras 3 numbers in its files, as their names. */
const NUMBERED = /(?:^|\/)(dense|(?:depthwise_|separable_)?conv[123]d(?:_transpose)?)(?:_\d+)?\/vars\/(\d)$/;
/** Tables of embeddings have the same axes everywhere; what they are called is the last but one name. */
const EMBEDDING = /(?:embeddings?|embed_tokens|wte|wpe|shared)(?:_\d+)?[/.][^/.]+$/i;
/** Attention layers of Keras keep heads and depth apart, on axes that no layer of PyTorch has. */
const EINSUM = /(?:query|key|value|attention_output|_dense)[/.]_?kernel$/;
const RECURRENT = /(?:^|[/._])(?:b?i?lstm|gru|rnn)(?:_?cell)?(?:_\d+)?(?:[/._]|$)|recurrent_kernel/i;

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

/** The name without what object-based keys have behind the path; of a numbered variable, what Keras calls it. */
function plainName(name: string): string {
  const [, layer, number] = NUMBERED.exec(name) ?? [];
  if (layer !== undefined) {
    const isSeparable = layer.startsWith('separable');
    if (number === '0') return `${layer}/${isSeparable ? 'depthwise_kernel' : 'kernel'}`;
    return number === '1' && isSeparable ? `${layer}/pointwise_kernel` : `${layer}/bias`;
  }
  return name.replace(/\/\.ATTRIBUTES\/VARIABLE_VALUE$/, '');
}

/** Whether a kernel is of a depthwise convolution; `perInput` are the outputs that each input has. */
function isDepthwise(name: string, perInput: number | undefined): boolean {
  return DEPTHWISE.test(name) || DEPTHWISE_CLASS.test(name) || (perInput === 1 && DEPTHWISE_LAYER.test(name));
}

/** [.., in, out] to [out, in, ..]. */
function toTorch(kind: KernelKind, shape: Shape): LayoutChange {
  const rank = shape.length;
  if (kind === 'dense') return { kind, perm: [1, 0], shape: [shape[1] as number, shape[0] as number] };
  const space = range(0, rank - 2);
  if (kind === 'convolution') {
    const perm = [rank - 1, rank - 2, ...space];
    return { kind, perm, shape: perm.map((axis) => shape[axis] as number) };
  }
  const channels = (shape[rank - 2] as number) * (shape[rank - 1] as number);
  return {
    kind,
    perm: [rank - 2, rank - 1, ...space],
    shape: [channels, 1, ...space.map((axis) => shape[axis] as number)],
  };
}

/** [out, in, ..] to [.., in, out]; a depthwise kernel comes back with one output for each input. */
function toTensorflow(kind: KernelKind, shape: Shape): LayoutChange {
  const rank = shape.length;
  if (kind === 'dense') return { kind, perm: [1, 0], shape: [shape[1] as number, shape[0] as number] };
  const perm = kind === 'convolution' ? [...range(2, rank), 1, 0] : [...range(2, rank), 0, 1];
  return { kind, perm, shape: perm.map((axis) => shape[axis] as number) };
}

/** What kind of kernel a tensor is; undefined for one that stays as it is. */
function kindOf(name: string, { shape }: Tensor, target: LayoutTarget): KernelKind | undefined {
  const rank = shape.length;
  if (rank < 2 || rank > 5 || EMBEDDING.test(name)) return undefined;
  if (target === 'torch') {
    if (rank > 2 && isDepthwise(name, shape[rank - 1])) return 'depthwise';
    if (!TF_KERNEL.test(name) || (rank === 3 && EINSUM.test(name))) return undefined;
    return rank === 2 ? 'dense' : 'convolution';
  }
  if (rank > 2 && shape[1] === 1 && isDepthwise(name, shape[1])) return 'depthwise';
  if (TF_KERNEL.test(name) && !(rank === 3 && EINSUM.test(name))) return rank === 2 ? 'dense' : 'convolution';
  if (!TORCH_WEIGHT.test(name)) return undefined;
  if (rank === 2) return 'dense';
  return shape[1] === 1 && shape[0] !== 1 && /depthwise|_dw/i.test(name) ? 'depthwise' : 'convolution';
}

/** How a tensor changes; undefined where it stays. `target` is the framework that it goes to. */
export function layoutChange(
  name: string,
  tensor: Tensor,
  target: LayoutTarget,
  { keep, transpose, squeeze }: LayoutOverrides = {},
): LayoutChange | undefined {
  const { shape, dtype } = tensor;
  if (dtype.width === 0 || keep?.(name, tensor) === true) return undefined;
  const plain = plainName(name);
  const isAsked = transpose?.(name, tensor) === true;
  if (!isAsked && isRecurrent(plain)) return undefined;
  if (squeeze?.(name, tensor) === true) return squeezed(shape, isAsked);
  if (isAsked) return { ...reversed(name, shape), kind: 'as asked' };
  const kind = kindOf(plain, tensor, target);
  if (kind === undefined) return undefined;
  return target === 'torch' ? toTorch(kind, shape) : toTensorflow(kind, shape);
}

function reversed(name: string, shape: Shape): { perm: number[]; shape: number[] } {
  if (shape.length === 2) return { perm: [1, 0], shape: shape.toReversed() };
  throw new MismatchError(
    `${name} has shape ${formatShape(shape)}, and only matrices are transposed here`,
    name,
    '2 axes',
    `${shape.length}`,
  );
}

function squeezed(shape: Shape, transposeToo: boolean): LayoutChange {
  const kept = shape.filter((size) => size !== 1);
  const perm = range(0, shape.length);
  if (!transposeToo || kept.length !== 2) return { kind: 'as asked', perm, shape: kept };
  const [first, second] = perm.filter((axis) => shape[axis] !== 1) as [number, number];
  const others = perm.filter((axis) => shape[axis] === 1);
  return { kind: 'as asked', perm: [...others, second, first], shape: kept.toReversed() };
}

/** Whether a kernel belongs to gates. */
export function isRecurrent(name: string): boolean {
  return RECURRENT.test(name) && !/bias$|beta$|gamma$/.test(name);
}

const isIdentity = (perm: readonly number[]): boolean => perm.every((axis, i) => axis === i);

function changed(name: string, tensor: Tensor, { perm, shape }: LayoutChange, options: ShapeEditOptions): Tensor {
  if (isIdentity(perm)) return sameContentAs(tensor, shape);
  return lazyTensor(tensor.dtype, shape, () => {
    return new PermutedSource(inputOf(name, tensor, options), tensor.shape, perm, tensor.dtype.width);
  });
}

export interface LayoutOptions extends ShapeEditOptions, LayoutOverrides {}

/** What a change of layout did. */
export interface LaidOut extends Edited {
  /** The kernels that changed, by their names. */
  readonly layouts: ReadonlyMap<string, LayoutChange>;
}

/** The tensors with their kernels as `target` has them, slots and averages likewise; `notes` says what was left, and why. */
export function layOut(tensors: TensorMap, target: LayoutTarget, options: LayoutOptions = {}): LaidOut {
  const layouts = new TextMap<LayoutChange>();
  const recurrent: string[] = [];
  for (const [name, tensor] of tensors) {
    const change = layoutChange(name, tensor, target, options);
    if (change !== undefined) layouts.set(name, change);
    else if (tensor.shape.length === 2 && isRecurrent(plainName(name)) && elementCount(tensor.shape) > 0)
      recurrent.push(name);
  }
  const notes = recurrent.length === 0 ? [] : [recurrentNote(recurrent)];
  if (layouts.size === 0) return { tensors, changes: [], notes, layouts };
  const edited = editShapes(
    tensors,
    (name) => layouts.has(name),
    'lay out',
    options,
    (target) => {
      return changed(target.name, target.tensor, layouts.get(target.of) as LayoutChange, options);
    },
  );
  return { ...edited, notes: [...edited.notes, ...notes], layouts };
}

function recurrentNote(names: readonly string[]): string {
  const more = names.length > 1 ? ` and ${names.length - 1} more` : '';
  return `${names[0]}${more} stay as they are: the gates of recurrent layers stand in another order in PyTorch`;
}
