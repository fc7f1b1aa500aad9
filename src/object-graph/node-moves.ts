/**
 * Where objects go when their keys change. A key that changes before its last names moves the objects it names: all values
 * below an object must agree on its new path, or it stays where it is and those that moved leave it.
 */
import { joinPath, lastName, namesOf, parentPath, parseKey } from './checkpoint-key.ts';
import type { GraphColumns } from './graph-columns.ts';
import type { GraphNotes } from './graph-notes.ts';
import type { ObjectPath, ObjectPaths } from './object-paths.ts';

/** What becomes of a value: its new key, or nothing when it was dropped, or that its key never was in the checkpoint. */
export type NewKey =
  | { readonly kind: 'kept'; readonly key: string }
  | { readonly kind: 'dropped' }
  | { readonly kind: 'absent' };

export interface Move {
  /** The new path. */
  readonly path: string;
  /** Whether a value is left here or below. */
  readonly live: boolean;
}

/** By the places of the paths among all. */
export type NodeMoves = readonly Move[];

/** What the values of an object, and the objects in it, say about its new path. */
interface Poll {
  path: string | undefined;
  disagree: boolean;
  /** Whether something below keeps its name, so that it is this object that went deeper or higher. */
  carries: boolean;
  live: boolean;
}

const STAYS =
  'not everything in it was renamed alike, so the object keeps its place in the object graph under its old name';
const DIVIDED =
  'some of what is in it moved elsewhere, and the object keeps its place in the object graph without that';
const NO_PATH =
  'the new key spells no path of an object, so the object keeps its place in the object graph under its old name';

function vote(poll: Poll, path: string): void {
  if (poll.path !== undefined && poll.path !== path) poll.disagree = true;
  poll.path = path;
}

/** The path that a value's new key spells; undefined when it spells none of an object. */
function spelled(key: string): string | undefined {
  const next = parseKey(key);
  return next === undefined || next.slot !== undefined ? undefined : next.path;
}

/** What the object's own values say. */
function pollValues(
  graph: GraphColumns,
  place: ObjectPath,
  poll: Poll,
  newKeyOf: (attribute: number) => NewKey,
  notes: GraphNotes,
): void {
  for (const attribute of place.attributes) {
    const fate = newKeyOf(attribute);
    if (fate.kind === 'dropped') continue;
    poll.live = true;
    if (fate.kind === 'absent') continue;
    const path = spelled(fate.key);
    if (path === undefined) notes.add(NO_PATH, graph.keyAt(attribute));
    else poll.carries = true;
    vote(poll, path ?? place.path);
  }
}

/** The path that an object goes to; undefined when it goes with the object it is in. */
function decided(place: ObjectPath, { path, disagree, carries }: Poll): string | undefined {
  if (path === undefined) return undefined;
  if (disagree) return place.path;
  return carries || namesOf(path).length === namesOf(place.path).length ? path : place.path;
}

/** Decides for every place; children before parents, then those that have no say of their own after their parents. */
export function nodeMovesOf(
  graph: GraphColumns,
  places: ObjectPaths,
  newKeyOf: (attribute: number) => NewKey,
  notes: GraphNotes,
): NodeMoves {
  const polls = places.all.map((): Poll => ({ path: undefined, disagree: false, carries: false, live: false }));
  for (let i = places.all.length - 1; i >= 0; i--) {
    const place = places.all[i] as ObjectPath;
    const poll = polls[i] as Poll;
    pollValues(graph, place, poll, newKeyOf, notes);
    const path = decided(place, poll);
    if (poll.disagree && place !== places.root) notes.add(place.attributes.length > 0 ? STAYS : DIVIDED, place.path);
    poll.path = path;
    if (place.parent !== undefined) pollParent(place, poll, polls[place.parent.index] as Poll);
  }
  const moves: Move[] = [];
  for (const place of places.all) {
    const { path, live } = polls[place.index] as Poll;
    const { parent } = place;
    const carried = parent === undefined ? '' : joinPath((moves[parent.index] as Move).path, place.name);
    moves.push({ path: path ?? carried, live: live || parent === undefined });
  }
  return moves;
}

function pollParent(place: ObjectPath, { path, live }: Poll, parent: Poll): void {
  parent.live ||= live;
  const above = path === undefined ? undefined : parentPath(path);
  if (path === undefined || above === undefined) return;
  vote(parent, above);
  parent.carries ||= lastName(path) === place.name;
}
