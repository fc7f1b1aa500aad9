/** The command that runs: what it is connected to, its arguments, and what it has come to. One runs at a time. */
import { EXIT, type ExitCode } from './exit-codes.ts';
import { type Console, PROCESS_CONSOLE } from './terminal/console.ts';

interface Run {
  readonly console: Console;
  readonly args: readonly string[];
  /** What the process says when it ends. */
  exitCode: ExitCode;
  /** What stdin has given already; it can be read only once. */
  stdinGave?: string;
  /** What is done when the command ends, however it ends. */
  readonly endings: (() => void)[];
}

let current: Run = { console: PROCESS_CONSOLE, args: [], exitCode: EXIT.done, endings: [] };
let isRunning = false;

export const currentRun = (): Run => current;

/** Makes the exit code no better than this one: of several answers the worst counts. */
export function atLeast(code: ExitCode): void {
  if (code > current.exitCode) current.exitCode = code;
}

/** Runs `work` as a command with these arguments. */
export async function withRun<T>(args: readonly string[], console: Console, work: () => Promise<T>): Promise<T> {
  if (isRunning) throw new Error('a command runs already in this process, and one runs at a time');
  isRunning = true;
  current = { console, args, exitCode: EXIT.done, endings: [] };
  try {
    return await work();
  } finally {
    for (const end of current.endings) end();
    isRunning = false;
  }
}
