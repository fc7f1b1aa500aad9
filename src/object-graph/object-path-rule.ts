/**
 * Renaming by object: `model/encoder` becomes `model/body`, and with it the keys of all values below it, of the optimizer
 * slots of its variables, and of the slots that an optimizer below it keeps for variables anywhere.
 */
import { TextMap } from '../bytes/text-map.ts';
import { NameError } from '../errors.ts';
import { formatKey, movedPath, parentPath, parseKey } from './checkpoint-key.ts';
import type { GraphColumns } from './graph-columns.ts';
import type { ObjectGraph } from './object-graph.ts';
import { objectAt } from './object-paths.ts';
import { PathMoves } from './path-moves.ts';
import { columnsOf } from './read-columns.ts';

const MOST_NAMED = 6;

/** Takes off the slashes that people type around paths. */
function bare(path: string): string {
  return path.replace(/^\/+|\/+$/g, '');
}

function escapedChildren(graph: GraphColumns, path: string): string {
  const id = objectAt(graph, path);
  const names = id === undefined ? [] : [...graph.childrenOf(id)].map(([name]) => name);
  if (names.length === 0) return 'nothing lies in it';
  return `it has ${names.slice(0, MOST_NAMED).join(', ')}${names.length > MOST_NAMED ? ', ...' : ''}`;
}

/** Says how far a path goes that leads to no object. */
function noSuchObject(graph: GraphColumns, path: string): NameError {
  let above = parentPath(path) ?? '';
  while (above !== '' && objectAt(graph, above) === undefined) above = parentPath(above) ?? '';
  const there = above === '' ? 'the root' : above;
  return new NameError(`no object lies at ${path}; the path ends at ${there}, and ${escapedChildren(graph, above)}`, {
    missing: [path],
  });
}

/** Another path under which keys of the object at `path`, or of objects right below it, are stored. */
function storedElsewhere(graph: GraphColumns, path: string): string | undefined {
  const id = objectAt(graph, path) as number;
  const below = [...graph.childrenOf(id)].map(([, child]) => child);
  for (const object of [id, ...below]) {
    const first = graph.attributes.start(object);
    const key = first < graph.attributes.end(object) ? parseKey(graph.keyAt(first)) : undefined;
    if (key === undefined || key.slot !== undefined) continue;
    const found = object === id ? key.path : parentPath(key.path);
    if (found !== undefined && found !== path) return found;
  }
  return undefined;
}

/** Marks the paths under which values are stored: those of keys, of optimizers that keep slots, and of all that these lie in. */
function markStored(graph: GraphColumns, moves: PathMoves): void {
  for (let attribute = 0; attribute < graph.attributes.total; attribute++) {
    const key = parseKey(graph.keyAt(attribute));
    if (key === undefined) continue;
    moves.mark(key.path);
    if (key.slot !== undefined) moves.mark(key.slot.optimizer);
  }
}

/** Refuses a path that leads nowhere, or to an object whose values are stored under another of its names. */
function checkMovable(graph: GraphColumns, path: string, moves: PathMoves): void {
  if (objectAt(graph, path) === undefined) throw noSuchObject(graph, path);
  if (moves.isMarked(path)) return;
  const other = storedElsewhere(graph, path);
  const hint = other === undefined ? '' : `; they are stored under ${other === '' ? 'the root' : other}`;
  throw new NameError(`no values are stored under ${path}${hint}`, { missing: [path] });
}

/**
 * The rule on keys that moves objects, all at once, so that two may swap places. Paths are spelled as in keys: `..` for a
 * dot and `.S` for a slash inside a name; the empty path is the root. Throws {@link NameError} for a path that leads to no
 * object, or under which no values are stored; with `refused` that is told such errors, and the path is left where it is.
 */
export function objectPathsRule(
  objects: ObjectGraph | GraphColumns,
  paths: ReadonlyMap<string, string>,
  refused?: (error: NameError) => void,
): (key: string) => string {
  const graph = columnsOf(objects);
  const moves = new PathMoves(new TextMap([...paths].map(([from, to]) => [bare(from), bare(to)])));
  markStored(graph, moves);
  for (const from of moves.moves.keys()) {
    try {
      checkMovable(graph, from, moves);
    } catch (error) {
      if (refused === undefined || !(error instanceof NameError)) throw error;
      refused(error);
      moves.remove(from);
    }
  }
  return (key) => {
    const parts = parseKey(key);
    if (parts === undefined) return key;
    const path = moves.follow(parts.path);
    if (parts.slot === undefined) return path === parts.path ? key : formatKey({ ...parts, path });
    const slot = { ...parts.slot, optimizer: moves.follow(parts.slot.optimizer) };
    const same = path === parts.path && slot.optimizer === parts.slot.optimizer;
    return same ? key : formatKey({ ...parts, path, slot });
  };
}

/** The rule on keys that moves one object; see {@link objectPathsRule}. */
export function objectPathRule(graph: ObjectGraph | GraphColumns, from: string, to: string): (key: string) => string {
  return objectPathsRule(graph, new Map([[from, to]]));
}

/** Where a rule on keys takes each object that has values of its own. */
function pathsUnder(graph: GraphColumns, rule: (key: string) => string): Map<string, string> {
  const paths = new TextMap<string>();
  for (let attribute = 0; attribute < graph.attributes.total; attribute++) {
    const key = graph.keyAt(attribute);
    const before = parseKey(key);
    if (before === undefined || before.slot !== undefined) continue;
    const after = parseKey(rule(key));
    if (after !== undefined && after.slot === undefined) paths.set(before.path, after.path);
  }
  return paths;
}

/** Where containers go: the path that all objects right or deep below one agree on, for those that kept their names. */
class ContainerPaths {
  /** The old paths, those below one beside each other. */
  readonly #sorted: readonly string[];

  constructor(readonly paths: ReadonlyMap<string, string>) {
    this.#sorted = [...paths.keys()].sort();
  }

  of(path: string): string {
    let agreed: string | undefined;
    for (const before of this.#below(path)) {
      const after = this.paths.get(before) as string;
      const below = movedPath(before, path, '') as string;
      const suffix = below === '' ? '' : `/${below}`;
      const moved = `/${after}`.endsWith(suffix) ? after.slice(0, Math.max(after.length - suffix.length, 0)) : path;
      if (agreed !== undefined && agreed !== moved) return path;
      agreed = moved;
    }
    return agreed ?? path;
  }

  /** The old paths that are this one, or lie below it. */
  *#below(path: string): Generator<string> {
    if (path === '') {
      yield* this.#sorted;
      return;
    }
    if (this.paths.has(path)) yield path;
    const start = `${path}/`;
    let [low, high] = [0, this.#sorted.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#sorted[middle] as string) < start) low = middle + 1;
      else high = middle;
    }
    for (let at = low; this.#sorted[at]?.startsWith(start) === true; at++) yield this.#sorted[at] as string;
  }
}

/**
 * The rule that also carries the keys of slots along: after their variable, and after their optimizer when all that lies in
 * the optimizer moved. A slot's key that `rule` itself changes is left to it.
 */
export function withGraphSlots(
  objects: ObjectGraph | GraphColumns,
  rule: (key: string) => string,
): (key: string) => string {
  const graph = columnsOf(objects);
  let paths: Map<string, string> | undefined;
  let containers: ContainerPaths | undefined;
  const optimizers = new TextMap<string>();
  return (key) => {
    const next = rule(key);
    const parts = next === key ? parseKey(key) : undefined;
    if (parts?.slot === undefined) return next;
    paths ??= pathsUnder(graph, rule);
    containers ??= new ContainerPaths(paths);
    const { optimizer, name } = parts.slot;
    const moved = optimizers.get(optimizer) ?? containers.of(optimizer);
    optimizers.set(optimizer, moved);
    const path = paths.get(parts.path) ?? parts.path;
    const same = path === parts.path && moved === optimizer;
    return same ? key : formatKey({ ...parts, path, slot: { optimizer: moved, name } });
  };
}
