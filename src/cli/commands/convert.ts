/** `ckpt convert`: the same tensors in another format, or under the other kind of keys: names or objects. */
import { Command, Option } from 'commander';
import {
  areKerasWeights,
  type Converted,
  fillKerasWeights,
  fillLayers,
  kerasObjectNames,
  namesToObjects,
  OBJECT_GRAPH_KEY,
  objectsToNames,
  RECORD_KEY,
  weightsByLayer,
} from '../../graph.ts';
import { checkNotInput, formatOf } from '../../history.ts';
import { dtypeOf, type FormatName, type OpenedCheckpoint, type TensorMap, UsageError } from '../../index.ts';
import { fillNames, unescapeName } from '../../text.ts';
import { forFramework } from '../frameworks.ts';
import { nameMapOf } from '../name-arguments.ts';
import { type Outcome, operateOn } from '../operate.ts';
import { CHECKPOINT_ARGUMENT, collected, printNotes } from '../options.ts';
import { type StripOptions, withoutOptimizer } from '../stripping.ts';
import { groupDigits, plural } from '../terminal/numbers.ts';
import { type Output, outputOf, type WritingOptions, withWriting } from '../write-options.ts';
import { checkOptions, openInputs } from '../writing-steps.ts';

interface ConvertOptions extends Omit<StripOptions, 'metadata'> {
  readonly names?: boolean;
  readonly toObjects?: string;
  readonly like?: string;
  readonly map?: readonly string[];
  readonly allowMissing?: boolean;
  readonly addPrefix?: string;
  readonly stripPrefix?: string;
  readonly stripOptimizer?: boolean;
  readonly metadata?: readonly string[];
  readonly layout?: 'torch' | 'tensorflow';
  readonly dtype?: string;
}

const EXAMPLES = `
The ending of OUT says what is written: .safetensors, .npz, .npy, .weights.h5,
.h5, .keras, .json (TensorFlow.js); anything else is a checkpoint of TensorFlow.
--to says it whatever OUT is called: v1, v2, safetensors, npz, npy (a directory,
one file a tensor), hdf5, tfjs (a directory). What the format cannot hold is
refused before anything is written, or left out by --drop-unsupported.
-o - writes to stdout, and - reads a file from stdin.

--names gives each tensor of tf.train.Checkpoint the full name that its object
graph records, so that tf.train.Saver and tf.train.load_variable find it; where
there is none, or several share one, the path of the object: model/dense/kernel.
A .h5 with the names of a Keras model lists its layers as Keras 2 does, so that
load_weights takes it, by order and by_name.

--like brings values back into a checkpoint of TensorFlow: into the objects of a
template (save the new program once, untrained, with tf.train.Checkpoint), or
under the names, and in the parts, of one that goes by names. Into objects,
values are found by full name, then by path; the slots of TensorFlow 1's
optimizers after their variables: Adam and Adam_1 become m and v, Momentum
momentum, RMSProp rms; those of a .weights.h5 or .h5 of Keras by its layers.
With --map name=key the rest is said; a key may be the path of its object.
--to-objects is --like that wants objects.
Of a Keras model, MODEL.keras is the template: OUT.keras is that archive with
other weights, what the checkpoint has of the optimizer among them. With --names
a .h5 of the model is one as well.
Where names differ by a prefix, --add-prefix and --strip-prefix make them fit.

--layout torch turns kernels into PyTorch's axes: dense ones transposed, those
of convolutions from HWIO to OIHW; --layout tensorflow turns them back. --map
takes names of public models: bert-hf, albert-hf, electra-hf, t5-hf, gpt2-hf,
resnet-v1-torchvision, resnet-v2-timm, mobilenet-v1-hf, mobilenet-v2-hf,
efficientnet-pytorch. A .weights.h5 has the paths that Keras 3 looks for, told
from the objects of a Keras checkpoint, else by --map.

Examples:
  ckpt convert model.ckpt -o model.safetensors
  ckpt convert bert.ckpt --map bert-hf --layout torch -o model.safetensors
  ckpt convert keras/ckpt-1 -o model.weights.h5
  ckpt convert keras/ckpt-1 --like untrained.keras -o trained.keras
  ckpt convert keras/ckpt-1 --names -o model.h5
  ckpt convert model.ckpt --to tfjs --quantize uint8 -o web
  ckpt convert model.ckpt --strip-optimizer -o model.safetensors --max-shard-size 2GB
  ckpt convert tf2/ckpt-1 --names -o weights.npz
  ckpt convert bfloat16.ckpt --dtype float32 -o weights.npz
  ckpt convert model.safetensors --like untrained/ckpt-1 -o tf2.ckpt
  ckpt convert model.ckpt --to safetensors -o - | ckpt list -
  ckpt convert old.ckpt -o new.ckpt --to v2
  ckpt convert 'model.ckpt-?????-of-00004' -o model.ckpt --to v2 --shards 1
  ckpt convert model.ckpt -o old.ckpt --to v1 --dry-run
  ckpt convert tf2/ckpt-1 --names -o named.ckpt --dry-run
  ckpt convert model.ckpt --to-objects untrained/ckpt-1 --map global_step=step --allow-missing -o tf2.ckpt
  ckpt convert model.ckpt --to-objects untrained/ckpt-1 --add-prefix net/ -o tf2.ckpt`;

export function convertCommand(): Command {
  const command = new Command('convert')
    .argument('<checkpoint>', CHECKPOINT_ARGUMENT)
    .addOption(new Option('--names', 'from objects (TF2) to names').conflicts('toObjects'))
    .addOption(
      new Option('--like <template>', 'into the objects, the names, or the Keras model of this').conflicts('toObjects'),
    )
    .option('--to-objects <template>', 'from names to the objects of this checkpoint')
    .option('--add-prefix <prefix>', 'with a template: put this before the names')
    .option('--strip-prefix <prefix>', 'with a template: take this off the names')
    .option(
      '--map <pair|file|name>',
      'other names: old=new, a list of pairs, - for stdin, or a published map as bert-hf (repeatable)',
      collected,
    )
    .addOption(
      new Option('--layout <framework>', 'kernels as this framework has them').choices(['torch', 'tensorflow']),
    )
    .addOption(new Option('--quantize <dtype>', 'floats in fewer bits (tfjs)').choices(['float16', 'uint8', 'uint16']))
    .addOption(
      new Option('--dtype <name>', 'floats as this dtype: float32, bfloat16, ...').conflicts(['like', 'toObjects']),
    )
    .option('--allow-missing', "with a template: keep the template's values where the input has none")
    .option('--strip-optimizer', 'leave out slots and what else of an optimizer inference does not need')
    .option(
      '--metadata <key=text>',
      'a text beside the tensors, as format=pt (not in V1 and V2; repeatable)',
      collected,
    )
    .addHelpText('after', EXAMPLES);
  return withWriting(command).action(run);
}

/** What is written: a file of another format becomes a checkpoint, unless something else is asked for. */
function targetOf(options: WritingOptions, output: Output, input: FormatName): FormatName {
  const { to = output.format } = options;
  return to ?? (formatOf(input).can.tensorflow ? input : formatOf().name);
}

/** The same tensors under the same names. */
function sameNames({ tensors, format }: OpenedCheckpoint, to: FormatName): Outcome {
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

/** The outcome with other names for its tensors; `words` says what became of them. */
function renamed(outcome: Outcome, converted: Converted, words: string, input: OpenedCheckpoint): Outcome {
  const next = (name: string | undefined): string | undefined =>
    name === undefined ? undefined : converted.newNameOf(name);
  const newNameOf = (name: string): string | undefined => next(outcome.graph.newNameOf(name));
  const { size } = input.tensors;
  const moved = [...input.tensors.keys()].filter((name) => newNameOf(name) !== undefined).length;
  return {
    tensors: converted.tensors,
    newNameOf: (...of) => next(outcome.newNameOf(...of)),
    graph: { input: 0, newNameOf, dropGraph: true },
    summary: () => `${groupDigits(moved)} of ${plural(size, 'tensor')} ${words}`,
    change: 'renamed',
    notes: [...outcome.notes, ...converted.notes],
  };
}

/** That the keys of objects could be names, where the format that is written knows no objects. */
function namesNote(outcome: Outcome, to: FormatName): string[] {
  if (formatOf(to).can.tensorflow || !outcome.tensors.has(OBJECT_GRAPH_KEY)) return [];
  try {
    const { newNameOf } = objectsToNames(outcome.tensors);
    const key = [...outcome.tensors.keys()].find((name) => newNameOf(name) !== undefined);
    return key === undefined ? [] : [`the keys are kept, as ${key}; --names gives each its name: ${newNameOf(key)}`];
  } catch (error) {
    if (error instanceof UsageError) return [];
    throw error;
  }
}

const dataFilesOf = ({ files }: OpenedCheckpoint): number =>
  Math.max(files.filter(({ kind }) => kind === 'data').length, 1);

/** Fills a template without objects: the layers of a Keras model, or names. */
function fillWithout(
  tensors: TensorMap,
  { tensors: template, layers, layerWeights = new Map() }: OpenedCheckpoint,
  options: Partial<Parameters<typeof fillLayers>[2]>,
): Converted {
  if (areKerasWeights(template)) return fillKerasWeights(tensors, template, { ...options, layers });
  if (layerWeights.size > 0) return fillLayers(tensors, template, { ...options, layerWeights });
  return fillNames(tensors, template, options);
}

/** Fills a template, in the template's format; of the template no more is told than what was kept of it. */
async function fillTemplate(
  input: OpenedCheckpoint,
  outcome: Outcome,
  output: Output,
  options: ConvertOptions,
  inputLayers: OpenedCheckpoint['layerWeights'],
): Promise<void> {
  const { toObjects, like = toObjects as string, map, allowMissing, maxShardSize } = options;
  const [addPrefix, stripPrefix] = [options.addPrefix, options.stripPrefix].map((prefix) =>
    prefix === undefined ? undefined : unescapeName(prefix),
  );
  const template = (await openInputs([like], options, false))[0] as OpenedCheckpoint;
  checkNotInput(output.path, [template]);
  const to = options.to ?? output.format ?? template.format;
  const { names, notes = [] } = map === undefined ? {} : nameMapOf(map, outcome.tensors);
  printNotes(notes, options);
  const byObjects = toObjects !== undefined || template.tensors.has(OBJECT_GRAPH_KEY);
  const converted = byObjects
    ? namesToObjects(outcome.tensors, template.tensors, {
        map: kerasObjectNames({ ...input, tensors: outcome.tensors }, template.tensors, names),
        allowMissing,
        addPrefix,
        stripPrefix,
      })
    : fillWithout(outcome.tensors, template, { map: names, allowMissing, addPrefix, stripPrefix, inputLayers });
  const { shards = maxShardSize === undefined ? dataFilesOf(input) : undefined } = options;
  const writing = {
    ...writingOf(options),
    like: template.path,
    to,
    ...(shards === undefined || !formatOf(to).can.split ? {} : { shards }),
  };
  await operateOn(
    [input],
    output,
    writing,
    renamed(outcome, converted, `put in the places of ${template.path}`, input),
  );
  template.close();
}

/** The options as every command has them, with the texts beside the tensors as a map. */
function writingOf({ metadata, ...options }: ConvertOptions): WritingOptions {
  if (metadata === undefined) return options;
  const pairs = metadata.map((text): [string, string] => {
    const at = text.indexOf('=');
    if (at <= 0) throw new UsageError(`--metadata takes key=text, not ${text}`);
    if (text.slice(0, at) === RECORD_KEY) {
      throw new UsageError(`--metadata ${RECORD_KEY}=... is where ckpt keeps a record of its own; choose another key`);
    }
    return [text.slice(0, at), text.slice(at + 1)];
  });
  return { ...options, metadata: new Map(pairs) };
}

function checkTemplate({ like, toObjects, allowMissing, addPrefix, stripPrefix }: ConvertOptions): boolean {
  const hasTemplate = like !== undefined || toObjects !== undefined;
  const names = [addPrefix, stripPrefix].some((given) => given !== undefined) || allowMissing === true;
  if (!hasTemplate && names) {
    throw new UsageError(
      '--allow-missing, --add-prefix and --strip-prefix go with a template: --like TEMPLATE or --to-objects TEMPLATE',
    );
  }
  return hasTemplate;
}

/** Whether a file is written that Keras 2 reads by its layers. */
function isLegacyKeras(to: FormatName, { path }: Output): boolean {
  return to === 'hdf5' && !/\.(?:weights\.h5|keras)$/.test(path);
}

async function withDType(outcome: Outcome, name: string, { verify }: WritingOptions): Promise<Outcome> {
  const { withFloatsCast } = await import('../cast-floats.ts');
  return withFloatsCast(outcome, dtypeOf(name), verify);
}

async function run(path: string, _: unknown, command: Command): Promise<void> {
  const options = command.optsWithGlobals<ConvertOptions>();
  const writing = writingOf(options);
  checkOptions(writing);
  const hasTemplate = checkTemplate(options);
  const output = outputOf(writing, path);
  const input = (await openInputs([path], options, !hasTemplate))[0] as OpenedCheckpoint;
  const to = targetOf(writing, output, input.format);
  let outcome = options.stripOptimizer === true ? await withoutOptimizer(input, writing) : sameNames(input, to);
  const byLayer = options.names === true && isLegacyKeras(to, output) ? weightsByLayer(outcome.tensors) : undefined;
  if (options.names === true) outcome = renamed(outcome, byLayer ?? objectsToNames(outcome.tensors), 'named', input);
  if (hasTemplate) return fillTemplate(input, outcome, output, options, byLayer?.layers ?? input.layerWeights);
  const named = forFramework(outcome, input, output.path, options, renamed);
  const notes = [...named.notes, ...(named === outcome ? namesNote(outcome, to) : [])];
  const done = { ...named, notes };
  const cast = options.dtype === undefined ? done : await withDType(done, options.dtype, writing);
  const layers = byLayer === undefined || named !== outcome ? {} : { layers: byLayer.layers };
  await operateOn([input], output, { ...writing, to, ...layers }, cast);
}
