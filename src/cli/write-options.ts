/** Options of every command that writes a checkpoint, declared once, and where its output goes. */
import { statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { checkMayWrite, FORMATS, formatOf, formatOfPath, parseTableName, stripCheckpointSuffix } from '../history.ts';
import { type FormatName, UsageError, type WriteOptions } from '../index.ts';
import { shellWord } from '../text.ts';
import { type GlobalOptions, sizeArgument } from './options.ts';
import { isTerminal } from './terminal/style.ts';

export interface WritingOptions extends GlobalOptions {
  readonly output?: string;
  readonly force?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
  readonly link?: boolean;
  readonly reflink?: boolean;
  readonly maxShardSize?: number;
  readonly shards?: number;
  readonly verify?: boolean;
  readonly sync?: boolean;
  readonly record?: boolean;
  readonly to?: FormatName;
  readonly dropUnsupported?: boolean;
  readonly quantize?: 'float16' | 'uint8' | 'uint16';
  /** The layers of a Keras model, each with its weights. */
  readonly layers?: ReadonlyMap<string, readonly string[]>;
  /** What gives a new file what it has beside its tensors. */
  readonly like?: string;
  /** Texts beside the tensors, where the format has a place for them. */
  readonly metadata?: ReadonlyMap<string, string>;
}

function countArgument(text: string): number {
  if (!/^[1-9]\d{0,4}$/.test(text)) throw new InvalidArgumentError('Give a whole number from 1 to 99999.');
  return Number(text);
}

/** A file holds a byte at least. */
function fileSizeArgument(text: string): number {
  const bytes = sizeArgument(text);
  if (bytes >= 1) return bytes;
  throw new InvalidArgumentError('Give a size of one byte or more, such as 10MB or 2GB.');
}

/** Adds the options that every command that writes has. */
export function withWriting(command: Command): Command {
  return command
    .option('-o, --output <out>', 'what the new checkpoint will be called: a prefix, or a file by its ending')
    .addOption(
      new Option(
        '--to <format>',
        "what to write (default: what the ending of OUT says, else the first input's format)",
      ).choices(FORMATS.map(({ name }) => name)),
    )
    .option('--drop-unsupported', 'leave out, by name, the tensors that the format cannot hold')
    .option('--force', 'replace a checkpoint of that name')
    .option('--dry-run', 'print the plan: what is renamed, left out, copied, linked; write nothing')
    .option('--json', 'one JSON document: the plan, and what came of it')
    .addOption(new Option('--link', 'hard-link data files that need no change').conflicts('reflink'))
    .option('--reflink', 'clone data files that need no change, where the file system can')
    .option(
      '--max-shard-size <size>',
      'no data file larger than this (2GB), save for a larger tensor',
      fileSizeArgument,
    )
    .option('--shards <n>', 'write this many data files; 1 joins them', countArgument)
    .option('--sync', 'wait until the disk has everything (what replaces older files always waits)')
    .option('--record', 'write OUT.ckpt.json too: inputs, sizes, digests of indexes, the command')
    .option('--verify', 'check all that is copied against its checksum (the default)')
    .option('--no-verify', 'copy without checking');
}

/** What the library is told; `format` is that of the first input, which the output has unless another is asked for. */
export function writeOptionsOf(options: WritingOptions, format: FormatName): WriteOptions {
  const { force, maxShardSize, shards, sync, verify, link, reflink, quantize, like, layers, to = format } = options;
  const reuse = link === true ? 'link' : reflink === true ? 'reflink' : undefined;
  return { format: to, force, maxShardBytes: maxShardSize, shards, sync, verify, reuse, quantize, like, layers };
}

/** What to say where files were to be shared and cannot be: they hold more than content, or the new ones other bytes. */
export function nothingToShare({ link, reflink, to }: WritingOptions, format: FormatName): string[] {
  const { can, title } = formatOf(format);
  if ((link !== true && reflink !== true) || (can.share && (to ?? format) === format)) return [];
  const reason = (to ?? format) === format ? `names and content of ${title} lie together` : 'the formats differ';
  return [`nothing is ${link === true ? 'linked' : 'cloned'}: ${reason}, so all is copied`];
}

/** Stands for the output in a plan that names none. */
const UNNAMED_OUTPUT = 'OUTPUT';

export interface Output {
  readonly path: string;
  /** Whether it takes the place of what is there, the input itself included. */
  readonly replaces?: boolean;
  /** The format that is asked for, by name or by the ending of the path. */
  readonly format?: FormatName | undefined;
  /** What was made of the path that was given. */
  readonly notes: readonly string[];
}

/** What is written: what was asked for, else what the first input is. */
export function targetFormat({ to }: WritingOptions, output: Output | undefined, input: FormatName): FormatName {
  if (to !== undefined || output?.format !== undefined) return to ?? output?.format ?? input;
  // A file of another format that is to become `model.ckpt-1000` becomes a checkpoint.
  return !formatOf(input).can.tensorflow && /\.ckpt(-\d+)?$/.test(output?.path ?? '') ? formatOf().name : input;
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/** A name to suggest: that of the input. */
function suggestedName(input: string): string {
  const name = basename(stripCheckpointSuffix(input.trim()));
  return /^(|-|\.|\.\.|variables)$/.test(name) || isDirectory(input) ? 'model.ckpt' : name;
}

/** The name of an output that goes to stdout. */
export const STDOUT = '-';

/** An output that goes to stdout; throws {@link UsageError} for a format that cannot be streamed. */
function streamed(to: FormatName | undefined): Output {
  const names = FORMATS.filter(({ stream }) => stream !== undefined).map(({ name }) => name);
  if (to === undefined || !names.includes(to)) {
    throw new UsageError(
      `-o - writes to stdout what can be written front to back: say which with --to ${names.join(' or --to ')}`,
    );
  }
  if (isTerminal('stdout'))
    throw new UsageError('-o - writes bytes, and stdout is a terminal; send it into a file or a program');
  return { path: STDOUT, format: to, notes: [] };
}

/** Where a file or a directory of another format goes; undefined where a checkpoint of TensorFlow is written. */
function foreignOutput(output: string, to: FormatName | undefined): Output | undefined {
  const format = to === undefined ? formatOfPath(output) : formatOf(to);
  if (format === undefined || format.can.tensorflow) return undefined;
  const path = output.replace(/(?<=[^\\/])[\\/]+$/, '');
  if (!format.can.folder && (path !== output || isDirectory(output))) {
    const name = `model${format.endings[0] ?? ''}`;
    throw new UsageError(`${output} is a directory; name the file in it: -o ${shellWord(join(output, name))}`);
  }
  return { path, format: format.name, notes: [] };
}

/** A path without the pattern that stands for shards; a shard's own number is kept, as part of a name. */
function withoutPattern(path: string): string {
  const set = parseTableName(path);
  return set === undefined || set.shard !== undefined ? path : set.prefix;
}

/** What to write to; throws {@link UsageError} for what cannot be meant. */
export function outputOf({ output, dryRun, to }: WritingOptions, input: string): Output {
  if (output === undefined) {
    if (dryRun === true) return { path: UNNAMED_OUTPUT, notes: [] };
    throw new UsageError('name the new checkpoint: -o PREFIX, or look at the plan first with --dry-run');
  }
  if (output.trim() === '') throw new UsageError('-o takes a prefix for the new files, such as out/model.ckpt');
  if (output === STDOUT) return streamed(to);
  if (dryRun === true) checkMayWrite(output);
  const foreign = foreignOutput(output, to);
  if (foreign !== undefined) return foreign;
  if (isDirectory(output) || /[\\/]$/.test(output)) {
    throw new UsageError(
      `${output} is a directory; name the checkpoint in it: -o ${shellWord(join(output, suggestedName(input)))}`,
    );
  }
  const path = withoutPattern(stripCheckpointSuffix(output));
  if (path === output) return { path, notes: [] };
  return { path, notes: [`${output} is the name of a file; the checkpoint will be called ${path}`] };
}
