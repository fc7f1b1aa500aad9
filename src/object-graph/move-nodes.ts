/** Objects put where their new paths say: names of children change, objects move between others, come into being, or join. */
import type { GraphColumns } from './graph-columns.ts';
import { GraphEditor } from './graph-editor.ts';
import type { GraphNotes } from './graph-notes.ts';
import { MovedGraph } from './moved-graph.ts';
import type { NodeMoves } from './node-moves.ts';
import type { ObjectPaths } from './object-paths.ts';

const JOINED = 'objects of different places became one here';
const NEW_ROOT = 'the root of the object graph is now an object in a new root, under this name';
const NOW_ROOT = 'this object became the root of the object graph, or a part of it';

/** Which object holds each new path. */
class Holders {
  /** One more than the object, by the number of the path. */
  readonly #ids: Int32Array;

  constructor(
    readonly places: ObjectPaths,
    readonly draft: GraphEditor,
    readonly notes: GraphNotes,
  ) {
    this.#ids = new Int32Array(places.tree.count);
  }

  /** Gives a path to an object, which becomes part of the one that has it already. */
  claim(path: number, id: number): void {
    const holder = (this.#ids[path] as number) - 1;
    if (holder < 0) this.#ids[path] = id + 1;
    else if (this.draft.resolve(holder) !== this.draft.resolve(id)) {
      if (path !== 0) this.notes.add(JOINED, this.places.tree.textOf(path));
      this.draft.join(id, holder);
    }
  }

  /** The object at a path; made, with those above it, where there is none. */
  at(path: number): number {
    const { tree } = this.places;
    const missing: number[] = [];
    for (let at = path; at >= 0 && this.#ids[at] === 0; at = tree.parentOf(at)) missing.push(at);
    for (const made of missing.reverse()) {
      const id = this.draft.addObject();
      this.#ids[made] = id + 1;
      const above = tree.parentOf(made);
      if (above >= 0) this.draft.addChild((this.#ids[above] as number) - 1, tree.nameOf(made), id);
    }
    return this.draft.resolve((this.#ids[path] as number) - 1);
  }
}

/** Ties an object to the one that its new path names, and unties it from where it was. */
function tie(place: number, places: ObjectPaths, path: number, draft: GraphEditor, holders: Holders): void {
  const { tree, ids, references } = places;
  const id = ids.at(place);
  const above = tree.parentOf(path);
  const reference = references.at(place);
  const oldParent = place === 0 ? -1 : ids.at(places.parentOf(place));
  if (place === 0 || above < 0) {
    if (place > 0) draft.renameChild(oldParent, reference, undefined);
    if (above >= 0) draft.addChild(holders.at(above), tree.nameOf(path), id);
    return;
  }
  const parent = holders.at(above);
  if (parent === draft.resolve(oldParent)) {
    draft.renameChild(oldParent, reference, tree.nameOf(path));
    return;
  }
  draft.renameChild(oldParent, reference, undefined);
  draft.addChild(parent, tree.nameOf(path), id);
}

/** The graph with every object that still has values at its new path. */
export function moveNodes(graph: GraphColumns, places: ObjectPaths, moves: NodeMoves, notes: GraphNotes): MovedGraph {
  const eachPlace = (visit: (place: number) => void): void => {
    for (let place = 0; place < places.count; place++) if (moves.isLive(place)) visit(place);
  };
  let moved = 0;
  eachPlace((place) => {
    if (moves.isMoved(place)) moved++;
  });
  if (moved === 0) return MovedGraph.unmoved(graph);
  const draft = new GraphEditor(places, notes);
  const holders = new Holders(places, draft, notes);
  eachPlace((place) => {
    if (!moves.isMoved(place)) holders.claim(moves.pathOf(place), places.ids.at(place));
  });
  eachPlace((place) => {
    if (moves.isMoved(place)) holders.claim(moves.pathOf(place), places.ids.at(place));
  });
  eachPlace((place) => tie(place, places, moves.pathOf(place), draft, holders));
  draft.setRoot(holders.at(0));
  eachPlace((place) => {
    if (!moves.isMoved(place)) return;
    if (place === 0) notes.add(NEW_ROOT, places.tree.textOf(moves.pathOf(place)));
    else if (moves.pathOf(place) === 0) notes.add(NOW_ROOT, places.textOf(place));
  });
  return draft.finish();
}
