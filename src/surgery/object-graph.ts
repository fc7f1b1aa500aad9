/**
 * The object graph of a TF2 checkpoint kept true: it repeats every key, so it follows whatever was done to the names. The
 * graph lies among the tensors, but no rule renames it and no choice of names takes it away.
 */
import { TextMap, TextSet } from '../bytes/text-map.ts';
import { NameError } from '../errors.ts';
import { staysRestorable } from '../object-graph/checkpoint-key.ts';
import { withForgotten } from '../object-graph/forgotten-keys.ts';
import type { GraphColumns } from '../object-graph/graph-columns.ts';
import { type KeyTable, keyTableOf } from '../object-graph/key-table.ts';
import { isNeeded, listedKeys } from '../object-graph/listed-keys.ts';
import { decodeObjectGraph } from '../object-graph/object-graph.ts';
import { OBJECT_GRAPH_KEY } from '../object-graph/object-graph-key.ts';
import { columnsOf } from '../object-graph/read-columns.ts';
import { rewriteColumns } from '../object-graph/rewrite-object-graph.ts';
import { graphColumnsOf } from '../object-graph/stored-columns.ts';
import { unitedGraph } from '../object-graph/united-graph.ts';
import { DerivedMap } from '../tensor/derived-map.ts';
import { sameContent } from '../tensor/same-content.ts';
import { type Tensor, type TensorMap, tensorOfStrings } from '../tensor/tensor.ts';
import { someOf } from './some-of.ts';
import { drop } from './subset.ts';

const NOTHING_LEFT = `${OBJECT_GRAPH_KEY} was left out, for none of the values it lists is left under the key of an object`;

export interface Reconciled {
  readonly tensors: TensorMap;
  /** Sentences for the person who asked; none when all went as expected. */
  readonly notes: readonly string[];
}

export interface ReconcileOptions {
  /** The graph was to go: somebody named it among the tensors to drop. */
  readonly dropGraph?: boolean;
  /** Graphs that other inputs have, for their tensors in the new map. */
  readonly others?: readonly GraphColumns[];
}

/** Those of some names that a map has; found in one walk, for a look into an index on disk costs more than a step. */
function presentIn(tensors: TensorMap, names: ReadonlySet<string>): Set<string> {
  const present = new TextSet();
  for (const name of tensors.keys()) if (names.has(name)) present.add(name);
  return present;
}

/**
 * Keys of the graph that are no tensors but begin the names of some: a lookup table lists `.../table` and stores
 * `.../table-keys` and `.../table-values`. Gives one such name for each.
 */
function beginnings(keys: KeyTable, present: ReadonlySet<string>, before: TensorMap): Map<string, string> {
  const found = new TextMap<string>();
  for (const name of before.keys()) {
    for (let at = name.indexOf('-'); at >= 0; at = name.indexOf('-', at + 1)) {
      const key = name.slice(0, at);
      if (keys.findText(key) >= 0 && !present.has(key) && !found.has(key)) found.set(key, name);
    }
  }
  return found;
}

/** The names of a map that are keys of a graph. */
function namesAmong(keys: KeyTable, tensors: TensorMap): Set<string> {
  const names = new TextSet();
  for (const name of tensors.keys()) if (keys.findText(name) >= 0) names.add(name);
  return names;
}

/** The keys of variables that are not there. */
function missingFrom(graph: GraphColumns, isThere: (key: string) => boolean): Set<string> {
  const missing = new TextSet();
  for (let attribute = 0; attribute < graph.attributes.total; attribute++) {
    const key = isNeeded(graph, attribute) ? graph.keyAt(attribute) : undefined;
    if (key !== undefined && !isThere(key)) missing.add(key);
  }
  return missing;
}

/** What becomes of each key of the graph. */
interface Keys {
  /** Keys of variables that the checkpoint does not have: TensorFlow would stop at them, so they go. */
  readonly missing: ReadonlySet<string>;
  newKeyOf(key: string): string | undefined;
  isAbsent(key: string): boolean;
  /** Whether the checkpoint had values under any key of the graph, and has one left under the key of an object. */
  readonly hadAny: boolean;
  readonly keepsAny: boolean;
}

function keysOf(
  graph: GraphColumns,
  before: TensorMap,
  after: TensorMap,
  newNameOf: (name: string) => string | undefined,
): Keys {
  const keys = keyTableOf(graph);
  const present = namesAmong(keys, before);
  const longer = beginnings(keys, present, before);
  const isThere = (key: string): boolean => present.has(key) || longer.has(key);
  const missing = missingFrom(graph, isThere);
  const wanted = [...present, ...longer.values()].map(newNameOf).filter((next) => next !== undefined);
  const there = presentIn(after, new TextSet(wanted));
  const newNameIn = (name: string): string | undefined => {
    const next = newNameOf(name);
    return next !== undefined && there.has(next) ? next : undefined;
  };
  const newKeyOf = (key: string): string | undefined => {
    if (missing.has(key)) return undefined;
    if (present.has(key)) return newNameIn(key);
    const name = longer.get(key);
    if (name === undefined) return newNameOf(key);
    const next = newNameIn(name);
    const ending = name.slice(key.length);
    return next?.endsWith(ending) === true ? next.slice(0, -ending.length) : next === undefined ? next : key;
  };
  const isKept = (key: string): boolean => {
    const next = newKeyOf(key);
    return next !== undefined && staysRestorable(key, next);
  };
  const isAbsent = (key: string): boolean => !isThere(key) && !missing.has(key);
  const stored = [...present, ...longer.keys()];
  return { missing, newKeyOf, isAbsent, hadAny: stored.length > 0, keepsAny: stored.some(isKept) };
}

/** A map with the graph under its own key: in the place of `movedName`, else at the end; or without it. */
class GraphedMap extends DerivedMap {
  constructor(
    readonly tensors: TensorMap,
    readonly movedName: string | undefined,
    readonly graph: Tensor | undefined,
  ) {
    super();
  }

  override *entries(): MapIterator<[string, Tensor]> {
    let told = this.graph === undefined;
    for (const pair of this.tensors) {
      const isGraph = pair[0] === this.movedName || pair[0] === OBJECT_GRAPH_KEY;
      if (!isGraph) yield pair;
      else if (!told) {
        told = true;
        yield [OBJECT_GRAPH_KEY, this.graph as Tensor];
      }
    }
    if (!told) yield [OBJECT_GRAPH_KEY, this.graph as Tensor];
  }

  override get(name: string): Tensor | undefined {
    if (name === OBJECT_GRAPH_KEY) return this.graph;
    return name === this.movedName ? undefined : this.tensors.get(name);
  }
}

function withGraph(after: TensorMap, movedName: string | undefined, graph: Tensor | undefined): TensorMap {
  if (movedName === undefined && graph === undefined) return after;
  return new GraphedMap(after, movedName, graph);
}

/** The graph of a checkpoint as it is after surgery. */
export interface GraphAfter {
  /** Undefined where none of its values is left under the key of an object. */
  readonly graph: GraphColumns | undefined;
  readonly notes: readonly string[];
}

/**
 * The graph of `before` for what is left of its tensors in `after`, by their new names. Throws {@link CorruptError} for one
 * that cannot be followed.
 */
export function graphAfter(
  graph: GraphColumns,
  before: TensorMap,
  after: TensorMap,
  newNameOf: (name: string) => string | undefined,
): GraphAfter {
  const keys = keysOf(graph, before, after, newNameOf);
  const isWanted = newNameOf(OBJECT_GRAPH_KEY) !== undefined;
  if (!keys.keepsAny && (keys.hadAny || !isWanted)) return { graph: undefined, notes: [NOTHING_LEFT] };
  const rewritten = rewriteColumns(graph, keys.newKeyOf, keys.isAbsent);
  return { graph: rewritten.graph, notes: [...mended(keys.missing), ...rewritten.notes] };
}

/**
 * Puts the graph that belongs to the tensors of `after` among them, in place of the one that `before` has. `newNameOf` is
 * what was done to the names: nothing for a tensor that was dropped. What `others` list of `after` is listed too. A map that
 * needs no change is given back as it is. Throws {@link CorruptError} for a graph that cannot be followed.
 */
export function reconcileObjectGraph(
  before: TensorMap,
  after: TensorMap,
  newNameOf: (name: string) => string | undefined,
  { dropGraph = false, others = [] }: ReconcileOptions = {},
): Reconciled {
  const old = before.get(OBJECT_GRAPH_KEY);
  if (old === undefined) return { tensors: after, notes: [] };
  const newName = newNameOf(OBJECT_GRAPH_KEY);
  const movedName = newName !== undefined && after.has(newName) ? newName : undefined;
  if (dropGraph) return { tensors: withGraph(after, movedName, undefined), notes: [] };
  const graph = graphColumnsOf(before) as GraphColumns;
  const own = graphAfter(graph, before, after, (name) => (name === OBJECT_GRAPH_KEY ? movedName : newNameOf(name)));
  const [first, ...more] = own.graph === undefined ? others : [own.graph, ...others];
  if (first === undefined) return { tensors: withGraph(after, movedName, undefined), notes: own.notes };
  const united = more.length === 0 ? first : unitedColumns([first, ...more]);
  const whole = withForgotten(united, listedKeys(united, after.keys()).forgotten);
  if (whole === graph) {
    const tensors = movedName === OBJECT_GRAPH_KEY ? after : withGraph(after, movedName, old);
    return { tensors, notes: own.notes };
  }
  const tensor = tensorOfStrings(old.dtype, [], [whole.bytes]);
  return { tensors: withGraph(after, movedName, tensor), notes: own.notes };
}

function unitedColumns(graphs: readonly GraphColumns[]): GraphColumns {
  return columnsOf(graphs.map(({ bytes }) => decodeObjectGraph(bytes)).reduce(unitedGraph));
}

function mended(missing: ReadonlySet<string>): string[] {
  if (missing.size === 0) return [];
  return [`the object graph lists values that are not in the checkpoint, and does so no more: ${someOf([...missing])}`];
}

/** Which graph a merge of several object-based checkpoints keeps: none is refused, the first, the last, or none at all. */
export type ObjectGraphPolicy = 'refuse' | 'first' | 'last' | 'drop';

export interface MergeableInputs {
  /** The inputs, at most one of which still has a graph. */
  readonly inputs: readonly TensorMap[];
  readonly notes: readonly string[];
}

/**
 * Makes inputs that can be merged: takes the graphs away that the policy does not keep. Graphs equal to the byte count as
 * one. Throws {@link NameError} for two different ones under `refuse`.
 */
export function mergeObjectGraphs(inputs: readonly TensorMap[], policy: ObjectGraphPolicy = 'refuse'): MergeableInputs {
  const owners = inputs.filter((input) => input.has(OBJECT_GRAPH_KEY));
  const [first] = owners;
  if (first === undefined) return { inputs, notes: [] };
  const firstGraph = first.get(OBJECT_GRAPH_KEY) as Tensor;
  const differ = owners.some((input) => !sameContent(firstGraph, input.get(OBJECT_GRAPH_KEY) as Tensor));
  if (differ && policy === 'refuse') {
    throw new NameError(
      'more than one input has an object graph, and a checkpoint has one; say whose is to be kept with --object-graph first or last, or keep none with --object-graph drop',
      { colliding: [OBJECT_GRAPH_KEY] },
    );
  }
  const keeper = policy === 'drop' ? undefined : policy === 'last' ? owners.at(-1) : first;
  const others = owners.filter((input) => input !== keeper);
  if (others.length === 0) return { inputs, notes: [] };
  const kept = inputs.map((input) => (others.includes(input) ? withoutGraph(input) : input));
  return { inputs: kept, notes: differ || policy === 'drop' ? [lostGraphs(policy)] : [] };
}

/** The map without its object graph. */
export const withoutGraph = (input: TensorMap): TensorMap => drop(input, (name) => name === OBJECT_GRAPH_KEY);

function lostGraphs(policy: ObjectGraphPolicy): string {
  if (policy === 'drop') return 'the object graphs were left out; TensorFlow finds the tensors by their names only';
  return `the object graph is that of the ${policy} input that has one; it lists the tensors of the others as objects where their keys say`;
}
