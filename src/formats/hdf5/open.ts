/** Opening an HDF5 file: its structure is read, its content is not. */

import { type ByteSource, MemorySource, readBytes } from '../../bytes/source.ts';
import { compareText } from '../../bytes/text.ts';
import { TextMap } from '../../bytes/text-map.ts';
import { CorruptError, NotACheckpointError, UnsupportedError } from '../../errors.ts';
import { recogniseBytes, recogniseFile } from '../../io/recognise.ts';
import { fileStore, type Store, type StoredFile } from '../../io/store.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { checkMemberName, dataStart, readDirectory } from '../../zip/directory.ts';
import { STORED } from '../../zip/format.ts';
import { memberSource } from '../../zip/member-source.ts';
import type { Checkpoint, DamagedCheckpoint, Found } from '../format.ts';
import { parseRecord, RECORD_KEY, type RoundTrip, restored } from '../round-trip.ts';
import type { Attributes } from './attributes.ts';
import { layersIn } from './layers.ts';
import { namesOfPaths } from './names.ts';
import { type Hdf5Content, readHdf5 } from './read.ts';

/** What tells an archive from a file. */
const HEAD_BYTES = 4096;

/** Whether a file is an archive of Keras. */
export function isKerasArchive(file: ByteSource): boolean {
  const head = readBytes(file, 0, Math.min(HEAD_BYTES, file.byteLength));
  return recogniseBytes(head, file.byteLength)?.kind === 'keras';
}

/** The group of a layer's own variables. */
const VARS = '/vars';

/** What an open file says beside its tensors, for a write that keeps it. */
const beside = new WeakMap<object, ReadonlyMap<string, Attributes>>();

/** The attributes of the groups of an open file, by path. */
export function attributesBeside(checkpoint: Checkpoint): ReadonlyMap<string, Attributes> {
  return beside.get(checkpoint) ?? new Map();
}

/** The attributes of the only HDF5 file among what is read; undefined where there is none, or several. */
export function attributesAmong(inputs: readonly object[]): ReadonlyMap<string, Attributes> | undefined {
  const found = [...new Set(inputs.flatMap((input) => beside.get(input) ?? []))];
  return found.length === 1 ? found[0] : undefined;
}

/** The attributes of a file that is HDF5; undefined for any other. */
export function attributesOfFile(path: string): ReadonlyMap<string, Attributes> | undefined {
  const store = fileStore();
  const kind = recogniseFile(store, path)?.kind;
  if (kind !== 'hdf5' && kind !== 'keras') return undefined;
  const file = store.open(path);
  try {
    return inFile(path, () => contentOf(file, path)).attributes;
  } finally {
    file.close();
  }
}

/** Archives that are open, by their paths. */
const archives = new WeakMap<object, string>();

/** The only archive among what is read; undefined where there is none, or several. */
export function archiveAmong(inputs: readonly object[]): string | undefined {
  const paths = new Set(inputs.flatMap((input) => archives.get(input) ?? []));
  return paths.size === 1 ? [...paths][0] : undefined;
}

/** What goes wrong in a file, told with its path. */
export function inFile<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    if (cause instanceof UnsupportedError) {
      throw new UnsupportedError(`${path}: ${cause.message}`, cause.feature, { cause });
    }
    if (cause instanceof NotACheckpointError)
      throw new NotACheckpointError(`${path}: ${cause.message}`, path, [], { cause });
    if (!(cause instanceof CorruptError)) throw cause;
    throw new CorruptError(`${path}: ${cause.message}`, { ...cause.damage, path }, { cause });
  }
}

/** Tensors by name. */
function named({ tensors }: Hdf5Content, record: RoundTrip | undefined): Map<string, Tensor> {
  const names = namesOfPaths(tensors.keys());
  const pairs = [...tensors].map(([path, tensor]): [string, Tensor] => {
    const name = names.get(path) as string;
    return [name, record === undefined ? tensor : restored(name, tensor, record)];
  });
  return new TextMap(pairs.sort(([a], [b]) => compareText(a, b)));
}

/** What the root says of itself. */
function metadataOf({ attributes }: Hdf5Content): Map<string, string> {
  const texts = [...(attributes.get('') ?? [])].filter(([key, values]) => key !== RECORD_KEY && values.length === 1);
  return new Map(texts.map(([key, [text]]) => [key, text as string]));
}

/** What Keras 3 calls its layers: an attribute of the group of their variables says it. */
function layersOf({ attributes }: Hdf5Content): Map<string, string> {
  const layers = new TextMap<string>();
  for (const [path, own] of attributes) {
    const name = own.get('name')?.[0];
    if (name !== undefined && path.endsWith(VARS)) layers.set(path.slice(0, -VARS.length), name);
  }
  return layers;
}

/** What the weights are called in a `.keras` archive. */
export const WEIGHTS_MEMBER = 'model.weights.h5';

/** HDF5 is read here and there: what was compressed as a whole, as Keras never does, is unpacked at once, up to this size. */
const MOST_UNPACKED_BYTES = 128 << 20;

/** The file itself, or the weights in an archive, which Keras stores as they are. */
export function contentOf(file: StoredFile, path: string): Hdf5Content {
  if (!isKerasArchive(file)) return readHdf5(file, { path, file, start: 0 });
  const { members } = readDirectory(file);
  for (const member of members) checkMemberName(member);
  const member = members.find(({ name }) => name === WEIGHTS_MEMBER);
  if (member === undefined) throw new NotACheckpointError(`the archive has no ${WEIGHTS_MEMBER}`, path);
  const source = memberSource(file, member);
  if (member.method === STORED) return readHdf5(source, { path, file, start: dataStart(file, member) });
  if (member.byteLength > MOST_UNPACKED_BYTES) {
    throw new UnsupportedError(
      `${WEIGHTS_MEMBER} is compressed in the archive, and its ${member.byteLength} bytes are more than are unpacked in memory; unzip it, and name ${WEIGHTS_MEMBER} itself`,
      'compressed weights',
    );
  }
  return readHdf5(new MemorySource(readBytes(source, 0, source.byteLength)));
}

/** Opens a file; throws a `CkptError` where its structure is damaged, or of a kind that is not read. */
export function openHdf5(store: Store, { prefix: path }: Found): Checkpoint {
  const file = store.open(path);
  try {
    const content = inFile(path, () => contentOf(file, path));
    const record = parseRecord(content.attributes.get('')?.get(RECORD_KEY)?.[0]);
    const checkpoint: Checkpoint = {
      format: 'hdf5',
      path,
      byteOrder: 'little',
      tensors: named(content, record),
      files: [{ path, kind: 'table', byteLength: file.byteLength }],
      metadata: metadataOf(content),
      layers: layersOf(content),
      layerWeights: layersIn(content.attributes),
      roundTrip: record,
      close: () => file.close(),
    };
    beside.set(checkpoint, content.attributes);
    if (isKerasArchive(file)) archives.set(checkpoint, path);
    return checkpoint;
  } catch (error) {
    file.close();
    throw error;
  }
}

/** A file whose structure holds opens, with datasets that cannot be read as tensors with a problem. */
export async function openDamagedHdf5(store: Store, found: Found): Promise<DamagedCheckpoint> {
  return Object.assign(openHdf5(store, found), { damage: [] });
}
