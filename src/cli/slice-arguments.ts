/**
 * The arguments of `print`: patterns as everywhere, each with a slice after it if one is items, `emb[0:5,:8]`. Brackets
 * belong to globs and to names as well: a name that is there wins, then a slice of what is there, then a pattern.
 */
import {
  CkptError,
  chooser,
  MismatchError,
  type Selection,
  sliceTensor,
  type Tensor,
  type TensorMap,
} from '../index.ts';
import { fitSlice, nameMeant, parseSlice, partsAlone, type SliceText, selected, sliceText, TextSet } from '../text.ts';

/** A tensor that is to be printed, or a slice of one. */
export interface PrintItem {
  readonly name: string;
  readonly tensor: Tensor;
  /** The slice as it was written, with its brackets; empty for the whole. */
  readonly slice: string;
  /** Whether the slice was asked for; of a tensor stored in part, the slices that are there are printed unasked. */
  readonly isSliced: boolean;
  /** What is printed; getting it throws where the slice does not fit. */
  readonly part: Tensor;
}

interface Argument {
  readonly pattern: string;
  readonly slice: SliceText | undefined;
  /** The slice with its brackets. */
  readonly text: string;
}

type Others = Selection['others'];

const WITH_BRACKETS = /^(.+)\[([^[\]]*)\]$/s;

/** The name of a tensor that a text is; undefined where it is none. */
const nameIn = (text: string, tensors: TensorMap): string | undefined => nameMeant(text, (name) => tensors.has(name));

function matchesSomething(pattern: string, tensors: TensorMap, others: Others): boolean {
  if (nameIn(pattern, tensors) !== undefined) return true;
  if (others === undefined && !/[*?[/]/.test(pattern)) return false;
  try {
    chooser({ patterns: [pattern], others }, tensors);
    return true;
  } catch {
    return false;
  }
}

function parseArgument(text: string, tensors: TensorMap, others: Others): Argument {
  const whole: Argument = { pattern: text, slice: undefined, text: '' };
  const match = WITH_BRACKETS.exec(text);
  if (match === null || nameIn(text, tensors) !== undefined) return whole;
  const [, pattern, inner] = match as unknown as [string, string, string];
  const slice = parseSlice(inner);
  if (slice === undefined) return whole;
  // Where neither reading finds anything, the error should speak of the name before the brackets.
  if (!matchesSomething(pattern, tensors, others) && matchesSomething(text, tensors, others)) return whole;
  return { pattern, slice, text: `[${inner}]` };
}

function sliced(name: string, tensor: Tensor, slice: SliceText): Tensor {
  try {
    return sliceTensor(tensor, fitSlice(slice, tensor.shape));
  } catch (error) {
    if (!(error instanceof MismatchError)) throw error;
    throw new MismatchError(`tensor ${name}: ${error.message}`, name, error.expected, error.actual, { cause: error });
  }
}

/** A tensor, or, where only some of its slices are stored, these one by one. */
function* wholeItems(name: string, tensor: Tensor): Generator<PrintItem> {
  const alone = partsOf(name, tensor);
  if (alone === undefined) yield { name, tensor, slice: '', isSliced: false, part: tensor };
  for (const { slice, tensor: part } of alone ?? []) {
    yield { name, tensor, slice: sliceText(slice, tensor.shape), isSliced: false, part };
  }
}

/** Of a damaged tensor none: reading it says what is wrong. */
function partsOf(name: string, tensor: Tensor): ReturnType<typeof partsAlone> {
  try {
    return partsAlone(name, tensor);
  } catch (error) {
    if (error instanceof CkptError) return undefined;
    throw error;
  }
}

function* matching({ pattern }: Argument, tensors: TensorMap, others: Others): Iterable<[string, Tensor]> {
  const name = nameIn(pattern, tensors);
  if (name !== undefined && name !== '') yield [name, tensors.get(name) as Tensor];
  else yield* selected({ patterns: [pattern], others }, tensors);
}

/** The tensors and slices that a selection with slices asks for, in the order of the arguments, each once. */
export function* printItemsOf(selection: Selection, tensors: TensorMap): Generator<PrintItem> {
  const { others } = selection;
  const isNegated = (text: string): boolean =>
    text.startsWith('!') &&
    nameIn(text, tensors) === undefined &&
    nameIn(WITH_BRACKETS.exec(text)?.[1] ?? '', tensors) === undefined;
  const isChosen = chooser({ ...selection, patterns: selection.patterns.filter(isNegated) }, tensors);
  const positive = selection.patterns
    .filter((text) => !isNegated(text))
    .map((text) => parseArgument(text, tensors, others));
  const seen = new TextSet();
  for (const argument of positive.length > 0 ? positive : [undefined]) {
    const pairs = argument === undefined ? tensors : matching(argument, tensors, others);
    for (const [name, tensor] of pairs) {
      const slice = argument?.text ?? '';
      const key = JSON.stringify([name, slice]);
      if (seen.has(key) || !isChosen(name, tensor)) continue;
      if (positive.length > 1) seen.add(key);
      if (argument?.slice === undefined) yield* wholeItems(name, tensor);
      else {
        const { slice: wanted } = argument;
        yield {
          name,
          tensor,
          slice,
          isSliced: true,
          get part() {
            return sliced(name, tensor, wanted);
          },
        };
      }
    }
  }
}
