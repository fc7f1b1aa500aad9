/** Options of every command that writes a checkpoint, declared once, and where its output goes. */
import { statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type FormatName, stripCheckpointSuffix, UsageError, type WriteOptions } from '../index.ts';
import { type GlobalOptions, sizeArgument } from './options.ts';

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
}

function countArgument(text: string): number {
  if (!/^[1-9]\d{0,4}$/.test(text)) throw new InvalidArgumentError('Give a whole number from 1 to 99999.');
  return Number(text);
}

/** Adds the options that every command that writes has. */
export function withWriting(command: Command): Command {
  return command
    .option('-o, --output <prefix>', 'what the new checkpoint will be called')
    .addOption(new Option('--to <format>', "what to write (default: the first input's format)").choices(['v1', 'v2']))
    .option('--force', 'replace a checkpoint of that name')
    .option('--dry-run', 'print the plan: what is renamed, left out, copied, linked; write nothing')
    .option('--json', 'the plan as one JSON document (with --dry-run)')
    .addOption(new Option('--link', 'hard-link data files that need no change').conflicts('reflink'))
    .option('--reflink', 'clone data files that need no change, where the file system can')
    .option('--max-shard-size <size>', 'no data file larger than this (2GB), save for a larger tensor', sizeArgument)
    .option('--shards <n>', 'write this many data files; 1 joins them', countArgument)
    .option('--sync', 'wait until the disk has everything (what replaces older files always waits)')
    .option('--record', 'write OUT.ckpt.json too: inputs, sizes, digests of indexes, the command')
    .option('--verify', 'check all that is copied against its checksum (the default)')
    .option('--no-verify', 'copy without checking');
}

/** What the library is told; `format` is that of the first input, which the output has unless another is asked for. */
export function writeOptionsOf(options: WritingOptions, format: FormatName): WriteOptions {
  const { force, maxShardSize, shards, sync, verify, link, reflink, to = format } = options;
  const reuse = link === true ? 'link' : reflink === true ? 'reflink' : undefined;
  return { format: to, force, maxShardBytes: maxShardSize, shards, sync, verify, reuse };
}

/** What to say where files were to be shared and cannot be: V1 has no file of content alone, and another format other bytes. */
export function nothingToShare({ link, reflink, to }: WritingOptions, format: FormatName): string[] {
  if ((link !== true && reflink !== true) || (format === 'v2' && (to ?? format) === 'v2')) return [];
  const reason = (to ?? format) === format ? 'names and content of V1 lie together' : 'the formats differ';
  return [`nothing is ${link === true ? 'linked' : 'cloned'}: ${reason}, so all is copied`];
}

/** Stands for the output in a plan that names none. */
const UNNAMED_OUTPUT = 'OUTPUT';

export interface Output {
  readonly path: string;
  /** Whether it takes the place of what is there, the input itself included. */
  readonly replaces?: boolean;
  /** What was made of the path that was given. */
  readonly notes: readonly string[];
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

/** The prefix to write to; throws {@link UsageError} for one that cannot be meant. */
export function outputOf({ output, dryRun }: WritingOptions, input: string): Output {
  if (output === undefined) {
    if (dryRun === true) return { path: UNNAMED_OUTPUT, notes: [] };
    throw new UsageError('name the new checkpoint: -o PREFIX, or look at the plan first with --dry-run');
  }
  if (output.trim() === '' || output === '-')
    throw new UsageError('-o takes a prefix for the new files, such as out/model.ckpt');
  if (isDirectory(output) || /[\\/]$/.test(output)) {
    throw new UsageError(
      `${output} is a directory; name the checkpoint in it: -o ${join(output, suggestedName(input))}`,
    );
  }
  const path = stripCheckpointSuffix(output).replace(/-\?{5,}-of-\d{5,}$/, '');
  if (path === output) return { path, notes: [] };
  return { path, notes: [`${output} is the name of a file; the checkpoint will be called ${path}`] };
}
