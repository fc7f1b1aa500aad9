/**
 * What a graph for Python says of initial values: the value itself, the operations that make it, or how it is distributed. Values
 * take room in every `.meta`, so that there is a bound to the large ones.
 */
import { MemorySource, readBytes } from '../bytes/source.ts';
import { dtypeOf } from '../tensor/dtype.ts';
import { elementCount, sameShape } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { Expression, InitialOperand } from './expression.ts';
import { isOfOperations } from './expression-nodes.ts';
import { circle, type Described } from './initial-value.ts';
import { randomTensor } from './random.ts';
import type { Saveable } from './saveable.ts';
import { MOST_DESCRIBED_BYTES, Variable } from './variable.ts';

/** A value of no more bytes stands in a graph whatever else does. */
const LITTLE_BYTES = 1024;
/** What the others take there, all in all; the smallest of them stand there, until this is full. */
const MOST_VALUES_BYTES = 64 << 20;
/** A larger value is not worked out for the sake of its description. */
const MOST_COMPUTED_BYTES = 1 << 20;

/** Of a variable that is not ours, which begins with zeros there. */
const NOTHING: Described = { recipe: { kind: 'nothing' } };
const UNKNOWN: Described = { recipe: { kind: 'computed' } };

function byteLengthOf({ shape, dtype }: Saveable): number {
  return elementCount(shape) * (dtypeOf(dtype).width || 1);
}

/** What a variable began with, or would begin with: not what it holds. */
function firstValue(operand: InitialOperand, making: readonly InitialOperand[] = []): Tensor {
  if (making.includes(operand)) throw circle([...making, operand].map(({ name }) => name));
  const of = (other: InitialOperand): Tensor => firstValue(other, [...making, operand]);
  if (operand instanceof Variable) {
    const { recipe, tensor } = operand.describeInitialValue();
    if (tensor !== undefined) return tensor;
    if ('seed' in recipe) return randomTensor(recipe, operand.shape, dtypeOf(operand.dtype));
  }
  return (operand as Variable).makeInitialValue(of).tensor;
}

/** A value that lies in memory; one of a file, which may be closed by now, where it is small. */
function atHand(tensor: Tensor): Tensor | undefined {
  if (tensor.source instanceof MemorySource) return tensor;
  if (tensor.byteLength > MOST_DESCRIBED_BYTES) return undefined;
  return { ...tensor, source: new MemorySource(readBytes(tensor.source, 0, tensor.source.byteLength)) };
}

/** How a variable begins, without values that are not at hand. */
function describe(variable: Saveable): Described {
  if (!(variable instanceof Variable)) return NOTHING;
  try {
    const described = variable.describeInitialValue();
    return described.tensor === undefined ? described : { ...described, tensor: atHand(described.tensor) };
  } catch {
    return UNKNOWN; // A function of the user's that fails was never asked: the variable was assigned or restored.
  }
}

/** Whether a value may be worked out. */
function isComputed({ recipe: { kind }, tensor }: Described): boolean {
  return tensor === undefined && (kind === 'computed' || kind === 'value');
}

/** How large a value is that would stand in the graph; 0 for what is described otherwise. */
function roomOf(variable: Saveable, described: Described): number {
  if (described.tensor !== undefined) return described.tensor.byteLength;
  return isComputed(described) ? byteLengthOf(variable) : 0;
}

function worked(variable: Saveable, { recipe }: Described): Described {
  try {
    return { recipe, tensor: firstValue(variable) };
  } catch {
    return { recipe }; // A value that cannot be made is one that it never began with: it was assigned or restored.
  }
}

/** Whether operations make the value, over variables that come before this one: so there is no circle. */
function hasOperations(expression: Expression, variable: Saveable, isBefore: (operand: unknown) => boolean): boolean {
  try {
    return sameShape(expression.shape, variable.shape) && isOfOperations(expression, isBefore);
  } catch {
    return false; // Shapes or dtypes that do not go together: the value cannot be made.
  }
}

/**
 * The descriptions of variables, in their order. Of values of more than 1 KiB the smallest ones are in it, up to 64 MiB in all;
 * what only a function of the user's makes, up to 1 MiB each. An expression takes what comes before it.
 */
export function describedValues(variables: readonly Saveable[]): Described[] {
  const places = new Map<unknown, number>(variables.map((variable, i) => [variable, i]));
  const all = variables.map(describe);
  const large: { readonly i: number; readonly bytes: number }[] = [];
  const described = all.map((one, i): Described => {
    const variable = variables[i] as Saveable;
    const isBefore = (operand: unknown): boolean => (places.get(operand) ?? i) < i;
    const { expression, tensor, recipe } = one;
    if (tensor === undefined && expression !== undefined && hasOperations(expression, variable, isBefore)) return one;
    const bytes = roomOf(variable, one);
    if (bytes <= LITTLE_BYTES) return isComputed(one) ? worked(variable, one) : { recipe, tensor };
    if (tensor !== undefined || bytes <= MOST_COMPUTED_BYTES) large.push({ i, bytes });
    return { recipe };
  });
  let room = MOST_VALUES_BYTES;
  for (const { i, bytes } of large.sort((a, b) => a.bytes - b.bytes)) {
    room -= bytes;
    if (room < 0) break;
    const one = all[i] as Described;
    described[i] = isComputed(one) ? worked(variables[i] as Saveable, one) : one;
  }
  return described;
}
