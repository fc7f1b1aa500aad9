/** Files that lie beside a checkpoint and speak of its tensors: they are left behind, and somebody must say so. */
import { metaFileOf, savedModelOf } from '../graph.ts';
import { shellWord } from '../text.ts';

/** What a command does to the names that the files beside an input speak of. */
export type Change = 'renamed' | 'left out' | 'merged' | 'reshaped' | 'unchanged';

const REASONS: Readonly<Record<Exclude<Change, 'unchanged'>, string>> = {
  renamed: 'the graph in it knows the old names',
  'left out': 'the graph in it wants the tensors that are left out',
  merged: 'the graph in it is that of one input',
  reshaped: 'the graph in it knows the old shapes and dtypes',
};

/** How TensorFlow restores a checkpoint whose graph is not there: a Saver needs the variables alone. */
const without = (path: string): string =>
  `build the variables in code, and tf.compat.v1.train.Saver(variables).restore(session, ${JSON.stringify(path)}) restores them`;

/**
 * A sentence for each file beside an input that does not follow to the output. A graph from the time of V1 may restore nothing
 * else, so it is not said to fit where V1 became V2.
 */
export function leftBehind(prefix: string, output: string, change: Change, isRenewed = false): string[] {
  const notes: string[] = [];
  const meta = metaFileOf(prefix);
  if (meta !== undefined) {
    const copy = `cp ${shellWord(meta)} ${shellWord(`${output}.meta`)}`;
    const fits = isRenewed
      ? `the names in it are those of ${output}, but a Saver of its time may restore V1 alone`
      : `it fits ${output} as well: ${copy}`;
    notes.push(`${meta} stays behind: ${change === 'unchanged' ? fits : `${REASONS[change]}; ${without(output)}`}`);
  }
  const model = savedModelOf(prefix);
  if (model !== undefined) {
    const reason = change === 'unchanged' ? 'what was written is a checkpoint, no SavedModel' : REASONS[change];
    notes.push(`${model} and what lies beside it stay behind: ${reason}`);
  }
  return notes;
}

/** What a rename in place does to the files beside the checkpoint. */
export function outdated(prefix: string): string[] {
  const meta = metaFileOf(prefix);
  return meta !== undefined ? [`${meta} stays as it is: ${REASONS.renamed}; ${without(prefix)}`] : [];
}
