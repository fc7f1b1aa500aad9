/** A V1 checkpoint under other names. Names lie in every record, so the file is written anew, its content in chunks. */
import { NameError, UsageError } from '../../errors.ts';
import type { Tensor, TensorMap } from '../../tensor/tensor.ts';
import type { Checkpoint, Renamed, RenameOptions } from '../format.ts';
import { planTables, type TablesPlan } from './plan.ts';
import { writeTables } from './write.ts';

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

/** The plan that replaces the one file of a checkpoint by itself. */
function planInPlace(path: string, files: readonly string[], tensors: TensorMap): TablesPlan {
  if (files.length !== 1) {
    throw new UsageError(
      `${path} has ${files.length} shards, which cannot be replaced in one step; write a new checkpoint with -o`,
    );
  }
  const file = files[0] as string;
  const unnamed = planTables(`${file}.renamed`, tensors, { shards: 1, force: true });
  const data = unnamed.data.map((table) => ({ ...table, path: file }));
  return { ...unnamed, path, data, indexPath: file, obsolete: [] };
}

/** Writes a checkpoint under other names: as `target`, or over itself in one atomic step. */
export async function renameTables(
  { path, tensors, files, close }: Checkpoint,
  rename: (name: string) => string,
  { target, ...options }: RenameOptions,
): Promise<Renamed> {
  const { map, renamed } = renamedMap(tensors, rename);
  const present = files.filter(({ byteLength }) => byteLength !== undefined).map((file) => file.path);
  if (target === undefined) {
    const written = await writeTables(planInPlace(path, present, map), options, close);
    return { path, tensors: map.size, renamed, ...written };
  }
  const plan = planTables(target, map, options, present);
  return { path: plan.path, tensors: map.size, renamed, ...(await writeTables(plan, options)) };
}
