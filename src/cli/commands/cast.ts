/** `ckpt cast`: other dtypes for the same numbers. */
import { Command, Option } from 'commander';
import { OBJECT_GRAPH_KEY } from '../../graph.ts';
import { type CastLoss, cast, dtypeOf } from '../../index.ts';
import { castChoice, chunksOf, elementCount, MeantNames, withFollowers } from '../../text.ts';
import { choiceOf, runEdit } from '../editing.ts';
import type { WriteReport } from '../operate.ts';
import { CHECKPOINT_ARGUMENT, PATTERNS_ARGUMENT, type SelectionOptions, withNarrowing } from '../options.ts';
import { WIDEST_COLUMN } from '../render/columns.ts';
import { tellRoles } from '../tell-roles.ts';
import { escapeText } from '../terminal/escape.ts';
import { groupDigits, plural } from '../terminal/numbers.ts';
import { padText, textWidth } from '../terminal/text-width.ts';
import { type WritingOptions, withWriting } from '../write-options.ts';

interface CastOptions extends Omit<SelectionOptions, 'dtype'>, WritingOptions {
  readonly dtype: string;
  readonly saturate?: boolean;
  readonly failOn?: 'overflow';
  readonly withSlots?: boolean;
  /** False for `--no-slots`. */
  readonly slots?: boolean;
}

const EXAMPLES = `
Floats are rounded to nearest even, bit for bit as numpy and ml_dtypes cast
them; NaN keeps its sign. Integers and bools stay what they are unless a pattern
names them.
A float becomes the nearest integer, of two as near the even one, where that
fits; --saturate clips what does not.

Examples:
  ckpt cast model.ckpt --dtype bfloat16 -o release.ckpt
  ckpt cast model.ckpt '**/kernel' --dtype float16 --fail-on overflow -o half.ckpt
  ckpt cast model.ckpt global_step --dtype int32 -o out.ckpt
  ckpt cast model.ckpt --dtype float8_e4m3fn --json -o small.ckpt`;

export function castCommand(): Command {
  const command = new Command('cast')
    .argument('<checkpoint>', CHECKPOINT_ARGUMENT)
    .argument('[patterns...]', `what to cast, all floats when left out: ${PATTERNS_ARGUMENT}`)
    .requiredOption('--dtype <name>', 'the new dtype: bfloat16, float16, float32, float64, float8_e4m3fn, int32, ...')
    .option('--saturate', 'clip what does not fit an integer; NaN becomes 0')
    .option('--with-slots', 'cast slots and moving averages of what is chosen, too')
    .option('--no-slots', 'cast no slots and moving averages')
    .addOption(new Option('--fail-on <what>', 'write nothing, and exit 1, if a number overflows').choices(['overflow']))
    .addHelpText('after', EXAMPLES);
  return withWriting(withNarrowing(command)).action(run);
}

const MOST_ROWS = 20;

/** Rows with what was lost, the worst first. */
function tableOf(losses: readonly CastLoss[]): string[] {
  const worst = [...losses].sort(
    (a, b) => b.overflow - a.overflow || b.underflow - a.underflow || b.largestError - a.largestError,
  );
  const rows = worst
    .slice(0, MOST_ROWS)
    .map(({ name, from, to, overflow, underflow, largestError }) => [
      escapeText(name),
      `${from.name} -> ${to.name}`,
      groupDigits(overflow),
      groupDigits(underflow),
      largestError === 0 ? '0' : largestError.toExponential(2),
    ]);
  const titled = [['tensor', 'cast', 'overflow', 'underflow', 'largest error'], ...rows];
  const widestOf = (column: number): number =>
    titled.reduce((most, row) => Math.max(most, textWidth(row[column] ?? '')), 0);
  const widths = titled[0]?.map((_, column) => Math.min(widestOf(column), WIDEST_COLUMN)) ?? [];
  const lines = titled.map((row) =>
    row
      .map((cell, i) => padText(cell, widths[i] as number, i < 2 ? 'left' : 'right'))
      .join('  ')
      .trimEnd(),
  );
  const more = losses.length - MOST_ROWS;
  return more > 0 ? [...lines, `and ${plural(more, 'tensor')} more; --json tells of all`] : lines;
}

/** What is cast; what was lost, where the numbers have been gone through. */
function documentOf(losses: readonly CastLoss[], isKnown: boolean): object {
  return {
    tensors: losses.map(({ name, from, to, shape, overflow, underflow, largestError }) => ({
      name,
      from: from.name,
      to: to.name,
      shape,
      elements: elementCount(shape),
      ...(isKnown ? { overflow, underflow, largestError } : {}),
    })),
  };
}

/** Reads what is cast, so that its losses are known before anything is written. */
function measure({ tensors, changes }: ReturnType<typeof cast>): void {
  for (const { name } of changes) {
    const tensor = tensors.get(name);
    if (tensor !== undefined) for (const _ of chunksOf(tensor.source));
  }
}

function reset(losses: readonly CastLoss[]): void {
  for (const loss of losses) Object.assign(loss, { overflow: 0, underflow: 0, largestError: 0 });
}

async function run(path: string, patterns: readonly string[], _: unknown, command: Command): Promise<void> {
  const { dtype: name, ...options } = command.optsWithGlobals<CastOptions>();
  const dtype = dtypeOf(name);
  const { saturate, verify, failOn } = options;
  const edit: Parameters<typeof runEdit>[2] = async (input) => {
    const { tensors } = input;
    const { selection, choose } = await choiceOf(patterns, input, options);
    const withSlots = options.slots === false ? false : options.withSlots;
    const chosen =
      withSlots === undefined
        ? choose
        : withFollowers(tensors, choose, (await tellRoles(input, options)).roleOf, withSlots);
    const meant = new MeantNames(tensors, selection.patterns, selection.others);
    const keys = selection.patterns.map((pattern) => meant.keyOf(pattern) ?? pattern);
    const choice = castChoice(tensors, chosen, keys);
    const edited = cast(tensors, choice.choose, dtype, { saturate, verify });
    const { losses } = edited;
    let refusal: string | undefined;
    if (failOn === 'overflow') {
      measure(edited);
      if (losses.some(({ overflow }) => overflow > 0)) refusal = 'nothing was written: some numbers overflow';
      else reset(losses);
    }
    const report = (written: boolean): WriteReport => ({
      lines: losses.length === 0 ? [] : tableOf(losses),
      document: documentOf(losses, written || refusal !== undefined),
    });
    const left = choice.left.filter((tensor) => tensor !== OBJECT_GRAPH_KEY);
    const kept = `${plural(left.length, 'tensor')} that ${left.length === 1 ? 'is no float stays' : 'are no floats stay'}`;
    const notes = left.length === 0 || patterns.length === 0 ? [] : [`${kept}; name a tensor exactly to cast it`];
    return { edited, telling: { summary: `${losses.length} cast to ${dtype.name},`, notes, report, refusal } };
  };
  await runEdit(path, options, edit);
}
