/** What `strip-non-trainable` and `strip-optimizer` share: roles looked up, classes told, the object graph that follows. */

import { furtherNamesOf, OBJECT_GRAPH_KEY } from '../graph.ts';
import {
  type OpenedCheckpoint,
  type Roles,
  type RolesOptions,
  rolesOf,
  type Stripped,
  stripOptimizer,
  UsageError,
} from '../index.ts';
import type { Evidence, Role, StrippedTotals } from '../roles.ts';
import { nameChooser, TextSet } from '../text.ts';
import { type Outcome, operateOn } from './operate.ts';
import { printNotes } from './options.ts';
import { formatBytes, groupDigits, plural } from './terminal/numbers.ts';
import { outputOf, type WritingOptions } from './write-options.ts';
import { checkOptions, openInputs } from './writing-steps.ts';

export interface StripOptions extends WritingOptions {
  readonly keep?: readonly string[];
  readonly graph?: string;
}

export type Keeps = (name: string) => boolean;
/** Decides what goes; throws where that cannot be decided. */
export type Strip = (input: OpenedCheckpoint, roles: Roles, keeps: Keeps) => Stripped;

const ROLE_WORDS: Readonly<Record<Role, string>> = {
  weight: 'weights that are not trained',
  slot: 'optimizer slots',
  ema: 'moving averages',
  step: 'steps',
  hyperparameter: 'optimizer hyperparameters',
  bookkeeping: 'bookkeeping',
};
const EVIDENCE_WORDS: Readonly<Record<Evidence, string>> = {
  declared: 'declared',
  'object-graph': 'object-graph: its optimizers show it',
  names: 'names: guessed',
};

const MOST_WORDS = 5;

function nameOf({ role, isStatistic, words }: StrippedTotals): string {
  const name = isStatistic ? 'batch-norm statistics' : ROLE_WORDS[role];
  const some = [...words].slice(0, MOST_WORDS).join(', ') + (words.size > MOST_WORDS ? ', ...' : '');
  return words.size === 0 ? name : `${name} (${some})`;
}

/** `optimizer slots (Adam): 4 tensors, 1.2 KiB left out (declared: not in trainable_variables of model.ckpt.meta)` */
function sentenceOf(totals: StrippedTotals): string {
  const { tensors, bytes, evidence, because } = totals;
  const [reason = ''] = because;
  const isOne = evidence === 'declared' && because.size === 1;
  const how = isOne ? `declared: ${reason.replace(/^it is /, '')}` : EVIDENCE_WORDS[evidence];
  return `${nameOf(totals)}: ${plural(tensors, 'tensor')}, ${formatBytes(bytes)} left out (${how})`;
}

/** How many of all tensors were judged by nothing better than their names. */
export function guessedNote(guessed: number, { dropped, tensors }: Stripped): string {
  const all = dropped.reduce((sum, totals) => sum + totals.tensors, tensors.size);
  return `${groupDigits(guessed)} of ${plural(all, 'tensor')} judged by name alone; --graph takes a .meta or a SavedModel that knows`;
}

/** Patterns that keep tensors; nothing is kept where there are none. */
async function keeper({ keep }: StripOptions, { tensors }: OpenedCheckpoint): Promise<Keeps> {
  return keep === undefined ? () => false : nameChooser(keep, tensors, await furtherNamesOf(tensors));
}

function outcomeOf({ tensors, dropped }: Stripped, notes: readonly string[]): Outcome {
  const { verdicts } = tensors;
  let names: ReadonlySet<string> | undefined;
  const newNameOf = (name: string, position?: number): string | undefined => {
    if (position !== undefined) return verdicts.at(position) ? name : undefined;
    names ??= new TextSet(tensors.keys());
    return names.has(name) ? name : undefined;
  };
  const saved = dropped.reduce((sum, { bytes }) => sum + bytes, 0);
  return {
    tensors,
    newNameOf: (name, _, __, position) => (verdicts.at(position) ? name : undefined),
    verdicts,
    graph: { input: 0, newNameOf },
    summary: (kept) =>
      `${groupDigits(kept)} of ${plural(verdicts.size, 'tensor')} kept${saved === 0 ? '' : `, ${formatBytes(saved)} saved`}`,
    change: dropped.length === 0 ? 'unchanged' : 'left out',
    notes: [...dropped.map(sentenceOf), ...notes],
  };
}

/** What is said of an optimizer that was left out. */
function optimizerNotes(stripped: Stripped): string[] {
  const { dropped, guessed, keptCounter } = stripped;
  const byNames = dropped.some(({ evidence }) => evidence === 'names') || guessed === stripped.tensors.size;
  return [
    ...(dropped.length === 0 ? ['there is nothing of an optimizer to leave out'] : []),
    ...(byNames ? [guessedNote(guessed, stripped)] : []),
    ...(keptCounter === undefined
      ? []
      : [`${keptCounter} stays: tf.train.Checkpoint restores it, and asserts that it was there`]),
  ];
}

export interface StripOptimizerOptions extends StripOptions {
  readonly keepStep?: boolean;
}

/** What becomes of an input without its optimizer. */
export function withoutOptimizer(input: OpenedCheckpoint, options: StripOptimizerOptions): Promise<Outcome> {
  const { graph, keepStep = false } = options;
  const strip: Strip = ({ tensors }, roles, keep) => stripOptimizer(tensors, roles, { keepStep, keep });
  return stripped(input, options, { graph }, strip, optimizerNotes);
}

/** What becomes of an input that is stripped; `notesOf` says what else the user should know. */
async function stripped(
  input: OpenedCheckpoint,
  options: StripOptions,
  rolesOptions: RolesOptions,
  strip: Strip,
  notesOf: (stripped: Stripped) => readonly string[],
): Promise<Outcome> {
  const roles = await rolesOf(input, rolesOptions);
  printNotes(roles.notes, options);
  const result = strip(input, roles, await keeper(options, input));
  const left = result.tensors.size - (result.tensors.has(OBJECT_GRAPH_KEY) ? 1 : 0);
  if (left === 0) throw new UsageError(`no tensor of ${input.path} would be left; --keep says what is to stay`);
  return outcomeOf(result, notesOf(result));
}

/** Runs a command that strips; `notesOf` says what else the user should know. */
export async function runStrip(
  path: string,
  options: StripOptions,
  rolesOptions: RolesOptions,
  strip: Strip,
  notesOf: (stripped: Stripped) => readonly string[],
): Promise<void> {
  checkOptions(options);
  const output = outputOf(options, path);
  const input = (await openInputs([path], options))[0] as OpenedCheckpoint;
  await operateOn([input], output, options, await stripped(input, options, rolesOptions, strip, notesOf));
}
