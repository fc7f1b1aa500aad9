/** `ckpt set`: new values for tensors, and new tensors. */
import { Command, Option } from 'commander';
import { type OpenedCheckpoint, setValues, UsageError } from '../../index.ts';
import { assignmentsOf, ValueFiles } from '../assignments.ts';
import { runEdit } from '../editing.ts';
import { CHECKPOINT_ARGUMENT, integerArgument } from '../options.ts';
import { checkFits, inPlace, variablesOf } from '../saved-model-output.ts';
import { plural } from '../terminal/numbers.ts';
import { type Output, type WritingOptions, withWriting } from '../write-options.ts';

interface SetOptions extends WritingOptions {
  readonly inPlace?: boolean;
  readonly into?: string;
  readonly seed: number;
}

const EXAMPLES = `
VALUE is a number or JSON of the tensor's shape; one number for all elements;
zeros, ones, normal:STD or uniform:LO,HI; @x.npy, @x.npz:key or
@other.ckpt:name. Dtype and shape are those of the tensor, and integers take
whole numbers alone. A new tensor says what it is: NAME:float32[3,4]=VALUE.
Complex numbers are [real, imaginary]. Of objects any path or full name will do.
Examples:
  ckpt set model.ckpt global_step=0 -o fresh.ckpt
  ckpt set model.ckpt 'head/kernel=@kernel.npy' head/bias=zeros -o out.ckpt
  ckpt set model.ckpt 'head/kernel:float32[768,11]=normal:0.02' --seed 7 -o out.ckpt
  ckpt set model.ckpt learning_rate=1e-4 --in-place
  ckpt set saved_model/ 'dense/kernel=@k.npy' --in-place`;

export function setCommand(): Command {
  const command = new Command('set')
    .argument('<checkpoint>', CHECKPOINT_ARGUMENT)
    .argument('<assignments...>', 'NAME=VALUE, one or more')
    .option('--seed <n>', 'of random numbers; the same seed gives the same ones', integerArgument, 0)
    .addOption(new Option('--in-place', 'change the checkpoint itself, in one step').conflicts(['output', 'into']))
    .addOption(
      new Option('--into <saved_model>', 'put the result in the place of the variables of a SavedModel').conflicts(
        'output',
      ),
    )
    .addHelpText('after', EXAMPLES);
  return withWriting(command).action(run);
}

async function run(path: string, texts: readonly string[], _: unknown, command: Command): Promise<void> {
  const options = command.optsWithGlobals<SetOptions>();
  const { seed, verify } = options;
  if (texts.length === 0) throw new UsageError('say what is to be set: NAME=VALUE');
  const files = new ValueFiles();
  const { into, to } = options;
  const itself = (input: OpenedCheckpoint): Output => inPlace(input, to);
  const outputFor = options.inPlace === true ? itself : into === undefined ? undefined : () => variablesOf(into, to);
  const edit: Parameters<typeof runEdit>[2] = async ({ tensors }) => {
    const { assignments, notes } = await assignmentsOf(texts, tensors, files);
    const edited = setValues(tensors, assignments, { seed, verify });
    if (into !== undefined) await checkFits(into, edited.tensors);
    const isNew = edited.changes.some(({ before }) => before === undefined);
    const summary = `${plural(edited.changes.length, 'value')} set,`;
    return { edited, telling: { summary, notes, change: isNew ? 'reshaped' : 'unchanged' } };
  };
  try {
    await runEdit(path, options, edit, { outputFor });
  } finally {
    files.close();
  }
}
