/** Options of every command that writes a checkpoint, declared once, and where its output goes. */
import { statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { stripCheckpointSuffix, UsageError, type WriteOptions } from '../index.ts';
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
}

function countArgument(text: string): number {
  if (!/^[1-9]\d{0,4}$/.test(text)) throw new InvalidArgumentError('Give a whole number from 1 to 99999.');
  return Number(text);
}

/** Adds the options that every command that writes has. */
export function withWriting(command: Command): Command {
  return command
    .option('-o, --output <prefix>', 'what the new checkpoint will be called')
    .option('--force', 'replace a checkpoint of that name')
    .option('--dry-run', 'print the plan: what is renamed, left out, copied, linked; write nothing')
    .option('--json', 'the plan as one JSON document (with --dry-run)')
    .addOption(new Option('--link', 'hard-link data files that need no change').conflicts('reflink'))
    .option('--reflink', 'clone data files that need no change, where the file system can')
    .option('--max-shard-size <size>', 'no data file larger than this (2GB), save for a larger tensor', sizeArgument)
    .option('--shards <n>', 'write this many data files; 1 joins them', countArgument)
    .option('--sync', 'wait until the disk has everything (what replaces older files always waits)')
    .option('--verify', 'check all that is copied against its checksum (the default)')
    .option('--no-verify', 'copy without checking');
}

/** What the library is told. */
export function writeOptionsOf(options: WritingOptions): WriteOptions {
  const { force, maxShardSize, shards, sync, verify, link, reflink } = options;
  const reuse = link === true ? 'link' : reflink === true ? 'reflink' : undefined;
  return { force, maxShardBytes: maxShardSize, shards, sync, verify, reuse };
}

/** Stands for the output in a plan that names none. */
export const UNNAMED_OUTPUT = 'OUTPUT';

export interface Output {
  readonly path: string;
  /** What was made of the path that was given. */
  readonly notes: readonly string[];
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
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
  if (output === '' || output === '-')
    throw new UsageError('-o takes a prefix for the new files, such as out/model.ckpt');
  if (isDirectory(output) || /[\\/]$/.test(output)) {
    throw new UsageError(
      `${output} is a directory; name the checkpoint in it: -o ${join(output, suggestedName(input))}`,
    );
  }
  const path = stripCheckpointSuffix(output);
  if (path === output) return { path, notes: [] };
  return { path, notes: [`${output} is the name of a file; the checkpoint will be called ${path}`] };
}
