/** `ckpt concat`: numbered variables joined into one. */
import { Command } from 'commander';
import { furtherNamesOf } from '../../graph.ts';
import { concat } from '../../index.ts';
import { unescapeName } from '../../text.ts';
import { changed, contextOf, type EditOptions, runEdit } from '../editing.ts';
import { CHECKPOINT_ARGUMENT, integerArgument } from '../options.ts';
import { withWriting } from '../write-options.ts';

interface ConcatOptions extends EditOptions {
  readonly axis: number;
  readonly as: string;
}

const EXAMPLES = `
{n} stands for the number of each variable: x/part_{n} joins x/part_0, x/part_1
and so on, in the order of their numbers. Slots and moving averages are joined
too.
Examples:
  ckpt concat model.ckpt 'shared/weights_{n}' --as shared/weights -o joined.ckpt
  ckpt concat model.ckpt 'x/part_{n}' --axis 1 --as x -o joined.ckpt --dry-run`;

export function concatCommand(): Command {
  const command = new Command('concat')
    .argument('<checkpoint>', CHECKPOINT_ARGUMENT)
    .argument('<names>', 'the names, with {n} where their numbers stand')
    .requiredOption('--as <name>', 'what the joined variable will be called')
    .option('--axis <n>', 'along which axis; -1 is the last', integerArgument, 0)
    .option('--with-slots', 'join slots and moving averages too (the default)')
    .option('--no-slots', 'leave slots and moving averages as they are')
    .addHelpText('after', EXAMPLES);
  return withWriting(command).action(run);
}

async function run(path: string, template: string, _: unknown, command: Command): Promise<void> {
  const options = command.optsWithGlobals<ConcatOptions>();
  const { axis } = options;
  const as = unescapeName(options.as);
  await runEdit(path, options, async (input) => {
    const others = await furtherNamesOf(input.tensors);
    const context = { ...(await contextOf(input, options)), others };
    const edited = concat(input.tensors, unescapeName(template), { ...context, axis, as });
    const parts = edited.changes.filter(({ after }) => after === undefined).length;
    return { edited, telling: { summary: `${parts} joined into ${changed(edited, '').trim()},`, change: 'left out' } };
  });
}
