/** Objects put where their new paths say: names of children change, objects move between others, come into being, or join. */
import { TextMap } from '../bytes/text-map.ts';
import { lastName, parentPath } from './checkpoint-key.ts';
import type { GraphColumns } from './graph-columns.ts';
import { GraphEditor } from './graph-editor.ts';
import type { GraphNotes } from './graph-notes.ts';
import { MovedGraph } from './moved-graph.ts';
import type { Move, NodeMoves } from './node-moves.ts';
import type { ObjectPath, ObjectPaths } from './object-paths.ts';

const JOINED = 'objects of different places became one here';
const NEW_ROOT = 'the root of the object graph is now an object in a new root, under this name';
const NOW_ROOT = 'this object became the root of the object graph, or a part of it';

/** Which object holds each new path. */
class Holders {
  readonly #ids = new TextMap<number>();
  constructor(
    readonly draft: GraphEditor,
    readonly notes: GraphNotes,
  ) {}

  /** Gives a path to an object, which becomes part of the one that has it already. */
  claim(path: string, place: ObjectPath): void {
    const holder = this.#ids.get(path);
    if (holder === undefined) this.#ids.set(path, place.id);
    else if (this.draft.resolve(holder) !== this.draft.resolve(place.id)) {
      if (path !== '') this.notes.add(JOINED, path);
      this.draft.join(place.id, holder);
    }
  }

  /** The object at a path; made, with those above it, where there is none. */
  at(path: string): number {
    const missing: string[] = [];
    let at: string | undefined = path;
    for (; at !== undefined && !this.#ids.has(at); at = parentPath(at)) missing.push(at);
    for (const made of missing.reverse()) {
      const id = this.draft.addObject();
      this.#ids.set(made, id);
      const above = parentPath(made);
      if (above !== undefined) this.draft.addChild(this.#ids.get(above) as number, lastName(made), id);
    }
    return this.draft.resolve(this.#ids.get(path) as number);
  }
}

/** Ties an object to the one that its new path names, and unties it from where it was. */
function tie(place: ObjectPath, move: Move, draft: GraphEditor, holders: Holders): void {
  const above = parentPath(move.path);
  const oldParent = place.parent;
  if (oldParent === undefined || above === undefined) {
    if (oldParent !== undefined) draft.renameChild(oldParent.id, place.name, undefined);
    if (above !== undefined) draft.addChild(holders.at(above), lastName(move.path), place.id);
    return;
  }
  const parent = holders.at(above);
  if (parent === draft.resolve(oldParent.id)) {
    draft.renameChild(oldParent.id, place.name, lastName(move.path));
    return;
  }
  draft.renameChild(oldParent.id, place.name, undefined);
  draft.addChild(parent, lastName(move.path), place.id);
}

/** The graph with every object that still has values at its new path. */
export function moveNodes(graph: GraphColumns, places: ObjectPaths, moves: NodeMoves, notes: GraphNotes): MovedGraph {
  const moved = places.all.filter((place) => {
    const { path, live } = moves[place.index] as Move;
    return live && path !== place.path;
  });
  if (moved.length === 0) return MovedGraph.unmoved(graph);
  const draft = new GraphEditor(graph);
  const holders = new Holders(draft, notes);
  const live = places.all.filter((place) => (moves[place.index] as Move).live);
  for (const place of live) if ((moves[place.index] as Move).path === place.path) holders.claim(place.path, place);
  for (const place of moved) holders.claim((moves[place.index] as Move).path, place);
  for (const place of live) tie(place, moves[place.index] as Move, draft, holders);
  draft.setRoot(holders.at(''));
  for (const place of moved) {
    const { path } = moves[place.index] as Move;
    if (place === places.root) notes.add(NEW_ROOT, path);
    else if (path === '') notes.add(NOW_ROOT, place.path);
  }
  return draft.finish(notes);
}
