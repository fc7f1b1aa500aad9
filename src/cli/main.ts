/** The command line: finds the command, loads it alone, and holds the only catch. */
import { readFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import manifest from '../../package.json' with { type: 'json' };
import { boundPatternsBy, decodeText } from '../text.ts';
import { COMMANDS, type CommandEntry } from './commands.ts';
import { useLinearEngine } from './linear-patterns.ts';
import { withFormat } from './options.ts';
import { escapeLines, reportError } from './report-error.ts';
import { currentRun, withRun } from './run.ts';
import { type Console, PROCESS_CONSOLE } from './terminal/console.ts';
import { stderr, stdout } from './terminal/output.ts';
import { terminalWidth } from './terminal/style.ts';
import { withUsageHint } from './usage-hints.ts';

const EXAMPLES = `
Examples:
  ckpt list model.ckpt-1000
  ckpt tree saved_model/
  ckpt verify model.ckpt-1000 && echo sound

Exit codes: 0 done, 1 the answer is no (damage was found), 2 could not.
Every command has its own --help with examples.`;

function makeProgram(): Command {
  return new Command('ckpt')
    .description('Inspect TensorFlow checkpoints and operate on them, with no Python and no TensorFlow installed.')
    .version(manifest.version, '-V, --version')
    .option('-q, --quiet', 'no summaries and notes on stderr')
    .option('--verbose', 'all there is to say: lines that are alike one by one, stack traces of errors')
    .option('--no-progress', 'no progress on stderr')
    .option('--color', 'colours even where stdout is no terminal (--no-color: none at all)')
    .addOption(new Option('--no-color').hideHelp())
    .addHelpText('after', EXAMPLES);
}

/** Messages of the parser go where everything goes, look like all errors, and end the program by a throw. */
function tame(command: Command, fullName: string): Command {
  return command
    .exitOverride()
    .showHelpAfterError(`(see ${fullName} --help)`)
    .configureHelp({ showGlobalOptions: true, minWidthToWrap: LEAST_HELP })
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      getOutHelpWidth: terminalWidth,
      getErrHelpWidth: terminalWidth,
      outputError: (text, write) => {
        const message = text.replace(/^error: /, '').trimEnd();
        write(`ckpt: ${escapeLines(withUsageHint(message, currentRun().args))}\n`);
      },
    });
}

/** What is said of an option breaks into lines as narrow as this. */
const LEAST_HELP = 20;

const GLOBAL_FLAGS = ['-q', '--quiet', '--verbose', '--no-progress', '--color', '--no-color'];

/** The command that the arguments name, if any: the first word that is no flag. */
function namedCommand(args: readonly string[]): CommandEntry | undefined {
  const words = args.filter((argument) => !argument.startsWith('-'));
  const name = words[0] === 'help' ? words[1] : words[0];
  if (name === undefined) return undefined;
  return COMMANDS.find((entry) => entry.name === name || entry.alias === name);
}

/** `help list` asks what `list --help` does; the parser's own help has no word for a command that is not there. */
function spelled(args: readonly string[]): readonly string[] {
  const [first, name] = args;
  if (first === undefined) return ['--help'];
  if (first !== 'help') return args;
  if (name === undefined || name === 'help' || name.startsWith('-')) return ['--help'];
  return namedCommand(args) === undefined ? [name] : [name, '--help'];
}

/** Global flags may stand anywhere; the parser wants them in front. */
function flagsFirst(args: readonly string[]): string[] {
  const end = args.indexOf('--');
  const open = end < 0 ? args : args.slice(0, end);
  const flags = open.filter((argument) => GLOBAL_FLAGS.includes(argument));
  const rest = open.filter((argument) => !GLOBAL_FLAGS.includes(argument));
  return [...flags, ...rest, ...(end < 0 ? [] : args.slice(end))];
}

async function buildProgram(args: readonly string[]): Promise<Command> {
  const program = tame(makeProgram(), 'ckpt');
  const named = namedCommand(args);
  for (const entry of named === undefined ? COMMANDS : [named]) {
    const command =
      entry === named ? tame(withFormat(await entry.load()), `ckpt ${entry.name}`) : new Command(entry.name);
    command.summary(entry.summary);
    if (entry === named) command.addHelpText('after', `\nExit codes: ${entry.exits ?? '0 done, 2 could not.'}`);
    if (entry.alias !== undefined) command.alias(entry.alias);
    program.addCommand(command);
  }
  return program;
}

let hasOwnFlags = false;

/** Whether V8 runs under other flags than it was started with: what it compiled is then of no use to another start. */
export function changedFlags(): boolean {
  return hasOwnFlags;
}

/** Under a flag that is set V8 refuses compiled forms, so it is set only for a pattern that may need it. */
function boundPattern(): void {
  hasOwnFlags = true;
  useLinearEngine();
}

/** Arguments as they were given: node loses bytes that are no UTF-8, and a path may have them; Linux still knows. */
function withBytes(args: readonly string[]): readonly string[] {
  if (process.platform !== 'linux' || !args.some((argument) => argument.includes('\ufffd'))) return args;
  const all = decodeText(readFileSync('/proc/self/cmdline')).split('\0').slice(0, -1);
  return all.length < args.length ? args : all.slice(-args.length);
}

/** Runs the command line on a console, that of the process unless another is given, and returns the exit code. */
export async function main(given: readonly string[], console: Console = PROCESS_CONSOLE): Promise<number> {
  const args = console === PROCESS_CONSOLE ? withBytes(given) : given;
  boundPatternsBy(boundPattern);
  return withRun(args, console, async () => {
    try {
      const program = await buildProgram(args);
      await program.parseAsync(flagsFirst(spelled(args)), { from: 'user' });
      stdout.flush();
      return currentRun().exitCode;
    } catch (error) {
      try {
        stdout.flush();
      } catch {
        // the reader is gone; the error below still counts
      }
      return reportError(error, args);
    }
  });
}
