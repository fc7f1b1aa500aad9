/** Every object graph that lies in the fixtures, and beside the repository in the zoo, as bytes. */
import { join } from 'node:path';
import { openNow } from '../../src/checkpoints/checkpoint.ts';
import { CkptError } from '../../src/errors.ts';
import { OBJECT_GRAPH_KEY } from '../../src/object-graph/object-graph.ts';
import { readStrings } from '../../src/tensor/strings.ts';
import { soundCheckpoints } from '../fixtures.ts';
import { ZOO, zooFiles } from '../zoo.ts';

export interface StoredGraph {
  readonly title: string;
  readonly bytes: Uint8Array;
  readonly names: ReadonlySet<string>;
}

function zooPrefixes(): string[] {
  return zooFiles()
    .filter((path) => path.startsWith('o-') && path.endsWith('.index'))
    .map((path) => join(ZOO, path.slice(0, -'.index'.length)));
}

function graphAt(title: string, prefix: string): StoredGraph[] {
  const checkpoint = openNow(prefix);
  try {
    const tensor = checkpoint.tensors.get(OBJECT_GRAPH_KEY);
    if (tensor === undefined) return [];
    return [{ title, bytes: readStrings(tensor.source, 1)[0]!, names: new Set(checkpoint.tensors.keys()) }];
  } catch (error) {
    if (error instanceof CkptError) return [];
    throw error;
  } finally {
    checkpoint.close();
  }
}

/** All graphs whose bytes are there; some of the zoo lie in data files that are not. */
export function storedGraphs(): StoredGraph[] {
  const fixtures = soundCheckpoints('v2').filter(({ expected }) => expected.objectGraph !== undefined);
  return [
    ...fixtures.flatMap(({ title, prefix }) => graphAt(title, prefix)),
    ...zooPrefixes().flatMap((prefix) => graphAt(prefix.slice(ZOO.length + 1), prefix)),
  ];
}
