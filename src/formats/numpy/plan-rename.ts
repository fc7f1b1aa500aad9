/** Arrays under other names: an archive is written anew, and so is a directory. */
import { UsageError } from '../../errors.ts';
import type { Checkpoint, RenameOptions } from '../format.ts';
import { renamedMap } from '../renamed-map.ts';
import type { RenamePlan } from '../write-plan.ts';
import { planNpy } from './plan-npy.ts';
import { planNpz } from './plan-npz.ts';

/** Plans an archive or files under other names: as `target`, or, of an archive, over itself in one atomic step. */
export function planRenamedArrays(
  { format, path, tensors, files, close }: Checkpoint,
  rename: (name: string) => string,
  options: RenameOptions,
): RenamePlan {
  const { map, renamed } = renamedMap(tensors, rename);
  const { target } = options;
  if (target === undefined && format === 'npy') {
    throw new UsageError(`the names of ${path} are those of its files; write a new directory with -o`);
  }
  const inputs = files.map((file) => file.path);
  const reading = target === undefined ? { release: close } : { inputs };
  const plan = (format === 'npz' ? planNpz : planNpy)(target ?? path, map, options, reading);
  return { ...plan, write: async (given) => ({ ...(await plan.write(given)), tensors: map.size, renamed }) };
}
