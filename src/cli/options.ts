/** Options that several commands share, declared once. */
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { formatOfHead } from '../history.ts';
import { DTYPES, type FormatName, type Selection, UsageError } from '../index.ts';
import { ROLES, type Role } from '../roles.ts';
import { decodeText, FOREIGN_DTYPES } from '../text.ts';
import { currentRun } from './run.ts';
import { escapeText } from './terminal/escape.ts';
import { parseBytes } from './terminal/numbers.ts';
import { stderr } from './terminal/output.ts';

export interface GlobalOptions {
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly progress?: boolean;
  /** The format to read, where several lie under one name. */
  readonly format?: FormatName;
}

export interface SelectionOptions {
  readonly dtype?: readonly string[];
  readonly minSize?: number;
  readonly maxSize?: number;
  readonly patternsFrom?: string;
  readonly role?: readonly Role[];
  readonly trainable?: boolean;
  readonly nonTrainable?: boolean;
  readonly graph?: string;
}

export const CHECKPOINT_ARGUMENT =
  'a prefix (model.ckpt-1000), one of its files, a directory with a state file, a SavedModel, or - to read the path from stdin';
export const PATTERNS_ARGUMENT =
  'names, globs (layer*/**), scopes (layer1/), /regular expressions/, or !pattern to leave out; of objects any path or full name';

/** Adds what every command that takes a checkpoint has. */
export function withFormat(command: Command): Command {
  const takesOne = command.registeredArguments.some(({ description }) => description.startsWith(CHECKPOINT_ARGUMENT));
  return takesOne
    ? command.option('--format <name>', 'read this format (v1) where several lie under one name')
    : command;
}

/** Gathers the values of an option that may be given several times. */
export function collected(text: string, before: readonly string[] = []): string[] {
  return [...before, text];
}

export function integerArgument(text: string): number {
  if (!/^-?\d{1,15}$/.test(text)) throw new InvalidArgumentError('Give a whole number.');
  return Number(text);
}

/** Bytes, as people write them. */
export function sizeArgument(text: string): number {
  const bytes = parseBytes(text);
  if (bytes === undefined) throw new InvalidArgumentError('Give a size such as 4096, 10MB or 1.5GiB.');
  return bytes;
}

function dtypeArgument(text: string, before: readonly string[] = []): string[] {
  const names = text.split(',');
  const known = [...DTYPES, ...FOREIGN_DTYPES].map(({ name }) => name as string);
  if (!names.every((name) => known.includes(name))) throw new InvalidArgumentError(`Known are ${known.join(', ')}.`);
  return [...before, ...names];
}

function roleArgument(text: string, before: readonly Role[] = []): Role[] {
  const roles = text.split(',').map((name) => ROLES.find((role) => role === name));
  if (roles.includes(undefined)) throw new InvalidArgumentError(`Known are ${ROLES.join(', ')}.`);
  return [...before, ...(roles as Role[])];
}

/** Where else to look for the graph that tells what is trained. */
export const GRAPH_OPTION =
  'the .meta file or the SavedModel that tells which variables are trained, if it lies elsewhere';

/** Adds the options that narrow a selection. */
export function withSelection(command: Command): Command {
  return withNarrowing(
    command.option('--dtype <name>', 'only tensors of this dtype (repeatable, or a,b)', dtypeArgument),
  );
}

/** The same for a command to which `--dtype` means something else. */
export function withNarrowing(command: Command): Command {
  return command
    .option('--min-size <size>', 'only tensors of at least this many bytes (10MB, 1GiB)', sizeArgument)
    .option('--max-size <size>', 'only tensors of at most this many bytes', sizeArgument)
    .option('--role <role>', `only tensors of this role (repeatable, or a,b): ${ROLES.join(', ')}`, roleArgument)
    .addOption(new Option('--trainable', 'only tensors that training changes').conflicts('nonTrainable'))
    .option('--non-trainable', 'only tensors that training does not change')
    .option('--graph <file>', GRAPH_OPTION)
    .option('--patterns-from <file>', 'read more patterns from a file, one a line; - for stdin');
}

/** Paths take less. Who pipes a whole file in by mistake hears of it at once, however long it is. */
const MOST_PATH_BYTES = 2 ** 16;

/** What stdin gives: all of it, or at least the first `most` bytes if there are so many. */
function stdinBytes(most = Number.POSITIVE_INFINITY): Uint8Array {
  const { console } = currentRun();
  const chunks: Uint8Array[] = [];
  for (let total = 0; total < most; ) {
    const chunk = new Uint8Array(MOST_PATH_BYTES);
    const read = console.readInto(chunk);
    if (read === 0) break;
    chunks.push(chunk.subarray(0, read));
    total += read;
  }
  return Buffer.concat(chunks);
}

/**
 * A whole small text, from a file or from stdin, which can be read only once; `what` says what it is.
 */
export function readInput(path: string, what: string): string {
  if (path !== '-') return readText(path, () => decodeText(readFileSync(path)));
  claimStdin(what);
  return readText('stdin', () => decodeText(stdinBytes()));
}

/** Throws {@link UsageError} where stdin has been read for something already. */
function claimStdin(what: string): void {
  const run = currentRun();
  if (run.stdinGave === what) throw new UsageError(`stdin cannot give ${what} twice`);
  if (run.stdinGave !== undefined) {
    throw new UsageError(`stdin cannot give both ${[run.stdinGave, what].sort().join(' and ')}`);
  }
  run.stdinGave = what;
}

function readText(from: string, read: () => string): string {
  try {
    return read();
  } catch (cause) {
    throw new UsageError(`cannot read ${from}: ${(cause as Error).message}`, { cause });
  }
}

const linesOf = (text: string): string[] => text.replace(/^\ufeff/, '').split(text.includes('\r') ? /\r?\n/ : '\n');

/** The selection behind a command's patterns and options. */
export function selectionOf(patterns: readonly string[], options: SelectionOptions): Selection {
  const more = options.patternsFrom === undefined ? [] : linesOf(readInput(options.patternsFrom, 'the patterns'));
  return {
    patterns: [...patterns, ...more.filter((line) => line.trim() !== '')],
    dtypes: options.dtype,
    minBytes: options.minSize,
    maxBytes: options.maxSize,
    roles: options.role,
    trainable: options.trainable === true ? 'yes' : options.nonTrainable === true ? 'no' : undefined,
  };
}

/**
 * The path a command is given; `-` stands for the first line of stdin, or, where stdin gives the bytes of a file, for the
 * temporary file that they are kept in while the command runs.
 */
export function pathOf(argument: string): string {
  if (argument !== '-') return argument;
  claimStdin('the path');
  const head = stdinBytes(MOST_PATH_BYTES);
  const format = head.includes(0) ? formatOfHead(head) : undefined;
  if (format !== undefined) return keptFile(head, format.endings[0] ?? '');
  const text = decodeText(head);
  const line = text.split(/\r?\n/).find((candidate) => candidate.trim() !== '');
  if (text.includes('\0') || (line?.length ?? 0) >= MOST_PATH_BYTES / 2) {
    throw new UsageError('stdin was to give the path of a checkpoint, but it gives bytes; name the file instead of -');
  }
  if (line === undefined) throw new UsageError('stdin was to give the path of a checkpoint, but it is empty');
  return line;
}

/** Keeps what stdin gives, of which `head` has come, in a temporary file: a file is read at any place, a pipe is not. */
function keptFile(head: Uint8Array, ending: string): string {
  const { console, endings } = currentRun();
  const directory = mkdtempSync(join(tmpdir(), 'ckpt-stdin-'));
  const remove = (): void => rmSync(directory, { recursive: true, force: true });
  endings.push(remove);
  process.once('exit', remove);
  const path = join(directory, `stdin${ending}`);
  const fd = openSync(path, 'wx');
  try {
    const chunk = new Uint8Array(MOST_PATH_BYTES);
    for (let bytes = head; bytes.length > 0; bytes = chunk.subarray(0, console.readInto(chunk))) {
      for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done);
    }
  } finally {
    closeSync(fd);
  }
  stderr.line(`ckpt: stdin gives a file, which is kept in ${path} while the command runs`);
  return path;
}

/** Tells how a path was read, where it did not lead straight to a checkpoint. */
export function printNotes(notes: readonly string[], { quiet }: GlobalOptions): void {
  if (quiet !== true) for (const note of notes) stderr.line(`ckpt: ${escapeText(note)}`);
}
