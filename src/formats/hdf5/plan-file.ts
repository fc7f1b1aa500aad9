/** Lays out an HDF5 file: all that is not content first, then the content of the datasets, end to end. */

import { ByteWriter } from '../../bytes/byte-writer.ts';
import { encodeText } from '../../bytes/text.ts';
import { TextMap } from '../../bytes/text-map.ts';
import { NameError, UnsupportedError } from '../../errors.ts';
import type { DType } from '../../tensor/dtype.ts';
import type { Shape } from '../../tensor/shape.ts';
import { encodeType, fixedBytesType, isStoredOpaque } from './datatype.ts';
import { FileImage, padded } from './file-image.ts';
import { SIGNATURE, SUPERBLOCK_BYTES } from './layout.ts';
import { uint16, uint64 } from './words.ts';
import { addGroup, INTERNAL_K, LEAF_K } from './write-group.ts';
import { TextHeap } from './write-heap.ts';
import {
  type AttributeValue,
  addressPlace,
  attributeMessage,
  datasetMessages,
  isFixedList,
  type OutgoingMessage,
  objectHeader,
} from './write-messages.ts';

export type OutgoingAttributes = Readonly<Record<string, AttributeValue>>;

export interface OutgoingDataset {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly byteLength: number;
  /** Bytes of an element of strings, which are of one width; undefined for numbers. */
  readonly textWidth?: number | undefined;
  readonly attributes?: OutgoingAttributes;
}

export interface OutgoingFile {
  /** Datasets by path; the groups on the way need not be named. */
  readonly datasets: ReadonlyMap<string, OutgoingDataset>;
  /** Groups with attributes, or without members; the root is ''. */
  readonly groups?: ReadonlyMap<string, OutgoingAttributes>;
}

export interface PlannedHdf5 {
  /** The beginning of the file. */
  readonly metadata: Uint8Array;
  /** Where the content of each dataset lies. */
  readonly offsets: ReadonlyMap<string, number>;
  readonly byteLength: number;
}

/** A group while it is gathered. */
interface Group {
  readonly attributes: OutgoingAttributes;
  readonly groups: Map<string, Group>;
  readonly datasets: Map<string, { readonly path: string; readonly dataset: OutgoingDataset }>;
}

/** Plans a file. Throws {@link NameError} for names that are both group and dataset, {@link UnsupportedError} for a dtype. */
export function planHdf5(file: OutgoingFile): PlannedHdf5 {
  const root = gather(file);
  const offsets = new TextMap<number>();
  const { image, rootHeader, places } = new Layout(root);
  let end = image.end;
  for (const [path, dataset] of file.datasets) {
    const offset = dataset.byteLength === 0 ? end : padded(end);
    offsets.set(path, offset);
    if (dataset.byteLength > 0) image.patch(places.get(path) as number, uint64(offset));
    end = offset + dataset.byteLength;
  }
  return { metadata: image.finish(superblock(rootHeader, end)), offsets, byteLength: end };
}

function newGroup(attributes: OutgoingAttributes = {}): Group {
  return { attributes, groups: new Map(), datasets: new Map() };
}

function gather({ datasets, groups = new Map() }: OutgoingFile): Group {
  const root = newGroup(groups.get(''));
  const groupAt = (path: string, whole = path): Group => {
    let at = root;
    let here = '';
    for (const name of path === '' ? [] : path.split('/')) {
      here = here === '' ? name : `${here}/${name}`;
      let next = at.groups.get(name);
      if (next === undefined) {
        if (datasets.has(here))
          throw new NameError(`${here} cannot be both a tensor and the scope of ${whole}`, {
            colliding: [here, whole],
          });
        checkStep(name, whole);
        next = newGroup(groups.get(here));
        at.groups.set(name, next);
      }
      at = next;
    }
    return at;
  };
  for (const path of groups.keys()) groupAt(path);
  for (const [path, dataset] of datasets) {
    const cut = path.lastIndexOf('/');
    const name = path.slice(cut + 1);
    checkStep(name, path);
    groupAt(cut < 0 ? '' : path.slice(0, cut), path).datasets.set(name, { path, dataset });
  }
  return root;
}

/** Throws {@link NameError} for a name that cannot be a step of a path in HDF5. */
function checkStep(name: string, path: string): void {
  if (name !== '' && name !== '.' && name !== '..' && !name.includes('\0')) return;
  throw new NameError(`the name ${path} cannot be a path in HDF5; rename it first`, { colliding: [path] });
}

/**
 * All that is not content, depth first: what points to something is written after it. Only datasets point forward, to content
 * behind all of this: where it lies is put in when all of this has its length.
 */
class Layout {
  readonly image = new FileImage(SUPERBLOCK_BYTES);
  readonly rootHeader: number;
  /** Of each dataset where it says where its content lies. */
  readonly places = new TextMap<number>();
  readonly #heap = new TextHeap(this.image);

  constructor(root: Group) {
    this.#heap.storeAll(textsOf(root));
    this.rootHeader = this.#group(root);
  }

  #attributes(attributes: OutgoingAttributes): OutgoingMessage[] {
    return Object.entries(attributes).map(([name, value]) => attributeMessage(name, value, this.#heap.pointerTo));
  }

  #group(group: Group): number {
    const members = new TextMap<number>();
    for (const [name, { path, dataset }] of group.datasets) members.set(name, this.#dataset(path, dataset));
    for (const [name, child] of group.groups) members.set(name, this.#group(child));
    return this.image.add(objectHeader([addGroup(this.image, members), ...this.#attributes(group.attributes)]));
  }

  #dataset(path: string, dataset: OutgoingDataset): number {
    const { shape, byteLength } = dataset;
    const messages = datasetMessages(shape, typeOf(dataset, path), 0, byteLength);
    const address = this.image.add(objectHeader([...messages, ...this.#attributes(attributesOf(dataset))]));
    this.places.set(path, address + addressPlace(messages));
    return address;
  }
}

function typeOf({ dtype, textWidth }: OutgoingDataset, path: string): Uint8Array {
  const type = textWidth === undefined ? encodeType(dtype) : fixedBytesType(textWidth);
  if (type === undefined)
    throw new UnsupportedError(`tensor ${path}: HDF5 has no type for ${dtype.name}`, `HDF5 ${dtype.name}`);
  return type;
}

/** Opaque bytes say what they are. */
function attributesOf({ dtype, attributes = {} }: OutgoingDataset): OutgoingAttributes {
  return isStoredOpaque(dtype) ? { ...attributes, dtype: dtype.name } : attributes;
}

function textsOf(group: Group): Uint8Array[] {
  const own = [group.attributes, ...[...group.datasets.values()].map(({ dataset }) => attributesOf(dataset))];
  const stored = own.flatMap((attributes) => Object.values(attributes)).filter((value) => !isFixedList(value));
  const texts = stored.flat().map(encodeText);
  return [...texts, ...[...group.groups.values()].flatMap(textsOf)];
}

function superblock(rootHeader: number, endOfFile: number): Uint8Array {
  const block = new ByteWriter(SUPERBLOCK_BYTES).bytes(SIGNATURE).bytes(Uint8Array.of(0, 0, 0, 0, 0, 8, 8, 0));
  block.bytes(uint16(LEAF_K)).bytes(uint16(INTERNAL_K)).uint32(0);
  block.bytes(uint64(0)).bytes(uint64(undefined)).bytes(uint64(endOfFile)).bytes(uint64(undefined));
  return block.bytes(uint64(0)).bytes(uint64(rootHeader)).bytes(new Uint8Array(24)).toBytes();
}
