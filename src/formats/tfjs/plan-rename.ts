/** Weights of TensorFlow.js under other names: the manifest and its shards are written anew, the topology is kept. */
import { UsageError } from '../../errors.ts';
import type { Checkpoint, RenameOptions } from '../format.ts';
import { renamedMap } from '../renamed-map.ts';
import type { RenamePlan } from '../write-plan.ts';
import { modelBeside } from './open.ts';
import { planTfjs } from './plan.ts';

/** Plans a model under other names, as `target`. */
export function planRenamedTfjs(
  checkpoint: Checkpoint,
  rename: (name: string) => string,
  options: RenameOptions,
): RenamePlan {
  const { path, tensors, files } = checkpoint;
  const { map, renamed } = renamedMap(tensors, rename);
  const { target } = options;
  if (target === undefined && files.length > 2) {
    throw new UsageError(
      `${path} has ${files.length} files, which cannot be replaced in one step; write a new model with -o`,
    );
  }
  const reading = target === undefined ? { release: checkpoint.close } : { inputs: files.map((file) => file.path) };
  const plan = planTfjs(target ?? path, map, options, reading, modelBeside(checkpoint));
  return { ...plan, write: async (given) => ({ ...(await plan.write(given)), tensors: map.size, renamed }) };
}
