/** A file that goes to stdout as it is made; all that is said of it goes to stderr. */
import { streamCheckpoint, type TensorMap, type WriteOptions } from '../index.ts';
import { type GlobalOptions, printNotes } from './options.ts';
import { formatBytes } from './terminal/numbers.ts';
import { stderr, stdout } from './terminal/output.ts';

/** Streams tensors to stdout; a reader that goes away ends the command as a success. */
export async function streamToStdout(
  tensors: TensorMap,
  writing: WriteOptions,
  summary: (tensors: number) => string,
  notes: readonly string[],
  options: GlobalOptions,
): Promise<void> {
  let bytes = 0;
  for await (const chunk of streamCheckpoint(tensors, writing)) {
    stdout.bytes(chunk);
    bytes += chunk.length;
  }
  printNotes(notes, options);
  if (options.quiet !== true) stderr.line(`stdout: ${summary(tensors.size)}; ${formatBytes(bytes)} written`);
}
