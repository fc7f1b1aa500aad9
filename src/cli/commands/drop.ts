/** `ckpt drop`: a checkpoint without the tensors that a selection takes. */
import { Command } from 'commander';
import { requiredSelection, selecting } from '../keep-tensors.ts';
import { operate } from '../operate.ts';
import { CHECKPOINT_ARGUMENT, PATTERNS_ARGUMENT, type SelectionOptions, withSelection } from '../options.ts';
import { type WritingOptions, withWriting } from '../write-options.ts';

interface DropOptions extends SelectionOptions, WritingOptions {
  readonly withSlots?: boolean;
}

const EXAMPLES = `
Examples:
  ckpt drop model.ckpt '**/Adam*' 'beta?_power' -o small.ckpt
  ckpt drop model.ckpt global_step -o fresh.ckpt
  ckpt drop model.ckpt 'classifier/**' --with-slots -o backbone.ckpt
  ckpt drop model.ckpt 'head/' --link -o backbone.ckpt --dry-run`;

const ADVICE = "say which tensors to leave out, by name or pattern: ckpt drop model.ckpt '**/Adam*' -o small.ckpt";

export function dropCommand(): Command {
  const command = new Command('drop')
    .argument('<checkpoint>', CHECKPOINT_ARGUMENT)
    .argument('[patterns...]', `what to leave out: ${PATTERNS_ARGUMENT}`)
    .option('--with-slots', 'leave out the slots and moving averages of what is left out, too')
    .addHelpText('after', EXAMPLES);
  return withWriting(withSelection(command)).action(run);
}

async function run(path: string, patterns: readonly string[], _: unknown, command: Command): Promise<void> {
  const options = command.optsWithGlobals<DropOptions>();
  await operate([path], options, selecting(requiredSelection(patterns, options, ADVICE), true, options));
}
