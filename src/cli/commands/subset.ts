/** `ckpt subset`: a checkpoint of the tensors that a selection takes. */
import { Command } from 'commander';
import { requiredSelection, selecting } from '../keep-tensors.ts';
import { operate } from '../operate.ts';
import { CHECKPOINT_ARGUMENT, PATTERNS_ARGUMENT, type SelectionOptions, withSelection } from '../options.ts';
import { type WritingOptions, withWriting } from '../write-options.ts';

interface SubsetOptions extends SelectionOptions, WritingOptions {}

const EXAMPLES = `
Examples:
  ckpt subset model.ckpt 'encoder/**' -o encoder.ckpt
  ckpt subset model.ckpt '!**/Adam*' '!beta?_power' -o small.ckpt --dry-run
  ckpt subset model.ckpt --max-size 1MB -o without-embeddings.ckpt
  ckpt list model.ckpt --names | grep kernel | ckpt subset model.ckpt --patterns-from - -o kernels.ckpt
  ckpt subset model.ckpt 'encoder/**' -o enc | ckpt rename - --strip-prefix encoder/ -o encoder.ckpt`;

const ADVICE =
  "say which tensors to keep, by name or pattern: ckpt subset model.ckpt 'encoder/**' -o encoder.ckpt; '**' keeps all";

export function subsetCommand(): Command {
  const command = new Command('subset')
    .argument('<checkpoint>', CHECKPOINT_ARGUMENT)
    .argument('[patterns...]', `what to keep: ${PATTERNS_ARGUMENT}`)
    .addHelpText('after', EXAMPLES);
  return withWriting(withSelection(command)).action(run);
}

async function run(path: string, patterns: readonly string[], _: unknown, command: Command): Promise<void> {
  const options = command.optsWithGlobals<SubsetOptions>();
  await operate([path], options, selecting(requiredSelection(patterns, options, ADVICE), false, options));
}
