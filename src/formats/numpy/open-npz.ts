/** Opening an .npz: the directory of the archive, and the header of each array in it. */

import { compareText, decodeText } from '../../bytes/text.ts';
import { TextMap } from '../../bytes/text-map.ts';
import { CkptError, CorruptError, UnsupportedError } from '../../errors.ts';
import { crc32 } from '../../io/crc32.ts';
import type { Store, StoredFile } from '../../io/store.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { checkMemberName, dataStart, extraData, readDirectory, type ZipDirectory } from '../../zip/directory.ts';
import { STORED, type ZipMember } from '../../zip/format.ts';
import { memberSource } from '../../zip/member-source.ts';
import type { Checkpoint, Found } from '../format.ts';
import { parseRecord, type RoundTrip, restored } from '../round-trip.ts';
import { readArray } from './array-tensor.ts';
import { NPY_SUFFIX, nameOfMember } from './names.ts';

interface ArchiveRecord {
  readonly record: RoundTrip | undefined;
  readonly damage: string | undefined;
}

/** What goes wrong in an archive or an array, told with what it is about. */
export function told<T>(about: string, path: string, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    if (!(cause instanceof CkptError)) throw cause;
    const message = cause.message.startsWith(about) ? cause.message : `${about}: ${cause.message}`;
    if (cause instanceof UnsupportedError) throw new UnsupportedError(message, cause.feature, { cause });
    if (cause instanceof CorruptError) throw new CorruptError(message, { ...cause.damage, path }, { cause });
    throw cause;
  }
}

/** The array of a member; throws for one that no tensor can be. */
export function memberTensor(file: StoredFile, path: string, member: ZipMember): Tensor {
  return told(`${path}: ${member.name}`, path, () => {
    const start = dataStart(file, member);
    const source = memberSource(file, member, start);
    const place = member.method === STORED ? { file, path, shard: 0, start, crc32: member.crc32 } : undefined;
    return readArray(source, place).tensor;
  });
}

/** Members that are arrays, and folders and other files, which are none; throws for a name that leads out. */
export function arraysOf(file: StoredFile, path: string) {
  const directory = told(path, path, () => readDirectory(file));
  const { members } = directory;
  for (const member of members) told(path, path, () => checkMemberName(member));
  const arrays = members.filter(({ name }) => name.endsWith(NPY_SUFFIX));
  const others = members.filter(({ name }) => !name.endsWith(NPY_SUFFIX) && !name.endsWith('/'));
  if (arrays.length === 0 && members.length > 0) {
    throw new UnsupportedError(`${path} is a zip archive in which no member is an array (.npy)`, 'zip');
  }
  return { arrays, others, ...recordIn(file, directory) };
}

/** The record in the comment, or in the extra data that the comment speaks of; `damage` where that is not what it was. */
function recordIn(file: StoredFile, { comment, directoryAt }: ZipDirectory): ArchiveRecord {
  const text = decodeText(comment);
  const [, length, sum] = /^\{"extra":(\d{1,9}),"crc32":(\d{1,10})\}$/.exec(text) ?? [];
  if (length === undefined) return { record: parseRecord(text), damage: undefined };
  const bytes = extraData(file, directoryAt, Number(length));
  if (bytes !== undefined && crc32(bytes) === Number(sum)) {
    return { record: parseRecord(decodeText(bytes)), damage: undefined };
  }
  return { record: undefined, damage: 'the record of what numpy cannot hold is not what it was' };
}

function tensorsIn(file: StoredFile, path: string, arrays: readonly ZipMember[], record: RoundTrip | undefined) {
  const named = arrays.map((member): [string, Tensor] => {
    const name = nameOfMember(member.name.slice(0, -NPY_SUFFIX.length));
    const tensor = memberTensor(file, path, member);
    return [name, record === undefined ? tensor : restored(name, tensor, record)];
  });
  const tensors = new TextMap(named.sort(([a], [b]) => compareText(a, b)));
  if (tensors.size === arrays.length) return tensors;
  throw new CorruptError(`${path}: two arrays have one name`, { where: 'zip', path });
}

/** Opens an archive; throws a {@link CkptError} where it is damaged, or an array in it cannot be a tensor. */
export function openNpz(store: Store, { prefix: path }: Found): Checkpoint {
  const file = store.open(path);
  try {
    const { arrays, others, record, damage } = arraysOf(file, path);
    const notes = others.map(({ name }) => `${path}: ${name} is no array and is left out`);
    if (damage !== undefined) notes.push(`${path}: ${damage}; nothing of it is used`);
    return {
      format: 'npz',
      path,
      byteOrder: 'little',
      tensors: tensorsIn(file, path, arrays, record),
      files: [{ path, kind: 'table', byteLength: file.byteLength }],
      roundTrip: record,
      metadata: record?.metadata,
      notes,
      close: () => file.close(),
    };
  } catch (error) {
    file.close();
    throw error;
  }
}
