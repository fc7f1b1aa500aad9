/** A file as a byte source. It opens on the first read, so that a thousand shards cost nothing until they are needed. */
import { closeSync, openSync, readSync } from 'node:fs';
import { assertWithin, type ByteSource } from '../bytes/source.ts';
import { CorruptError, NotACheckpointError } from '../errors.ts';
import { statsOf } from './directory.ts';

/** `readSync` takes lengths below 2^31. */
const MOST_AT_ONCE = 2 ** 30;

/** The size of a file in bytes, or undefined when there is no such file. */
export function fileSize(path: string): number | undefined {
  const stats = statsOf(path);
  return stats?.isFile() === true ? stats.size : undefined;
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

  /** The open file descriptor. */
  get fd(): number {
    this.#fd ??= openSync(this.path, 'r');
    return this.#fd;
  }

  readInto(target: Uint8Array, offset: number): void {
    assertWithin(this, offset, target.length, this.path);
    for (let done = 0; done < target.length; ) {
      const read = readSync(this.fd, target, done, Math.min(target.length - done, MOST_AT_ONCE), offset + done);
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
