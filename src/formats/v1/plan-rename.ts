/** A V1 checkpoint under other names. Names lie in every record, so the file is written anew, its content in chunks. */
import { UsageError } from '../../errors.ts';
import type { Checkpoint, RenameOptions } from '../format.ts';
import { renamedMap } from '../renamed-map.ts';
import type { RenamePlan } from '../write-plan.ts';
import { planReplacement, planTables } from './plan.ts';

/** Plans a checkpoint under other names: as `target`, or over itself in one atomic step. */
export async function planRenamedTables(
  { path, tensors, files, close }: Checkpoint,
  rename: (name: string) => string,
  options: RenameOptions,
): Promise<RenamePlan> {
  const { map, renamed } = renamedMap(tensors, rename);
  const present = files.filter(({ byteLength }) => byteLength !== undefined).map((file) => file.path);
  const { target } = options;
  const [only, ...others] = present;
  if (target === undefined && (only === undefined || others.length > 0)) {
    throw new UsageError(
      `${path} has ${present.length} shards, which cannot be replaced in one step; write a new checkpoint with -o`,
    );
  }
  const plan = await (target === undefined
    ? planReplacement(path, only as string, map, options, close)
    : planTables(target, map, options, present));
  return { ...plan, write: async (given) => ({ ...(await plan.write(given)), tensors: map.size, renamed }) };
}
