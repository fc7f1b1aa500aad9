/** The fixtures of graphs: a folder is a case, and its `expected.json` says what is true of each variable. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openNow } from '../../src/checkpoints/checkpoint.ts';
import { CkptError } from '../../src/errors.ts';
import type { ObjectGraph } from '../../src/object-graph/object-graph.ts';
import { objectGraphOf } from '../../src/object-graph/stored-object-graph.ts';
import { fixture } from '../fixtures.ts';

interface ExpectedVariable {
  readonly trainable: boolean;
  readonly collections: readonly string[];
  /** Whether the graph files say if it is trained. */
  readonly known: boolean;
}

export interface ExpectedGraph {
  readonly files: readonly string[];
  /** A regular expression for the notes; null where there are none. */
  readonly notes: string | null;
  readonly variables: Readonly<Record<string, ExpectedVariable>>;
}

export interface SavedGraphCase {
  readonly title: string;
  readonly prefix: string;
  readonly path: string;
  readonly expected: ExpectedGraph;
}

/** Every graph file of every folder in fixtures/graphs. */
export function savedGraphs(): SavedGraphCase[] {
  const root = fixture('graphs');
  return readdirSync(root).flatMap((name) => {
    const file = join(root, name, 'expected.json');
    const { checkpoints } = JSON.parse(readFileSync(file, 'utf8')) as { checkpoints: Record<string, ExpectedGraph> };
    return Object.entries(checkpoints).flatMap(([prefix, expected]) =>
      expected.files.map((path) => ({
        title: `graphs/${name}: ${path}`,
        prefix: join(root, name, prefix),
        path: join(root, name, path),
        expected,
      })),
    );
  });
}

/** The object graph of a checkpoint; nothing where there is none, or none that can be read. */
export function objectGraphIn(prefix: string): ObjectGraph | undefined {
  try {
    const checkpoint = openNow(prefix);
    try {
      return objectGraphOf(checkpoint.tensors);
    } finally {
      checkpoint.close();
    }
  } catch (error) {
    if (error instanceof CkptError) return undefined;
    throw error;
  }
}
