/** The one door to what lies beside a checkpoint: finds the graph's file, tells what it is, and reads it. */

import { expectAll } from '../bytes/missing.ts';
import { RegionSource } from '../bytes/source.ts';
import { fileStore, type Store, type StoredFile, supply } from '../io/store.ts';
import type { GraphFacts } from '../meta-graph/graph-facts.ts';
import type { GraphColumns } from '../object-graph/graph-columns.ts';
import type { ObjectGraph } from '../object-graph/object-graph.ts';
import { graphFileOf } from './graph-files.ts';

export interface GraphSubject {
  /** Where the files are; without it, on this machine. */
  readonly store?: Store | undefined;
  /** Prefix of the checkpoint. */
  readonly prefix: string;
  /** A file or directory that was named by the user, in the place of what lies beside the checkpoint. */
  readonly path?: string | undefined;
  /** The checkpoint's own object graph, which knows the keys of a TF2 SavedModel. */
  readonly objectGraph?: ObjectGraph | GraphColumns | undefined;
  /** The checkpoint's keys, for who wants to know of them only what roles need: dtypes and shapes may then be left out. */
  readonly keys?: Iterable<string> | undefined;
}

/**
 * What the graph of a checkpoint says of its variables; undefined where no graph is beside it. Throws `CorruptError`,
 * `NotACheckpointError` for a path that leads to no graph, and `UnsupportedError` for a SavedModel in chunks.
 */
export async function readGraphFacts({
  store = fileStore(),
  prefix,
  path,
  objectGraph,
  keys,
}: GraphSubject): Promise<GraphFacts | undefined> {
  const file = await supply(() => graphFileOf(prefix, path, store));
  if (file === undefined) return undefined;
  const { readGraph } = await import('../meta-graph/read-graph.ts');
  const open = (of: string): Promise<StoredFile> => supply(() => wholeFile(store, of));
  const source = await open(file.path);
  const keras = file.kerasMetadata === undefined ? undefined : await open(file.kerasMetadata);
  try {
    const { run } = file;
    const graph = run === undefined ? source : new RegionSource(source, run.offset, run.length);
    return await readGraph(graph, file.path, objectGraph, keras, keys, { unasked: path === undefined });
  } finally {
    source.close();
    keras?.close();
  }
}

/** A file of which all will be read. */
function wholeFile(store: Store, path: string): StoredFile {
  const file = store.open(path);
  expectAll(file);
  return file;
}
