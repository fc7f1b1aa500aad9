/** `ckpt average`: several checkpoints of one model as their mean. */
import { Command, InvalidArgumentError } from 'commander';
import { furtherNamesOf } from '../../graph.ts';
import { type Assignment, average, type OpenedCheckpoint, rolesOf, UsageError } from '../../index.ts';
import { stepsInto, withSteps } from '../../text.ts';
import { outcomeOf } from '../editing.ts';
import { operateOn } from '../operate.ts';
import { CHECKPOINT_ARGUMENT, pathOf } from '../options.ts';
import { readRun } from '../run-directory.ts';
import { plural } from '../terminal/numbers.ts';
import { outputOf, type WritingOptions, withWriting } from '../write-options.ts';
import { checkOptions, openInputs } from '../writing-steps.ts';

interface AverageOptions extends WritingOptions {
  readonly last?: number;
  readonly weights?: readonly number[];
  readonly ema?: number;
  readonly common?: boolean;
  readonly into?: string;
}

const EXAMPLES = `
Checkpoints are given from the oldest to the newest. Each float becomes the
number of its dtype that is nearest to the exact mean; integers, bools, strings
and the step are those of the newest checkpoint, unless --into says otherwise.
Examples:
  ckpt average ckpt-1 ckpt-2 ckpt-3 -o averaged.ckpt
  ckpt average --last 5 run/ -o averaged.ckpt
  ckpt average a.ckpt b.ckpt --weights .7,.3 -o mixed.ckpt
  ckpt average --last 10 run/ --ema 0.9 --into step=0 -o smooth.ckpt --dry-run`;

function countArgument(text: string): number {
  if (!/^[1-9]\d{0,4}$/.test(text)) throw new InvalidArgumentError('Give a whole number from 1 on.');
  return Number(text);
}

function numberArgument(text: string): number {
  const number = text.trim() === '' ? Number.NaN : Number(text);
  if (!Number.isFinite(number)) throw new InvalidArgumentError('Give a number.');
  return number;
}

export function averageCommand(): Command {
  const command = new Command('average')
    .argument('<checkpoint...>', `two or more, each ${CHECKPOINT_ARGUMENT}; with --last one directory`)
    .option('--last <n>', 'the last n that the state file of the directory lists', countArgument)
    .option('--weights <list>', 'what each counts: .5,.3,.2', (text) => text.split(',').map(numberArgument))
    .option('--ema <decay>', 'an exponential moving average over them, oldest first', numberArgument)
    .option('--common', 'average what all have, where they do not have the same tensors')
    .option('--into <step=which>', 'whose step the mean has: step=last (the default), step=first or step=NUMBER')
    .addHelpText('after', EXAMPLES);
  return withWriting(command).action(run);
}

/** The last checkpoints of a directory that are there, the oldest first. */
function lastOf(directory: string, count: number, options: AverageOptions): string[] {
  const { listed, unlisted, stateFile } = readRun(directory, options);
  const found = listed.flatMap(({ checkpoint }) => (checkpoint === undefined ? [] : [checkpoint.prefix]));
  const all = listed.length > 0 ? found : unlisted.map(({ prefix }) => prefix);
  if (all.length < count) {
    const lists = listed.length > found.length ? `; ${stateFile} lists more, which are gone` : '';
    throw new UsageError(`${directory} has ${plural(all.length, 'checkpoint')}, fewer than ${count}${lists}`);
  }
  return all.slice(-count);
}

/** The steps that `--into` gives another value, and where that comes from. */
async function stepsFor(inputs: readonly OpenedCheckpoint[], into: string): Promise<Assignment[]> {
  const [oldest, newest] = [inputs[0], inputs.at(-1)] as [OpenedCheckpoint, OpenedCheckpoint];
  const { roleOf } = await rolesOf(newest);
  const averagee = ({ tensors, path }: OpenedCheckpoint) => ({ tensors, label: path });
  return stepsInto(into, averagee(oldest), averagee(newest), roleOf, await furtherNamesOf(newest.tensors));
}

async function run(given: readonly string[], _: unknown, command: Command): Promise<void> {
  const options = command.optsWithGlobals<AverageOptions>();
  checkOptions(options);
  const { last, weights, ema, common, verify } = options;
  if (last !== undefined && given.length !== 1)
    throw new UsageError('--last takes one directory: ckpt average --last 5 run/');
  const paths = last === undefined ? given : lastOf(pathOf(given[0] as string), last, options);
  if (paths.length < 2) throw new UsageError('a mean takes two checkpoints or more, or --last N and a directory');
  const output = outputOf(options, paths.at(-1) as string);
  const inputs = await openInputs(paths, options);
  const labels = inputs.map(({ path }) => path);
  const maps = inputs.map(({ tensors }) => tensors);
  const steps = await stepsFor(inputs, options.into ?? 'step=last');
  const untold = new Set(steps.map(({ name }) => name));
  const mean = average(maps, labels, { weights, ema, common, verify, untold });
  const edited = withSteps(mean, steps);
  const summary = `mean of ${plural(inputs.length, 'checkpoint')} (${labels.join(', ')}): ${mean.averaged} averaged,`;
  const newest = inputs.length - 1;
  const telling = { summary, change: 'unchanged' } as const;
  const outcome = outcomeOf(maps.at(-1) as (typeof maps)[0], edited, telling, newest);
  const { newNameOf } = outcome;
  await operateOn(inputs, output, options, {
    ...outcome,
    newNameOf: (...of) => (of[1] === newest ? newNameOf(...of) : undefined),
  });
}
