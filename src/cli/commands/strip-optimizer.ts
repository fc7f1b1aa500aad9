/** `ckpt strip-optimizer`: a checkpoint of what inference needs. */
import { Command } from 'commander';
import { type Stripped, stripOptimizer } from '../../index.ts';
import { CHECKPOINT_ARGUMENT, collected } from '../options.ts';
import { guessedNote, runStrip, type Strip, type StripOptions } from '../stripping.ts';
import { withWriting } from '../write-options.ts';

interface StripOptimizerOptions extends StripOptions {
  readonly keepStep?: boolean;
}

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

function notesOf(stripped: Stripped): string[] {
  const { dropped, guessed, keptCounter } = stripped;
  const byNames = dropped.some(({ evidence }) => evidence === 'names') || guessed === stripped.tensors.size;
  return [
    ...(dropped.length === 0 ? ['there is nothing of an optimizer to leave out'] : []),
    ...(byNames ? [guessedNote(guessed, stripped)] : []),
    ...(keptCounter === undefined
      ? []
      : [`${keptCounter} stays: tf.train.Checkpoint restores it, and asserts that it was there`]),
  ];
}

async function run(path: string, _: unknown, command: Command): Promise<void> {
  const options = command.optsWithGlobals<StripOptimizerOptions>();
  const { graph, keepStep = false } = options;
  const strip: Strip = ({ tensors }, roles, keep) => stripOptimizer(tensors, roles, { keepStep, keep });
  await runStrip(path, options, { graph }, strip, notesOf);
}
