/** A bundle under other names whose files do not lie on this machine: its content is written, and not its files copied. */
import type { Checkpoint, RenameOptions } from '../format.ts';
import { renamedMap } from '../renamed-map.ts';
import type { RenamePlan } from '../write-plan.ts';
import { planBundle } from './plan.ts';

/** Plans the bundle `target` with the tensors of another under other names. */
export function planBundleFromElsewhere(
  { path, tensors }: Checkpoint,
  rename: (name: string) => string,
  options: RenameOptions,
): RenamePlan {
  const { map, renamed } = renamedMap(tensors, rename);
  const plan = planBundle(options.target ?? path, map, options);
  return { ...plan, write: async (given) => ({ ...(await plan.write(given)), tensors: map.size, renamed }) };
}
