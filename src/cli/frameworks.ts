/** What `convert` does for another framework: its layout of kernels, its names, and the paths that Keras looks for. */
import { type Converted, kerasWeights } from '../graph.ts';
import { drop, NameError, type OpenedCheckpoint, rename, type TensorMap, UsageError } from '../index.ts';
import { type LayoutTarget, layOut, nameChooser, nearestHint, type PublishedMap, TextSet } from '../text.ts';
import { checkPairs, type NamedPairs, nameMapOf } from './name-arguments.ts';
import type { Outcome } from './operate.ts';
import { publishedMap } from './published-maps.ts';
import { plural } from './terminal/numbers.ts';

export interface FrameworkOptions {
  readonly map?: readonly string[];
  readonly layout?: LayoutTarget;
}

/** Ends as Keras 3 wants it of files for `load_weights`. */
const KERAS_WEIGHTS = /\.weights\.h5$/;
/** More changes of layout than this are counted by kind alone. */
const MOST_ROWS = 8;

function mapsIn(values: readonly string[] | undefined): PublishedMap[] {
  return (values ?? []).map(publishedMap).filter((map) => map !== undefined);
}

/** A chooser for patterns, of which some may match nothing. */
function chooserOf(patterns: readonly string[], tensors: TensorMap) {
  const matching = patterns.filter((pattern) => matches(pattern, tensors));
  return matching.length === 0 ? undefined : nameChooser(matching, tensors);
}

function matches(pattern: string, tensors: TensorMap): boolean {
  try {
    nameChooser([pattern], tensors);
    return true;
  } catch (error) {
    if (error instanceof UsageError || (error as Error).name === 'NameError') return false;
    throw error;
  }
}

/** Without what the target has no place for. */
function withoutDropped(outcome: Outcome, maps: readonly PublishedMap[]): Outcome {
  const choose = chooserOf(
    maps.flatMap((map) => map.drop ?? []),
    outcome.tensors,
  );
  if (choose === undefined) return outcome;
  const before = outcome.tensors;
  const gone = new TextSet([...before.keys()].filter(choose));
  const kept = (name: string | undefined): string | undefined =>
    name === undefined || gone.has(name) ? undefined : name;
  return {
    ...outcome,
    tensors: drop(before, choose),
    newNameOf: (...of) => kept(outcome.newNameOf(...of)),
    graph: { ...outcome.graph, newNameOf: (name) => kept(outcome.graph.newNameOf(name)) },
    notes: [...outcome.notes, `${plural(gone.size, 'tensor')} that the map has no place for left out`],
  };
}

/** What was turned, a line each, or by kind where there are many. */
function layoutNotes({ layouts }: ReturnType<typeof layOut>, before: TensorMap): string[] {
  const rows = [...layouts].map(
    ([name, { kind, shape }]) => `${name}: ${kind}, [${before.get(name)?.shape}] to [${shape}]`,
  );
  if (rows.length === 0) return ['no tensor is called as a kernel is, so none was turned'];
  if (rows.length <= MOST_ROWS) return rows;
  const kinds = [...layouts.values()].map(({ kind }) => kind);
  const counts = [...new Set(kinds)].map((kind) => `${kinds.filter((one) => one === kind).length} ${kind}`);
  return [`${plural(layouts.size, 'kernel')} turned: ${counts.join(', ')}`];
}

function laidOut(outcome: Outcome, target: LayoutTarget, maps: readonly PublishedMap[]): Outcome {
  const { tensors } = outcome;
  const patterns = (key: 'keep' | 'transpose' | 'squeeze'): string[] =>
    maps.flatMap(({ layout }) => layout?.[key] ?? []);
  const overrides = {
    keep: chooserOf(patterns('keep'), tensors),
    transpose: chooserOf(patterns('transpose'), tensors),
    squeeze: chooserOf(patterns('squeeze'), tensors),
  };
  const done = layOut(tensors, target, overrides);
  return {
    ...outcome,
    tensors: done.tensors,
    changes: [...(outcome.changes ?? []), ...done.changes],
    notes: [...outcome.notes, ...layoutNotes(done, tensors), ...done.notes],
  };
}

function missing(name: string, tensors: TensorMap): NameError {
  const hint = nearestHint(name, tensors.keys());
  return new NameError(`no tensor is called ${name}${hint}`, { missing: [name] });
}

/** The pairs of `--map`, all of tensors that are there. */
function pairsIn(values: readonly string[], tensors: TensorMap): NamedPairs {
  const pairs = nameMapOf(values, tensors);
  checkPairs(pairs.names);
  for (const name of pairs.names.keys()) if (!tensors.has(name)) throw missing(name, tensors);
  return pairs;
}

/** The outcome with other names for its tensors; `words` says what became of them. */
export type Renaming = (outcome: Outcome, converted: Converted, words: string, input: OpenedCheckpoint) => Outcome;

/** The outcome as another framework wants it: kernels turned, names mapped, weights where Keras looks for them. */
export function forFramework(
  outcome: Outcome,
  input: OpenedCheckpoint,
  output: string,
  { map, layout }: FrameworkOptions,
  renamed: Renaming,
): Outcome {
  const maps = mapsIn(map);
  let next = withoutDropped(outcome, maps);
  if (layout !== undefined) next = laidOut(next, layout, maps);
  const pairs = map === undefined ? undefined : pairsIn(map, next.tensors);
  if (pairs !== undefined) next = { ...next, notes: [...next.notes, ...pairs.notes] };
  if (KERAS_WEIGHTS.test(output)) {
    return renamed(next, kerasWeights(next.tensors, pairs?.names), 'put where Keras looks for them', input);
  }
  if (pairs === undefined) return next;
  const newNameOf = (name: string): string => pairs.names.get(name) ?? name;
  return renamed(next, { tensors: rename(next.tensors, newNameOf), newNameOf, notes: [] }, 'renamed', input);
}
