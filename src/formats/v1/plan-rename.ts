/** A V1 checkpoint under other names. Names lie in every record, so the file is written anew, its content in chunks. */
import { NameError, UsageError } from '../../errors.ts';
import type { Tensor, TensorMap } from '../../tensor/tensor.ts';
import type { Checkpoint, RenameOptions } from '../format.ts';
import type { RenamePlan } from '../write-plan.ts';
import { planReplacement, planTables } from './plan.ts';

/** The map under its new names; throws {@link NameError} where two would meet. */
function renamedMap(
  tensors: TensorMap,
  rename: (name: string) => string,
): { map: Map<string, Tensor>; renamed: number } {
  const map = new Map<string, Tensor>();
  const old = new Map<string, string>();
  let renamed = 0;
  for (const [name, tensor] of tensors) {
    const next = rename(name);
    if (map.has(next)) {
      const colliding = [old.get(next) ?? next, name];
      throw new NameError(`${colliding.join(' and ')} would both be called ${next}; nothing was renamed`, {
        colliding,
      });
    }
    if (next !== name) renamed++;
    map.set(next, tensor);
    old.set(next, name);
  }
  return { map, renamed };
}

/** Plans a checkpoint under other names: as `target`, or over itself in one atomic step. */
export function planRenamedTables(
  { path, tensors, files, close }: Checkpoint,
  rename: (name: string) => string,
  options: RenameOptions,
): RenamePlan {
  const { map, renamed } = renamedMap(tensors, rename);
  const present = files.filter(({ byteLength }) => byteLength !== undefined).map((file) => file.path);
  const { target } = options;
  const [only, ...others] = present;
  if (target === undefined && (only === undefined || others.length > 0)) {
    throw new UsageError(
      `${path} has ${present.length} shards, which cannot be replaced in one step; write a new checkpoint with -o`,
    );
  }
  const plan =
    target === undefined
      ? planReplacement(path, only as string, map, options, close)
      : planTables(target, map, options, present);
  return { ...plan, write: async (given) => ({ ...(await plan.write(given)), tensors: map.size, renamed }) };
}
