/** `ckpt resize`: more or fewer rows along an axis. */
import { Command, InvalidArgumentError } from 'commander';
import { resize } from '../../index.ts';
import { changed, choiceOf, contextOf, type EditOptions, runEdit, withEditing } from '../editing.ts';
import { CHECKPOINT_ARGUMENT, integerArgument, PATTERNS_ARGUMENT } from '../options.ts';
import { type RowOptions, withRows } from '../row-options.ts';
import { plural } from '../terminal/numbers.ts';

interface ResizeOptions extends EditOptions, RowOptions {
  readonly size: number;
  readonly at: 'end' | 'start' | number;
  readonly cut?: boolean;
}

const EXAMPLES = `
Slots and moving averages of a variable are resized with it. New rows of slots
are zeros, as Adam's are when it begins; those of averages are what their
variable's are. Slots that have the axis alone (Adafactor's factors) go along.
Random numbers are those of tf.random.stateless_normal.
Examples:
  ckpt resize model.ckpt bert/embeddings/word_embeddings --size 31836 --init normal:0.02 -o larger.ckpt
  ckpt resize model.ckpt emb --size 30000 --cut -o smaller.ckpt
  ckpt resize model.ckpt 'head/**/bias' --axis -1 --size 11 --at 0 -o out.ckpt --dry-run`;

function atArgument(text: string): ResizeOptions['at'] {
  if (text === 'end' || text === 'start') return text;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Give end, start, or the number of a row.');
}

export function resizeCommand(): Command {
  const command = new Command('resize')
    .argument('<checkpoint>', CHECKPOINT_ARGUMENT)
    .argument('<patterns...>', `what to resize: ${PATTERNS_ARGUMENT}`)
    .requiredOption('--size <rows>', 'how many rows there will be', integerArgument)
    .option('--at <where>', 'where rows come in or go: end, start, or a row', atArgument, 'end' as const)
    .option('--cut', 'let rows go where the size is smaller')
    .addHelpText('after', EXAMPLES);
  return withEditing(withRows(command)).action(run);
}

async function run(path: string, patterns: readonly string[], _: unknown, command: Command): Promise<void> {
  const options = command.optsWithGlobals<ResizeOptions>();
  const { axis, init: filling, seed, size, at, cut } = options;
  await runEdit(path, options, async (input) => {
    const { choose } = await choiceOf(patterns, input, options);
    const context = await contextOf(input, options);
    const edited = resize(input.tensors, choose, { ...context, axis, filling, seed, size, at, cut });
    return { edited, telling: { summary: changed(edited, `resized to ${plural(size, 'row')},`) } };
  });
}
