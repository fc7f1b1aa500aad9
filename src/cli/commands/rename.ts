/** `ckpt rename`: other names for the same tensors. */
import { Command, Option } from 'commander';
import { OBJECT_GRAPH_KEY, type OpenedCheckpoint, rename, renameCheckpoint, UsageError } from '../../index.ts';
import { leftBehind, outdated, savedModelAt } from '../companions.ts';
import {
  checkNoInput,
  checkOptions,
  type Outcome,
  openInputs,
  operateOn,
  printReport,
  tellWritten,
} from '../operate.ts';
import { CHECKPOINT_ARGUMENT, tellNotes } from '../options.ts';
import { inPlaceReport } from '../plan-report.ts';
import { checkRules, type NamedRule, nothingChanges, type RuleOptions, ruleOf } from '../rename-rules.ts';
import { groupDigits, plural } from '../terminal/numbers.ts';
import { outputOf, type WritingOptions, withWriting } from '../write-options.ts';

interface RenameOptions extends RuleOptions, WritingOptions {
  readonly inPlace?: boolean;
}

const EXAMPLES = `
The map is applied first and at once, so that swaps and chains work; then each --replace, in order; then --strip-prefix;
then --add-prefix. Names that nothing applies to stay. Patterns are JavaScript's; & and \\1 stand for what matched.
In a checkpoint of objects (TF2) a map may also name objects: all that lies below one moves, its slots too.

Examples:
  ckpt rename model.ckpt --map weights=params -o renamed.ckpt
  ckpt rename model.ckpt --map names.tsv -o renamed.ckpt --dry-run
  ckpt rename model.ckpt --replace 's/layer_(\\d+)/block\\1/' --replace 's/^bert/encoder/' -o renamed.ckpt
  ckpt rename model.ckpt --map dense/kernel=fc/kernel --with-slots -o renamed.ckpt
  ckpt rename tf2/ckpt-1 --map model/encoder=model/body -o tf2/renamed
  ckpt rename model.ckpt --select 'encoder/**' --strip-prefix encoder/ --link -o encoder.ckpt
  ckpt list model.ckpt --names | sed 's|\\(.*\\)weights$|&\\t\\1params|;t;d' | ckpt rename model.ckpt --map - -o new.ckpt`;

const several = (text: string, before: readonly string[] = []): string[] => [...before, text];

export function renameCommand(): Command {
  const command = new Command('rename')
    .argument('<checkpoint>', CHECKPOINT_ARGUMENT)
    .option('--map <pair|file>', 'old=new, or a list of pairs: tabs, commas or JSON; - for stdin (repeatable)', several)
    .option('--replace <s/from/to/>', 'substitute as sed does; flags g, i and a number (repeatable)', several)
    .option('--strip-prefix <prefix>', 'take this off the names that start with it')
    .option('--add-prefix <prefix>', 'put this before every name')
    .option('--select <pattern>', 'rename only what matches: a name, glob, scope/ or /regex/ (repeatable)', several)
    .option('--with-slots', 'take the slots that optimizers keep for a tensor along: x/Adam, x/Momentum, ...')
    .option('--allow-missing', 'warn of old names that are not there instead of refusing')
    .addOption(
      new Option(
        '--in-place',
        'replace the index of the checkpoint itself, in one step; the data is not touched',
      ).conflicts(['output', 'link', 'reflink', 'maxShardSize', 'shards']),
    )
    .addHelpText('after', EXAMPLES);
  return withWriting(command).action(run);
}

/** Whether the rules leave every name as it is, and nobody said that this is meant: a map that gives a name itself does. */
function isPointless({ replace, stripPrefix, addPrefix, map, allowMissing }: RenameOptions): boolean {
  const meant = map !== undefined && replace === undefined && stripPrefix === undefined && addPrefix === undefined;
  return !meant && allowMissing !== true;
}

function checkChanges(changed: number, options: RenameOptions): void {
  if (changed === 0 && isPointless(options)) throw nothingChanges(options);
}

function outcomeOf({ tensors }: OpenedCheckpoint, { rule, notes }: NamedRule, options: RenameOptions): Outcome {
  let changed = 0;
  const renamed = rename(tensors, (name) => {
    const next = rule(name);
    if (next !== name) changed++;
    return next;
  });
  checkChanges(changed, options);
  return {
    tensors: renamed,
    becomes: rule,
    summary: (size) => summaryOf(changed, size),
    fate: changed === 0 ? 'unchanged' : 'renamed',
    notes,
  };
}

const summaryOf = (changed: number, all: number): string =>
  `${groupDigits(changed)} of ${plural(all, 'tensor')} renamed`;

/** Renames with no look at the content: the index alone is written, in place or beside linked data files. */
async function renameIndexOnly(
  input: OpenedCheckpoint,
  { rule, notes }: NamedRule,
  target: string | undefined,
  options: RenameOptions,
): Promise<void> {
  let changed = 0;
  let all = 0;
  for (const name of input.tensors.keys()) {
    all++;
    if (rule(name) !== name) changed++;
  }
  checkChanges(changed, options);
  const written = await renameCheckpoint(input.path, rule, { target, force: options.force });
  const beside = target === undefined ? outdated(input.path) : leftBehind(input.path, target, 'renamed');
  tellNotes([...notes, ...beside], options);
  tellWritten(written, `${summaryOf(changed, all)}; data ${target === undefined ? 'untouched' : 'linked'}`, options);
}

/** Throws {@link UsageError} where an index cannot be replaced without spoiling what depends on it. */
function checkInPlace({ path, tensors }: OpenedCheckpoint, { force }: RenameOptions): void {
  if (tensors.has(OBJECT_GRAPH_KEY)) {
    throw new UsageError(
      `${path} has an object graph (TF2), which repeats the names and lies in the data; --in-place replaces the index only: write a new checkpoint with -o`,
    );
  }
  const model = savedModelAt(path);
  if (model !== undefined && force !== true) {
    throw new UsageError(
      `${model} reads the tensors by their names and would no longer load; write a new checkpoint with -o, or insist with --force`,
    );
  }
}

async function renameInPlace(input: OpenedCheckpoint, named: NamedRule, options: RenameOptions): Promise<void> {
  checkInPlace(input, options);
  if (options.dryRun === true) {
    const outcome = outcomeOf(input, named, options);
    printReport(inPlaceReport(input, outcome, [...named.notes, ...outdated(input.path)]), options);
  } else await renameIndexOnly(input, named, undefined, options);
}

/** Whether links and a new index are all it takes. */
function isIndexOnly({ tensors }: OpenedCheckpoint, options: RenameOptions): boolean {
  const { link, dryRun, shards, maxShardSize } = options;
  return (
    link === true &&
    dryRun !== true &&
    shards === undefined &&
    maxShardSize === undefined &&
    !tensors.has(OBJECT_GRAPH_KEY)
  );
}

async function run(path: string, _: unknown, command: Command): Promise<void> {
  const options = command.optsWithGlobals<RenameOptions>();
  checkOptions(options);
  checkRules(options);
  const output = options.inPlace === true ? undefined : outputOf(options, path);
  const input = openInputs([path], options)[0] as OpenedCheckpoint;
  const named = ruleOf(options, input.tensors);
  if (output === undefined) await renameInPlace(input, named, options);
  else if (isIndexOnly(input, options)) {
    checkNoInput(output.path, [input]);
    await renameIndexOnly(input, { ...named, notes: [...output.notes, ...named.notes] }, output.path, options);
  } else await operateOn([input], output, options, outcomeOf(input, named, options));
}
