/** Roles by a graph file and the object graph of a checkpoint, each read if it is there. Loaded only when one of them is. */
import { CkptError, UnreadableError } from '../errors.ts';
import { supply } from '../io/store.ts';
import type { GraphFacts } from '../meta-graph/graph-facts.ts';
import type { GraphColumns } from '../object-graph/graph-columns.ts';
import { OBJECT_GRAPH_KEY } from '../object-graph/object-graph-key.ts';
import type { TensorMap } from '../tensor/tensor.ts';
import type { GraphSubject } from './graph-beside.ts';
import { rolesByNames } from './name-role.ts';
import type { GraphRoles } from './object-graph-role.ts';
import { EVIDENCE, type Evidence, type RoleOf, type Roles } from './role.ts';

/** Where to look for a graph file: beside the checkpoint at `prefix`, or where the user says. */
export type GraphPlace = Omit<GraphSubject, 'objectGraph'>;

/** Takes back what is known by weaker evidence than is wanted. */
export function notWeaker(roles: Roles, weakest: Evidence): Roles {
  const rank = EVIDENCE.indexOf(weakest);
  const roleOf: RoleOf = (name, facts) => {
    const role = roles.roleOf(name, facts);
    if (role.trainable === 'unknown' || EVIDENCE.indexOf(role.evidence) <= rank) return role;
    return { ...role, trainable: 'unknown' };
  };
  return weakest === 'names' ? roles : { ...roles, roleOf, quick: undefined };
}

type Refusal = CkptError | UnreadableError;

const isRefusal = (value: unknown): value is Refusal => value instanceof CkptError || value instanceof UnreadableError;

async function attempt<T>(read: () => T | Promise<T>): Promise<T | Refusal> {
  try {
    return await read();
  } catch (error) {
    if (isRefusal(error)) return error;
    throw error;
  }
}

/** The graph file of a checkpoint. One that the user named must be read; of one that is merely there, the error is told. */
async function graphFacts(
  place: GraphPlace,
  objectGraph: GraphColumns | undefined,
  keys: Iterable<string>,
): Promise<GraphFacts | Refusal | undefined> {
  const { readGraphFacts } = await import('./graph-beside.ts');
  const read = (): Promise<GraphFacts | undefined> => readGraphFacts({ ...place, objectGraph, keys });
  return place.path === undefined ? attempt(read) : read();
}

/** The object graph of a checkpoint, if it has one, and the roles by it. */
async function rolesOfObjects(
  tensors: TensorMap,
): Promise<({ readonly objectGraph: GraphColumns } & GraphRoles) | undefined> {
  if (!tensors.has(OBJECT_GRAPH_KEY)) return undefined;
  const { graphColumnsOf } = await import('../object-graph/stored-columns.ts');
  const objectGraph = graphColumnsOf(tensors);
  if (objectGraph === undefined) return undefined;
  const { rolesByGraph } = await import('./object-graph-role.ts');
  return { objectGraph, ...rolesByGraph(objectGraph, tensors) };
}

/** The best of what is there: names always tell something, an object graph more, and a graph file most. */
export async function bestRoles(tensors: TensorMap, place: GraphPlace | undefined): Promise<Roles> {
  const notes: string[] = [];
  const found = await attempt(() => supply(() => rolesOfObjects(tensors)));
  if (isRefusal(found)) notes.push(`the object graph cannot be read, and tells no roles: ${found.message}`);
  const { objectGraph, roleOf, quick } = (isRefusal(found) ? undefined : found) ?? {};
  const byNames = rolesByNames(tensors);
  let roles: Roles = roleOf === undefined ? byNames : { roleOf, quick, best: 'object-graph', notes };
  const facts =
    place === undefined ? undefined : await graphFacts(place, objectGraph, { [Symbol.iterator]: () => tensors.keys() });
  if (isRefusal(facts)) notes.push(`${facts.message}; roles are told without it`);
  else if (facts !== undefined) {
    const { roleByFacts, speaksOf, tellsTrained } = await import('./declared-role.ts');
    if (!speaksOf(facts, tensors))
      notes.push(`${facts.path} is the graph of other variables: none is in the checkpoint`);
    else {
      const best = tellsTrained(facts) ? 'declared' : roles.best;
      roles = { roleOf: roleByFacts(facts, tensors, roles.roleOf, roles.byName), best, graph: facts, notes };
    }
  }
  return roles === byNames ? rolesByNames(tensors, notes) : roles;
}
