/** The graph that lies in one file with its checkpoint: a Magenta bundle has both. */
import type { Run } from '../bytes/source.ts';
import { fileStore, type Store } from '../io/store.ts';
import { isFile, withFile } from '../io/stored.ts';
import { generatorBundleOf } from '../proto/generator-bundle.ts';

/** Where the MetaGraphDef lies in the bundle at a path; undefined for any other file. A distant one is told by its name first. */
export function bundledGraph(store: Store, path: string): Run | undefined {
  if (store.isDistant === true && !path.endsWith('.mag')) return undefined;
  return isFile(store, path) ? withFile(store, path, generatorBundleOf)?.graph : undefined;
}

/** Whether a file on this machine holds a graph beside its checkpoint. */
export function holdsGraph(path: string): boolean {
  return bundledGraph(fileStore(), path) !== undefined;
}
