/** Opening safetensors: the header of one file, or an index and the headers of the files it names. */

import { missTogether } from '../../bytes/missing.ts';
import { compareText } from '../../bytes/text.ts';
import { TextMap, TextSet } from '../../bytes/text-map.ts';
import { CkptError, CorruptError, NotACheckpointError, UnsupportedError } from '../../errors.ts';
import { splitPrefix } from '../../io/shard-names.ts';
import type { Store, StoredFile } from '../../io/store.ts';
import { readText } from '../../io/stored.ts';
import type { Tensor, TensorMap } from '../../tensor/tensor.ts';
import type { Checkpoint, CheckpointFile, DamagedCheckpoint, Found } from '../format.ts';
import { parseRecord, RECORD_KEY, type RoundTrip, restored } from '../round-trip.ts';
import { type Header, readHeader } from './header.ts';
import { INDEX_SUFFIX } from './names.ts';
import { MOST_INDEX_BYTES, parseShardIndex, type ShardIndex } from './shard-index.ts';
import { FileTensors, tensorOf } from './tensors.ts';

/** A file that is open, with its header. */
export interface OpenShard {
  readonly path: string;
  readonly shard: number;
  readonly file: StoredFile;
  readonly header: Header;
}

/** What goes wrong in a file, told with its path. */
export function inFile<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    if (cause instanceof UnsupportedError)
      throw new UnsupportedError(`${path}: ${cause.message}`, cause.feature, { cause });
    if (!(cause instanceof CorruptError)) throw cause;
    throw new CorruptError(`${path}: ${cause.message}`, { ...cause.damage, path }, { cause });
  }
}

function openShard(store: Store, path: string, shard: number): OpenShard {
  if (store.size(path) === undefined) {
    throw new NotACheckpointError(`${path} is missing; the index says that tensors lie in it`, path);
  }
  const file = store.open(path);
  try {
    return { path, shard, file, header: inFile(path, () => readHeader(file)) };
  } catch (error) {
    file.close();
    throw error;
  }
}

/** The paths of a model's files, and which tensor its index places in which of them. */
interface Place {
  readonly path: string;
  readonly index: ShardIndex | undefined;
  readonly files: readonly string[];
}

/** Where the files lie that a path, a file or an index, names. */
export function placeOf(store: Store, path: string): Place {
  if (!path.endsWith(INDEX_SUFFIX)) return { path, index: undefined, files: [path] };
  const size = store.size(path) ?? 0;
  if (size > MOST_INDEX_BYTES) {
    throw new CorruptError(`${path} is larger than any index: ${size} bytes`, { where: 'the index', path });
  }
  const index = inFile(path, () => parseShardIndex(readText(store, path)));
  const { directory } = splitPrefix(path);
  return { path, index, files: index.files.map((name) => directory + name) };
}

/** Names in a note. */
const MOST_NAMED = 5;

/** Every tensor of some files by name; throws where the index places one in a file that does not hold it. */
function tensorsOf({ path, index }: Place, shards: readonly OpenShard[]): TensorMap {
  const record = recordIn(shards);
  const [only] = shards;
  if (only !== undefined && index === undefined) {
    const { path: file, shard, file: source, header } = only;
    return new FileTensors(header, { path: file, shard, file: source, contentStart: header.contentStart }, record);
  }
  const named: [string, Tensor][] = [];
  const found = new TextSet();
  for (const { path: file, shard, file: source, header } of shards) {
    const from = { path: file, shard, file: source, contentStart: header.contentStart };
    for (const entry of header.entries) {
      if (index !== undefined && index.fileOf.get(entry.name) !== shard) continue;
      found.add(entry.name);
      const tensor = tensorOf(entry, from);
      named.push([entry.name, record === undefined ? tensor : restored(entry.name, tensor, record)]);
    }
  }
  for (const [name, shard] of index?.fileOf ?? []) {
    if (found.has(name) || !shards.some((one) => one.shard === shard)) continue;
    const where = 'the index';
    throw new CorruptError(`${path}: ${where} places ${name} in ${index?.files[shard]}, which does not hold it`, {
      where,
      path,
    });
  }
  return new TextMap(named.sort(([a], [b]) => compareText(a, b)));
}

/** What the files say beside their tensors; of a text that several have, the first. */
function metadataOf(shards: readonly OpenShard[]): ReadonlyMap<string, string> {
  const metadata = new TextMap<string>();
  for (const { header } of shards) {
    for (const [key, text] of header.metadata ?? []) if (!metadata.has(key)) metadata.set(key, text);
  }
  return metadata;
}

/** Tensors that shards hold and the index places nowhere, or in another of them. */
function strayNotes({ path, index }: Place, shards: readonly OpenShard[]): string[] {
  if (index === undefined) return [];
  const held = shards.reduce((sum, { header }) => sum + header.entries.length, 0);
  if (held === index.fileOf.size) return [];
  const strays = shards.flatMap(({ header, shard }) =>
    [...header.entries].map(({ name }) => name).filter((name) => index.fileOf.get(name) !== shard),
  );
  const names = strays.slice(0, MOST_NAMED).join(', ') + (strays.length > MOST_NAMED ? ', ...' : '');
  return strays.length === 0 ? [] : [`${path} does not say of all that its shards hold, which is left out: ${names}`];
}

function recordIn(shards: readonly OpenShard[]): RoundTrip | undefined {
  return parseRecord(metadataOf(shards).get(RECORD_KEY));
}

function checkpointOf(store: Store, place: Place, shards: readonly OpenShard[]): Checkpoint {
  const { path, index, files } = place;
  const metadata = new Map(metadataOf(shards));
  metadata.delete(RECORD_KEY);
  const all: CheckpointFile[] = files.map((file) => ({ path: file, kind: 'data', byteLength: store.size(file) }));
  return {
    format: 'safetensors',
    path,
    byteOrder: 'little',
    tensors: tensorsOf(place, shards),
    files: index === undefined ? all : [{ path, kind: 'index', byteLength: store.size(path) }, ...all],
    metadata,
    roundTrip: recordIn(shards),
    notes: strayNotes(place, shards),
    close: () => {
      for (const { file } of shards) file.close();
    },
  };
}

/** Opens a file or an index; throws a {@link CkptError} where any part of it is not sound. */
export function openSafetensors(store: Store, { prefix }: Found): Checkpoint {
  const { checkpoint, damage } = openParts(store, prefix);
  const [first] = damage;
  if (first === undefined) return checkpoint;
  checkpoint.close();
  throw first;
}

/** Opens the files that are sound of those that an index names; throws where that is none. */
export function openDamagedSafetensors(store: Store, { prefix }: Found): DamagedCheckpoint {
  const { checkpoint, damage } = openParts(store, prefix);
  const [first] = damage;
  if (first === undefined || checkpoint.files.length > damage.length + 1) return Object.assign(checkpoint, { damage });
  checkpoint.close();
  throw first;
}

interface OpenParts {
  readonly checkpoint: Checkpoint;
  readonly damage: CkptError[];
}

function openParts(store: Store, path: string): OpenParts {
  const place = placeOf(store, path);
  const shards: OpenShard[] = [];
  const damage: CkptError[] = [];
  const open = (file: string, shard: number): void => {
    try {
      shards.push(openShard(store, file, shard));
    } catch (error) {
      if (!(error instanceof CkptError)) throw error;
      damage.push(error);
    }
  };
  try {
    missTogether(place.files.map((file, shard) => () => open(file, shard)));
    return { checkpoint: checkpointOf(store, place, shards), damage };
  } catch (error) {
    for (const { file } of shards) file.close();
    throw error;
  }
}
