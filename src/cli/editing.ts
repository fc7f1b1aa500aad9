/** What commands that change values, dtypes or shapes share: what is chosen, who follows, what is told. */
import type { Command } from 'commander';
import {
  type Chooser,
  chooser,
  type Edited,
  type OpenedCheckpoint,
  type RoleOf,
  type Selection,
  type TensorMap,
  UsageError,
} from '../index.ts';
import { TextSet, takesAll } from '../text.ts';
import { type Outcome, operateOn, type WriteReport } from './operate.ts';
import { printNotes, type SelectionOptions, selectionOf, withSelection } from './options.ts';
import { patternsOf, storedNotes } from './selection-notes.ts';
import type { Change } from './sidecar-files.ts';
import { tellRoles, withRoles } from './tell-roles.ts';
import { plural } from './terminal/numbers.ts';
import { type Output, outputOf, type WritingOptions, withWriting } from './write-options.ts';
import { checkOptions, openInputs } from './writing-steps.ts';

export interface EditOptions extends SelectionOptions, WritingOptions {
  /** False for `--no-slots`. */
  readonly slots?: boolean;
}

/** Adds what every command has that changes shapes. */
export function withEditing(command: Command): Command {
  return withWriting(withSelection(command))
    .option('--with-slots', 'take slots and moving averages along (the default)')
    .option('--no-slots', 'leave slots and moving averages as they are');
}

/** What an edit of shapes is told: who follows a variable, and whether content is checked. */
export interface EditContext {
  readonly roleOf: RoleOf;
  readonly withSlots: boolean;
  readonly verify: boolean | undefined;
}

/** The roles that tell who follows whom, and what else an edit goes by. */
export async function contextOf(input: OpenedCheckpoint, options: EditOptions): Promise<EditContext> {
  const { roleOf } = await tellRoles(input, options);
  return { roleOf, withSlots: options.slots !== false, verify: options.verify };
}

/** What the patterns and options choose; throws {@link UsageError} with `advice` where they choose nothing in particular. */
export async function choiceOf(
  patterns: readonly string[],
  input: OpenedCheckpoint,
  options: SelectionOptions & WritingOptions,
  advice?: string,
): Promise<{ readonly selection: Selection; readonly choose: Chooser }> {
  const asked = selectionOf(patterns, options);
  if (advice !== undefined && takesAll(asked)) throw new UsageError(advice);
  const selection = await withRoles(asked, input, options);
  printNotes(storedNotes(patternsOf(selection, input.tensors)), options);
  return { selection, choose: chooser(selection, input.tensors) };
}

/** What is said of an edit beyond what it changed. */
export interface Telling {
  /** `2 tensors resized` */
  readonly summary: string;
  readonly notes?: readonly string[];
  readonly change?: Change;
  readonly report?: (written: boolean) => WriteReport;
  /** Why nothing is written, where the edit itself says so. */
  readonly refusal?: string | undefined;
}

/** The outcome of an edit of one input, or of several that have become one, whose object graph is that of input `graph`. */
export function outcomeOf(before: TensorMap, edited: Edited, telling: Telling, graph = 0): Outcome {
  const gone = new TextSet(edited.changes.filter(({ after }) => after === undefined).map(({ name }) => name));
  const newNameOf = (name: string): string | undefined => {
    return gone.has(name) || !edited.tensors.has(name) ? undefined : name;
  };
  return {
    tensors: edited.tensors,
    newNameOf,
    graph: { input: graph, newNameOf },
    summary: (tensors) => `${telling.summary} of ${plural(Math.max(tensors, before.size), 'tensor')}`,
    change: telling.change ?? 'reshaped',
    notes: [...edited.notes, ...(telling.notes ?? [])],
    changes: edited.changes,
    refusal: telling.refusal,
    ...(telling.report === undefined ? {} : { report: telling.report }),
  };
}

export interface RunOptions {
  /** Where the result goes, for a command that has no `-o`. */
  readonly outputFor?: ((input: OpenedCheckpoint) => Output) | undefined;
}

/** Runs a command that edits one checkpoint. */
export async function runEdit(
  path: string,
  options: WritingOptions,
  edit: (input: OpenedCheckpoint) => Promise<{ readonly edited: Edited; readonly telling: Telling }>,
  { outputFor }: RunOptions = {},
): Promise<void> {
  checkOptions(options);
  const named = outputFor === undefined ? outputOf(options, path) : undefined;
  const [input] = (await openInputs([path], options)) as [OpenedCheckpoint];
  const output = named ?? (outputFor?.(input) as Output);
  const { edited, telling } = await edit(input);
  await operateOn([input], output, options, outcomeOf(input.tensors, edited, telling));
}

/** How many tensors an edit changed or made, with a word for what it did to them. */
export function changed({ changes }: Edited, verb: string): string {
  return `${changes.filter(({ after }) => after !== undefined).length} ${verb}`;
}

/** A list of whole numbers, `3,2,0,1`. */
export function numberList(text: string, example: string): number[] {
  const inner = text.replace(/^\[|\]$/g, '');
  if (inner.trim() === '') return [];
  const parts = inner.split(',');
  if (parts.every((part) => /^\s*-?\d{1,15}\s*$/.test(part))) return parts.map(Number);
  throw new UsageError(`${text} is no list of whole numbers; write ${example}`);
}
