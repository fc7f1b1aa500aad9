/** `ckpt strip-non-trainable`: a checkpoint of the trainable variables. */
import { Command, Option } from 'commander';
import { NameError, type Stripped, stripNonTrainable } from '../../index.ts';
import { EVIDENCE, type Evidence } from '../../roles.ts';
import { CHECKPOINT_ARGUMENT, collected } from '../options.ts';
import { guessedNote, runStrip, type StripOptions } from '../stripping.ts';
import { groupDigits } from '../terminal/numbers.ts';
import { withWriting } from '../write-options.ts';

interface StripNonTrainableOptions extends StripOptions {
  readonly evidence: Evidence;
}

const EXAMPLES = `
What is trained is decided tensor by tensor, by the best evidence there is:
declared, by the .meta beside the checkpoint or its SavedModel; object-graph,
by that of TF2, whose optimizers show what they train; names, guessed from names
and dtypes. For each class of tensors stderr says how many were left out
and how that was known. When something cannot be decided by the evidence
allowed, nothing is written: the tensors are listed, and --keep, --graph or
weaker evidence decides; what is not wanted can be taken out first with ckpt
drop.

Examples:
  ckpt strip-non-trainable model.ckpt -o trainable.ckpt
  ckpt strip-non-trainable model.ckpt -o trainable.ckpt --dry-run
  ckpt strip-non-trainable model.ckpt --keep '/moving_/' -o for-inference.ckpt
  ckpt strip-non-trainable model.ckpt --evidence declared --graph train/model.ckpt.meta -o trainable.ckpt
  ckpt drop model.ckpt 'debug/' -o rest | ckpt strip-non-trainable - -o trainable.ckpt`;

const MOST_LISTED = 20;
/** What version 0.1 called them. */
const OLD_SPELLINGS: Readonly<Record<string, Evidence>> = { exact: 'declared', graph: 'object-graph' };

function evidenceOption(): Option {
  const option = new Option('--evidence <kind>', 'the weakest that may decide').choices(EVIDENCE).default('names');
  const choose = option.parseArg as (text: string, previous: unknown) => Evidence;
  return option.argParser((text, previous) => OLD_SPELLINGS[text] ?? choose(text, previous));
}

export function stripNonTrainableCommand(): Command {
  const command = new Command('strip-non-trainable')
    .argument('<checkpoint>', CHECKPOINT_ARGUMENT)
    .option(
      '--keep <pattern>',
      'keep what matches, trained or not: a name, glob, scope/ or /regex/ (repeatable)',
      collected,
    )
    .addOption(evidenceOption())
    .option('--graph <file>', 'the .meta or the SavedModel that knows what is trained, if it lies elsewhere')
    .addHelpText('after', EXAMPLES);
  return withWriting(command).action(run);
}

/** What could not be decided, and what to do about it. */
function undecidedError(undecided: readonly string[], evidence: Evidence): NameError {
  const more = undecided.length - MOST_LISTED;
  const names = undecided.slice(0, MOST_LISTED).join(', ') + (more > 0 ? ` and ${groupDigits(more)} more` : '');
  const isAny = evidence === 'names';
  const teller = isAny ? 'nothing tells' : `nothing that --evidence ${evidence} allows tells`;
  const which = undecided.length === 1 ? 'this tensor is' : `these ${groupDigits(undecided.length)} tensors are`;
  const ways = [
    '--keep keeps them',
    'ckpt drop takes them out first',
    '--graph names a .meta or a SavedModel that knows',
    ...(isAny ? [] : ['--evidence allows weaker evidence']),
  ];
  return new NameError(`${teller} whether ${which} trained: ${names}; ${ways.join(', ')}`, { missing: undecided });
}

function notesOf(stripped: Stripped): string[] {
  const { dropped, guessed } = stripped;
  const notes: string[] = [];
  const statistics = dropped.flatMap(({ isStatistic, words }) => (isStatistic ? [...words] : []));
  if (statistics.length > 0) {
    const pattern = [...new Set(statistics)].join('|');
    notes.push(`inference needs the batch-norm statistics that were left out; --keep '/${pattern}/' keeps them`);
  }
  if (guessed > 0) notes.push(`${guessedNote(guessed, stripped)}, --evidence declared refuses to guess`);
  return notes;
}

async function run(path: string, _: unknown, command: Command): Promise<void> {
  const options = command.optsWithGlobals<StripNonTrainableOptions>();
  const { graph, evidence } = options;
  await runStrip(
    path,
    options,
    { graph, weakest: evidence },
    ({ tensors }, { roleOf }, keeps) => {
      const stripped = stripNonTrainable(tensors, roleOf, keeps);
      if (stripped.undecided.length > 0) throw undecidedError(stripped.undecided, evidence);
      return stripped;
    },
    notesOf,
  );
}
