/** A file as a byte source. It opens on the first read, so that a thousand shards cost nothing until they are needed. */
import { readSync } from 'node:fs';
import { assertWithin, type ByteSource, readBytes } from '../bytes/source.ts';
import { decodeText } from '../bytes/text.ts';
import { CorruptError, NotACheckpointError, UnreadableError } from '../errors.ts';
import { statsOf } from './directory.ts';
import { type FileIdentity, identityAt, identityOfOpen } from './file-identity.ts';
import { OpenFiles } from './open-files.ts';
import { systemReason } from './system-error.ts';

/** `readSync` takes lengths below 2^31. */
const MOST_AT_ONCE = 2 ** 30;

/** The size of a file in bytes, or undefined when there is no such file. */
export function fileSize(path: string): number | undefined {
  const stats = statsOf(path);
  return stats?.isFile() === true ? stats.size : undefined;
}

/** What to say of a file that is there and cannot be read: the system's own words do not always name it. */
export function unreadable(path: string, error: unknown): UnreadableError {
  const reason = systemReason(error)?.reason ?? (error as Error).message;
  return new UnreadableError(`${path} cannot be read: ${reason}`, path, { cause: error });
}

/** The error for a file that has fewer bytes than when it was opened. */
export function endedEarly(path: string, offset: number): CorruptError {
  return new CorruptError(`${path} ended at byte ${offset}; it became shorter while it was read`, {
    where: 'file',
    path,
    offset,
  });
}

/** All sources share the handles: a checkpoint of thousands of files is read with few. */
const OPEN = new OpenFiles();
let opened = 0;

export class FileSource implements ByteSource {
  readonly byteLength: number;
  /** What the file was when it was first looked at. */
  readonly identity: FileIdentity;
  readonly #key = `${opened++}`;

  /** Throws {@link NotACheckpointError} when there is no such file. */
  constructor(readonly path: string) {
    const identity = identityAt(path);
    if (identity === undefined) throw new NotACheckpointError(`there is no file ${path}`, path);
    this.identity = identity;
    this.byteLength = Number(identity.size);
  }

  /** The descriptor, good until another source is read. Throws {@link UnreadableError} for a file that is another by now. */
  #fd(): number {
    if (OPEN.has(this.#key)) return OPEN.fd(this.path, 'r', this.#key);
    const fd = OPEN.fd(this.path, 'r', this.#key);
    const { device, inode } = identityOfOpen(fd);
    if (device === this.identity.device && inode === this.identity.inode) return fd;
    OPEN.forget(this.#key);
    throw new UnreadableError(`${this.path} was replaced by another file while it was read; do it again`, this.path);
  }

  #read(target: Uint8Array, done: number, offset: number): number {
    try {
      const fd = this.#fd();
      return readSync(fd, target, done, Math.min(target.length - done, MOST_AT_ONCE), offset + done);
    } catch (error) {
      throw error instanceof UnreadableError ? error : unreadable(this.path, error);
    }
  }

  readInto(target: Uint8Array, offset: number): void {
    assertWithin(this, offset, target.length, this.path);
    for (let done = 0; done < target.length; ) {
      const read = this.#read(target, done, offset);
      if (read === 0) throw endedEarly(this.path, offset + done);
      done += read;
    }
  }

  close(): void {
    OPEN.forget(this.#key);
  }
}

/** The text of a small file; bytes that are no text survive in it, as {@link decodeText} says. */
export function readText(path: string): string {
  const file = new FileSource(path);
  try {
    return decodeText(readBytes(file, 0, file.byteLength));
  } finally {
    file.close();
  }
}

/** Those of some sources that are files of this machine. */
export function filesAmong(sources: readonly ByteSource[]): FileSource[] {
  return sources.filter((source) => source instanceof FileSource);
}
