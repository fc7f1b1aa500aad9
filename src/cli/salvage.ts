/** `ckpt doctor --salvage`: the tensors that are sound become a checkpoint of their own; the others are told. */

import { OBJECT_GRAPH_KEY, readGraphFacts, type VariableFacts } from '../graph.ts';
import { CkptError, CorruptError, type Salvage, salvage } from '../index.ts';
import { TextSet } from '../text.ts';
import { EXIT } from './exit-codes.ts';
import { type Outcome, operateOn, type WriteReport } from './operate.ts';
import { pathOf, printNotes } from './options.ts';
import { namesText } from './render/alike-rows.ts';
import { currentRun } from './run.ts';
import { escapeText } from './terminal/escape.ts';
import { groupDigits, plural } from './terminal/numbers.ts';
import { stderr } from './terminal/output.ts';
import { Progress } from './terminal/progress.ts';
import { outputOf, type WritingOptions } from './write-options.ts';
import { checkOptions } from './writing-steps.ts';

/** More tensors than this are not told one by one; of more, so many are, as examples of why. */
const MOST_NAMED = 20;
const EXAMPLES = 3;

export interface SalvagingOptions extends WritingOptions {
  readonly unprovenNames?: boolean;
}

/** What the `.meta` beside says of the variables; nothing where it cannot be read. */
async function variablesBeside(prefix: string): Promise<ReadonlyMap<string, VariableFacts> | undefined> {
  try {
    return (await readGraphFacts({ prefix }))?.variables;
  } catch (error) {
    if (error instanceof CkptError) return undefined;
    throw error;
  }
}

/** Reads all, tells what is lost, and writes or plans what is sound. */
export async function runSalvage(argument: string, options: SalvagingOptions): Promise<void> {
  checkOptions(options);
  const output = outputOf(options, argument);
  const path = pathOf(argument);
  const progress = new Progress('reading', options.progress !== false && options.quiet !== true);
  const saved = await salvage(path, {
    format: options.format,
    unprovenNames: options.unprovenNames,
    variablesBeside,
    onProgress: ({ bytesDone, bytesTotal }) => progress.update(bytesDone, bytesTotal),
  }).finally(() => progress.end());
  const { checkpoint, sound, lost, damage, isComplete } = saved;
  printNotes(checkpoint.notes, options);
  tellLost(saved, options);
  const values = sound.size - (sound.has(OBJECT_GRAPH_KEY) ? 1 : 0);
  if (values === 0 && (lost.length > 0 || damage.length > 0)) {
    throw new CorruptError(`nothing of ${checkpoint.path} can be saved; nothing was written`, {
      where: checkpoint.path,
    });
  }
  if (!isComplete) currentRun().exitCode = EXIT.no;
  const report = (): WriteReport => ({ lines: [], document: { lost, damage } });
  await operateOn([Object.assign(checkpoint, { given: path })], output, options, { ...outcomeOf(saved), report });
}

function outcomeOf({ sound, lost }: Salvage): Outcome {
  const gone = new TextSet(lost.map(({ name }) => name));
  const graphLost = gone.has(OBJECT_GRAPH_KEY);
  const all = sound.size + lost.length;
  const newNameOf = (name: string): string | undefined => (gone.has(name) ? undefined : name);
  const graphNote = `the object graph is lost: the tensors in the new checkpoint go by their names alone`;
  return {
    tensors: sound,
    newNameOf,
    graph: { input: 0, newNameOf: newNameOf, dropGraph: graphLost },
    summary: () => `${groupDigits(sound.size)} of ${plural(all, 'tensor')} saved`,
    change: lost.length === 0 ? 'unchanged' : 'left out',
    notes: graphLost ? [graphNote] : [],
  };
}

/** Which tensors are lost, and why. */
function tellLost(saved: Salvage, { quiet, verbose }: WritingOptions): void {
  if (quiet === true) return;
  const { lost, damage, checkpoint, isComplete, unprovenCount } = saved;
  const cost = isComplete ? 'no tensor is lost with it' : 'what it lists is lost';
  for (const message of damage.slice(0, MOST_NAMED)) stderr.line(`ckpt: ${escapeText(message)}; ${cost}`);
  const told = verbose === true || lost.length <= MOST_NAMED ? lost.length : EXAMPLES;
  for (const { name, reason } of lost.slice(0, told))
    stderr.line(`ckpt: lost: ${escapeText(withReason(name, reason))}`);
  const rest = lost.slice(told).map(({ name }) => name);
  const more = plural(rest.length, 'more tensor');
  if (rest.length > 0) stderr.line(`ckpt: lost: ${more} of ${escapeText(checkpoint.path)}: ${namesText(rest)}`);
  if (unprovenCount === 0) return;
  const one = unprovenCount === 1;
  const [are, their, them] = one ? ['has', 'its name', 'it'] : ['have', 'their names', 'them'];
  const spelled = one ? 'spells it' : 'spells them';
  stderr.line(
    `ckpt: ${plural(unprovenCount, 'tensor')} ${are} content that is right, and nothing vouches for ${their}: --unproven-names saves ${them} as the index ${spelled}`,
  );
}

/** The reason with the tensor's name, which most say themselves. */
function withReason(name: string, reason: string): string {
  return reason.startsWith(`tensor ${name}`) ? reason : `tensor ${name}: ${reason}`;
}
