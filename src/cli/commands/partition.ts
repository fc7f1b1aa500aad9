/** `ckpt partition`: between a variable in one piece and one in parts. */
import { Command, Option } from 'commander';
import { mergeSlices, partition, UsageError } from '../../index.ts';
import { changed, choiceOf, contextOf, type EditOptions, runEdit, withEditing } from '../editing.ts';
import { CHECKPOINT_ARGUMENT, integerArgument, PATTERNS_ARGUMENT } from '../options.ts';

interface PartitionOptions extends EditOptions {
  readonly axis: number;
  readonly into?: number;
  readonly mergeSlices?: boolean;
}

const EXAMPLES = `
A partitioned variable has one name and lies in slices, as TensorFlow's
partitioners make it. Slots and moving averages go with it. For variables that
have names of their own, x/part_0 and so on, there are ckpt concat and ckpt
split.
Examples:
  ckpt partition model.ckpt embeddings --into 4 -o parts.ckpt
  ckpt partition parts.ckpt embeddings --merge-slices -o whole.ckpt`;

export function partitionCommand(): Command {
  const command = new Command('partition')
    .argument('<checkpoint>', CHECKPOINT_ARGUMENT)
    .argument('<patterns...>', `what to partition: ${PATTERNS_ARGUMENT}`)
    .option('--axis <n>', 'along which axis; -1 is the last', integerArgument, 0)
    .addOption(new Option('--into <n>', 'how many parts').argParser(integerArgument).conflicts('mergeSlices'))
    .option('--merge-slices', 'the other way: one piece out of the parts')
    .addHelpText('after', EXAMPLES);
  return withEditing(command).action(run);
}

async function run(path: string, patterns: readonly string[], _: unknown, command: Command): Promise<void> {
  const options = command.optsWithGlobals<PartitionOptions>();
  const { axis, into } = options;
  if (into === undefined && options.mergeSlices !== true) {
    throw new UsageError('say how: --into how many parts, or --merge-slices for one piece');
  }
  await runEdit(path, options, async (input) => {
    const { choose } = await choiceOf(patterns, input, options);
    const context = await contextOf(input, options);
    const edited =
      into === undefined
        ? mergeSlices(input.tensors, choose, context)
        : partition(input.tensors, choose, { ...context, axis, into });
    const summary = changed(edited, into === undefined ? 'merged' : `cut into ${into} parts,`);
    return { edited, telling: { summary, change: 'unchanged' } };
  });
}
