/** `ckpt latest`: the newest checkpoint of a directory that can be used. */
import { Command } from 'commander';
import {
  type Candidate,
  type FoundCheckpoint,
  type NewestCheckpoint,
  newestCheckpoint,
  nonFiniteTensor,
} from '../../history.ts';
import { CkptError, openCheckpoint } from '../../index.ts';
import { EXIT } from '../exit-codes.ts';
import { type GlobalOptions, pathOf, printNotes } from '../options.ts';
import { documentText } from '../render/document.ts';
import { DIRECTORY_ARGUMENT } from '../render/state-table.ts';
import { currentRun } from '../run.ts';
import { readRun } from '../run-directory.ts';
import { escapeText } from '../terminal/escape.ts';
import { stderr, stdout } from '../terminal/output.ts';
import { Progress } from '../terminal/progress.ts';

interface LatestOptions extends GlobalOptions {
  readonly finite?: boolean;
  readonly json?: boolean;
}

const EXAMPLES = `
The state file's latest comes first, if it opens and its data files are there;
then what else it lists, from the last to the first; then what lies in the
directory, by step. What was passed over, and why, goes to stderr.

Examples:
  ckpt latest run/
  ckpt list "$(ckpt latest run/)"
  ckpt latest run/ --finite | ckpt verify -`;

export function latestCommand(): Command {
  return new Command('latest')
    .argument('<directory>', DIRECTORY_ARGUMENT)
    .option('--finite', 'pass over checkpoints in which a float is NaN or infinite')
    .option('--json', 'one JSON document')
    .addHelpText('after', EXAMPLES)
    .action(run);
}

/** Where NaN or infinity stands in a checkpoint, as a sentence; undefined when it stands nowhere. */
async function nonFiniteIn({ prefix }: FoundCheckpoint, options: LatestOptions): Promise<string | undefined> {
  const progress = new Progress('looking for NaN', options.progress !== false && options.quiet !== true);
  try {
    const checkpoint = await openCheckpoint(prefix);
    try {
      const found = nonFiniteTensor(checkpoint.tensors, {
        onProgress: ({ bytesDone, bytesTotal }) => progress.update(bytesDone, bytesTotal),
      });
      if (found === undefined) return undefined;
      const at = found.index.length === 0 ? '' : `[${found.index.join(',')}]`;
      return `${found.name}${at} is ${found.value} (${found.dtype})`;
    } finally {
      checkpoint.close();
    }
  } catch (error) {
    if (error instanceof CkptError) return error.message;
    throw error;
  } finally {
    progress.end();
  }
}

/** Why this one, where it is not simply the latest of the state file. */
function noteOf({ source, checkpoint: { prefix }, listed }: Candidate, stateFile: string): string[] {
  if (source === 'disk') return [`using ${prefix}, the newest in the directory by step and time`];
  if (source === 'listed') return [`using ${prefix}, the next one that ${stateFile} lists`];
  if (listed?.place !== 'moved') return [];
  return [`${stateFile} points to ${listed.written}, which is gone; using ${prefix} beside it`];
}

function tell({ found, rejected }: NewestCheckpoint, stateFile: string, options: LatestOptions): void {
  printNotes(
    rejected.map(({ path, reason }) => `${path}: ${reason}`),
    options,
  );
  if (found !== undefined) printNotes(noteOf(found, stateFile), options);
}

function jsonOf(path: string, { found, rejected }: NewestCheckpoint): string {
  const checkpoint = found?.checkpoint;
  return documentText({
    path,
    resolved: checkpoint?.prefix ?? null,
    format: checkpoint?.format ?? null,
    step: checkpoint?.step ?? null,
    source: found?.source ?? null,
    rejected,
  });
}

async function run(path: string, _: unknown, command: Command): Promise<void> {
  const options = command.optsWithGlobals<LatestOptions>();
  const given = pathOf(path);
  const directory = readRun(given, options);
  const refuse = options.finite === true ? (found: FoundCheckpoint) => nonFiniteIn(found, options) : undefined;
  const newest = await newestCheckpoint(directory, refuse);
  tell(newest, directory.stateFile, options);
  if (newest.found === undefined) currentRun().exitCode = EXIT.no;
  if (options.json === true) stdout.line(jsonOf(given, newest));
  else if (newest.found !== undefined) stdout.path(newest.found.checkpoint.prefix);
  if (newest.found !== undefined) return;
  const what = options.finite === true ? 'no usable checkpoint without NaN or infinity' : 'no usable checkpoint';
  stderr.line(`ckpt: ${escapeText(directory.directory)} holds ${what}`);
}
