/** What a look at a path finds: plain data, one entry a problem. */

import { shellWord } from '../bytes/shell-word.ts';
import type { FormatName } from '../formats/format-name.ts';
import { PROBLEMS, type ProblemCode, type Severity } from './problems.ts';

export interface Diagnosis {
  /** Stable, for programs. */
  readonly code: ProblemCode;
  /** A problem makes the answer no; a note is good to know. */
  readonly severity: Severity;
  /** The file or directory it is about. */
  readonly path: string;
  /** What was found, with the numbers. */
  readonly found: string;
  /** What leads to that. */
  readonly cause: string;
  /** What helps. */
  readonly remedy: string;
  /** Lines for a shell that do what the remedy says. */
  readonly commands: readonly string[];
}

export interface Examination {
  /** As it was given. */
  readonly path: string;
  /** The prefix of the checkpoint that the path leads to; nothing when it leads to none. */
  readonly checkpoint: string | undefined;
  /** Nothing but notes was found. */
  readonly healthy: boolean;
  /** Of a checkpoint that opens. */
  readonly contents:
    | { readonly format: FormatName; readonly tensors: number; readonly bytes: number; readonly files: number }
    | undefined;
  /** Diseases first. */
  readonly diagnoses: readonly Diagnosis[];
}

/** What one case has of its own, beside what its problem says of all. */
export interface Particulars {
  readonly remedy?: string;
  readonly cause?: string;
  readonly commands?: readonly string[];
}

export function diagnosisOf(
  code: ProblemCode,
  path: string,
  found: string,
  { cause, remedy, commands = [] }: Particulars = {},
): Diagnosis {
  const problem = PROBLEMS[code];
  return {
    code,
    severity: problem.severity ?? 'problem',
    path,
    found,
    cause: cause ?? problem.cause,
    remedy: remedy ?? problem.remedy,
    commands,
  };
}

/** A path as a word of a shell. */
export function quoted(path: string): string {
  return shellWord(path.startsWith('-') ? `./${path}` : path);
}

/** `1 tensor`, `2 tensors` */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

export const is = (count: number): string => (count === 1 ? 'is' : 'are');

/** So many names are told; the rest is counted. */
const MOST_NAMED = 5;

/** `a, b and 3 more`; of `total` names, the first may be all that is known. */
export function listed(names: readonly string[], total: number = names.length): string {
  const named = names.slice(0, MOST_NAMED);
  const more = total - named.length;
  return more > 0 ? `${named.join(', ')} and ${more} more` : named.join(', ');
}

/** What to do where some of the tensors are sound. */
export function salvageAdvice(prefix: string): Particulars {
  return {
    remedy:
      'get the file again from where it came from, and compare its size and checksum; or save the tensors that are sound',
    commands: [`ckpt doctor ${quoted(prefix)} --salvage -o OUT`],
  };
}
