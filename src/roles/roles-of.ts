/** The roles of the tensors of a checkpoint, by the best evidence there is. */

import { stemOf } from '../io/shard-names.ts';
import { fileStore, type Store, supply } from '../io/store.ts';
import { isFile } from '../io/stored.ts';
import { OBJECT_GRAPH_KEY } from '../object-graph/object-graph-key.ts';
import type { TensorMap } from '../tensor/tensor.ts';
import { bundledGraph } from './bundled-graph.ts';
import { rolesByNames } from './name-role.ts';
import type { Evidence, Roles } from './role.ts';

/** What is looked at: where the checkpoint lies, and its tensors. */
export interface RoleSubject {
  /** Where its files are; without it, on this machine. */
  readonly store?: Store | undefined;
  readonly path: string;
  readonly tensors: TensorMap;
}

export interface RolesOptions {
  /** A `.meta` or a SavedModel that lies elsewhere. */
  readonly graph?: string | undefined;
  /** The weakest evidence that may decide what is trainable; `names` when left out. */
  readonly weakest?: Evidence | undefined;
}

/** Whether there may be a graph: beside the checkpoint, in one file with it, or around it, as of a SavedModel. */
function mayHaveGraph(store: Store, prefix: string): boolean {
  const stem = stemOf(prefix);
  if (stem !== prefix || /(?:^|[\\/])variables$/.test(prefix) || isFile(store, `${stem}.meta`)) return true;
  return bundledGraph(store, prefix) !== undefined;
}

/**
 * The roles of the tensors of a checkpoint. Evidence that is there and cannot be read is told in `notes`; throws a
 * `CkptError` where the graph that `options` names cannot be read. Names alone are asked where there is nothing else.
 *
 * @example
 * const checkpoint = await openCheckpoint('model.ckpt');
 * const { roleOf } = await rolesOf(checkpoint);
 * for (const [name, tensor] of checkpoint.tensors) {
 *   const { role, trainable, evidence } = roleOf(name, tensor);
 *   console.log(name, role, trainable, evidence);
 * }
 */
export async function rolesOf(
  { store = fileStore(), path, tensors }: RoleSubject,
  options: RolesOptions = {},
): Promise<Roles> {
  const { graph, weakest = 'names' } = options;
  const mayHave = graph !== undefined || (await supply(() => mayHaveGraph(store, path)));
  const place = mayHave ? { store, prefix: path, path: graph } : undefined;
  if (place === undefined && weakest === 'names' && !tensors.has(OBJECT_GRAPH_KEY)) return rolesByNames(tensors);
  const { bestRoles, notWeaker } = await import('./best-roles.ts');
  return notWeaker(await bestRoles(tensors, place), weakest);
}
