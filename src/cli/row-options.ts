/** Options of commands that make new rows: along which axis, and what the rows hold. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { UsageError } from '../index.ts';
import { parseFilling, type RowFilling } from '../text.ts';
import { integerArgument } from './options.ts';

export interface RowOptions {
  readonly axis: number;
  readonly init: RowFilling;
  readonly seed: number;
}

function fillingArgument(text: string): RowFilling {
  if (text === 'mean' || text === 'repeat') return { kind: text };
  try {
    const filling = parseFilling(text);
    if (filling !== undefined) return filling;
  } catch (error) {
    if (error instanceof UsageError) throw new InvalidArgumentError(error.message);
    throw error;
  }
  throw new InvalidArgumentError('Give zeros, ones, mean, repeat, normal:STD or uniform:LO,HI.');
}

export function withRows(command: Command): Command {
  return command
    .option('--axis <n>', 'along which axis; -1 is the last', integerArgument, 0)
    .addOption(
      new Option(
        '--init <what>',
        'what new rows hold: zeros, ones, mean, repeat, normal:STD or uniform:LO,HI; those of slots are zeros',
      )
        .argParser(fillingArgument)
        .default({ kind: 'zeros' }, 'zeros'),
    )
    .option('--seed <n>', 'of random numbers; the same seed gives the same ones', integerArgument, 0);
}
