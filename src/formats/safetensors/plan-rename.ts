/** Safetensors under other names: names lie in the header, so files are written anew, their content copied as it lies. */
import { UsageError } from '../../errors.ts';
import type { Checkpoint, RenameOptions } from '../format.ts';
import { renamedMap } from '../renamed-map.ts';
import type { RenamePlan } from '../write-plan.ts';
import { planSafetensors } from './plan.ts';

/** Plans a model under other names: as `target`, or, of one file, over itself in one atomic step. */
export function planRenamedSafetensors(
  { path, tensors, files, metadata, close }: Checkpoint,
  rename: (name: string) => string,
  options: RenameOptions,
): RenamePlan {
  const { map, renamed } = renamedMap(tensors, rename);
  const data = files.filter(({ kind }) => kind === 'data');
  const { target } = options;
  if (target === undefined && files.length > 1) {
    throw new UsageError(
      `${path} has ${data.length} files, which cannot be replaced in one step; write a new model with -o`,
    );
  }
  const inputs = files.map((file) => file.path);
  const writing = { ...options, metadata, shards: Math.max(data.length, 1) };
  const reading = target === undefined ? { release: close } : { inputs };
  const plan = planSafetensors(target ?? path, map, writing, reading);
  return { ...plan, write: async (given) => ({ ...(await plan.write(given)), tensors: map.size, renamed }) };
}
