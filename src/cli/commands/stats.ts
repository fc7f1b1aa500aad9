/** `ckpt stats`: what the numbers in the tensors are like. */
import { Command, Option } from 'commander';
import { openCheckpoint, type Tensor, UsageError } from '../../index.ts';
import {
  firstNonFinite,
  formatShape,
  hasNumbers,
  type NumberSummary,
  selected,
  statisticsOfAll,
  type TensorStatistics,
  totalStatisticsOf,
} from '../../text.ts';
import { EXIT } from '../exit-codes.ts';
import type { GlobalOptions } from '../options.ts';
import {
  CHECKPOINT_ARGUMENT,
  PATTERNS_ARGUMENT,
  pathOf,
  printNotes,
  type SelectionOptions,
  selectionOf,
  withSelection,
} from '../options.ts';
import { type Column, columnLines } from '../render/columns.ts';
import { documentText, subjectOf } from '../render/document.ts';
import { gridLines, MOST_GRID_ROWS } from '../render/grid.ts';
import { currentRun } from '../run.ts';
import { withNames, withRoles } from '../tell-roles.ts';
import { escapeText } from '../terminal/escape.ts';
import { plural } from '../terminal/numbers.ts';
import { stderr, stdout } from '../terminal/output.ts';
import { Progress } from '../terminal/progress.ts';
import { isTerminal, terminalWidth } from '../terminal/style.ts';

type NonFinite = 'nan' | 'inf';

interface StatsOptions extends SelectionOptions, GlobalOptions {
  readonly json?: boolean;
  readonly tsv?: boolean;
  readonly total?: boolean;
  readonly failOn?: readonly NonFinite[];
}

const EXAMPLES = `
Figures are over the finite elements; std is that of the population. --json adds
percentiles and a histogram: exact up to 1,048,576 elements, beyond that from
counts of the numbers cut to 16 bits, within 0.8 %.

Examples:
  ckpt stats model.ckpt
  ckpt stats model.ckpt 'encoder/**' --json
  ckpt stats model.ckpt --total
  ckpt stats model.ckpt --fail-on nan,inf`;

function kindsArgument(text: string): NonFinite[] {
  return text.split(',').map((kind) => {
    if (kind === 'nan' || kind === 'inf') return kind;
    throw new UsageError(`--fail-on takes nan, inf, or both with a comma; ${escapeText(kind)} is neither`);
  });
}

export function statsCommand(): Command {
  const command = new Command('stats')
    .argument('<checkpoint>', CHECKPOINT_ARGUMENT)
    .argument('[patterns...]', PATTERNS_ARGUMENT)
    .addOption(new Option('--json', 'one JSON document, with percentiles and histograms').conflicts('tsv'))
    .option('--tsv', 'one tensor a line')
    .option('--total', 'one line over everything that was selected')
    .option('--fail-on <kinds>', 'exit 1, and name the first element, where there is nan or inf', kindsArgument)
    .addHelpText('after', EXAMPLES);
  return withSelection(command).action(run);
}

type Row = Partial<NumberSummary> & Pick<TensorStatistics, 'name' | 'dtype' | 'shape'>;

const COLUMNS = ['count', 'min', 'max', 'mean', 'std', 'l2', 'zeros', 'nan', 'inf'] as const;
const RARE: readonly string[] = ['zeros', 'nan', 'inf'];
const TERMINAL_DIGITS = 4;
/** Where a terminal has fewer columns the norm is left to `--tsv` and `--json`. */
const ROOM_FOR_ALL = 100;
const BARS = ' ▁▂▃▄▅▆▇█';

/** Numbers from here on have an exponent. */
const PLAIN = 1e15;

/** Seven digits say what a float32 is; whole numbers stand as they are. */
function shown(value: number | null | undefined, digits = 7): string {
  if (value === null || value === undefined) return '-';
  if (Number.isInteger(value) && Math.abs(value) < PLAIN) return String(value);
  const rounded = Number(value.toPrecision(digits));
  return Math.abs(rounded) < PLAIN ? String(rounded) : rounded.toExponential();
}

/** A bar for every two bins. */
function bars({ histogram }: Row): string {
  if (histogram === null || histogram === undefined) return '';
  const { counts } = histogram;
  const pairs = counts.flatMap((count, i) => (i % 2 === 0 ? [count + (counts[i + 1] ?? 0)] : []));
  const most = Math.max(...pairs);
  return pairs.map((count) => BARS[count === 0 ? 0 : Math.max(1, Math.round((count / most) * 8))]).join('');
}

async function run(path: string, patterns: readonly string[], _: unknown, command: Command): Promise<void> {
  const options = command.optsWithGlobals<StatsOptions>();
  const given = pathOf(path);
  const checkpoint = await openCheckpoint(given, { format: options.format });
  printNotes(checkpoint.notes, options);
  const requested = await withNames(selectionOf(patterns, options), checkpoint);
  const pairs = [...selected(await withRoles(requested, checkpoint, options), checkpoint.tensors)];
  const rows = options.total === true ? [await totalOf(pairs, options)] : await rowsOf(pairs, options);
  const nonFinite = options.failOn === undefined ? undefined : nonFiniteIn(pairs, options.failOn);
  if (nonFinite !== undefined) currentRun().exitCode = EXIT.no;
  if (options.json === true) stdout.line(documentText({ ...subjectOf(given, checkpoint), tensors: rows, nonFinite }));
  else if (options.tsv === true) for (const row of rows) stdout.line(tabLine(row));
  else await printTable(rows);
  if (nonFinite !== undefined) {
    const { name, index, value } = nonFinite;
    stderr.line(`ckpt: ${escapeText(name)}[${index.join(',')}] is ${value}`);
  }
  checkpoint.close();
}

function progressOf(pairs: readonly (readonly [string, Tensor])[], options: StatsOptions) {
  const progress = new Progress('reading', options.progress !== false && options.quiet !== true);
  const total = pairs.reduce((sum, [, { byteLength }]) => sum + byteLength, 0);
  let done = 0;
  return {
    add: (bytes: number): void => {
      done += bytes;
      progress.update(done, total);
    },
    end: () => progress.end(),
  };
}

/** Percentiles and histograms cost a sort: only where they are shown. */
const wanted = ({ json }: StatsOptions) => ({ distribution: json === true || isTerminal('stdout') });

async function rowsOf(pairs: readonly (readonly [string, Tensor])[], options: StatsOptions): Promise<Row[]> {
  const progress = progressOf(pairs, options);
  const found = await statisticsOfAll(pairs, { ...wanted(options), onBytes: progress.add });
  progress.end();
  return pairs.map(([name, { dtype, shape }], i) => found[i] ?? { name, dtype: dtype.name, shape });
}

async function totalOf(pairs: readonly (readonly [string, Tensor])[], options: StatsOptions): Promise<Row> {
  const progress = progressOf(pairs, options);
  const numbers = pairs.filter(([, { dtype }]) => hasNumbers(dtype));
  const total = await totalStatisticsOf(numbers, { ...wanted(options), onBytes: progress.add });
  progress.end();
  const dtypes = [...new Set(numbers.map(([, { dtype }]) => dtype.name))].join(',');
  return { name: plural(numbers.length, 'tensor'), dtype: dtypes, shape: [total.count], ...total };
}

function tabLine(row: Row): string {
  return [escapeText(row.name), row.dtype, formatShape(row.shape), ...COLUMNS.map((key) => row[key] ?? '')].join('\t');
}

/** On a terminal numbers are short, and what is zero everywhere makes room for a histogram. */
async function printTable(rows: readonly Row[]): Promise<void> {
  const onTerminal = isTerminal('stdout') && rows.length <= MOST_GRID_ROWS;
  const text = (title: string, of: (row: Row) => string): Column<Row> => ({ title, align: 'left', text: of });
  const isNarrow = terminalWidth() < ROOM_FOR_ALL;
  const figures = COLUMNS.filter(
    (key) =>
      !onTerminal || (RARE.includes(key) ? rows.some((row) => (row[key] ?? 0) !== 0) : key !== 'l2' || !isNarrow),
  );
  const columns = [
    text('name', ({ name }) => escapeText(name)),
    text('dtype', ({ dtype }) => dtype),
    text('shape', ({ shape }) => formatShape(shape)),
    ...figures.map(
      (key): Column<Row> => ({
        title: key,
        align: 'right',
        text: (row) => shown(row[key], onTerminal ? TERMINAL_DIGITS : undefined),
      }),
    ),
  ];
  if (onTerminal) stdout.line(await gridLines([...columns, { ...text('', bars), optional: true }], rows));
  else for (const line of columnLines(columns, () => rows)) stdout.line(line);
}

interface NonFiniteElement {
  readonly name: string;
  readonly index: readonly number[];
  readonly value: string;
}

/** The first element that is not finite in one of the ways that were asked about. */
function nonFiniteIn(
  pairs: readonly (readonly [string, Tensor])[],
  kinds: readonly NonFinite[],
): NonFiniteElement | undefined {
  for (const [name, tensor] of pairs) {
    const found = hasNumbers(tensor.dtype) ? firstNonFinite(tensor, kinds) : undefined;
    if (found === undefined) continue;
    const value = String(found.value).replace('Infinity', 'inf').replace('NaN', 'nan');
    return { name, index: found.index, value };
  }
  return undefined;
}
