/** `ckpt print_tensors`: TensorFlow's inspect_checkpoint, flag for flag and byte for byte, with real exit codes. */
import { Command } from 'commander';
import { CkptError, NameError, type OpenedCheckpoint, openCheckpoint, type Tensor, UsageError } from '../../index.ts';
import { parameterCount } from '../../roles.ts';
import {
  arrayText,
  arrayValuesOf,
  checkStored,
  nearestHint,
  type PrintOptions,
  pythonNameOf,
  tensorflowListing,
  tensorflowListingV1,
  unescapeName,
} from '../../text.ts';
import { EXIT } from '../exit-codes.ts';
import { type InspectArguments, parseArguments } from '../inspect-checkpoint/arguments.ts';
import { parsePrintSettings } from '../inspect-checkpoint/print-settings.ts';
import { compilePythonPattern } from '../inspect-checkpoint/python-pattern.ts';
import { type GlobalOptions, pathOf, printNotes } from '../options.ts';
import { currentRun } from '../run.ts';
import { escapeText } from '../terminal/escape.ts';
import { stderr, stdout } from '../terminal/output.ts';
import { isTerminal } from '../terminal/style.ts';

const FLAGS = `
Flags, as --flag=value or --flag value:
  --file_name PATH                 the checkpoint; it may stand without the flag
  --tensor_name NAME               print this tensor
  --all_tensors [true|false]       print all tensors, sorted by name
  --all_tensor_names [true|false]  print the names, dtypes and shapes of all
                                   tensors
  --count_exclude_pattern REGEX    leave tensors out of the count of parameters
                                   (Python's syntax)
  --printoptions [K=V ...]         settings of numpy.set_printoptions, such as
                                   precision=4 threshold=100000

With neither a name nor --all_..., prints every entry of the index as
TensorFlow's reader does: a partitioned tensor by its slices under their raw
keys, or in V1 by itself; TensorFlow lists V1 in no order, this tool by name.
stdout is TensorFlow's to the byte; on a terminal, control characters in names
are escaped. Every value is checked against its checksum. What TensorFlow's tool
prints as text and calls a success, a missing tensor or a damaged one, goes to
stderr here and ends with exit code 2; the other tensors are still printed.
`;

const EXAMPLES = `
Examples:
  ckpt print_tensors --file_name=model.ckpt-1000
  ckpt print_tensors --file_name model.ckpt-1000 --tensor_name conv1/kernel
  ckpt print_tensors model.ckpt-1000 --all_tensors --printoptions threshold=100000 precision=4
  ckpt print_tensors model.ckpt-1000 --count_exclude_pattern 'Adam|global_step'`;

export function printTensorsCommand(): Command {
  return new Command('print_tensors')
    .usage('[--file_name] <checkpoint> [flags]')
    .argument('[words...]')
    .allowUnknownOption()
    .addHelpText('after', FLAGS + EXAMPLES)
    .action(run);
}

async function run(words: readonly string[], _: unknown, command: Command): Promise<void> {
  const given = parseArguments(words);
  if (given.fileName === '') throw new UsageError('no checkpoint is named; give --file_name=PATH');
  const settings = parsePrintSettings(given.printOptions);
  const excluded = given.countExcludePattern === '' ? undefined : compilePythonPattern(given.countExcludePattern);
  const checkpoint = await openCheckpoint(pathOf(given.fileName));
  printNotes(checkpoint.notes, command.optsWithGlobals<GlobalOptions>());
  new Inspection(checkpoint, given, settings, excluded).print();
}

const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

class Inspection {
  readonly #isTerminal = isTerminal('stdout');
  /** A missing file is the same news for each of its tensors. */
  readonly #told = new Set<string>();

  constructor(
    readonly checkpoint: OpenedCheckpoint,
    readonly given: InspectArguments,
    readonly settings: PrintOptions,
    readonly excluded: RegExp | undefined,
  ) {}

  print(): void {
    const { allTensors, allTensorNames, tensorName } = this.given;
    if (allTensors || allTensorNames) this.#printAll(allTensors);
    else if (tensorName === '') this.#printListing();
    else this.#printOne(tensorName);
    this.#printCount();
  }

  /** TensorFlow drops the bytes of a key that are no text. */
  #text(name: string): string {
    const text = name.replace(LONE_SURROGATE, '');
    return this.#isTerminal ? escapeText(text) : text;
  }

  #report(error: unknown): void {
    if (!(error instanceof CkptError)) throw error;
    currentRun().exitCode = EXIT.failed;
    if (this.#told.has(error.message)) return;
    this.#told.add(error.message);
    stderr.line(`ckpt: ${escapeText(error.message)}`);
  }

  #printListing(): void {
    const { files, tensors } = this.checkpoint;
    const isOfTables = files.some(({ kind }) => kind === 'table');
    const list = isOfTables ? tensorflowListingV1 : tensorflowListing;
    for (const { key, dtypeName, shape, slices } of list(tensors, (error) => this.#report(error))) {
      const parts = slices === undefined ? '' : `, ${slices} slices`;
      stdout.write(`${this.#text(key)} (${dtypeName}) [${shape.join(',')}]${parts}\n`);
    }
    stdout.write('\n');
  }

  #printAll(withValues: boolean): void {
    for (const [name, tensor] of this.checkpoint.tensors) {
      this.#printHeading(name, tensor);
      if (withValues) this.#tryValues(name, tensor);
      else if (tensor.problem !== undefined) this.#report(tensor.problem);
    }
  }

  /** A name as TensorFlow's tool takes it, or else as listings print it. */
  #printOne(text: string): void {
    const { tensors } = this.checkpoint;
    const name = tensors.has(text) ? text : unescapeName(text);
    const tensor = tensors.get(name);
    if (tensor === undefined) {
      const hint = nearestHint(text, tensors.keys());
      throw new NameError(`tensor ${text} is not in the checkpoint${hint}`, { missing: [text] });
    }
    this.#printHeading(name, tensor);
    this.#tryValues(name, tensor);
  }

  #printHeading(name: string, tensor: Tensor): void {
    stdout.write(`tensor: ${this.#text(name)} (${pythonNameOf(tensor)}) [${tensor.shape.join(', ')}]\n`);
  }

  #tryValues(name: string, tensor: Tensor): void {
    try {
      checkStored(name, tensor);
      if (tensor.dtype.kind === 'variant') {
        stdout.write('<not convertible to a numpy dtype>\n');
        return;
      }
      for (const piece of arrayText(arrayValuesOf(tensor), this.settings)) stdout.write(piece);
      stdout.write('\n');
    } catch (error) {
      this.#report(error);
    }
  }

  #printCount(): void {
    const { excluded } = this;
    const count = parameterCount(this.checkpoint.tensors, (name) => excluded?.test(name) === true);
    if (excluded !== undefined) {
      const { excludedTensors, excludedParameters } = count;
      const pattern = this.given.countExcludePattern;
      stdout.write(
        `# Excluding ${excludedTensors} tensors (${excludedParameters} params) that match ${pattern} when counting.\n`,
      );
    }
    stdout.write(`# Total number of params: ${count.parameters}\n`);
  }
}
