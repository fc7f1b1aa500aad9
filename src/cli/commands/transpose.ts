/** `ckpt transpose`: axes in another order. */
import { Command, Option } from 'commander';
import { transpose, UsageError } from '../../index.ts';
import { layoutPerm } from '../../text.ts';
import { changed, choiceOf, contextOf, type EditOptions, numberList, runEdit, withEditing } from '../editing.ts';
import { CHECKPOINT_ARGUMENT, PATTERNS_ARGUMENT } from '../options.ts';

interface TransposeOptions extends EditOptions {
  readonly perm?: string;
  readonly layout?: string;
}

const EXAMPLES = `
Axis i of the result is axis perm[i] of the tensor, as in numpy.transpose. Slots
and moving averages of a variable are transposed with it.
Examples:
  ckpt transpose model.ckpt 'conv*/kernel' --layout hwio:oihw -o torch-layout.ckpt
  ckpt transpose model.ckpt dense/kernel --perm 1,0 -o out.ckpt`;

export function transposeCommand(): Command {
  const command = new Command('transpose')
    .argument('<checkpoint>', CHECKPOINT_ARGUMENT)
    .argument('<patterns...>', `what to transpose: ${PATTERNS_ARGUMENT}`)
    .addOption(new Option('--perm <list>', 'the order of the axes: 3,2,0,1').conflicts('layout'))
    .option('--layout <from:to>', 'the same by letters: hwio:oihw')
    .addHelpText('after', EXAMPLES);
  return withEditing(command).action(run);
}

async function run(path: string, patterns: readonly string[], _: unknown, command: Command): Promise<void> {
  const options = command.optsWithGlobals<TransposeOptions>();
  const { layout } = options;
  if (layout === undefined && options.perm === undefined) {
    throw new UsageError('say how: --perm 3,2,0,1 or --layout hwio:oihw');
  }
  const perm = layout === undefined ? numberList(options.perm ?? '', '--perm 3,2,0,1') : layoutPerm(layout);
  await runEdit(path, options, async (input) => {
    const { choose } = await choiceOf(patterns, input, options);
    const edited = transpose(input.tensors, choose, { ...(await contextOf(input, options)), perm });
    return { edited, telling: { summary: changed(edited, 'transposed') } };
  });
}
