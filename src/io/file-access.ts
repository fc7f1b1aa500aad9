/** Stretches of files read and written at their places, for work that threads share. */
import { readSync } from 'node:fs';
import type { ByteSource } from '../bytes/source.ts';
import { FileSource } from './file-source.ts';
import { OpenFiles } from './open-files.ts';
import { SOUND, UNREADABLE, WITHHELD } from './range-task.ts';
import { writeAll } from './write-all.ts';

/** Whether a failure tells of the system and not of the file: no handles left, no leave. */
function isWithheld(error: unknown): boolean {
  return ['EMFILE', 'ENFILE', 'ENOMEM', 'EACCES', 'EPERM'].includes(`${(error as { code?: string }).code}`);
}

/** Whether bytes lie in a file of this machine, which threads can read by its path. */
export const liesInFile = (bytes: ByteSource): boolean => bytes instanceof FileSource;

export class FileAccess {
  readonly #files = new OpenFiles();

  /** Fills `target` with the bytes of a file from `offset` on; says how that went, by the words of range-task.ts. */
  read(path: string, target: Uint8Array, offset: number): number {
    try {
      const fd = this.#files.fd(path, 'r');
      for (let done = 0; done < target.length; ) {
        const read = readSync(fd, target, done, target.length - done, offset + done);
        if (read === 0) return UNREADABLE;
        done += read;
      }
      return SOUND;
    } catch (error) {
      return isWithheld(error) ? WITHHELD : UNREADABLE;
    }
  }

  /** Writes bytes to their place in a file that is there. Throws what the system throws. */
  write(path: string, bytes: Uint8Array, offset: number): void {
    writeAll(this.#files.fd(path, 'r+'), bytes, offset, path);
  }

  close(): void {
    this.#files.close();
  }
}
