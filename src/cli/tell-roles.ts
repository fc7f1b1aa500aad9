/** The roles of the tensors for commands that select by them, and what a user should know of how they are known. */
import { furtherNamesOf } from '../graph.ts';
import { type OpenedCheckpoint, type Roles, rolesOf, type Selection } from '../index.ts';
import { type GlobalOptions, printNotes, type SelectionOptions } from './options.ts';

interface RoleOptions extends GlobalOptions, Pick<SelectionOptions, 'graph'> {}

/** The roles by the best evidence there is; says what was there and could not be read. */
export async function tellRoles(checkpoint: OpenedCheckpoint, options: RoleOptions): Promise<Roles> {
  const roles = await rolesOf(checkpoint, { graph: options.graph });
  printNotes(roles.notes, options);
  return roles;
}

/** The selection with roles that are known already. */
export async function selectionBy(
  selection: Selection,
  roles: Roles,
  checkpoint: OpenedCheckpoint,
  options: GlobalOptions,
): Promise<Selection> {
  if (selection.trainable !== undefined) {
    const { doubtsOf } = await import('./role-doubts.ts');
    printNotes(doubtsOf(checkpoint, roles), options);
  }
  return { ...selection, roleOf: roles.roleOf };
}

/** Whether a selection asks for roles. */
export function asksForRoles({ roles = [], trainable }: Selection): boolean {
  return roles.length > 0 || trainable !== undefined;
}

/** The selection with all that its tensors are called, which is looked for only where it has patterns. */
export async function withNames(selection: Selection, { tensors }: OpenedCheckpoint): Promise<Selection> {
  return selection.patterns.length === 0 ? selection : { ...selection, others: await furtherNamesOf(tensors) };
}

/** The selection with the names and the roles of the checkpoint, each looked for only where it asks for any. */
export async function withRoles(
  requested: Selection,
  checkpoint: OpenedCheckpoint,
  options: RoleOptions,
): Promise<Selection> {
  const selection = await withNames(requested, checkpoint);
  if (!asksForRoles(selection)) return selection;
  return selectionBy(selection, await tellRoles(checkpoint, options), checkpoint, options);
}
