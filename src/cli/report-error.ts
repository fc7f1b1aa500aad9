/** An error on stderr, in the form that all have, and the exit code that it stands for. */
import { CommanderError } from 'commander';
import { CkptError, NameError } from '../index.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { ClosedPipe } from './terminal/console.ts';
import { escapeText } from './terminal/escape.ts';
import { stderr } from './terminal/output.ts';
import { nameHint } from './usage-hints.ts';

/** Says what went wrong; a closed pipe and a question for help are no errors. */
export function reportError(error: unknown, args: readonly string[]): ExitCode {
  if (error instanceof ClosedPipe) return EXIT.done;
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.failed;
  const verbose = args.includes('--verbose');
  const { message, stack } = error as Error;
  if (error instanceof CkptError || (error as { code?: string }).code !== undefined) {
    // Another error may be that no file can be opened: nothing is loaded to tell it.
    const hint = error instanceof NameError ? nameHint(error) : '';
    stderr.line(`ckpt: ${escapeLines(message + hint)}`);
    if (verbose) stderr.line(escapeLines(stack ?? ''));
  } else {
    stderr.line(`ckpt: internal error: ${escapeText(message)}; please report it`);
    stderr.line(escapeLines(stack ?? ''));
  }
  return EXIT.failed;
}

/**
 * The lines are ours, but what they quote is not: only a line break before an indented line or a hint is taken for ours, so
 * that no name can pose as a line of its own. A backslash stays as it was typed.
 */
export function escapeLines(text: string): string {
  return text
    .split(/(\n(?= {2}|\((?:see|Did you mean) |$)|\\)/)
    .map((part) => (part === '\n' || part === '\\' ? part : escapeText(part)))
    .join('');
}
