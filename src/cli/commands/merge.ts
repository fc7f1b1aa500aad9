/** `ckpt merge`: one checkpoint out of several. */
import { Command, Option } from 'commander';
import {
  addPrefixRule,
  merge,
  NameError,
  OBJECT_GRAPH_KEY,
  type OnConflict,
  type OpenedCheckpoint,
  rename,
  type Tensor,
  UsageError,
} from '../../index.ts';
import { type Outcome, operate } from '../operate.ts';
import { CHECKPOINT_ARGUMENT } from '../options.ts';
import { plural } from '../terminal/numbers.ts';
import { type WritingOptions, withWriting } from '../write-options.ts';

interface MergeOptions extends WritingOptions {
  readonly prefixEach?: readonly string[];
  readonly onConflict: OnConflict;
  readonly objectGraph?: 'first' | 'last' | 'drop';
}

const EXAMPLES = `
Examples:
  ckpt merge backbone.ckpt head.ckpt -o model.ckpt
  ckpt merge a.ckpt b.ckpt --prefix-each a/,b/ -o both.ckpt
  ckpt merge new.ckpt old.ckpt --on-conflict first -o patched.ckpt --dry-run
  ckpt merge five-layers.ckpt six-layers.ckpt --on-conflict first -o six.ckpt`;

export function mergeCommand(): Command {
  const command = new Command('merge')
    .argument('<checkpoint...>', `two or more, each ${CHECKPOINT_ARGUMENT}`)
    .option('--prefix-each <a/,b/>', "put a prefix before each input's names, in order; one may be empty", prefixes)
    .addOption(
      new Option('--on-conflict <way>', 'when inputs share a name: refuse, keep one, or keep one if their bytes agree')
        .choices(['refuse', 'first', 'last', 'identical'])
        .default('refuse'),
    )
    .addOption(
      new Option('--object-graph <which>', 'when inputs have object graphs (TF2): keep one, or none').choices([
        'first',
        'last',
        'drop',
      ]),
    )
    .addHelpText('after', EXAMPLES);
  return withWriting(command).action(run);
}

function prefixes(text: string): string[] {
  return text.split(',');
}

/** Which input's object graph goes into the output; throws {@link UsageError} where somebody must decide. */
function graphInput(inputs: readonly OpenedCheckpoint[], wanted: MergeOptions['objectGraph']): number | undefined {
  const having = inputs.flatMap(({ tensors }, i) => (tensors.has(OBJECT_GRAPH_KEY) ? [i] : []));
  if (wanted === 'drop') return undefined;
  if (having.length > 1 && wanted === undefined) {
    throw new UsageError(
      `${having.length} inputs have an object graph (TF2), and a checkpoint can hold one; say --object-graph first or last to keep one, or drop to restore by name only`,
    );
  }
  return wanted === 'last' ? having.at(-1) : having[0];
}

/** The maps under their prefixes, all object graphs but one taken out. */
function prepared(
  inputs: readonly OpenedCheckpoint[],
  each: readonly string[] | undefined,
  graph: number | undefined,
): Map<string, Tensor>[] {
  return inputs.map(({ tensors }, i) => {
    const prefix = addPrefixRule(each?.[i] ?? '');
    const map = rename(tensors, (name) => (name === OBJECT_GRAPH_KEY ? name : prefix(name)));
    if (i !== graph) map.delete(OBJECT_GRAPH_KEY);
    return map;
  });
}

function merged(maps: readonly Map<string, Tensor>[], onConflict: OnConflict): Map<string, Tensor> {
  try {
    return merge(maps, onConflict);
  } catch (error) {
    if (!(error instanceof NameError)) throw error;
    const ways = onConflict === 'refuse' ? 'first, last or identical' : 'first or last';
    const way = `keep one with --on-conflict ${ways}, or give prefixes with --prefix-each`;
    throw new NameError(`${error.message}; ${way}`, error.names, { cause: error });
  }
}

function combine(inputs: readonly OpenedCheckpoint[], { prefixEach, onConflict, objectGraph }: MergeOptions): Outcome {
  const graphFrom = graphInput(inputs, objectGraph);
  const maps = prepared(inputs, prefixEach, graphFrom);
  const tensors = merged(maps, onConflict);
  const all = maps.reduce((sum, { size }) => sum + size, 0);
  const shared = all - tensors.size;
  const becomes = (name: string, i: number): string | undefined => {
    const next = name === OBJECT_GRAPH_KEY ? name : (prefixEach?.[i] ?? '') + name;
    const tensor = maps[i]?.get(next);
    return tensor !== undefined && tensors.get(next) === tensor ? next : undefined;
  };
  const summary = `${plural(tensors.size, 'tensor')} of ${plural(inputs.length, 'input')}`;
  return {
    tensors,
    becomes,
    graphFrom,
    summary: shared === 0 ? summary : `${summary}, ${plural(shared, 'duplicate')} left out`,
    fate: 'merged',
    notes: [],
  };
}

async function run(paths: readonly string[], _: unknown, command: Command): Promise<void> {
  const options = command.optsWithGlobals<MergeOptions>();
  const { prefixEach } = options;
  if (paths.length < 2)
    throw new UsageError('merge takes two checkpoints or more; to copy one, use ckpt subset with **');
  if (prefixEach !== undefined && prefixEach.length !== paths.length) {
    throw new UsageError(
      `--prefix-each must give a prefix for each of the ${paths.length} inputs, not ${prefixEach.length}`,
    );
  }
  await operate(paths, options, (inputs) => combine(inputs, options));
}
