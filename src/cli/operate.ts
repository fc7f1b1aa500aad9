/**
 * The engine of commands that write: opens the inputs, lets the command transform them, makes the object graph agree
 * with the new names, and prints the plan or carries it out. The written path goes to stdout, all else to stderr.
 */

import { OBJECT_GRAPH_KEY, type ReconcileOptions, reconcileObjectGraph } from '../graph.ts';
import { checkNotInput, formatOf } from '../history.ts';
import {
  type ByteRange,
  type CheckpointWriteOptions,
  type FormatName,
  type OpenedCheckpoint,
  planCheckpoint,
  type Tensor,
  type TensorChange,
  type TensorMap,
  type WriteOptions,
  writeCheckpoint,
} from '../index.ts';
import type { Verdicts } from '../text.ts';
import { EXIT } from './exit-codes.ts';
import { forFormat, lostIn } from './fit-format.ts';
import { printNotes } from './options.ts';
import { type Becomes, type Changes, changesIn, type Input, made, type PlanReport, reportOf } from './plan-report.ts';
import type { PendingRecord } from './record.ts';
import { planJson, planLines } from './render/plan-lines.ts';
import { currentRun } from './run.ts';
import { type Change, leftBehind } from './sidecar-files.ts';
import { stderr, stdout } from './terminal/output.ts';
import {
  nothingToShare,
  type Output,
  outputOf,
  STDOUT,
  targetFormat,
  type WritingOptions,
  writeOptionsOf,
} from './write-options.ts';
import { checkOptions, costOf, openInputs, tellWritten, withProgress } from './writing-steps.ts';

/** Whose object graph goes into the output, and what becomes of the names that it repeats. */
interface GraphOrigin extends ReconcileOptions {
  readonly input: number;
  /** Told also where a tensor stands among those of the input, where that is known. */
  readonly newNameOf: (name: string, position?: number) => string | undefined;
}

/** What a command makes of its inputs. */
export interface Outcome {
  readonly tensors: TensorMap;
  /** What a tensor of an input is called in `tensors`; undefined for one that is left out. */
  readonly newNameOf: Becomes;
  /** Of the tensors of the only input, where each stays as it is or is left out. */
  readonly verdicts?: Verdicts | undefined;
  readonly graph: GraphOrigin;
  /** `2 of 5 tensors renamed`; told how many tensors the output has. */
  readonly summary: (tensors: number) => string;
  /** What this does to the files beside an input. */
  readonly change: Change;
  /** What the user should know, a sentence each. */
  readonly notes: readonly string[];
  /** The text of the recipe that was applied. */
  readonly recipe?: string;
  /** What each step did, a line each, where there are several. */
  readonly steps?: readonly string[];
  /** Tensors whose content, dtype or shape is another. */
  readonly changes?: readonly TensorChange[];
  /** Lines for stderr when all is written, and what the document of `--json` says besides the plan. */
  readonly report?: (written: boolean) => WriteReport;
  /** Why nothing is written, though it could be: the answer is no. */
  readonly refusal?: string | undefined;
}

/** What a command says of its work beyond the summary. */
export interface WriteReport {
  readonly lines: readonly string[];
  readonly document?: object;
}

/** Makes the new map; throws where the command is to be refused. */
export type Transform = (inputs: readonly OpenedCheckpoint[]) => Outcome | Promise<Outcome>;

/** Runs one command: opens the inputs at `paths`, transforms them, and plans or writes the output. */
export async function operate(paths: readonly string[], options: WritingOptions, transform: Transform): Promise<void> {
  checkOptions(options);
  const output = outputOf(options, paths[0] ?? '');
  const inputs = await openInputs(paths, options);
  await operateOn(inputs, output, options, await transform(inputs));
}

/** The second half of {@link operate}, for a command that opened its inputs itself. */
export async function operateOn(
  inputs: readonly Input[],
  output: Output,
  asked: WritingOptions,
  transformed: Outcome,
): Promise<void> {
  const to = targetFormat(asked, output, (inputs[0] as OpenedCheckpoint).format);
  const options = { ...asked, to };
  const isPlain = inputs.every(({ format }) => formatOf(format).can.tensorflow) && to === formatOf().name;
  const outcome = isPlain ? transformed : forFormat(transformed, to, asked.dropUnsupported === true);
  if (output.replaces !== true) checkNotInput(output.path, inputs);
  const { input, newNameOf, dropGraph = false }: GraphOrigin = outcome.graph;
  const before = (inputs[input] as OpenedCheckpoint).tensors;
  const absent = options.dryRun === true && inputs.some(isIndexAlone);
  const { tensors, notes: graphNotes } = absent
    ? { tensors: outcome.tensors, notes: [NOT_THERE] }
    : reconcileObjectGraph(before, outcome.tensors, newNameOf, { dropGraph });
  const lost = lostIn(tensors, to, metadataOf(options, inputs).keys(), isOneArray(to, output));
  if (to !== 'hdf5' && inputs.some(({ layerWeights = new Map() }) => layerWeights.size > 0)) lost.push(NO_LAYERS);
  const superseded = [...supersededGraph(before, tensors), ...rangesOf(outcome.changes ?? [])];
  const { format } = inputs[0] as OpenedCheckpoint;
  const beside = formatOf(to).can.tensorflow ? inputs.filter(({ path }) => path !== output.path) : [];
  const companions = leftBehind(
    beside.map((from) => ({ path: from.path, isRenewed: formatOf(from.format).superseded?.by === to })),
    output.path,
    outcome.change,
  );
  const shared = nothingToShare(options, format);
  const notes = [...new Set([...output.notes, ...outcome.notes, ...graphNotes, ...lost, ...companions, ...shared])];
  const done = { ...outcome, tensors, superseded, notes };
  if (options.dryRun === true || outcome.refusal !== undefined) await printPlan(inputs, output, options, done);
  else if (output.path === STDOUT) {
    const { streamToStdout } = await import('./stdout-output.ts');
    await streamToStdout(tensors, writingOf(options, output, inputs), outcome.summary, notes, options);
  } else await carryOut(inputs, output, options, done);
  for (const input of inputs) input.close();
}

/** An outcome with all that is written, and all that there is to say of it. */
type Finished = Outcome & Pick<WriteOptions, 'superseded'>;

async function carryOut(
  inputs: readonly Input[],
  output: Output,
  options: WritingOptions,
  outcome: Finished,
): Promise<void> {
  const record = options.record === true ? await pendingRecord(output, inputs, options, outcome) : undefined;
  const start = Date.now();
  const { tensors, superseded, notes } = outcome;
  const became = options.json === true ? becameOf(inputs, outcome, output) : undefined;
  const writeOptions = { ...writingOf(options, output, inputs), superseded, objectGraph: 'keep' as const };
  const written = await withProgress(options, (onProgress) =>
    writeCheckpoint(output.path, tensors, { ...writeOptions, onProgress }),
  );
  await record?.write(written.path);
  const shares = output.replaces === true ? { ...options, link: true } : options;
  const cost = costOf(written, shares, Date.now() - start);
  const told = [...new Set([...notes, ...written.notes])];
  printNotes([...(outcome.steps ?? []), ...told], options);
  const report = outcome.report?.(true);
  if (report !== undefined && options.quiet !== true) for (const line of report.lines) stderr.line(line);
  const facts = { ...outcome, inputs, notes: told, output: options.output ?? output.path, written: true };
  const document = became && planJson(reportOf(written, { ...facts, became }), report?.document);
  tellWritten(written.path, `${outcome.summary(written.tensorCount)}; ${cost}`, options, document);
}

/** What becomes of the tensors of the inputs; where one is replaced, it cannot be asked any more when all is written. */
function becameOf(inputs: readonly Input[], outcome: Outcome, { replaces }: Output): Changes {
  const became = changesIn(inputs, outcome);
  return replaces === true ? made(became) : became;
}

async function pendingRecord(
  { path }: Output,
  inputs: readonly OpenedCheckpoint[],
  options: WritingOptions,
  { recipe }: Outcome,
): Promise<PendingRecord | undefined> {
  return (await import('./record.ts')).recordOf(path, inputs, options, recipe);
}

/** What the library is told of a write. */
function writingOf(options: WritingOptions, output: Output, inputs: readonly OpenedCheckpoint[]): WriteOptions {
  const { format } = inputs[0] as OpenedCheckpoint;
  const metadata = metadataOf(options, inputs);
  return { ...writeOptionsOf(options, format), ...replacing(output, inputs), metadata, inputs };
}

/** Whether an array is written by itself: a file, or what goes through a pipe. */
function isOneArray(to: FormatName, { path }: Output): boolean {
  return to === 'npy' && (path === STDOUT || path.endsWith('.npy'));
}

/** The texts beside the tensors: those that were asked for, then those of the inputs, the first ones first. */
function metadataOf(options: WritingOptions, inputs: readonly OpenedCheckpoint[]): Map<string, string> {
  const texts = inputs.toReversed().flatMap(({ metadata }) => [...(metadata ?? [])]);
  return new Map([...texts, ...(options.metadata ?? [])]);
}

/** How a checkpoint is replaced that is read itself: its data files stay, as far as they need no change. */
function replacing({ path, replaces }: Output, inputs: readonly OpenedCheckpoint[]): WriteOptions {
  if (replaces !== true) return {};
  const isInput = inputs.some((input) => input.path === path && formatOf(input.format).can.share);
  return { force: true, replaceInput: true, ...(isInput ? { reuse: 'link' } : {}) };
}

/** Where the object graph lay that a rewritten one stands for: a file may be linked with it in it. */
function supersededGraph(before: TensorMap, after: TensorMap): ByteRange[] {
  const stored = before.get(OBJECT_GRAPH_KEY)?.stored;
  return stored === undefined || after.get(OBJECT_GRAPH_KEY)?.stored !== undefined ? [] : [stored];
}

/** Where tensors lay whose content is another now, or that are gone into another: a file may be linked with them in it. */
function rangesOf(changes: readonly TensorChange[]): ByteRange[] {
  const pieces = changes.flatMap(({ before }): Tensor[] =>
    before === undefined ? [] : (before.parts?.map(({ tensor }) => tensor) ?? [before]),
  );
  return pieces.flatMap(({ stored }) => stored ?? []);
}

/** What is said where a file of Keras 2 becomes one of another format. */
const NO_LAYERS =
  'the lists of layers of Keras 2 stay behind; ckpt convert --like MODEL.h5 puts the weights into such a file again';

/** What is said of a plan for an index that came without its data: names and shapes are all that it needs. */
export const NOT_THERE = 'the data files are not there: the write needs them';

/** Whether none of a checkpoint's data files is there. */
export function isIndexAlone({ files }: OpenedCheckpoint): boolean {
  const data = files.filter(({ kind }) => kind === 'data');
  return data.length > 0 && data.every(({ byteLength }) => byteLength === undefined);
}

async function printPlan(
  inputs: readonly Input[],
  output: Output,
  options: WritingOptions,
  outcome: Finished,
): Promise<void> {
  const writeOptions = {
    ...writingOf(options, output, inputs),
    superseded: outcome.superseded,
    objectGraph: 'keep' as const,
  };
  const named = options.output !== undefined || output.replaces === true;
  const absent = options.dryRun === true && inputs.some(isIndexAlone);
  const planOptions: CheckpointWriteOptions = { ...writeOptions, absent, ...(named ? {} : { force: true }) };
  const { refusal } = outcome;
  const report = outcome.report?.(false);
  const isRefused = refusal !== undefined && options.dryRun !== true;
  if (refusal !== undefined) {
    currentRun().exitCode = EXIT.no;
    if (options.quiet !== true) for (const line of report?.lines ?? []) stderr.line(line);
    stderr.line(`ckpt: ${refusal}`);
  }
  if (isRefused && options.json !== true) return;
  const plan = await planCheckpoint(output.path, outcome.tensors, planOptions);
  const facts = { ...outcome, inputs, became: changesIn(inputs, outcome), output: options.output, written: false };
  printReport(reportOf(plan, facts), options, report?.document);
}

/** Prints what `--dry-run` tells. */
export function printReport(report: PlanReport, options: WritingOptions, more?: object): void {
  if (options.json === true) for (const text of planJson(report, more)) stdout.write(text);
  else {
    for (const line of planLines(report, options.verbose === true)) stdout.line(line);
    printNotes([...report.notes, 'nothing was written, because of --dry-run'], options);
  }
}
