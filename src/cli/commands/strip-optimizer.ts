/** `ckpt strip-optimizer`: a checkpoint of what inference needs. */
import { Command } from 'commander';
import type { OpenedCheckpoint } from '../../index.ts';
import { operateOn } from '../operate.ts';
import { CHECKPOINT_ARGUMENT, collected } from '../options.ts';
import { type StripOptimizerOptions, withoutOptimizer } from '../stripping.ts';
import { outputOf, withWriting } from '../write-options.ts';
import { checkOptions, openInputs } from '../writing-steps.ts';

const EXAMPLES = `
Left out are the slots of optimizers, their hyperparameters and counters, loss
scales and global_step. Kept are weights, trained or not, moving statistics,
moving averages of weights, which are often those to infer with, tables, and
save_counter, which tf.train.Checkpoint(...).restore() expects where a program
asserts that all of its objects were matched.

Examples:
  ckpt strip-optimizer model.ckpt -o small.ckpt
  ckpt strip-optimizer model.ckpt --keep-step -o small.ckpt --dry-run
  ckpt strip-optimizer tf2/ckpt-7 -o serving/weights
  ckpt drop model.ckpt '**/ExponentialMovingAverage' -o raw | ckpt strip-optimizer - -o small.ckpt`;

export function stripOptimizerCommand(): Command {
  const command = new Command('strip-optimizer')
    .argument('<checkpoint>', CHECKPOINT_ARGUMENT)
    .option('--keep-step', 'keep global_step and the iterations of optimizers')
    .option('--keep <pattern>', 'keep what matches: a name, glob, scope/ or /regex/ (repeatable)', collected)
    .option('--graph <file>', 'the .meta or the SavedModel of the checkpoint, if it lies elsewhere')
    .addHelpText('after', EXAMPLES);
  return withWriting(command).action(run);
}

async function run(path: string, _: unknown, command: Command): Promise<void> {
  const options = command.optsWithGlobals<StripOptimizerOptions>();
  checkOptions(options);
  const output = outputOf(options, path);
  const input = (await openInputs([path], options))[0] as OpenedCheckpoint;
  await operateOn([input], output, options, await withoutOptimizer(input, options));
}
