/** `ckpt print`: the values of tensors, or of slices of them. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { OBJECT_GRAPH_KEY } from '../../graph.ts';
import { CkptError, MismatchError, openCheckpoint, UsageError } from '../../index.ts';
import { arrayValuesOf, checkStored, elementCount, formatShape, type Piece, type PrintOptions } from '../../text.ts';
import { EXIT } from '../exit-codes.ts';
import {
  CHECKPOINT_ARGUMENT,
  type GlobalOptions,
  PATTERNS_ARGUMENT,
  pathOf,
  printNotes,
  type SelectionOptions,
  selectionOf,
  withSelection,
} from '../options.ts';
import { type Subject, subjectOf, writeTensors } from '../render/document.ts';
import { nestedJson, partsOf } from '../render/nested-json.ts';
import { tabLines } from '../render/tab-lines.ts';
import { headingOf, writeValues } from '../render/value-text.ts';
import { currentRun } from '../run.ts';
import { type PrintItem, printItemsOf } from '../slice-arguments.ts';
import { withRoles } from '../tell-roles.ts';
import { escapeText, jsonString } from '../terminal/escape.ts';
import { stderr, stdout } from '../terminal/output.ts';
import { isTerminal, terminalWidth } from '../terminal/style.ts';

interface PrintCommandOptions extends SelectionOptions, GlobalOptions {
  readonly precision?: number;
  readonly threshold?: number;
  readonly linewidth?: number;
  readonly full?: boolean;
  readonly json?: boolean;
  readonly tsv?: boolean;
}

const RULES = `
Without a selector, prints the table of \`ckpt list\`. A slice follows numpy's
rules: [3], [-1], [2:10], [::2], [..., 0].

A tensor is checked against its checksum before its values are printed if it
takes at most 64 MiB or all its values are printed; of a slice, only the bytes
it needs are read, and they are not checked (\`ckpt verify\` checks everything).
The object graph, object configurations and variants print decoded.

--json prints {"path", "resolved", "format", "tensors": [{"name", "slice",
"dtype", "shape", "bytes", "values"}]}: nested lists, NaN and infinities as
"NaN", "Infinity" and "-Infinity", complex numbers as [real, imaginary], 64-bit
integers exactly, strings as text in which a byte that is no UTF-8 is one of
\\udc80 to \\udcff.
`;

const EXAMPLES = `
Examples:
  ckpt print model.ckpt-1000 global_step
  ckpt print model.ckpt-1000 'emb[0:5,:8]' --precision 4
  ckpt print model.ckpt-1000 'layer*/bias' --threshold 20
  ckpt print model.ckpt-1000 'emb[-10:]' --tsv > last-ten.tsv
  ckpt print model.ckpt-1000 conv1/kernel --json | jq '.tensors[0].values[0]'
  ckpt print saved_model/ _CHECKPOINTABLE_OBJECT_GRAPH`;

/** What `--json` and `--tsv`, which print every digit, have no use for. */
const TEXT_ONLY = ['precision', 'threshold', 'linewidth'];

function countArgument(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('Give a whole number of at least 0.');
  return Number(text);
}

export function printCommand(): Command {
  const command = new Command('print')
    .argument('<checkpoint>', CHECKPOINT_ARGUMENT)
    .argument('[selectors...]', `${PATTERNS_ARGUMENT}; each may end in a slice, emb[0:5,:8]`)
    .option('--precision <digits>', 'digits after the point, at most', countArgument)
    .option('--threshold <count>', 'summarise tensors of more elements than this (1000 on a terminal)', countArgument)
    .option('--full', 'print every element (the default into a pipe or file)')
    .option('--linewidth <columns>', "break lines here (the terminal's width, or 75)", countArgument)
    .addOption(new Option('--json', 'one JSON document').conflicts(['tsv', ...TEXT_ONLY]))
    .addOption(
      new Option('--tsv', 'a row a line, values only; for one tensor of at most two axes').conflicts(TEXT_ONLY),
    )
    .addHelpText('after', RULES + EXAMPLES);
  return withSelection(command).action(run);
}

async function run(path: string, selectors: readonly string[], _: unknown, command: Command): Promise<void> {
  const options = command.optsWithGlobals<PrintCommandOptions>();
  if (selectors.length === 0 && options.patternsFrom === undefined) {
    const { printListing } = await import('./list.ts');
    await printListing(path, [], { ...options, sort: 'name' });
    return;
  }
  const requested = selectionOf(selectors, options);
  const given = pathOf(path);
  const checkpoint = await openCheckpoint(given, { format: options.format });
  printNotes(checkpoint.notes, options);
  const selection = await withRoles(requested, checkpoint, options);
  const items = printItemsOf(selection, checkpoint.tensors);
  if (options.json === true) await printJson(subjectOf(given, checkpoint), items);
  else if (options.tsv === true) printTable([...items]);
  else await printText(items, options);
}

/** Up to this size a tensor is checked even where only some of its values show. */
const ALWAYS_CHECKED = 64 * 1024 * 1024;

/** Throws for damage, where the rule in the help says that it is looked for. */
function check({ name, tensor, slice, isSliced, part }: PrintItem, isWhole: boolean): void {
  if (tensor.problem !== undefined) throw tensor.problem;
  if (isSliced) return;
  const all = slice === '' ? tensor : part;
  if (isWhole || all.byteLength <= ALWAYS_CHECKED) checkStored(name, all);
}

/** Tells of an error and goes on, so that one damaged tensor does not hide the others. */
function report(error: unknown): string {
  if (!(error instanceof CkptError)) throw error;
  stderr.line(`ckpt: ${escapeText(error.message)}`);
  currentRun().exitCode = EXIT.failed;
  return error.message;
}

function isMessage({ name, tensor, slice }: PrintItem): boolean {
  if (slice !== '') return false;
  if (tensor.dtype.kind === 'variant') return true;
  if (tensor.dtype.kind !== 'string' || tensor.shape.length > 0) return false;
  return name === OBJECT_GRAPH_KEY || name.endsWith('/.ATTRIBUTES/OBJECT_CONFIG_JSON');
}

function printOptionsOf({ precision, threshold, full, linewidth }: PrintCommandOptions): PrintOptions {
  const onTerminal = isTerminal('stdout');
  const everything = full === true || (!onTerminal && threshold === undefined);
  return {
    precision,
    threshold: everything ? Number.POSITIVE_INFINITY : threshold,
    linewidth: linewidth ?? (onTerminal ? terminalWidth() : undefined),
  };
}

const DEFAULT_THRESHOLD = 1000;

async function printText(items: Iterable<PrintItem>, options: PrintCommandOptions): Promise<void> {
  const settings = printOptionsOf(options);
  let separator = '';
  for (const item of items) {
    try {
      const heading = headingOf(item);
      check(item, elementCount(item.part.shape) <= (settings.threshold ?? DEFAULT_THRESHOLD));
      stdout.write(`${separator}${heading}\n`);
      separator = '\n';
      if (!isMessage(item) || !(await printMessage(item))) writeValues(item, settings);
    } catch (error) {
      report(error);
    }
  }
}

/** Prints a message decoded; returns whether it could be. */
async function printMessage({ name, part }: PrintItem): Promise<boolean> {
  const { messageLines } = await import('../render/message-lines.ts');
  try {
    const lines = messageLines(name, part);
    for (const line of lines ?? []) stdout.line(line);
    return lines !== undefined;
  } catch (error) {
    report(error);
    return part.dtype.kind === 'variant';
  }
}

function printTable(items: readonly PrintItem[]): void {
  const [only, second] = items;
  if (second !== undefined) {
    throw new UsageError(`--tsv prints one tensor, and ${items.length} are selected; select one or use --json`);
  }
  if (only === undefined) return;
  const { part, name } = only;
  if (part.shape.length > 2) {
    throw new MismatchError(
      `tensor ${name}: --tsv takes at most two axes, its shape is ${formatShape(part.shape)}; slice it or use --json`,
      name,
      'at most 2 axes',
      `${part.shape.length}`,
    );
  }
  check(only, true);
  for (const piece of tabLines(arrayValuesOf(part))) stdout.piece(piece);
}

async function printJson(subject: Subject, items: Iterable<PrintItem>): Promise<void> {
  await writeTensors(subject, async (begin) => {
    let separator = '\n';
    for (const item of items) {
      begin();
      stdout.write(separator);
      separator = ',\n';
      await printItem(item);
    }
  });
}

async function printItem(item: PrintItem): Promise<void> {
  const { name, slice, tensor } = item;
  stdout.write(`{"name":${jsonString(name)}`);
  if (slice !== '') stdout.write(`,"slice":${jsonString(slice)}`);
  let pieces: Iterator<Piece> = [][Symbol.iterator]();
  let piece = pieces.next();
  try {
    const { part } = item;
    check(item, true);
    const facts = `,"dtype":"${tensor.dtype.name}","shape":[${part.shape.join(',')}],"bytes":${part.byteLength}`;
    const isGraph = name === OBJECT_GRAPH_KEY && isMessage(item);
    const values = isGraph
      ? (await import('../render/message-lines.ts')).graphJson(part)
      : nestedJson(arrayValuesOf(part), partsOf(tensor.dtype));
    pieces = values[Symbol.iterator]();
    piece = pieces.next();
    stdout.write(`${facts},"values":`);
  } catch (error) {
    stdout.write(`,"error":${jsonString(report(error))}`);
  }
  for (; piece.done !== true; piece = pieces.next()) stdout.piece(piece.value);
  stdout.write('}');
}
