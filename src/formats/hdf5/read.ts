/** Reads an HDF5 file: every dataset as a tensor, under its path, and the attributes of every object. Content is not read. */

import type { ByteSource } from '../../bytes/source.ts';
import { readBytes } from '../../bytes/source.ts';
import { TextMap } from '../../bytes/text-map.ts';
import { CkptError, CorruptError, NotACheckpointError, UnsupportedError } from '../../errors.ts';
import { brokenTensor } from '../../tensor/partitioned.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { AddressSpace, type Hdf5Place, Structure } from './address-space.ts';
import { type Attributes, attributesOf } from './attributes.ts';
import { tensorOfDataset } from './dataset.ts';
import { GlobalHeap } from './global-heap.ts';
import { membersOf } from './groups.ts';
import { MESSAGE, NEWER_SUPERBLOCK, SUPERBLOCK, SUPERBLOCK_BYTES } from './layout.ts';
import { checkSum } from './lookup3.ts';
import { MOST_GROUPS } from './names.ts';
import { messagesAt } from './object-header.ts';
import { superblockAt } from './superblock-at.ts';

export interface Hdf5Content {
  /** Every dataset by its path, in the order of the groups; one that cannot be read has a `problem`. */
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** The texts of every group, and of every dataset that has some, by its path; the root is ''. */
  readonly attributes: ReadonlyMap<string, Attributes>;
}

/** HDF5 allows these; libraries write 8 on every machine of today. */
const ADDRESS_SIZES = [2, 4, 8, 16, 32];

function checkSizes(superblock: Structure, places: readonly number[]): void {
  for (const size of places.map((at) => superblock.u8(at))) {
    if (size === 8) continue;
    if (!ADDRESS_SIZES.includes(size))
      throw superblock.damaged(`it says that addresses or lengths are ${size} bytes wide`);
    throw new UnsupportedError(
      `its HDF5 addresses or lengths are ${size} bytes wide; only 8 is read`,
      'HDF5 address size',
    );
  }
}

/** Reads the structure of an HDF5 file. Throws a {@link CkptError} for what is none, is damaged, or of a kind that is not read. */
export function readHdf5(source: ByteSource, place?: Hdf5Place): Hdf5Content {
  const start = superblockAt(source);
  if (start === undefined) throw new NotACheckpointError('the file does not begin as HDF5 does', '');
  const length = Math.min(SUPERBLOCK_BYTES, source.byteLength - start);
  const superblock = Structure.of(readBytes(source, start, length), 'superblock', start);
  const version = superblock.u8(SUPERBLOCK.version);
  if (version > 1) return readNewer(source, start, superblock, place);
  checkSizes(superblock, [SUPERBLOCK.offsetSize, SUPERBLOCK.lengthSize]);
  const extra = version === 1 ? 4 : 0;
  const base = superblock.u64(SUPERBLOCK.base + extra);
  checkEnd(source, superblock.u64(SUPERBLOCK.endOfFile + extra) - base + start);
  const walk = new Walk(new AddressSpace(source, start, place));
  walk.visit(superblock.u64(SUPERBLOCK.rootHeader + extra), '', 0);
  return walk;
}

/** Superblocks of version 2 and 3, which are shorter and have a checksum. */
function readNewer(
  source: ByteSource,
  start: number,
  superblock: Structure,
  place: Hdf5Place | undefined,
): Hdf5Content {
  const { version, offsetSize, lengthSize, base: baseAt, endOfFile, rootHeader, byteLength } = NEWER_SUPERBLOCK;
  if (superblock.u8(version) > 3) {
    throw new UnsupportedError(
      `its HDF5 superblock is of version ${superblock.u8(version)}; 0 to 3 are read`,
      'HDF5 superblock',
    );
  }
  checkSum(superblock.slice(0, byteLength));
  checkSizes(superblock, [offsetSize, lengthSize]);
  checkEnd(source, superblock.u64(endOfFile) - superblock.u64(baseAt) + start);
  const walk = new Walk(new AddressSpace(source, start, place));
  walk.visit(superblock.u64(rootHeader), '', 0);
  return walk;
}

/**
 * The superblock says where the file ends: a shorter one was cut. It counts from the front of the file, what stands before the
 * superblock as its base included; all other addresses count from the superblock, wherever that was moved to.
 */
function checkEnd(source: ByteSource, end: number): void {
  if (end <= source.byteLength) return;
  const { byteLength } = source;
  throw new CorruptError(
    `the file ends at byte ${byteLength}, but its superblock says ${end}: it was cut by ${end - byteLength}`,
    {
      where: 'superblock',
      offset: byteLength,
    },
  );
}

class Walk implements Hdf5Content {
  readonly tensors = new TextMap<Tensor>();
  readonly attributes = new TextMap<Attributes>();
  readonly #heap: GlobalHeap;
  /** Objects on the way down: one of them below itself would be a circle. */
  readonly #above = new Set<number>();
  /** Objects that were met: one that is linked twice is read once. */
  readonly #groups = new Map<number, string>();

  constructor(readonly file: AddressSpace) {
    this.#heap = new GlobalHeap(file);
  }

  visit(address: number, path: string, depth: number): void {
    if (this.#above.has(address) || this.#groups.has(address)) return;
    const messages = messagesAt(this.file, address);
    const attributes = attributesOf(messages, this.#heap, this.file);
    const members = membersOf(this.file, messages, path);
    if (members !== undefined || attributes.size > 0) this.attributes.set(path, attributes);
    if (members === undefined) {
      if (!messages.some(({ type }) => type === MESSAGE.layout || type === MESSAGE.dataspace)) return; // a named datatype
      this.tensors.set(
        path,
        this.#tensor(path, () => tensorOfDataset(this.file, messages, attributes, this.#heap)),
      );
      return;
    }
    if (depth > MOST_GROUPS)
      throw new CorruptError(`groups lie more than ${MOST_GROUPS} deep in each other`, { where: 'group' });
    this.#groups.set(address, path);
    this.#above.add(address);
    for (const member of members)
      this.visit(member.address, path === '' ? member.name : `${path}/${member.name}`, depth + 1);
    this.#above.delete(address);
  }

  /** One dataset that cannot be read does not hide the others. */
  #tensor(path: string, make: () => Tensor): Tensor {
    try {
      return make();
    } catch (error) {
      if (!(error instanceof CkptError)) throw error;
      const message = `dataset ${path}: ${error.message}`;
      return brokenTensor(
        error instanceof UnsupportedError
          ? new UnsupportedError(message, error.feature, { cause: error })
          : new CorruptError(message, { where: path }, { cause: error }),
      );
    }
  }
}
