/** Opening weights of TensorFlow.js: the manifest, and the sizes of the shards that it names. */

import { JoinedSource } from '../../bytes/joined-source.ts';
import { missTogether } from '../../bytes/missing.ts';
import { compareText } from '../../bytes/text.ts';
import { TextMap } from '../../bytes/text-map.ts';
import { CkptError, CorruptError, NotACheckpointError, UnsupportedError } from '../../errors.ts';
import { splitPrefix } from '../../io/shard-names.ts';
import type { Store, StoredFile } from '../../io/store.ts';
import { readText } from '../../io/stored.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { Checkpoint, CheckpointFile, DamagedCheckpoint, Found } from '../format.ts';
import { parseRecord, RECORD_KEY, restored } from '../round-trip.ts';
import { type Manifest, MOST_MANIFEST_BYTES, parseManifest, type WeightGroup } from './manifest.ts';
import { addWeights, type ShardFile } from './weights.ts';

/** What a model.json holds beside the weights, for a write that keeps it. */
const models = new WeakMap<Checkpoint, ReadonlyMap<string, unknown>>();

export function modelBeside(checkpoint: Checkpoint): ReadonlyMap<string, unknown> | undefined {
  return models.get(checkpoint);
}

/** What goes wrong, told with the path of the manifest. */
function inFile<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    if (cause instanceof UnsupportedError) {
      throw new UnsupportedError(`${path}: ${cause.message}`, cause.feature, { cause });
    }
    if (!(cause instanceof CorruptError)) throw cause;
    throw new CorruptError(`${path}: ${cause.message}`, { ...cause.damage, path }, { cause });
  }
}

/** Reads a manifest; throws a {@link CkptError} for one that is damaged. */
export function readManifest(store: Store, path: string): Manifest {
  const size = store.size(path) ?? 0;
  if (size > MOST_MANIFEST_BYTES) {
    throw new CorruptError(`${path} is larger than any manifest: ${size} bytes`, { where: 'weights manifest', path });
  }
  return inFile(path, () => parseManifest(readText(store, path)));
}

/** The tensors of a group; files that were opened are added to `open`. */
export function openGroup(store: Store, path: string, group: WeightGroup, open: StoredFile[]): Map<string, Tensor> {
  const { directory } = splitPrefix(path);
  const files: ShardFile[] = [];
  missTogether(
    group.paths.map((name) => () => {
      const shard = directory + name;
      if (store.size(shard) === undefined) {
        throw new NotACheckpointError(`${shard} is missing; ${path} says that weights lie in it`, shard);
      }
      const file = store.open(shard);
      open.push(file);
      files.push({ path: shard, file });
    }),
  );
  const ordered = group.paths.map((name) => files.find((one) => one.path === directory + name) as ShardFile);
  const tensors = new TextMap<Tensor>();
  inFile(path, () => addWeights(tensors, group, new JoinedSource(ordered.map(({ file }) => file)), ordered));
  return tensors;
}

interface Parts {
  readonly checkpoint: Checkpoint;
  readonly damage: CkptError[];
}

function openParts(store: Store, path: string): Parts {
  const { groups, model } = readManifest(store, path);
  const open: StoredFile[] = [];
  const damage: CkptError[] = [];
  const found: [string, Tensor][] = [];
  try {
    for (const group of groups) {
      try {
        for (const pair of openGroup(store, path, group, open)) found.push(pair);
      } catch (error) {
        if (!(error instanceof CkptError)) throw error;
        damage.push(error);
      }
    }
  } catch (error) {
    for (const file of open) file.close();
    throw error;
  }
  const record = parseRecord(model?.get(RECORD_KEY) as string | undefined);
  const named = found.map(([name, tensor]): [string, Tensor] => [
    name,
    record === undefined ? tensor : restored(name, tensor, record),
  ]);
  const { directory } = splitPrefix(path);
  const shards = groups.flatMap(({ paths }) => paths.map((name) => directory + name));
  const checkpoint: Checkpoint = {
    format: 'tfjs',
    path,
    byteOrder: 'little',
    tensors: new TextMap(named.sort(([a], [b]) => compareText(a, b))),
    files: [
      { path, kind: 'index', byteLength: store.size(path) },
      ...shards.map((file): CheckpointFile => ({ path: file, kind: 'data', byteLength: store.size(file) })),
    ],
    roundTrip: record,
    metadata: record?.metadata,
    close: () => {
      for (const file of open) file.close();
    },
  };
  if (model !== undefined) models.set(checkpoint, model);
  return { checkpoint, damage };
}

/** Opens a manifest; throws a {@link CkptError} where it or any shard is not sound. */
export function openTfjs(store: Store, { files: [path = ''] }: Found): Checkpoint {
  const { checkpoint, damage } = openParts(store, path);
  const [first] = damage;
  if (first === undefined) return checkpoint;
  checkpoint.close();
  throw first;
}

/** Opens the groups whose shards are sound; throws where that is none. */
export function openDamagedTfjs(store: Store, { files: [path = ''] }: Found): DamagedCheckpoint {
  const { checkpoint, damage } = openParts(store, path);
  const [first] = damage;
  if (first === undefined || checkpoint.tensors.size > 0) return Object.assign(checkpoint, { damage });
  checkpoint.close();
  throw first;
}
