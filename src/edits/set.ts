/** New values for tensors: numbers, lists of them, other tensors, or initial values; and new tensors. */
import { TextMap } from '../bytes/text-map.ts';
import { MismatchError, NameError, UnsupportedError, UsageError } from '../errors.ts';
import { OBJECT_GRAPH_KEY } from '../object-graph/object-graph-key.ts';
import { nearestHint } from '../surgery/nearest-names.ts';
import { DTYPES, type DType, dtypeOf } from '../tensor/dtype.ts';
import { elementCount, formatShape, type Shape, sameShape } from '../tensor/shape.ts';
import { type Tensor, type TensorMap, tensorOfBytes } from '../tensor/tensor.ts';
import { type CheckOptions, inputOf } from './checked-input.ts';
import { type Edited, withEdits } from './edited-map.ts';
import { ElementSource } from './element-source.ts';
import { type Filling, fillingSource } from './filling.ts';
import { inParts, lazyTensor, sameContentAs } from './lazy-tensor.ts';
import { castKernel } from './number-cast.ts';
import { bytesOfValue, type JsonValue } from './value-bytes.ts';

/** Where the new content comes from. */
export type NewValue =
  | { readonly kind: 'json'; readonly value: JsonValue }
  | { readonly kind: 'tensor'; readonly name: string; readonly tensor: Tensor }
  | Filling;

export interface Assignment {
  readonly name: string;
  /** What a tensor that is not there yet is to be; a tensor that is there has its own dtype and shape. */
  readonly declared?: { readonly dtype: DType; readonly shape: Shape } | undefined;
  readonly value: NewValue;
}

export interface SetOptions extends CheckOptions {
  readonly seed?: number | undefined;
}

interface Place {
  readonly dtype: DType;
  readonly shape: Shape;
}

const EXAMPLE = { dtype: dtypeOf('float32'), shape: [3, 4], text: 'zeros' };

/** What the tensor of an assignment is; throws where that is not known or is something else. */
function placeOf(tensors: TensorMap, { name, declared, value }: Assignment): Place {
  if (name === '') throw new UsageError('a tensor needs a name: NAME=VALUE');
  if (name === OBJECT_GRAPH_KEY) throw new UsageError(`${name} is the object graph, whose content follows the tensors`);
  const old = tensors.get(name);
  if (old?.problem !== undefined) throw old.problem;
  if (old !== undefined) {
    if (declared === undefined || (declared.dtype === old.dtype && sameShape(declared.shape, old.shape))) return old;
    const [is, asked] = [old, declared].map(({ dtype, shape }) => `${dtype.name}${formatShape(shape)}`);
    throw new MismatchError(
      `${name} is there already, as ${is}, not ${asked}; drop it first`,
      name,
      `${is}`,
      `${asked}`,
    );
  }
  if (declared !== undefined) return declared;
  // What is new must be meant: a name with a slip in it would leave the tensor as it was, and a stranger beside it.
  const { dtype, shape, text } = value.kind === 'tensor' ? { ...value.tensor, text: `@${value.name}` } : EXAMPLE;
  const isHalf = DTYPES.some((known) => name.endsWith(`:${known.name}`));
  const declaration = isHalf ? `${name}${formatShape(shape)}` : `${name}:${dtype.name}${formatShape(shape)}`;
  throw new NameError(
    `there is no tensor called ${name}${nearestHint(name, tensors.keys())}; a new one says what it is: '${declaration}=${text}'`,
    { missing: [name] },
  );
}

function ofTensor(
  name: string,
  place: Place,
  source: Extract<NewValue, { kind: 'tensor' }>,
  options: CheckOptions,
): Tensor {
  const { dtype, shape } = place;
  const { tensor } = source;
  if (tensor.problem !== undefined) throw tensor.problem;
  if (!sameShape(tensor.shape, shape)) {
    throw new MismatchError(
      `${name} has shape ${formatShape(shape)}, ${source.name} has ${formatShape(tensor.shape)}`,
      name,
      formatShape(shape),
      formatShape(tensor.shape),
    );
  }
  if (tensor.dtype === dtype && tensor.parts === undefined) return sameContentAs(tensor);
  if (tensor.dtype === dtype) return lazyTensor(dtype, shape, () => inputOf(source.name, tensor, options));
  const kernel = castKernel(source.name, tensor.dtype, dtype, { wholes: true });
  const lanes = dtype.kind === 'complex' ? 2 : 1;
  return lazyTensor(dtype, shape, () => {
    const input = inputOf(source.name, tensor, options);
    const count = elementCount(shape) * lanes;
    return new ElementSource(
      [input],
      tensor.dtype.width / lanes,
      dtype.width / lanes,
      count,
      ([chunk], target, first) => kernel(chunk as Uint8Array, target, first),
    );
  });
}

function contentOf(assignment: Assignment, place: Place, number: number, options: SetOptions): Tensor {
  const { name, value } = assignment;
  const { dtype, shape } = place;
  if (value.kind === 'tensor') return ofTensor(name, place, value, options);
  if (value.kind === 'json') return tensorOfBytes(dtype, shape, bytesOfValue(name, dtype, shape, value.value));
  if (dtype.width === 0)
    throw new UnsupportedError(`${name} holds ${dtype.name}s, which have no ${value.kind}`, 'dtype');
  const open = (): ReturnType<typeof fillingSource> => fillingSource(value, dtype, shape, [options.seed ?? 0, number]);
  open();
  return lazyTensor(dtype, shape, open);
}

/**
 * The map with new content for some tensors, and with new ones at its end.
 *
 * @example
 * const { tensors } = await openCheckpoint('model.ckpt');
 * const { tensors: first } = setValues(tensors, [{ name: 'global_step', value: { kind: 'json', value: 0 } }]);
 * await writeCheckpoint('restarted.ckpt', first);
 */
export function setValues(tensors: TensorMap, assignments: readonly Assignment[], options: SetOptions = {}): Edited {
  const edits = new TextMap<Tensor>();
  for (const [number, assignment] of assignments.entries()) {
    const { name } = assignment;
    if (edits.has(name)) throw new UsageError(`${name} is given two values`);
    const place = placeOf(tensors, assignment);
    const content = contentOf(assignment, place, number, options);
    const parts = tensors.get(name)?.parts;
    edits.set(
      name,
      parts === undefined
        ? content
        : inParts(
            content,
            parts.map(({ slice }) => slice),
          ),
    );
  }
  if (edits.size === 0) throw new UsageError('say what is to be set: NAME=VALUE');
  return withEdits(tensors, edits);
}
