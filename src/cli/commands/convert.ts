/** `ckpt convert`: the same tensors in another format. */
import { Command } from 'commander';
import type { OpenedCheckpoint } from '../../index.ts';
import { type Outcome, operate } from '../operate.ts';
import { CHECKPOINT_ARGUMENT } from '../options.ts';
import { plural } from '../terminal/numbers.ts';
import { type WritingOptions, withWriting } from '../write-options.ts';

const EXAMPLES = `
Everything is kept: names, values, parts, an object graph. What the format cannot hold is refused before anything is written.

Examples:
  ckpt convert old.ckpt -o new.ckpt --to v2
  ckpt convert 'model.ckpt-?????-of-00004' -o model.ckpt --to v2 --shards 1
  ckpt convert model.ckpt -o old.ckpt --to v1 --dry-run`;

export function convertCommand(): Command {
  const command = new Command('convert').argument('<checkpoint>', CHECKPOINT_ARGUMENT).addHelpText('after', EXAMPLES);
  return withWriting(command).action(run);
}

function converted({ tensors, format }: OpenedCheckpoint, { to = format }: WritingOptions): Outcome {
  const change = to === format ? `kept in ${to.toUpperCase()}` : `from ${format.toUpperCase()} to ${to.toUpperCase()}`;
  return {
    tensors,
    becomes: (name) => name,
    graph: { input: 0, newNameOf: (name) => name },
    summary: (size) => `${plural(size, 'tensor')} ${change}`,
    fate: 'unchanged',
    notes: [],
  };
}

async function run(path: string, _: unknown, command: Command): Promise<void> {
  const options = command.optsWithGlobals<WritingOptions>();
  await operate([path], options, ([input]) => converted(input as OpenedCheckpoint, options));
}
