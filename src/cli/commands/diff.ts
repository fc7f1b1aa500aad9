/** `ckpt diff`: what two checkpoints differ in. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { furtherNamesOf } from '../../graph.ts';
import { type OpenedCheckpoint, openCheckpoint, rename, type TensorMap } from '../../index.ts';
import {
  type Differences,
  differencesOf,
  type FurtherNames,
  isAlike,
  nameChooser,
  TextMap,
  type ValueDifference,
  valueDifferences,
} from '../../text.ts';
import { EXIT } from '../exit-codes.ts';
import {
  CHECKPOINT_ARGUMENT,
  collected,
  type GlobalOptions,
  PATTERNS_ARGUMENT,
  pathOf,
  printNotes,
} from '../options.ts';
import type { RuleOptions } from '../rename-rules.ts';
import {
  type ComparedValues,
  type Comparison,
  comparisonJson,
  comparisonLines,
  statLine,
  tabLines,
} from '../render/diff-lines.ts';
import { documentText, subjectOf } from '../render/document.ts';
import { currentRun } from '../run.ts';
import { stdout } from '../terminal/output.ts';
import { Progress } from '../terminal/progress.ts';

interface DiffOptions extends RuleOptions, GlobalOptions {
  readonly values?: boolean;
  readonly atol?: number;
  readonly rtol?: number;
  readonly equalNan?: boolean;
  readonly json?: boolean;
  readonly tsv?: boolean;
  readonly stat?: boolean;
}

const EXAMPLES = `
Without --values only names, dtypes and shapes are compared, and no value is
read. With it, tensors whose recorded checksums are equal are taken for equal;
of the others every value is read: alike means |a - b| <= atol + rtol * |b|.
--map and its like bring the names of A to those of B first, as in ckpt rename.

Examples:
  ckpt diff model.ckpt-1000 model.ckpt-2000 --values
  ckpt diff model.ckpt exported.safetensors 'encoder/**' --values --rtol 1e-5
  ckpt diff old.ckpt new.ckpt --replace 's/^bert/encoder/' --stat`;

function toleranceArgument(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0)) throw new InvalidArgumentError('Give a number that is not negative.');
  return value;
}

export function diffCommand(): Command {
  return new Command('diff')
    .argument('<a>', CHECKPOINT_ARGUMENT)
    .argument('<b>', 'another, of any format')
    .argument('[patterns...]', PATTERNS_ARGUMENT)
    .option('--values', 'compare the values, too')
    .option('--atol <number>', 'differences up to this count for nothing', toleranceArgument)
    .option('--rtol <number>', 'nor those up to this times |b|', toleranceArgument)
    .option('--equal-nan', 'NaN is like NaN')
    .option('--map <pair|file>', 'names of A as B has them: old=new, or a list; - for stdin (repeatable)', collected)
    .option('--replace <s/from/to/>', 'substitute in the names of A, as sed does (repeatable)', collected)
    .option('--strip-prefix <prefix>', 'take this off the names of A that start with it')
    .option('--add-prefix <prefix>', 'put this before every name of A')
    .option('--with-slots', 'slots of A go by the new names of their variables, too')
    .option('--allow-missing', 'warn of names in --map that are not there instead of refusing')
    .addOption(new Option('--stat', 'one line').conflicts(['json', 'tsv']))
    .addOption(new Option('--json', 'one JSON document').conflicts('tsv'))
    .option('--tsv', 'a line for each difference')
    .addHelpText('after', EXAMPLES)
    .action(run);
}

/** The map of A under the names that B has. */
async function mapped(a: OpenedCheckpoint, options: DiffOptions): Promise<TensorMap> {
  const { map, replace, stripPrefix, addPrefix } = options;
  if ([map, replace, stripPrefix, addPrefix].every((option) => option === undefined)) return a.tensors;
  const { mappedRuleOf } = await import('../mapped-names.ts');
  const { rule, notes } = mappedRuleOf(options, a.tensors);
  printNotes(notes, options);
  return rename(a.tensors, rule);
}

/** What else the tensors of either are called. */
async function namesInEither(maps: readonly [TensorMap, TensorMap]): Promise<FurtherNames | undefined> {
  const [a, b] = [await furtherNamesOf(maps[0]), await furtherNamesOf(maps[1])];
  if (a === undefined || b === undefined) return a ?? b;
  return {
    isShared: a.isShared || b.isShared,
    otherPathsOf: (key) => [...a.otherPathsOf(key), ...b.otherPathsOf(key)],
    each: (visit, filter) => {
      a.each(visit, filter);
      b.each(visit, filter);
    },
  };
}

/** What matches in both; a pattern must match in one. */
async function narrowed(
  maps: readonly [TensorMap, TensorMap],
  patterns: readonly string[],
): Promise<readonly [TensorMap, TensorMap]> {
  if (patterns.length === 0) return maps;
  const isWanted = nameChooser(patterns, new TextMap([...maps[0], ...maps[1]]), await namesInEither(maps));
  const pick = (map: TensorMap): TensorMap => new TextMap([...map].filter(([name]) => isWanted(name)));
  return [pick(maps[0]), pick(maps[1])];
}

async function comparedValues({ common }: Differences, options: DiffOptions): Promise<ComparedValues[]> {
  const progress = new Progress('comparing', options.progress !== false && options.quiet !== true);
  const total = common.reduce((sum, { a }) => sum + a.byteLength, 0);
  let done = 0;
  const values = await valueDifferences(common, options, (bytes) => {
    done += bytes;
    progress.update(done, total);
  });
  progress.end();
  return common.map(({ name }, i) => ({ name, ...(values[i] as ValueDifference) }));
}

async function run(
  pathA: string,
  pathB: string,
  patterns: readonly string[],
  _: unknown,
  command: Command,
): Promise<void> {
  const options = command.optsWithGlobals<DiffOptions>();
  const given = [pathOf(pathA), pathOf(pathB)] as const;
  const a = await openCheckpoint(given[0], { format: options.format });
  const b = await openCheckpoint(given[1], { format: options.format });
  for (const { notes } of [a, b]) printNotes(notes, options);
  const differences = differencesOf(...(await narrowed([await mapped(a, options), b.tensors], patterns)));
  const asksValues =
    options.values === true || [options.atol, options.rtol, options.equalNan].some((it) => it !== undefined);
  const values = asksValues ? await comparedValues(differences, options) : undefined;
  const alike = isAlike(differences) && (values ?? []).every((value) => value.alike);
  const comparison: Comparison = { paths: [a.path, b.path], differences, values, alike };
  if (!alike) currentRun().exitCode = EXIT.no;
  const subjects = { a: subjectOf(given[0], a), b: subjectOf(given[1], b) };
  if (options.json === true) stdout.line(documentText({ ...subjects, ...comparisonJson(comparison) }));
  else if (options.tsv === true) for (const line of tabLines(comparison)) stdout.line(line);
  else if (options.stat === true) stdout.line(statLine(comparison));
  else for (const line of comparisonLines(comparison)) stdout.line(line);
  a.close();
  b.close();
}
