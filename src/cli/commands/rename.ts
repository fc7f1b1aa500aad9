/** `ckpt rename`: other names for the same tensors. */
import { Command, Option } from 'commander';
import { furtherNamesOf, OBJECT_GRAPH_KEY, savedModelOf } from '../../graph.ts';
import { formatOf } from '../../history.ts';
import {
  type NameRule,
  type OpenedCheckpoint,
  planRename,
  rename,
  renameCheckpoint,
  type TensorMap,
  UsageError,
} from '../../index.ts';
import { shellWord } from '../../text.ts';
import type { Outcome } from '../operate.ts';
import { CHECKPOINT_ARGUMENT, collected, printNotes } from '../options.ts';
import type { Changes, Input, reportOf } from '../plan-report.ts';
import { checkRules, type NamedRule, nothingChanges, type RuleOptions, ruleInOrder } from '../rename-rules.ts';
import { type Change, leftBehind, outdated } from '../sidecar-files.ts';
import { groupDigits, plural } from '../terminal/numbers.ts';
import {
  nothingToShare,
  type Output,
  outputOf,
  STDOUT,
  targetFormat,
  type WritingOptions,
  withWriting,
  writeOptionsOf,
} from '../write-options.ts';
import { checkOptions, costOf, openInputs, tellWritten, withProgress } from '../writing-steps.ts';

interface RenameOptions extends RuleOptions, WritingOptions {
  readonly inPlace?: boolean;
}

const EXAMPLES = `
The map is applied first and at once, so that swaps and chains work; then each
--replace, in order; then --strip-prefix; then --add-prefix. Names that nothing
applies to stay. Patterns are JavaScript's; & and \\1 stand for what matched. In
a checkpoint of objects (TF2) a map may also name objects: all that lies below
one moves, its slots too. Names are written as ckpt list --names prints them.

Examples:
  ckpt rename model.ckpt --map weights=params -o renamed.ckpt
  ckpt rename model.ckpt --map names.tsv -o renamed.ckpt --dry-run
  ckpt rename model.ckpt --replace 's/layer_(\\d+)/block\\1/' --replace 's/^bert/encoder/' -o renamed.ckpt
  ckpt rename model.ckpt --map dense/kernel=fc/kernel --with-slots -o renamed.ckpt
  ckpt rename tf2/ckpt-1 --map model/encoder=model/body -o tf2/renamed
  ckpt rename model.ckpt --select 'encoder/**' --strip-prefix encoder/ --link -o encoder.ckpt
  ckpt list model.ckpt --names | sed 's|\\(.*\\)weights$|&\\t\\1params|;t;d' | ckpt rename model.ckpt --map - -o new.ckpt`;

export function renameCommand(): Command {
  const command = new Command('rename')
    .argument('<checkpoint>', CHECKPOINT_ARGUMENT)
    .option(
      '--map <pair|file>',
      'old=new, or a list: lines of TSV or CSV, or a JSON object; - for stdin (repeatable)',
      collected,
    )
    .option('--replace <s/from/to/>', 'substitute as sed does; flags g, i and a number (repeatable)', collected)
    .option('--strip-prefix <prefix>', 'take this off the names that start with it')
    .option('--add-prefix <prefix>', 'put this before every name')
    .option('--select <pattern>', 'rename only what matches: a name, glob, scope/ or /regex/ (repeatable)', collected)
    .option('--with-slots', 'take the slots that optimizers keep for a tensor along: x/Adam, x/Momentum, ...')
    .option('--allow-missing', 'warn of old names that are not there instead of refusing')
    .addOption(
      new Option(
        '--in-place',
        'replace the index of the checkpoint itself, in one step; the data is not touched',
      ).conflicts(['output', 'link', 'reflink', 'maxShardSize', 'shards', 'to']),
    )
    .addHelpText('after', EXAMPLES);
  return withWriting(command).action(run);
}

/** The rule of the options. What a map or slots need is loaded only for them. */
async function ruleOf(options: RenameOptions, tensors: TensorMap): Promise<NamedRule> {
  const usesMap = options.map !== undefined || options.withSlots === true;
  const others = options.select === undefined ? undefined : await furtherNamesOf(tensors);
  const notes = slashLeft(options, tensors);
  if (!usesMap) return { rule: ruleInOrder(undefined, options, tensors, others), notes };
  const mapped = await (await import('../mapped-names.ts')).mappedRuleOf(options, tensors, others);
  return { ...mapped, notes: [...mapped.notes, ...notes] };
}

/** What is said of a scope that is taken off without its slash. */
function slashLeft({ stripPrefix = '' }: RenameOptions, tensors: TensorMap): string[] {
  if (stripPrefix === '' || stripPrefix.endsWith('/')) return [];
  for (const name of tensors.keys()) {
    if (!name.startsWith(`${stripPrefix}/`)) continue;
    const left = name.slice(stripPrefix.length);
    return [`names begin with / now, as ${left}; --strip-prefix ${shellWord(`${stripPrefix}/`)} takes it off too`];
  }
  return [];
}

function outcomeOf({ tensors }: OpenedCheckpoint, { rule, notes }: NamedRule, change: Change): Outcome {
  return {
    tensors: rename(tensors, rule),
    newNameOf: rule,
    graph: { input: 0, newNameOf: rule },
    summary: (all) => summaryOf(changesIn(tensors, rule), all),
    change,
    notes,
  };
}

/** How many names a rule changes; looks no further than `most`. */
function changesIn(tensors: TensorMap, rule: NameRule, most = Number.POSITIVE_INFINITY): number {
  let changed = 0;
  for (const name of tensors.keys()) {
    if (rule(name) !== name) changed++;
    if (changed >= most) break;
  }
  return changed;
}

const summaryOf = (changed: number, all: number): string =>
  `${groupDigits(changed)} of ${plural(all, 'tensor')} renamed`;

/** Renames with all else as it is: the index is written anew, and data files are taken over or copied whole. */
async function renameWhole(
  input: Input,
  named: NamedRule,
  target: Output | undefined,
  change: Change,
  options: RenameOptions,
): Promise<void> {
  const { recordOf } = options.record === true ? await import('../record.ts') : {};
  const record = recordOf?.(target?.path ?? input.path, [input], options);
  const start = Date.now();
  const writeOptions = writeOptionsOf(options, input.format);
  const became = options.json === true ? await becameOf(input, named, change, target) : undefined;
  const renamed = await withProgress(options, (onProgress) =>
    renameCheckpoint(input, named.rule, { ...writeOptions, target: target?.path, onProgress }),
  );
  await record?.write(renamed.path);
  const beside = target === undefined ? outdated(input.path) : leftBehind([input], target.path, change);
  const shared = nothingToShare(options, input.format);
  const notes = [...(target?.notes ?? []), ...named.notes, ...beside, ...shared, ...renamed.notes];
  printNotes(notes, options);
  const untouched = target === undefined && formatOf(input.format).can.share;
  const cost = untouched ? 'data untouched' : costOf(renamed, options, Date.now() - start);
  const facts = { inputs: [input], notes, output: options.output ?? input.path, written: true };
  const document = became && (await documentOf(renamed, { ...facts, became }));
  tellWritten(renamed.path, `${summaryOf(renamed.renamed, renamed.tensors)}; ${cost}`, options, document);
}

/** What becomes of the tensors, known before the input is replaced, where it is. */
async function becameOf(input: Input, named: NamedRule, change: Change, target: Output | undefined): Promise<Changes> {
  const { changesIn: changes, made } = await import('../plan-report.ts');
  const became = changes([input], outcomeOf(input, named, change));
  return target === undefined ? made(became) : became;
}

async function documentOf(...of: Parameters<typeof reportOf>): Promise<Iterable<string>> {
  const { reportOf: report } = await import('../plan-report.ts');
  return (await import('../render/plan-lines.ts')).planJson(report(...of));
}

/** Throws {@link UsageError} where an index cannot be replaced without spoiling what depends on it. */
function checkInPlace({ path, tensors, files, format }: OpenedCheckpoint, { force }: RenameOptions): void {
  if (!formatOf(format).can.share && files.length > 1) {
    throw new UsageError(
      `${path} has ${files.length} shards, which cannot be replaced in one step; write a new checkpoint with -o`,
    );
  }
  if (formatOf(format).can.tensorflow && tensors.has(OBJECT_GRAPH_KEY)) {
    throw new UsageError(
      `${path} has an object graph (TF2), which repeats the names and lies in the data; --in-place replaces the index only: write a new checkpoint with -o`,
    );
  }
  const model = savedModelOf(path);
  if (model !== undefined && force !== true) {
    throw new UsageError(
      `${model} reads the tensors by their names and would no longer load; write a new checkpoint with -o, or insist with --force`,
    );
  }
}

/** What {@link renameWhole} would do. */
async function printRename(
  input: Input,
  named: NamedRule,
  target: Output | undefined,
  change: Change,
  options: RenameOptions,
): Promise<void> {
  const { printReport, isIndexAlone, NOT_THERE } = await import('../operate.ts');
  const { changesIn: changes, reportOf: report } = await import('../plan-report.ts');
  const writeOptions = writeOptionsOf(options, input.format);
  const absent = isIndexAlone(input);
  const plan = await planRename(input, named.rule, { ...writeOptions, absent, target: target?.path });
  const beside = target === undefined ? outdated(input.path) : leftBehind([input], target.path, change);
  const missing = absent && target !== undefined ? [NOT_THERE] : [];
  const shared = nothingToShare(options, input.format);
  const notes = [...(target?.notes ?? []), ...named.notes, ...beside, ...shared, ...plan.notes, ...missing];
  const became = changes([input], outcomeOf(input, named, change));
  const output = options.output ?? (target === undefined ? input.path : undefined);
  printReport(report(plan, { inputs: [input], became, notes, output, written: false }), options);
}

/** Whether the data files can stay what they are: an object graph repeats the names, and other sizes are other files. */
function keepsFiles({ tensors, format }: OpenedCheckpoint, options: RenameOptions): boolean {
  const { shards, maxShardSize, to = format } = options;
  const asIs = shards === undefined && maxShardSize === undefined && to === format;
  return asIs && !tensors.has(OBJECT_GRAPH_KEY);
}

const HERE = { replaces: true, notes: [] } as const;

async function run(path: string, _: unknown, command: Command): Promise<void> {
  const options = command.optsWithGlobals<RenameOptions>();
  checkOptions(options);
  checkRules(options);
  const output = options.inPlace === true ? undefined : outputOf(options, path);
  const input = (await openInputs([path], options))[0] as Input;
  const named = await ruleOf(options, input.tensors);
  const changes = changesIn(input.tensors, named.rule, 1) > 0;
  if (!changes && options.allowMissing !== true)
    throw nothingChanges(options, named.rule, await furtherNamesOf(input.tensors));
  const change = changes ? 'renamed' : 'unchanged';
  if (output === undefined) checkInPlace(input, options);
  // A file that has its names and its object graph in a record beside the content is written anew, whatever it is called.
  const anew = output ?? (input.tensors.has(OBJECT_GRAPH_KEY) ? { ...HERE, path: input.path } : undefined);
  if (
    anew !== undefined &&
    (anew.path === STDOUT || !keepsFiles(input, { ...options, to: targetFormat(options, anew, input.format) }))
  ) {
    const { operateOn } = await import('../operate.ts');
    return operateOn([input], anew, options, outcomeOf(input, named, change));
  }
  if (options.dryRun === true) return printRename(input, named, output, change, options);
  return renameWhole(input, named, output, change, options);
}
