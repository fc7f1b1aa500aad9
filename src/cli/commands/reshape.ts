/** `ckpt reshape`: another shape over the same elements. */
import { Command } from 'commander';
import { reshape } from '../../index.ts';
import { changed, choiceOf, contextOf, type EditOptions, numberList, runEdit, withEditing } from '../editing.ts';
import { CHECKPOINT_ARGUMENT, PATTERNS_ARGUMENT } from '../options.ts';

interface ReshapeOptions extends EditOptions {
  readonly shape: string;
}

const EXAMPLES = `
Examples:
  ckpt reshape model.ckpt attention/query/kernel --shape 768,12,64 -o out.ckpt
  ckpt reshape model.ckpt 'conv/*' --shape 10,-1 -o out.ckpt`;

export function reshapeCommand(): Command {
  const command = new Command('reshape')
    .argument('<checkpoint>', CHECKPOINT_ARGUMENT)
    .argument('<patterns...>', `what to reshape: ${PATTERNS_ARGUMENT}`)
    .requiredOption('--shape <sizes>', 'the new shape; one size may be -1, for what is left; [] for a scalar')
    .addHelpText('after', EXAMPLES);
  return withEditing(command).action(run);
}

async function run(path: string, patterns: readonly string[], _: unknown, command: Command): Promise<void> {
  const options = command.optsWithGlobals<ReshapeOptions>();
  const shape = numberList(options.shape, '--shape 10,-1');
  await runEdit(path, options, async (input) => {
    const { choose } = await choiceOf(patterns, input, options);
    const edited = reshape(input.tensors, choose, { ...(await contextOf(input, options)), shape });
    return { edited, telling: { summary: changed(edited, 'reshaped') } };
  });
}
