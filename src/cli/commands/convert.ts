/** `ckpt convert`: the same tensors in another format, or under the other kind of keys: names or objects. */
import { Command, Option } from 'commander';
import {
  type Converted,
  checkNotInput,
  type FormatName,
  formatOf,
  namesToObjects,
  type OpenedCheckpoint,
  objectsToNames,
  type TensorMap,
  UsageError,
  withObjectGraph,
} from '../../index.ts';
import { nameMapOf } from '../name-arguments.ts';
import { type Outcome, operateOn } from '../operate.ts';
import { CHECKPOINT_ARGUMENT, collected } from '../options.ts';
import { groupDigits, plural } from '../terminal/numbers.ts';
import { type Output, outputOf, type WritingOptions, withWriting } from '../write-options.ts';
import { checkOptions, openInputs } from '../writing-steps.ts';

interface ConvertOptions extends WritingOptions {
  readonly names?: boolean;
  readonly toObjects?: string;
  readonly map?: readonly string[];
  readonly allowMissing?: boolean;
  readonly addPrefix?: string;
  readonly stripPrefix?: string;
}

const EXAMPLES = `
--to writes another format. Everything is kept: names, values, parts, an object
graph. What the format cannot hold is refused before anything is written.

--names gives each tensor of tf.train.Checkpoint the full name that its object
graph records, so that tf.train.Saver and tf.train.load_variable find it; where
there is none, or several share one, the path of the object: model/dense/kernel.

--to-objects takes the values of a checkpoint that goes by names, and the
objects from a template: save the new program once, untrained, with
tf.train.Checkpoint. Values are found by full name, then by path. The slots of
TensorFlow 1's optimizers are found after their variables: Adam and Adam_1
become m and v, Momentum momentum, RMSProp rms; those of Keras are found by what
they are for, m of Keras 2 as the momentum of Keras 3. Where names differ by a
prefix, --add-prefix and --strip-prefix make them fit. With --map name=key the
rest is said; a key may be written as any path of its object.

Examples:
  ckpt convert old.ckpt -o new.ckpt --to v2
  ckpt convert 'model.ckpt-?????-of-00004' -o model.ckpt --to v2 --shards 1
  ckpt convert model.ckpt -o old.ckpt --to v1 --dry-run
  ckpt convert tf2/ckpt-1 --names -o named.ckpt
  ckpt convert tf2/ckpt-1 --names -o named.ckpt --dry-run
  ckpt convert model.ckpt --to-objects untrained/ckpt-1 -o tf2.ckpt
  ckpt convert model.ckpt --to-objects untrained/ckpt-1 --map global_step=step --allow-missing -o tf2.ckpt
  ckpt convert model.ckpt --to-objects untrained/ckpt-1 --add-prefix net/ -o tf2.ckpt`;

export function convertCommand(): Command {
  const command = new Command('convert')
    .argument('<checkpoint>', CHECKPOINT_ARGUMENT)
    .addOption(new Option('--names', 'from objects (TF2) to names').conflicts(['toObjects', 'map', 'allowMissing']))
    .option('--to-objects <template>', 'from names to the objects of this checkpoint')
    .option('--map <pair|file>', 'with --to-objects: name=key, or a list of pairs; - for stdin (repeatable)', collected)
    .option('--add-prefix <prefix>', 'with --to-objects: put this before the names')
    .option('--strip-prefix <prefix>', 'with --to-objects: take this off the names')
    .option('--allow-missing', "with --to-objects: keep the template's values where the input has none")
    .addHelpText('after', EXAMPLES);
  return withWriting(command).action(run);
}

/** What is written: a file of another format becomes a checkpoint, unless something else is asked for. */
function targetOf(options: ConvertOptions, output: Output, input: FormatName): FormatName {
  const { to = output.format } = options;
  return to ?? (formatOf(input).can.tensorflow ? input : formatOf().name);
}

/** A file that was made of a checkpoint of TF2 and becomes one again, with the object graph of which it has a record. */
function withItsGraph(input: OpenedCheckpoint, to: FormatName): OpenedCheckpoint {
  const { roundTrip, tensors, format } = input;
  if (roundTrip === undefined || formatOf(format).can.tensorflow || !formatOf(to).can.tensorflow) return input;
  return { ...input, tensors: withObjectGraph(tensors, roundTrip) };
}

/** The same tensors under the same names. */
function sameNames({ tensors, format }: OpenedCheckpoint, { to = format }: WritingOptions): Outcome {
  const change =
    to === format ? `kept in ${formatOf(to).title}` : `from ${formatOf(format).title} to ${formatOf(to).title}`;
  return {
    tensors,
    newNameOf: (name) => name,
    graph: { input: 0, newNameOf: (name) => name },
    summary: (size) => `${plural(size, 'tensor')} ${change}`,
    change: 'unchanged',
    notes: [],
  };
}

/** The same tensors under other names. */
function otherNames(converted: Converted, words: string, input: TensorMap): Outcome {
  const { tensors, newNameOf, notes } = converted;
  const moved = [...input.keys()].filter((name) => newNameOf(name) !== undefined).length;
  return {
    tensors,
    newNameOf,
    graph: { input: 0, newNameOf: newNameOf, dropGraph: true },
    summary: () => `${groupDigits(moved)} of ${plural(input.size, 'tensor')} ${words}`,
    change: 'renamed',
    notes,
  };
}

const dataFilesOf = ({ files }: OpenedCheckpoint): number =>
  Math.max(files.filter(({ kind }) => kind === 'data').length, 1);

/** Fills a template, in the template's format; of the template no more is told than what was kept of it. */
async function fillTemplate(input: OpenedCheckpoint, templatePath: string, options: ConvertOptions): Promise<void> {
  const output = outputOf(options, input.path);
  const template = (await openInputs([templatePath], options))[0] as OpenedCheckpoint;
  checkNotInput(output.path, [template]);
  const { map, allowMissing, addPrefix, stripPrefix, maxShardSize, to = template.format } = options;
  const names = map === undefined ? undefined : nameMapOf(map, input.tensors);
  const converted = namesToObjects(input.tensors, template.tensors, {
    map: names,
    allowMissing,
    addPrefix,
    stripPrefix,
  });
  const outcome = otherNames(converted, `put in the places of ${template.path}`, input.tensors);
  const { shards = maxShardSize === undefined ? dataFilesOf(input) : undefined } = options;
  const writing = { ...options, to, ...(shards === undefined ? {} : { shards }) };
  await operateOn([input], output, writing, outcome);
  template.close();
}

function outcomeOf(input: OpenedCheckpoint, options: ConvertOptions): Outcome {
  if (options.names !== true) return sameNames(input, options);
  return otherNames(objectsToNames(input.tensors), 'named', input.tensors);
}

async function run(path: string, _: unknown, command: Command): Promise<void> {
  const options = command.optsWithGlobals<ConvertOptions>();
  const { toObjects, map, allowMissing, addPrefix, stripPrefix } = options;
  checkOptions(options);
  const prefixes = addPrefix !== undefined || stripPrefix !== undefined;
  if (toObjects === undefined && (map !== undefined || allowMissing === true || prefixes)) {
    throw new UsageError('--map, --allow-missing, --add-prefix and --strip-prefix go with --to-objects TEMPLATE');
  }
  const output = outputOf(options, path);
  const input = (await openInputs([path], options))[0] as OpenedCheckpoint;
  if (toObjects !== undefined) return fillTemplate(input, toObjects, options);
  const to = targetOf(options, output, input.format);
  const from = withItsGraph(input, to);
  await operateOn([from], output, { ...options, to }, outcomeOf(from, { ...options, to }));
}
