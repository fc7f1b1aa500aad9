/** `ckpt merge`: one checkpoint out of several. */
import { Command, Option } from 'commander';
import { mergeObjectGraphs, OBJECT_GRAPH_KEY, type ObjectGraphPolicy } from '../../graph.ts';
import {
  type MergedMap,
  merge,
  NameError,
  type OnConflict,
  type OpenedCheckpoint,
  type TensorMap,
  UsageError,
  withPrefix,
} from '../../index.ts';
import { unescapeName } from '../../text.ts';
import { type Outcome, operate } from '../operate.ts';
import { CHECKPOINT_ARGUMENT } from '../options.ts';
import { plural } from '../terminal/numbers.ts';
import { type WritingOptions, withWriting } from '../write-options.ts';

interface MergeOptions extends WritingOptions {
  readonly prefixEach?: readonly string[];
  readonly onConflict: OnConflict;
  readonly objectGraph?: ObjectGraphPolicy;
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
  return text.split(',').map(unescapeName);
}

function prefixedName(name: string, prefix = ''): string {
  return name === OBJECT_GRAPH_KEY ? name : prefix + name;
}

function merged(maps: readonly TensorMap[], onConflict: OnConflict): MergedMap {
  try {
    return merge(maps, onConflict);
  } catch (error) {
    if (!(error instanceof NameError)) throw error;
    const ways = onConflict === 'refuse' ? 'first, last or identical' : 'first or last';
    const way = `keep one with --on-conflict ${ways}, or give prefixes with --prefix-each`;
    throw new NameError(`${error.message}; ${way}`, error.names, { cause: error });
  }
}

function combine(inputs: readonly OpenedCheckpoint[], options: MergeOptions): Outcome {
  const { prefixEach, onConflict, objectGraph } = options;
  const before = inputs.map(({ tensors }) => tensors);
  const mergeable = mergeObjectGraphs(before, objectGraph);
  const maps = mergeable.inputs.map((input, i) => withPrefix(input, prefixEach?.[i] ?? ''));
  const tensors = merged(maps, onConflict);
  const duplicates = maps.reduce((sum, { size }) => sum + size, 0) - tensors.size;
  const newNameOf = (name: string, i: number): string | undefined => {
    const next = prefixedName(name, prefixEach?.[i]);
    return tensors.isFrom(next, i) ? next : undefined;
  };
  const owner = maps.findIndex((map) => map.has(OBJECT_GRAPH_KEY));
  return {
    tensors,
    newNameOf,
    graph: {
      input: Math.max(owner, 0),
      newNameOf: (name) => prefixedName(name, prefixEach?.[owner]),
      dropGraph: owner < 0,
    },
    summary: (size) =>
      `${plural(size, 'tensor')} of ${plural(inputs.length, 'input')}${duplicates === 0 ? '' : `, ${plural(duplicates, 'duplicate')} left out`}`,
    change: 'merged',
    notes: mergeable.notes,
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
