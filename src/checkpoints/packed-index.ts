/** An index that lies beside a checkpoint packed, as a program that packs files one by one leaves it. */
import { basename } from 'node:path';
import { indexName, splitPrefix, stripCheckpointSuffix } from '../io/shard-names.ts';
import type { Store } from '../io/store.ts';
import { namesIn } from '../io/stored.ts';

const PACKED = /^\.(?:gz|bz2|xz|zst|zip|7z|Z)$/;

/** What is said where the index of a path is there packed: the end of a sentence; empty where it is not. */
export function packedIndexNote(store: Store, path: string): string {
  const { directory, base } = splitPrefix(stripCheckpointSuffix(path));
  const index = basename(indexName(base));
  const packed = namesIn(store, directory).find(
    (name) => name.startsWith(index) && PACKED.test(name.slice(index.length)),
  );
  return packed === undefined ? '' : `; ${directory}${packed} is: unpack it`;
}
