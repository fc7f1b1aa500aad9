/** `ckpt remap`: rows that go where their word went. */
import { Command } from 'commander';
import { remap } from '../../index.ts';
import { parseVocabulary } from '../../text.ts';
import { changed, choiceOf, contextOf, type EditOptions, runEdit, withEditing } from '../editing.ts';
import { CHECKPOINT_ARGUMENT, PATTERNS_ARGUMENT, readInput } from '../options.ts';
import { type RowOptions, withRows } from '../row-options.ts';
import { groupDigits, plural } from '../terminal/numbers.ts';

interface RemapOptions extends EditOptions, RowOptions {
  readonly from: string;
  readonly toVocab: string;
}

const EXAMPLES = `
A vocabulary is a text file with a word in each line; line 1 is row 0. Slots and
moving averages of a variable go with it.

Examples:
  ckpt remap model.ckpt emb --from old_vocab.txt --to-vocab new_vocab.txt --init mean -o new.ckpt
  ckpt remap model.ckpt 'softmax/*' --axis -1 --from old.txt --to-vocab new.txt -o new.ckpt`;

export function remapCommand(): Command {
  const command = new Command('remap')
    .argument('<checkpoint>', CHECKPOINT_ARGUMENT)
    .argument('<patterns...>', `what to remap: ${PATTERNS_ARGUMENT}`)
    .requiredOption('--from <file>', 'the vocabulary that the rows are of; - for stdin')
    .requiredOption('--to-vocab <file>', 'the vocabulary that they are to be of')
    .addHelpText('after', EXAMPLES);
  return withEditing(withRows(command)).action(run);
}

async function run(path: string, patterns: readonly string[], _: unknown, command: Command): Promise<void> {
  const options = command.optsWithGlobals<RemapOptions>();
  const { axis, init: filling, seed } = options;
  const from = parseVocabulary(readInput(options.from, 'the old vocabulary'));
  const to = parseVocabulary(readInput(options.toVocab, 'the new vocabulary'));
  await runEdit(path, options, async (input) => {
    const { choose } = await choiceOf(patterns, input, options);
    const context = await contextOf(input, options);
    const edited = remap(input.tensors, choose, { ...context, axis, filling, seed, from, to });
    const { kept, added, lost } = edited;
    const are = (count: number, is: string, are: string): string => `${groupDigits(count)} ${count === 1 ? is : are}`;
    const [there, isNew, isLost] = [are(kept, 'was', 'were'), are(added, 'is', 'are'), are(lost, 'is', 'are')];
    const notes = [`of ${plural(to.length, 'word')} ${there} there and ${isNew} new; ${isLost} lost`];
    return { edited, telling: { summary: changed(edited, 'remapped'), notes } };
  });
}
