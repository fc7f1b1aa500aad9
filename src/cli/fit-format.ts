/** What becomes of tensors that the format which is written has no place for: what is left out, what stays behind, and what is said. */

import { keepsGraph, OBJECT_GRAPH_KEY, RECORD_KEY } from '../graph.ts';
import { formatOf } from '../history.ts';
import {
  CkptError,
  drop,
  type FormatName,
  NameError,
  type Tensor,
  type TensorMap,
  UnsupportedError,
} from '../index.ts';
import { partsAlone, TextMap, TextSet } from '../text.ts';
import type { Becomes } from './plan-report.ts';
import { plural } from './terminal/numbers.ts';

/** What a command makes of its inputs, as far as a format has a say in it. */
interface Fitting {
  readonly tensors: TensorMap;
  readonly newNameOf: Becomes;
  readonly graph: { readonly newNameOf: (name: string) => string | undefined };
  readonly notes: readonly string[];
}

/** More names than this are counted. */
const MOST_NAMED = 5;

function listed(names: readonly string[]): string {
  const some = names.slice(0, MOST_NAMED).join(', ');
  return names.length > MOST_NAMED ? `${some} and ${names.length - MOST_NAMED} more` : some;
}

/** What a format cannot hold: tensors of some dtypes, and those that are there in part; and what is of a kind that is not read at all. */
interface Unsupported {
  readonly unread: ReadonlyMap<string, UnsupportedError>;
  readonly byDType: readonly string[];
  readonly inPart: readonly string[];
}

function isInPart(name: string, tensor: Tensor): boolean {
  try {
    return tensor.parts !== undefined && partsAlone(name, tensor) !== undefined;
  } catch (error) {
    // Parts that do not fit are told by who reads them.
    if (error instanceof CkptError) return false;
    throw error;
  }
}

/** The object graph, which stays behind without a word of leave, is none of them. */
function unsupported(tensors: TensorMap, to: FormatName): Unsupported {
  const format = formatOf(to);
  const byDType: string[] = [];
  const inPart: string[] = [];
  const unread = new TextMap<UnsupportedError>();
  for (const [name, tensor] of tensors) {
    if (tensor.problem instanceof UnsupportedError) unread.set(name, tensor.problem);
    if (tensor.problem !== undefined || name === OBJECT_GRAPH_KEY) continue;
    if (!format.holds(tensor.dtype)) byDType.push(name);
    else if (!format.can.tensorflow && isInPart(name, tensor)) inPart.push(name);
  }
  return { unread, byDType, inPart };
}

/** What that is, each kind with its names. */
function reasons(
  tensors: TensorMap,
  { byDType, inPart }: Omit<Unsupported, 'unread'>,
): (readonly [what: string, names: string])[] {
  const dtypes = [...new Set(byDType.map((name) => tensors.get(name)?.dtype.name))].join(', ');
  return [
    ...(byDType.length === 0 ? [] : [[`dtype ${dtypes}`, listed(byDType)] as const]),
    ...(inPart.length === 0 ? [] : [['tensors of which only some slices are stored', listed(inPart)] as const]),
  ];
}

/** Tensors that are not read, or that a format cannot hold for what is in them, each with a sentence that says so; content is read. */
function refused(tensors: TensorMap, to: FormatName, { unread, byDType, inPart }: Unsupported): Map<string, string> {
  const { refusal, title } = formatOf(to);
  const told = [...unread].map(([name, { message }]): [string, string] => [name, `left out: ${message}`]);
  const sentences = new TextMap<string>(told);
  if (refusal === undefined) return sentences;
  const others = new TextSet([...unread.keys(), ...byDType, ...inPart]);
  for (const [name, tensor] of tensors) {
    const reason = name === OBJECT_GRAPH_KEY || others.has(name) ? undefined : refusal(name, tensor);
    if (reason !== undefined) sentences.set(name, `left out, for ${title} cannot hold it: ${name}, ${reason}`);
  }
  return sentences;
}

/**
 * The outcome as the format can hold it: with `dropUnsupported` without the tensors that it cannot, each class told by name;
 * else throws {@link UnsupportedError}, which names them all.
 */
export function forFormat<T extends Fitting>(outcome: T, to: FormatName, dropUnsupported: boolean): T {
  const found = unsupported(outcome.tensors, to);
  const names = [...found.byDType, ...found.inPart];
  const sentences = dropUnsupported ? refused(outcome.tensors, to, found) : new TextMap<string>();
  const [unread] = found.unread.values();
  if (unread !== undefined && !dropUnsupported) {
    const which = found.unread.size === 1 ? 'it' : `all ${found.unread.size} such tensors`;
    const hint = `leave ${which} out with --drop-unsupported`;
    throw new UnsupportedError(`${unread.message}; ${hint}`, unread.feature, { cause: unread });
  }
  const { can, title } = formatOf(to);
  // TensorFlow's own formats say of each other what they cannot hold.
  if (names.length + sentences.size === 0 || (can.tensorflow && !dropUnsupported)) return outcome;
  const told = reasons(outcome.tensors, found);
  if (!dropUnsupported) {
    const all = told.map(([what, which]) =>
      what.startsWith('dtype') ? `${what}, that of ${which}` : `${what}: ${which}`,
    );
    throw new UnsupportedError(
      `${title} cannot hold ${all.join('; nor ')}; leave ${names.length === 1 ? 'it' : 'them'} out with --drop-unsupported`,
      found.byDType.length > 0 ? 'dtype' : 'partial tensor',
    );
  }
  const gone = new TextSet([...names, ...sentences.keys()]);
  const tensors = drop(outcome.tensors, (name) => gone.has(name));
  if (tensors.size === 0) throw new NameError(`${title} can hold none of the tensors`, { missing: [...gone] });
  const kept = (name: string | undefined): string | undefined =>
    name === undefined || gone.has(name) ? undefined : name;
  const { newNameOf } = outcome.graph;
  return {
    ...outcome,
    tensors,
    newNameOf: (...of) => kept(outcome.newNameOf(...of)),
    verdicts: undefined,
    graph: { ...outcome.graph, newNameOf: (name) => kept(newNameOf(name)) },
    notes: [
      ...outcome.notes,
      ...told.map(([what, which]) => `left out, for ${title} cannot hold ${what.replace(/^dtype /, '')}: ${which}`),
      ...sentences.values(),
    ],
  };
}

/**
 * What the format cannot hold of the tensors that are written, and of the texts beside them, a sentence each; `isAlone` says that
 * there is no more than the array that is written, and no record beside it.
 */
export function lostIn(tensors: TensorMap, to: FormatName, texts: Iterable<string>, isAlone: boolean): string[] {
  const { can, title } = formatOf(to);
  const notes: string[] = [];
  const names = [...texts].filter((name) => name !== RECORD_KEY);
  if (names.length > 0 && (isAlone || !can.metadata)) {
    notes.push(`texts beside the tensors stay behind, for ${title} has no place for them: ${listed(names)}`);
  }
  if (can.tensorflow) return notes;
  if (tensors.has(OBJECT_GRAPH_KEY)) {
    const kept = 'a record of it is kept, from which ckpt convert --to v2 brings it back';
    notes.push(
      `the object graph stays behind, for ${title} has no place for it${isAlone ? '' : keepsGraph(tensors) ? `; ${kept}` : '; it is too large for a record'}`,
    );
  }
  let partitioned = 0;
  for (const { parts } of tensors.values()) if (parts !== undefined) partitioned++;
  if (partitioned > 0) {
    notes.push(
      `${plural(partitioned, 'partitioned variable')} written whole; ${isAlone ? 'which parts there were is not kept' : 'the parts are kept in a record, for the way back'}`,
    );
  }
  return notes;
}
