/** Files that lie beside a checkpoint and speak of its tensors: they are left behind, and somebody must say so. */
import { holdsGraph, metaFileOf, savedModelOf } from '../graph.ts';
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

/** An input, and whether it becomes V2 out of V1. */
interface Beside {
  readonly path: string;
  readonly isRenewed?: boolean;
}

/** `a.meta stays behind`, or `a.meta and 3 more stay behind` */
function staying(files: readonly string[]): string {
  const more = files.length - 1;
  return more === 0 ? `${files[0]} stays behind` : `${files[0]} and ${more} more stay behind`;
}

/** What is said of graphs beside inputs: once, however many they are. */
function metaNotes(inputs: readonly Beside[], output: string, change: Change): string[] {
  const metas = new Map(inputs.flatMap((input) => [[metaFileOf(input.path), input] as const]));
  const files = [...metas.keys()].filter((file) => file !== undefined);
  const last = files.at(-1);
  if (last === undefined) return [];
  if (change !== 'unchanged') return [`${staying(files)}: ${REASONS[change]}; ${without(output)}`];
  const subject = files.length === 1 ? 'it' : last;
  const fits =
    metas.get(last)?.isRenewed === true
      ? `the names in it are those of ${output}, but a Saver of its time may restore V1 alone`
      : `${subject} fits ${output} as well: cp ${shellWord(last)} ${shellWord(`${output}.meta`)}`;
  return [`${staying(files)}: ${fits}`];
}

/** What is said of graphs that lie in one file with an input, as in a Magenta bundle. */
function bundleNotes(inputs: readonly Beside[], output: string): string[] {
  const bundles = [...new Set(inputs.map(({ path }) => path))].filter(holdsGraph);
  const list = (path: string): string => `ckpt list ${shellWord(output)} --graph ${shellWord(path)} asks it`;
  return bundles.map((path) => `the graph in ${path} stays behind: ${list(path)}`);
}

/**
 * A sentence for each kind of file beside inputs that does not follow to the output. A graph from the time of V1 may restore
 * nothing else, so it is not said to fit where V1 became V2.
 */
export function leftBehind(inputs: readonly Beside[], output: string, change: Change): string[] {
  const models = new Set(inputs.flatMap(({ path }) => savedModelOf(path) ?? []));
  const reason = change === 'unchanged' ? 'what was written is a checkpoint, no SavedModel' : REASONS[change];
  return [
    ...metaNotes(inputs, output, change),
    ...bundleNotes(inputs, output),
    ...[...models].map((model) => `${model} and what lies beside it stay behind: ${reason}`),
  ];
}

/** What a rename in place does to the files beside the checkpoint. */
export function outdated(prefix: string): string[] {
  const meta = metaFileOf(prefix);
  return meta !== undefined ? [`${meta} stays as it is: ${REASONS.renamed}; ${without(prefix)}`] : [];
}
