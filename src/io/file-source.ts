/** A file as a byte source. It opens on the first read, so that a thousand shards cost nothing until they are needed. */
import { closeSync, openSync, readSync } from 'node:fs';
import { assertWithin, type ByteSource, readBytes } from '../bytes/source.ts';
import { decodeText } from '../bytes/text.ts';
import { CorruptError, NotACheckpointError, UnreadableError } from '../errors.ts';
import { statsOf } from './directory.ts';
import { systemReason } from './system-error.ts';

/** `readSync` takes lengths below 2^31. */
const MOST_AT_ONCE = 2 ** 30;

/** The size of a file in bytes, or undefined when there is no such file. */
export function fileSize(path: string): number | undefined {
  const stats = statsOf(path);
  return stats?.isFile() === true ? stats.size : undefined;
}

/** What to say of a file that is there and cannot be read: the system's own words do not always name it. */
function unreadable(path: string, error: unknown): UnreadableError {
  const reason = systemReason(error)?.reason ?? (error as Error).message;
  return new UnreadableError(`${path} cannot be read: ${reason}`, path, { cause: error });
}

export class FileSource implements ByteSource {
  readonly byteLength: number;
  #fd: number | undefined;

  /** Throws {@link NotACheckpointError} when there is no such file. */
  constructor(readonly path: string) {
    const size = fileSize(path);
    if (size === undefined) throw new NotACheckpointError(`there is no file ${path}`, path);
    this.byteLength = size;
  }

  /** The open file descriptor. Throws {@link UnreadableError} for a file that the system does not give. */
  get fd(): number {
    try {
      this.#fd ??= openSync(this.path, 'r');
    } catch (error) {
      throw unreadable(this.path, error);
    }
    return this.#fd;
  }

  #read(target: Uint8Array, done: number, offset: number): number {
    const { fd } = this;
    try {
      return readSync(fd, target, done, Math.min(target.length - done, MOST_AT_ONCE), offset + done);
    } catch (error) {
      throw unreadable(this.path, error);
    }
  }

  readInto(target: Uint8Array, offset: number): void {
    assertWithin(this, offset, target.length, this.path);
    for (let done = 0; done < target.length; ) {
      const read = this.#read(target, done, offset);
      if (read === 0) {
        throw new CorruptError(`${this.path} ended at byte ${offset + done}; it became shorter while it was read`, {
          where: 'file',
          path: this.path,
          offset: offset + done,
        });
      }
      done += read;
    }
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
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
