/**
 * What `--dry-run` tells: what becomes of each tensor and where each file comes from. Rows about tensors are made anew
 * whenever they are gone through, since there may be a million.
 */

import { OBJECT_GRAPH_KEY } from '../graph.ts';
import type { OpenedCheckpoint, Tensor, TensorChange, TensorMap, WritePlan } from '../index.ts';
import { decodeText, formatShape, pairsAt, scanTensors, type TensorSummary, type Verdicts } from '../text.ts';

interface RenamedTensor {
  /** Path of the checkpoint it comes from. */
  readonly input: string;
  readonly from: string;
  readonly to: string;
}

interface DroppedTensor {
  readonly input: string;
  readonly name: string;
  readonly bytes: number;
}

/** A tensor whose content, dtype or shape is another: `float32[3,4]`, or null where it was not there or is no more. */
interface ChangedTensor {
  readonly name: string;
  readonly from: string | null;
  readonly to: string | null;
}

export interface ReportedFile {
  readonly path: string;
  readonly action: 'copy' | 'link' | 'reflink' | 'write' | 'replace' | 'remove';
  readonly bytes?: number;
  /** The file that is linked or cloned. */
  readonly from?: string;
}

/** The document of `--dry-run --json`. */
export interface PlanReport {
  readonly output: string;
  readonly inputs: readonly { readonly path: string; readonly format: string }[];
  /** Tensors of the output, and the bytes of their content. */
  readonly tensors: number;
  readonly bytes: number;
  readonly bytesCopied: number;
  readonly bytesReused: number;
  readonly bytesDropped: number;
  readonly unchanged: number;
  readonly renamed: Rows<RenamedTensor>;
  readonly dropped: Rows<DroppedTensor>;
  /** Only of a recipe: what each step does, a line each. */
  readonly steps?: readonly string[];
  /** Only of commands that change what tensors hold. */
  readonly changed?: readonly ChangedTensor[];
  readonly files: readonly ReportedFile[];
  readonly notes: readonly string[];
}

/**
 * What a tensor of an input is called in the output; undefined for one that is left out. Told also where in the order of the
 * input it comes, counted from 0, so that who has judged it before need not judge again.
 */
export type Becomes = (name: string, input: number, tensor: TensorSummary, position: number) => string | undefined;

/** Rows that are made while they are gone through, and how many of them belong to each input. */
export interface Rows<Row> extends Iterable<Row> {
  readonly counts: readonly number[];
  /** The rows of one input. */
  of(input: number): Iterable<Row>;
}

function rowsOf<Row>(counts: readonly number[], of: (input: number) => Iterable<Row>): Rows<Row> {
  return {
    counts,
    of,
    *[Symbol.iterator]() {
      for (const input of counts.keys()) yield* of(input);
    },
  };
}

interface Changes {
  readonly unchanged: number;
  readonly bytesDropped: number;
  readonly renamed: Rows<RenamedTensor>;
  readonly dropped: Rows<DroppedTensor>;
}

const typeOf = (tensor: Tensor | undefined): string | null =>
  tensor === undefined ? null : `${tensor.dtype.name}${formatShape(tensor.shape)}`;

function changedTensors(changes: readonly TensorChange[] | undefined): { readonly changed?: readonly ChangedTensor[] } {
  if (changes === undefined) return {};
  return { changed: changes.map(({ name, before, after }) => ({ name, from: typeOf(before), to: typeOf(after) })) };
}

/** What becomes of tensors that stay as they are or are left out, as it was judged before. */
function changesBy(input: OpenedCheckpoint, verdicts: Verdicts): Changes {
  const { path, tensors } = input;
  function* dropped(): Generator<DroppedTensor> {
    for (const [name, { byteLength }] of pairsAt(tensors, (at) => !verdicts.at(at))) {
      yield { input: path, name, bytes: byteLength };
    }
  }
  return {
    unchanged: verdicts.kept,
    bytesDropped: verdicts.bytesDropped,
    renamed: rowsOf<RenamedTensor>([0], () => []),
    dropped: rowsOf([verdicts.size - verdicts.kept], dropped),
  };
}

/** What becomes of the tensors whose content stays; those in `edited` are told of elsewhere. */
function changesOf(
  inputs: readonly OpenedCheckpoint[],
  output: TensorMap,
  becomes: Becomes,
  edited: ReadonlySet<string>,
): Changes {
  const newNameOf: Becomes = (name, input, tensor, position) =>
    edited.has(name) ? name : becomes(name, input, tensor, position);
  const hasGraph = inputs.some(({ tensors }) => tensors.has(OBJECT_GRAPH_KEY)) && output.has(OBJECT_GRAPH_KEY);
  const nextOf: Becomes = (name, input, tensor, position) => {
    const next = newNameOf(name, input, tensor, position);
    return next === OBJECT_GRAPH_KEY && !hasGraph ? undefined : next;
  };
  function* renamedIn(i: number): Generator<RenamedTensor> {
    const { path: input, tensors } = inputs[i] as OpenedCheckpoint;
    let position = 0;
    for (const [from, tensor] of tensors) {
      const to = nextOf(from, i, tensor, position++);
      if (to !== undefined && to !== from) yield { input, from, to };
    }
  }
  function* droppedIn(i: number): Generator<DroppedTensor> {
    const { path: input, tensors } = inputs[i] as OpenedCheckpoint;
    let position = 0;
    for (const [name, tensor] of tensors) {
      if (nextOf(name, i, tensor, position++) === undefined) yield { input, name, bytes: tensor.byteLength };
    }
  }
  let [unchanged, bytesDropped] = [0, 0];
  const renamed = inputs.map(() => 0);
  const dropped = inputs.map(() => 0);
  for (const [i, { tensors }] of inputs.entries()) {
    let position = 0;
    scanTensors(tensors, (facts) => {
      const name = decodeText(facts.nameBytes, 0, facts.nameLength);
      const next = nextOf(name, i, facts, position++);
      if (next === name) unchanged += edited.has(name) ? 0 : 1;
      else if (next !== undefined) renamed[i] = (renamed[i] as number) + 1;
      else {
        dropped[i] = (dropped[i] as number) + 1;
        bytesDropped += facts.byteLength;
      }
    });
  }
  return { unchanged, bytesDropped, renamed: rowsOf(renamed, renamedIn), dropped: rowsOf(dropped, droppedIn) };
}

function filesOf({ files, obsolete }: WritePlan): ReportedFile[] {
  return [
    ...files.map(({ path, action, byteLength, from }): ReportedFile => {
      if (action === 'write' || byteLength === undefined) return { path, action };
      const bytes = byteLength;
      return action === 'copy' || from === undefined ? { path, action, bytes } : { path, action, bytes, from };
    }),
    ...obsolete.map((path): ReportedFile => ({ path, action: 'remove' })),
  ];
}

/** What a command made of its inputs, as far as a report tells of it. */
interface ReportedOutcome {
  readonly tensors: TensorMap;
  readonly newNameOf: Becomes;
  /** Of the tensors of the first input, where each stays as it is or is left out, and the object graph does not change. */
  readonly verdicts?: Verdicts | undefined;
  readonly changes?: readonly TensorChange[];
  readonly steps?: readonly string[];
}

/** Everything about a plan that somebody may want to know before it is carried out. */
export function reportOf(
  plan: WritePlan,
  inputs: readonly OpenedCheckpoint[],
  { tensors, newNameOf, verdicts, changes, steps }: ReportedOutcome,
  notes: readonly string[],
): PlanReport {
  const edited = new Set(changes?.map(({ name }) => name));
  const [first] = inputs as readonly [OpenedCheckpoint];
  const isJudged = first.tensors.has(OBJECT_GRAPH_KEY) === tensors.has(OBJECT_GRAPH_KEY);
  const { unchanged, bytesDropped, renamed, dropped } =
    verdicts !== undefined && isJudged ? changesBy(first, verdicts) : changesOf(inputs, tensors, newNameOf, edited);
  return {
    output: plan.path,
    inputs: inputs.map(({ path, format }) => ({ path, format })),
    tensors: plan.tensorCount,
    bytes: plan.byteLength,
    bytesCopied: plan.bytesCopied,
    bytesReused: plan.bytesReused,
    bytesDropped,
    unchanged,
    renamed,
    dropped,
    ...(steps === undefined ? {} : { steps }),
    ...changedTensors(changes),
    files: filesOf(plan),
    notes,
  };
}
