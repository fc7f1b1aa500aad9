/** What commands that write do before and after the work: open inputs, show progress, tell what was done. */
import { openCheckpoint, UsageError, type WriteOptions, type Written } from '../index.ts';
import { interruptible } from './interrupts.ts';
import { type GlobalOptions, pathOf, printNotes } from './options.ts';
import type { Input } from './plan-report.ts';
import { escapeText } from './terminal/escape.ts';
import { formatBytes } from './terminal/numbers.ts';
import { stderr, stdout } from './terminal/output.ts';
import { Progress } from './terminal/progress.ts';
import { STDOUT, type WritingOptions } from './write-options.ts';

/**
 * Opens every input; `-` stands for a path on stdin. A file that was made of a checkpoint of TF2 has the object graph of its
 * record, which follows what is done to the tensors; not with `graph` false.
 */
export async function openInputs(paths: readonly string[], options: GlobalOptions, graph = true): Promise<Input[]> {
  const opened: Input[] = [];
  for (const path of paths) {
    const given = pathOf(path);
    const checkpoint = await openCheckpoint(given, { format: options.format });
    printNotes(checkpoint.notes, options);
    const { roundTrip, tensors } = checkpoint;
    const hasGraph = graph && roundTrip?.objectGraph !== undefined;
    const all = hasGraph ? { tensors: (await import('../graph.ts')).withObjectGraph(tensors, roundTrip) } : {};
    opened.push(Object.assign(checkpoint, { given, ...all }));
  }
  return opened;
}

/** Options that make no sense together, said before anything is opened. */
export function checkOptions({ json, dryRun, output }: WritingOptions): void {
  if (json === true && dryRun !== true && output === STDOUT) {
    throw new UsageError('--json and -o - both write to stdout; name a file, or leave --json out');
  }
}

/** Does the work, with its progress on a terminal; a signal in between leaves nothing half-written. */
export async function withProgress<T>(
  { progress: wanted, quiet }: GlobalOptions,
  work: (onProgress: NonNullable<WriteOptions['onProgress']>) => Promise<T>,
): Promise<T> {
  const progress = new Progress('writing', wanted !== false && quiet !== true);
  try {
    return await interruptible(
      () => work(({ bytesDone, bytesTotal }) => progress.update(bytesDone, bytesTotal)),
      () => progress.end(),
    );
  } finally {
    progress.end();
  }
}

/** What a write took; a time only where somebody had to wait. */
export function costOf({ bytesCopied, bytesReused }: Written, options: WritingOptions, milliseconds: number): string {
  const seconds = milliseconds / 1000;
  const rate =
    seconds < 1 || bytesCopied === 0 ? '' : ` in ${seconds.toFixed(1)} s (${formatBytes(bytesCopied / seconds)}/s)`;
  const word = options.link === true ? 'linked' : 'cloned';
  if (bytesReused === 0) return `${formatBytes(bytesCopied)} copied${rate}`;
  if (bytesCopied === 0) return `${formatBytes(bytesReused)} ${word}`;
  return `${formatBytes(bytesReused)} ${word}, ${formatBytes(bytesCopied)} copied${rate}`;
}

/** The written path alone on stdout, so that commands chain, or a document where one was asked for; what was done on stderr. */
export function tellWritten(path: string, summary: string, options: WritingOptions, document?: Iterable<string>): void {
  if (options.quiet !== true) stderr.line(`${escapeText(path)}: ${summary}`);
  if (document === undefined) stdout.path(path);
  else for (const piece of document) stdout.write(piece);
}
