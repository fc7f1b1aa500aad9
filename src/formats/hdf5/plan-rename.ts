/** HDF5 under other names: names lie in the structure, so the file is written anew, its content copied as it lies. */
import type { Checkpoint, RenameOptions } from '../format.ts';
import { renamedMap } from '../renamed-map.ts';
import type { RenamePlan } from '../write-plan.ts';
import { keptGroups } from './layers.ts';
import { KERAS_SUFFIX } from './names.ts';
import { attributesBeside } from './open.ts';
import { planHdf5File } from './plan.ts';

/** Plans a file under other names: as `target`, or over itself in one atomic step. */
export function planRenamedHdf5(
  checkpoint: Checkpoint,
  rename: (name: string) => string,
  options: RenameOptions,
): RenamePlan {
  const { path, tensors, close } = checkpoint;
  const { map, renamed } = renamedMap(tensors, rename);
  const { target } = options;
  const reading = target === undefined ? { release: close } : { inputs: [path] };
  const groups = keptGroups(attributesBeside(checkpoint), map.keys());
  const like = path.endsWith(KERAS_SUFFIX) ? path : undefined;
  const plan = planHdf5File(target ?? path, map, { ...options, like }, reading, groups);
  return { ...plan, write: async (given) => ({ ...(await plan.write(given)), tensors: map.size, renamed }) };
}
