/**
 * What `--dry-run` tells, and `--json` of a write: what becomes of each tensor and where each file comes from. Rows about tensors are made anew
 * whenever they are gone through, since there may be a million.
 */

import { statSync } from 'node:fs';
import { OBJECT_GRAPH_KEY } from '../graph.ts';
import type { OpenedCheckpoint, Tensor, TensorChange, TensorMap, WritePlan } from '../index.ts';
import { formatShape, nameOfFacts, pairsAt, scanTensors, type TensorSummary, TextSet, type Verdicts } from '../text.ts';
import { type Subject, subjectOf } from './render/document.ts';

/** An input, with its path as it was given. */
export type Input = OpenedCheckpoint & { readonly given?: string };

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

/** The document of commands that write; what its keys mean, json-schemas/writing.ts says. */
export interface PlanReport {
  readonly path: string | null;
  readonly resolved: string;
  readonly format: string;
  readonly written: boolean;
  readonly inputs: readonly Subject[];
  readonly tensorCount: number;
  readonly bytes: number;
  readonly bytesCopied: number;
  readonly bytesReused: number;
  readonly bytesDropped: number;
  readonly unchangedCount: number;
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

/** What becomes of the tensors of all inputs. */
export interface Changes {
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
      const name = nameOfFacts(facts);
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

function filesOf({ files, obsolete }: Pick<WritePlan, 'files' | 'obsolete'>): ReportedFile[] {
  return [
    ...files.map(({ path, action, byteLength, from }): ReportedFile => {
      if (action === 'write' || byteLength === undefined) return { path, action };
      const bytes = byteLength;
      return action === 'copy' || from === undefined ? { path, action, bytes } : { path, action, bytes, from };
    }),
    ...obsolete.map((path): ReportedFile => ({ path, action: 'remove' })),
  ];
}

/** A file that is there now, of which the plan did not know the size. */
function withSize(file: ReportedFile): ReportedFile {
  if (file.bytes !== undefined || file.action === 'remove') return file;
  const bytes = statSync(file.path, { throwIfNoEntry: false })?.size;
  return bytes === undefined ? file : { ...file, bytes };
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

/** What an outcome makes of its inputs. */
export function changesIn(
  inputs: readonly Input[],
  { tensors, newNameOf, verdicts, changes }: ReportedOutcome,
): Changes {
  const edited = new TextSet(changes?.map(({ name }) => name));
  const [first] = inputs as readonly [OpenedCheckpoint];
  const isJudged = first.tensors.has(OBJECT_GRAPH_KEY) === tensors.has(OBJECT_GRAPH_KEY);
  return verdicts !== undefined && isJudged
    ? changesBy(first, verdicts)
    : changesOf(inputs, tensors, newNameOf, edited);
}

/** The same with rows that are made already: of inputs that a write takes the place of. */
export function made(changes: Changes): Changes {
  const held = <Row>({ counts, of }: Rows<Row>): Rows<Row> => {
    const all = counts.map((_, input) => [...of(input)]);
    return rowsOf(counts, (input) => all[input] as Row[]);
  };
  return { ...changes, renamed: held(changes.renamed), dropped: held(changes.dropped) };
}

/** What a report is made of besides the plan. */
interface Reported extends Pick<ReportedOutcome, 'changes' | 'steps'> {
  readonly inputs: readonly Input[];
  readonly became: Changes;
  readonly notes: readonly string[];
  /** The output as it was asked for, where it was. */
  readonly output: string | undefined;
  readonly written: boolean;
}

/** Everything about a plan that somebody may want to know before it is carried out, or when it was. */
export function reportOf(
  plan: Omit<WritePlan, 'write'>,
  { inputs, became, changes, steps, notes, output, written }: Reported,
): PlanReport {
  const { unchanged, bytesDropped, renamed, dropped } = became;
  return {
    path: output ?? null,
    resolved: plan.path,
    format: plan.format,
    written,
    inputs: inputs.map((input) => subjectOf(input.given ?? input.path, input)),
    tensorCount: plan.tensorCount,
    bytes: plan.byteLength,
    bytesCopied: plan.bytesCopied,
    bytesReused: plan.bytesReused,
    bytesDropped,
    unchangedCount: unchanged,
    renamed,
    dropped,
    ...(steps === undefined ? {} : { steps }),
    ...changedTensors(changes),
    files: written ? filesOf(plan).map(withSize) : filesOf(plan),
    notes,
  };
}
