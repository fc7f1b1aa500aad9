/** `ckpt dump`: one tensor, or a slice of one, as data for other programs. */
import { Command, Option } from 'commander';
import { type OpenedCheckpoint, openCheckpoint, type Tensor, UsageError } from '../../index.ts';
import {
  type ArrayValues,
  arrayValuesOf,
  checkPieceTarget,
  checkStored,
  elementCount,
  formatShape,
  type Piece,
  parseVocabulary,
  writePieces,
} from '../../text.ts';
import { interruptible } from '../interrupts.ts';
import { CHECKPOINT_ARGUMENT, type GlobalOptions, pathOf, printNotes, readInput, selectionOf } from '../options.ts';
import { checkDump, DUMP_FORMATS, type Dump, type DumpFormat, dumpPieces, isBinary } from '../render/dump-pieces.ts';
import { type PrintItem, printItemsOf } from '../slice-arguments.ts';
import { withNames } from '../tell-roles.ts';
import { escapeText } from '../terminal/escape.ts';
import { formatBytes } from '../terminal/numbers.ts';
import { stderr, stdout } from '../terminal/output.ts';
import { Progress } from '../terminal/progress.ts';
import { isTerminal } from '../terminal/style.ts';
import { STDOUT } from '../write-options.ts';

interface DumpOptions extends GlobalOptions {
  readonly to?: DumpFormat;
  readonly output?: string;
  readonly labels?: string;
  readonly force?: boolean;
}

const EXAMPLES = `
A row is an item of the first axis. csv and tsv take at most two axes: a matrix
is a row a line, a vector a value a line. json is nested lists, ndjson a row a
line. npy is numpy's file, raw the elements alone, little-endian, row by row;
neither takes strings. w2v is word2vec text: a line of the two sizes, then a
word and its numbers in each line; it takes two axes, and --labels.

Floats read back as the same number of their dtype: they have the fewest digits
that do, bfloat16 and float8 those that ml_dtypes prints.
NaN and infinities are nan and inf; in JSON "NaN", "Infinity" and "-Infinity".
Complex numbers are [real, imaginary] in JSON. Strings are quoted in csv as RFC
4180 says; in tsv tabs, line breaks, control characters and \\ are escaped.

--labels reads a file with a label in each line, as many as there are rows. With
it, a row of json and ndjson is {"label": ..., "values": ...}.

Without --to, the ending of FILE says the format. The file appears whole or not
at all. A whole tensor is checked against its checksum first, a slice is not.

Examples:
  ckpt dump model.ckpt emb --to csv > emb.csv
  ckpt dump model.ckpt 'emb[0:100,:8]' --labels vocab.txt --to tsv
  ckpt dump model.ckpt emb --labels vocab.txt --to w2v -o emb.txt
  ckpt dump model.ckpt emb -o emb.npy
  ckpt dump model.ckpt conv1/kernel --to ndjson | jq length`;

export function dumpCommand(): Command {
  return new Command('dump')
    .argument('<checkpoint>', CHECKPOINT_ARGUMENT)
    .argument('<tensor>', 'the name of a tensor, or a pattern that one matches; a slice may follow, emb[0:5,:8]')
    .addOption(new Option('--to <format>', 'what to write').choices(DUMP_FORMATS))
    .option('-o, --output <file>', 'write a file; without it, or with -, to stdout')
    .option('--labels <file>', 'a label before each row: the lines of this file; - for stdin')
    .option('--force', 'replace a file of that name')
    .addHelpText('after', EXAMPLES)
    .action(run);
}

function formatFor({ to, output = '' }: DumpOptions): DumpFormat {
  if (to !== undefined) return to;
  const ending = /\.([^./\\]+)$/.exec(output)?.[1]?.toLowerCase();
  const format = ending === 'jsonl' ? 'ndjson' : DUMP_FORMATS.find((name) => name === ending);
  if (format === undefined) throw new UsageError(`say what to write: --to ${DUMP_FORMATS.join(', ')}`);
  return format;
}

/** The one tensor that is meant. */
function onlyItem(items: Iterable<PrintItem>, wanted: string): PrintItem {
  const [only, ...others] = items;
  if (only === undefined) throw new UsageError(`${wanted} selects nothing`);
  if (others.length === 0) return only;
  // Of a tensor in part each stored slice is an item.
  const names = [only, ...others].slice(0, 3).map(({ name, slice }) => name + slice);
  const more = others.length > 2 ? ', ...' : '';
  throw new UsageError(`dump takes one tensor, and ${wanted} selects ${others.length + 1}: ${names.join(', ')}${more}`);
}

async function run(path: string, wanted: string, _: unknown, command: Command): Promise<void> {
  const options = command.optsWithGlobals<DumpOptions>();
  const format = formatFor(options);
  const toStdout = options.output === undefined || options.output === STDOUT;
  const onTerminal = toStdout && isTerminal('stdout');
  if (onTerminal && isBinary(format)) {
    throw new UsageError(`--to ${format} writes bytes, and stdout is a terminal; name a file with -o`);
  }
  const checkpoint = await openCheckpoint(pathOf(path), { format: options.format });
  printNotes(checkpoint.notes, options);
  const selection = await withNames(selectionOf([wanted], {}), checkpoint);
  const item = onlyItem(printItemsOf(selection, checkpoint.tensors), wanted);
  const { name, slice, tensor, part } = item;
  if (tensor.problem !== undefined) throw tensor.problem;
  const labels = options.labels === undefined ? undefined : parseVocabulary(readInput(options.labels, 'the labels'));
  const dump: Dump = { format, name: name + slice, part, labels, escaped: onTerminal };
  checkDump(dump);
  const target = toStdout ? undefined : targetOf(checkpoint, options);
  if (target !== undefined) checkPieceTarget(target.path, target);
  if (slice === '') checkStored(name, tensor);
  await write(dump, target, options);
  checkpoint.close();
}

interface Target {
  readonly path: string;
  readonly force: boolean;
  readonly inputs: readonly string[];
}

/** Where a file goes, and what it may not replace. */
function targetOf({ files }: OpenedCheckpoint, { output = '', force = false, labels }: DumpOptions): Target {
  const inputs = files.map((file) => file.path);
  if (labels !== undefined && labels !== STDOUT) inputs.push(labels);
  return { path: output, force, inputs };
}

async function write(dump: Dump, target: Target | undefined, options: DumpOptions): Promise<void> {
  const quiet = options.quiet === true;
  const wanted = options.progress !== false && !quiet && (target !== undefined || !isTerminal('stdout'));
  const progress = new Progress('writing', wanted);
  const made = dumpPieces(dump, () => arrayOf(dump.part, progress));
  const pieces = isBinary(dump.format) ? watched(made, dump.part.byteLength, progress) : made;
  if (target === undefined) {
    for await (const piece of pieces) send(piece, isBinary(dump.format));
    progress.end();
    return;
  }
  const bytes = await interruptible(
    () => writePieces(target.path, pieces, target).finally(() => progress.end()),
    () => progress.end(),
  );
  const { dtype, shape } = dump.part;
  const what = `${escapeText(dump.name)}, ${dtype.name} ${formatShape(shape)}`;
  if (!quiet) stderr.line(`${escapeText(target.path)}: ${what}; ${formatBytes(bytes)} written`);
  stdout.path(target.path);
}

/** The content itself, with progress as it goes by. */
async function* watched(
  pieces: ReturnType<typeof dumpPieces>,
  total: number,
  progress: Progress,
): AsyncGenerator<Piece> {
  let done = 0;
  for await (const piece of pieces) {
    progress.update(done, total);
    done += piece.length;
    yield piece;
  }
}

function send(piece: Piece, binary: boolean): void {
  if (binary && typeof piece !== 'string') stdout.bytes(piece);
  else stdout.piece(piece);
}

/** The elements of a tensor, with progress as they are read. */
function arrayOf(part: Tensor, progress: Progress): ArrayValues {
  const array = arrayValuesOf(part);
  const perElement = part.byteLength / Math.max(1, elementCount(part.shape));
  return {
    dtype: array.dtype,
    shape: array.shape,
    read: (start, length) => {
      progress.update(start * perElement, part.byteLength);
      return array.read(start, length);
    },
  };
}
