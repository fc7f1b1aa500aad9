/**
 * The object graph after its keys changed: renamed keys, objects where the new keys say, no trace of dropped values.
 *
 * Objects keep their numbers, and one that lost its values stays as an empty object; only what leads to it is taken away.
 * TensorFlow would match a program's variable with an empty object and report it as restored; with nothing leading there it
 * says that the variable was not found, and `expect_partial` still passes. Numbers mean nothing to TensorFlow apart from
 * the root's, which is 0.
 */
import { formatKey, parseKey, staysRestorable } from './checkpoint-key.ts';
import { GraphNotes } from './graph-notes.ts';
import { moveNodes } from './move-nodes.ts';
import { type Move, type NewKey, type NodeMoves, nodeMovesOf } from './node-moves.ts';
import {
  checkReferences,
  type ObjectGraph,
  type ObjectNode,
  type SavedAttribute,
  type SlotReference,
} from './object-graph.ts';
import { type ObjectPaths, objectPathsOf } from './object-paths.ts';
import { reachesValues } from './value-reach.ts';

export interface RewrittenGraph {
  /** The same object when nothing changed. */
  readonly graph: ObjectGraph;
  /** Sentences for the person who asked: what could not follow, and what TensorFlow will make of it. */
  readonly notes: readonly string[];
}

/** New keys by value; nothing for one that was dropped. */
type NewKeys = ReadonlyMap<SavedAttribute, string | undefined>;

const PART_LOST =
  'some of the values of this object were dropped; TensorFlow restores such an object whole or not at all';
const NAME_ONLY =
  'TensorFlow restores an object only from a key that ends as before, from .ATTRIBUTES/ on; the object graph leaves this value out, and programs find it by its name';
const SLOTS_ONLY = 'the value was dropped but optimizer slots of it were kept; TensorFlow will count it as restored';

function fatesOf(
  { nodes }: ObjectGraph,
  newKeyOf: (key: string) => string | undefined,
  isAbsent: (key: string) => boolean,
  notes: GraphNotes,
): Map<SavedAttribute, NewKey> {
  const fates = new Map<SavedAttribute, NewKey>();
  for (const { attributes } of nodes) {
    for (const attribute of attributes) {
      const { checkpointKey } = attribute;
      const key = newKeyOf(checkpointKey);
      if (isAbsent(checkpointKey) && (key === undefined || key === checkpointKey)) {
        fates.set(attribute, { kind: 'absent' });
      } else if (key !== undefined && !staysRestorable(checkpointKey, key)) {
        notes.add(NAME_ONLY, key);
        fates.set(attribute, { kind: 'dropped' });
      } else fates.set(attribute, key === undefined ? { kind: 'dropped' } : { kind: 'kept', key });
    }
  }
  return fates;
}

function changesNothing(fates: ReadonlyMap<SavedAttribute, NewKey>): boolean {
  for (const [{ checkpointKey }, fate] of fates) {
    if (fate.kind === 'dropped' || (fate.kind === 'kept' && fate.key !== checkpointKey)) return false;
  }
  return true;
}

/** A value that never was in the checkpoint goes where its object goes. */
function newKeys(fates: ReadonlyMap<SavedAttribute, NewKey>, places: ObjectPaths, moves: NodeMoves): NewKeys {
  const keys = new Map<SavedAttribute, string | undefined>();
  for (const [attribute, fate] of fates) {
    const { checkpointKey } = attribute;
    keys.set(attribute, fate.kind === 'kept' ? fate.key : fate.kind === 'dropped' ? undefined : checkpointKey);
  }
  for (const place of places.all) {
    const { path } = moves.get(place) as Move;
    if (path === place.path) continue;
    for (const attribute of place.attributes) {
      const parts = parseKey(attribute.checkpointKey);
      if (fates.get(attribute)?.kind === 'absent' && parts !== undefined) {
        keys.set(attribute, formatKey({ ...parts, path }));
      }
    }
  }
  return keys;
}

function withKeys(node: ObjectNode, keys: NewKeys): ObjectNode {
  let same = true;
  const attributes = node.attributes.flatMap((attribute) => {
    const checkpointKey = keys.get(attribute);
    if (checkpointKey === attribute.checkpointKey) return [attribute];
    same = false;
    return checkpointKey === undefined ? [] : [{ ...attribute, checkpointKey }];
  });
  return same ? node : { ...node, attributes };
}

/** Takes away the slots whose variable lost its value. */
function withoutLostSlots(nodes: readonly ObjectNode[], lost: (id: number) => boolean): ObjectNode[] {
  return nodes.map((node) => {
    const left = (slot: SlotReference): boolean => !lost(slot.slotVariableNodeId);
    if (node.slotVariables.every(left)) return node;
    return { ...node, slotVariables: node.slotVariables.filter(left) };
  });
}

/** Takes away what leads to objects that had values in or below them and have none any more. */
function pruned(nodes: readonly ObjectNode[], bare: (id: number) => boolean): ObjectNode[] {
  return nodes.map((node, id) => {
    const kept = node.children.filter(({ nodeId }) => !bare(nodeId));
    const children = kept.length === node.children.length ? node.children : kept;
    if (bare(id) && node.hasCheckpointValues === true) return { ...node, children, hasCheckpointValues: false };
    return children === node.children ? node : { ...node, children };
  });
}

function noteLosses(before: readonly ObjectNode[], after: readonly ObjectNode[], notes: GraphNotes): void {
  const slotted = new Set(after.flatMap((node) => node.slotVariables.map((slot) => slot.originalVariableNodeId)));
  for (const [id, { attributes }] of before.entries()) {
    const left = after[id]?.attributes.length ?? 0;
    const key = attributes[0]?.checkpointKey;
    if (key === undefined || left === attributes.length) continue;
    const name = parseKey(key)?.path ?? key;
    if (left > 0) notes.add(PART_LOST, name);
    else if (slotted.has(id)) notes.add(SLOTS_ONLY, name);
  }
}

/**
 * The graph for keys that `newKeyOf` renamed, or dropped by giving nothing. `isAbsent` tells the keys under which the
 * checkpoint has no value, such as those of variables that were never initialised: they go where their objects go, and
 * are never dropped. Throws {@link CorruptError} for a graph that refers to objects it does not have.
 */
export function rewriteObjectGraph(
  graph: ObjectGraph,
  newKeyOf: (key: string) => string | undefined,
  isAbsent: (key: string) => boolean = () => false,
): RewrittenGraph {
  checkReferences(graph);
  const notes = new GraphNotes();
  const fates = fatesOf(graph, newKeyOf, isAbsent, notes);
  if (changesNothing(fates)) return { graph, notes: [] };
  const places = objectPathsOf(graph);
  const moves = nodeMovesOf(places, (attribute) => fates.get(attribute) as NewKey, notes);
  const regraphed = moveNodes(graph, places, moves, notes);
  const keys = newKeys(fates, places, moves);
  const keyed = regraphed.nodes.map((node) => withKeys(node, keys));
  const lost = (id: number): boolean =>
    keyed[id]?.attributes.length === 0 && regraphed.nodes[id]?.attributes.length !== 0;
  const slotted = withoutLostSlots(keyed, lost);
  noteLosses(regraphed.nodes, slotted, notes);
  const had = new Uint8Array(slotted.length);
  for (const [id, reached] of reachesValues(graph.nodes).entries()) if (reached !== 0) had[regraphed.newIdOf(id)] = 1;
  const has = reachesValues(slotted);
  const nodes = pruned(slotted, (id) => had[id] === 1 && has[id] === 0);
  return { graph: { ...graph, nodes }, notes: notes.sentences() };
}
