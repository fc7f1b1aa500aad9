/** The one door to what lies beside a checkpoint: finds the graph's file, tells what it is, and reads it. */

import { FileSource } from '../io/file-source.ts';
import type { GraphFacts } from '../meta-graph/graph-facts.ts';
import type { ObjectGraph } from '../object-graph/object-graph.ts';
import { graphFileOf } from './graph-files.ts';

export interface GraphSubject {
  /** Prefix of the checkpoint. */
  readonly prefix: string;
  /** A file or directory that was named by the user, in the place of what lies beside the checkpoint. */
  readonly path?: string | undefined;
  /** The checkpoint's own object graph, which knows the keys of a TF2 SavedModel. */
  readonly objectGraph?: ObjectGraph | undefined;
  /** The checkpoint's keys, for who wants to know of them only what roles need: dtypes and shapes may then be left out. */
  readonly keys?: Iterable<string> | undefined;
}

/**
 * What the graph of a checkpoint says of its variables; undefined where no graph is beside it. Throws `CorruptError`,
 * `NotACheckpointError` for a path that leads to no graph, and `UnsupportedError` for a SavedModel in chunks.
 */
export async function readGraphFacts({
  prefix,
  path,
  objectGraph,
  keys,
}: GraphSubject): Promise<GraphFacts | undefined> {
  const file = graphFileOf(prefix, path);
  if (file === undefined) return undefined;
  const { readGraph } = await import('../meta-graph/read-graph.ts');
  const source = new FileSource(file.path);
  const keras = file.kerasMetadata === undefined ? undefined : new FileSource(file.kerasMetadata);
  try {
    return await readGraph(source, file.path, objectGraph, keras, keys);
  } finally {
    source.close();
    keras?.close();
  }
}
