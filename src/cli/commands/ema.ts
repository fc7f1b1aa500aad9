/** `ckpt ema`: moving averages in the place of their variables. */
import { Command } from 'commander';
import { takeAverages } from '../../index.ts';
import { runEdit } from '../editing.ts';
import { CHECKPOINT_ARGUMENT, type SelectionOptions } from '../options.ts';
import { tellRoles } from '../tell-roles.ts';
import { plural } from '../terminal/numbers.ts';
import { type WritingOptions, withWriting } from '../write-options.ts';

interface EmaOptions extends WritingOptions, Pick<SelectionOptions, 'graph'> {
  readonly keepRaw?: string;
}

const EXAMPLES = `
x/ExponentialMovingAverage becomes x, and so for the averages of Keras,
tf-models and TF-Addons. Variables that have none stay, and are listed.
Examples:
  ckpt ema model.ckpt -o averaged.ckpt
  ckpt ema model.ckpt --keep-raw /raw -o both.ckpt
  ckpt ema model.ckpt --dry-run`;

export function emaCommand(): Command {
  const command = new Command('ema')
    .argument('<checkpoint>', CHECKPOINT_ARGUMENT)
    .option('--keep-raw <suffix>', 'keep the raw variables too, under their names and this')
    .option('--graph <file>', 'the .meta or the SavedModel of the checkpoint, if it lies elsewhere')
    .addHelpText('after', EXAMPLES);
  return withWriting(command).action(run);
}

const MOST_LISTED = 5;

function listOf(names: readonly string[]): string {
  const more = names.length - MOST_LISTED;
  return names.slice(0, MOST_LISTED).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

async function run(path: string, _: unknown, command: Command): Promise<void> {
  const options = command.optsWithGlobals<EmaOptions>();
  await runEdit(path, options, async (input) => {
    const { roleOf } = await tellRoles(input, options);
    const edited = takeAverages(input.tensors, { roleOf, keepRaw: options.keepRaw });
    const { taken, without } = edited;
    const few = `${plural(without.length, 'weight')} without an average ${without.length === 1 ? 'stays' : 'stay'}`;
    const notes = without.length === 0 ? [] : [`${few}: ${listOf(without)}`];
    return { edited, telling: { summary: `averages taken for ${taken.length}`, notes, change: 'left out' } };
  });
}
