/** The role of a variable of which an object graph tells nothing by its objects: by its key, and by its full name. */
import { TextMap } from '../bytes/text-map.ts';
import type { GraphColumns } from '../object-graph/graph-columns.ts';
import { roleByName } from './name-role.ts';
import type { RoleFacts, TensorRole } from './role.ts';
import type { Names } from './slot-names.ts';
import { IN_SCOPE, roleByWords } from './word-role.ts';

/** The keys of variables by their full names; undefined for a name that several have. */
export function keysByFullName(graph: GraphColumns, counts: (id: number) => boolean): Map<string, string | undefined> {
  const keys = new TextMap<string | undefined>();
  for (let id = 0; id < graph.count; id++) {
    const key = counts(id) ? graph.keyOf(id) : undefined;
    if (key === undefined) continue;
    const fullName = graph.fullNameOf(id);
    keys.set(fullName, keys.has(fullName) ? undefined : key);
  }
  return keys;
}

/** A setting of the user's own is no setting of an optimizer; a slot by its full name is one of a variable that is there. */
export function roleOfUntold(
  { key, fullName }: { readonly key: string; readonly fullName: string },
  facts: RoleFacts,
  names: Names,
  byFullNames: () => ReadonlyMap<string, string | undefined>,
): TensorRole {
  const byKey = roleByName(key, facts, names);
  if (byKey.role === 'hyperparameter') return byKey.because === IN_SCOPE ? byKey : { ...byKey, role: 'weight' };
  const isInteger = facts.dtype.kind === 'int' || facts.dtype.kind === 'uint';
  if (byKey.role !== 'weight' || (byKey.trainable === 'no' && !isInteger)) return byKey;
  const byFullName = roleByWords(fullName, facts, { has: (name) => byFullNames().has(name) });
  switch (byFullName.role) {
    case 'weight':
      return isInteger ? byKey : byFullName;
    case 'bookkeeping':
    case 'step':
      return byFullName;
    case 'hyperparameter':
      return byKey;
    default: {
      const { of: named, ...rest } = byFullName;
      const of = named === undefined ? key : byFullNames().get(named);
      if (of === key) return byKey;
      return of === undefined ? rest : { ...rest, of };
    }
  }
}
