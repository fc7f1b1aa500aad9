/**
 * The engine of every command that writes: opens the inputs, lets the command transform them, makes the object graph agree
 * with the new names, and prints the plan or carries it out. The written path goes to stdout, all else to stderr.
 */
import { realpathSync } from 'node:fs';
import {
  type OpenedCheckpoint,
  openCheckpoint,
  planCheckpoint,
  type ReconcileOptions,
  reconcileObjectGraph,
  type Tensor,
  type TensorMap,
  UsageError,
  type WriteOptions,
  type WritePlan,
  WriteRefusedError,
  writeCheckpoint,
} from '../index.ts';
import { type Fate, leftBehind } from './companions.ts';
import { interruptible } from './interrupts.ts';
import { type GlobalOptions, pathOf, tellNotes } from './options.ts';
import { type PlanReport, reportOf } from './plan-report.ts';
import { planLines } from './render/plan-lines.ts';
import { escapeText, jsonText } from './terminal/escape.ts';
import { formatBytes } from './terminal/numbers.ts';
import { stderr, stdout } from './terminal/output.ts';
import { Progress } from './terminal/progress.ts';
import { isTerminal } from './terminal/style.ts';
import { type Output, outputOf, type WritingOptions, writeOptionsOf } from './write-options.ts';

/** Whose object graph goes into the output, and what becomes of the names that it repeats. */
export interface GraphOrigin extends ReconcileOptions {
  readonly input: number;
  readonly newNameOf: (name: string) => string | undefined;
}

/** What a command makes of its inputs. */
export interface Outcome {
  readonly tensors: Map<string, Tensor>;
  /** What a tensor of an input is called in `tensors`; undefined for one that is left out. */
  readonly becomes: (name: string, input: number) => string | undefined;
  /** Where the object graph comes from, if not from the first input under the names that `becomes` gives. */
  readonly graph?: GraphOrigin | undefined;
  /** `2 of 5 tensors renamed`; told how many tensors the output has. */
  readonly summary: (tensors: number) => string;
  /** What this does to the files beside an input. */
  readonly fate: Fate;
  /** What the user should know, a sentence each. */
  readonly notes: readonly string[];
}

/** Makes the new map; throws where the command is to be refused. */
export type Transform = (inputs: readonly OpenedCheckpoint[]) => Outcome;

/** Opens every input; `-` stands for a path on stdin. */
export function openInputs(paths: readonly string[], options: GlobalOptions): OpenedCheckpoint[] {
  return paths.map((path) => {
    const checkpoint = openCheckpoint(pathOf(path));
    tellNotes(checkpoint.notes, options);
    return checkpoint;
  });
}

/** Options that make no sense together, or lack another, said before anything is opened. */
export function checkOptions({ json, dryRun }: WritingOptions): void {
  if (json === true && dryRun !== true) throw new UsageError('--json prints a plan; add --dry-run');
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

/** Throws {@link WriteRefusedError} where the output would replace a file of an input. */
export function checkNoInput(output: string, inputs: readonly OpenedCheckpoint[]): void {
  for (const { path, files } of inputs) {
    for (const file of files) {
      const real = realPath(file.path);
      if (real === undefined || realPath(output + file.path.slice(path.length)) !== real) continue;
      throw new WriteRefusedError(`${output} is what is read; give the new checkpoint another name`, output);
    }
  }
}

/** Runs one command: opens the inputs at `paths`, transforms them, and plans or writes the output. */
export async function operate(paths: readonly string[], options: WritingOptions, transform: Transform): Promise<void> {
  checkOptions(options);
  const output = outputOf(options, paths[0] ?? '');
  const inputs = openInputs(paths, options);
  await operateOn(inputs, output, options, transform(inputs));
}

/** The second half of {@link operate}, for a command that opened its inputs itself. */
export async function operateOn(
  inputs: readonly OpenedCheckpoint[],
  output: Output,
  options: WritingOptions,
  outcome: Outcome,
): Promise<void> {
  checkNoInput(output.path, inputs);
  const {
    input,
    newNameOf,
    dropGraph = false,
  }: GraphOrigin = outcome.graph ?? { input: 0, newNameOf: (name) => outcome.becomes(name, 0) };
  const before = (inputs[input] as OpenedCheckpoint).tensors;
  const { tensors, notes: graphNotes } = reconcileObjectGraph(before, outcome.tensors, newNameOf, { dropGraph });
  const companions = inputs.flatMap(({ path }) => leftBehind(path, output.path, outcome.fate));
  const notes = [...new Set([...output.notes, ...outcome.notes, ...graphNotes, ...companions])];
  if (options.dryRun === true) await printPlan(inputs, output, options, { ...outcome, tensors }, notes);
  else {
    const start = performance.now();
    const plan = await write(output.path, tensors, options);
    const seconds = (performance.now() - start) / 1000;
    tellNotes(notes, options);
    tellWritten(output.path, `${outcome.summary(tensors.size)}; ${costOf(plan, options, seconds)}`, options);
  }
  for (const input of inputs) input.close();
}

/** The written path alone on stdout, so that commands chain; what was done on stderr. */
export function tellWritten(path: string, summary: string, { quiet }: GlobalOptions): void {
  if (quiet !== true) stderr.line(`${escapeText(path)}: ${summary}`);
  stdout.line(path);
}

async function printPlan(
  inputs: readonly OpenedCheckpoint[],
  output: Output,
  options: WritingOptions,
  outcome: Outcome,
  notes: readonly string[],
): Promise<void> {
  const writeOptions = writeOptionsOf(options);
  const named = options.output !== undefined;
  const planOptions: WriteOptions = named ? writeOptions : { ...writeOptions, force: true };
  const plan = await planCheckpoint(output.path, outcome.tensors, planOptions);
  printReport(reportOf(plan, inputs, outcome, { ...writeOptions, notes }), options);
}

/** Prints what `--dry-run` tells. */
export function printReport(report: PlanReport, options: WritingOptions): void {
  if (options.json === true) stdout.line(jsonText(report));
  else {
    for (const line of planLines(report)) stdout.line(line);
    tellNotes([...report.notes, 'nothing was written, because of --dry-run'], options);
  }
}

async function write(path: string, tensors: TensorMap, options: WritingOptions): Promise<WritePlan> {
  const { progress: wanted, quiet } = options;
  const progress = new Progress('writing', isTerminal('stderr') && wanted !== false && quiet !== true);
  const onProgress = (at: { bytesDone: number; bytesTotal: number }): void =>
    progress.update(at.bytesDone, at.bytesTotal);
  try {
    return await interruptible(
      () => writeCheckpoint(path, tensors, { ...writeOptionsOf(options), onProgress }),
      () => progress.end(),
    );
  } finally {
    progress.end();
  }
}

/** What the write took; a time only where somebody had to wait. */
function costOf({ data, byteLength }: WritePlan, options: WritingOptions, seconds: number): string {
  const { reuse } = writeOptionsOf(options);
  const wholes = reuse === undefined ? [] : data.filter(({ whole }) => whole !== undefined);
  const reused = wholes.reduce((sum, file) => sum + file.byteLength, 0);
  const copied = byteLength - reused;
  const rate = seconds < 1 || copied === 0 ? '' : ` in ${seconds.toFixed(1)} s (${formatBytes(copied / seconds)}/s)`;
  const word = reuse === 'link' ? 'linked' : 'cloned';
  if (reused === 0) return `${formatBytes(copied)} copied${rate}`;
  return `${formatBytes(reused)} ${word}, ${formatBytes(copied)} copied${rate}`;
}
