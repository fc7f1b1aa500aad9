/** `ckpt split`: one variable cut into numbered ones. */
import { Command } from 'commander';
import { furtherNamesOf } from '../../graph.ts';
import { split } from '../../index.ts';
import { MeantNames, unescapeName } from '../../text.ts';
import { changed, contextOf, type EditOptions, numberList, runEdit } from '../editing.ts';
import { CHECKPOINT_ARGUMENT, integerArgument } from '../options.ts';
import { withWriting } from '../write-options.ts';

interface SplitOptions extends EditOptions {
  readonly axis: number;
  readonly into?: number;
  readonly sizes?: string;
  readonly as: string;
}

const EXAMPLES = `
The parts take the place of the variable. Slots and moving averages are cut too.

Examples:
  ckpt split model.ckpt shared/weights --into 16 --as 'shared/weights_{n}' -o cut.ckpt
  ckpt split model.ckpt qkv/kernel --axis 1 --sizes 768,768,768 --as 'qkv/kernel_{n}' -o cut.ckpt`;

export function splitCommand(): Command {
  const command = new Command('split')
    .argument('<checkpoint>', CHECKPOINT_ARGUMENT)
    .argument('<name>', 'the variable')
    .requiredOption('--as <names>', 'what the parts will be called, {n} standing for 0, 1 and so on')
    .option('--axis <n>', 'along which axis; -1 is the last', integerArgument, 0)
    .option('--into <n>', 'how many parts, as even as can be', integerArgument)
    .option('--sizes <list>', 'how many rows each part has: 3,5')
    .option('--with-slots', 'cut slots and moving averages too (the default)')
    .option('--no-slots', 'leave slots and moving averages as they are')
    .addHelpText('after', EXAMPLES);
  return withWriting(command).action(run);
}

async function run(path: string, text: string, _: unknown, command: Command): Promise<void> {
  const options = command.optsWithGlobals<SplitOptions>();
  const { axis, into } = options;
  const as = unescapeName(options.as);
  const sizes = options.sizes === undefined ? undefined : numberList(options.sizes, '--sizes 3,5');
  await runEdit(path, options, async (input) => {
    const { tensors } = input;
    const name = new MeantNames(tensors, [text], await furtherNamesOf(tensors)).keyOf(text) ?? unescapeName(text);
    const edited = split(tensors, name, { ...(await contextOf(input, options)), axis, into, sizes, as });
    const wholes = edited.changes.filter(({ after }) => after === undefined).length;
    return { edited, telling: { summary: `${wholes} cut into ${changed(edited, '').trim()},`, change: 'left out' } };
  });
}
