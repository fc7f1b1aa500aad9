/** Reading ahead of who deals with the content: the next stretch of a file is on its way while the last one is summed. */
import { closeSync, read } from 'node:fs';
import { type ByteSource, RegionSource } from '../bytes/source.ts';
import { identityOfOpen } from './file-identity.ts';
import { endedEarly, FileSource, unreadable } from './file-source.ts';
import { openSync } from './path-calls.ts';

/** The file that a source is a stretch of, and where that begins; undefined for any other source. */
function stretchOf(source: ByteSource): { readonly file: FileSource; readonly start: number } | undefined {
  if (source instanceof FileSource) return { file: source, start: 0 };
  if (!(source instanceof RegionSource)) return undefined;
  const parent = stretchOf(source.parent);
  return parent === undefined ? undefined : { file: parent.file, start: parent.start + source.offset };
}

export class ReadAhead {
  #underway: Promise<void> = Promise.resolve();

  private constructor(
    readonly path: string,
    readonly start: number,
    readonly fd: number,
  ) {}

  /** Over a source that is a stretch of a file, through a handle of its own; undefined for any other, and where the file is another by now. */
  static of(source: ByteSource): ReadAhead | undefined {
    const stretch = stretchOf(source);
    if (stretch === undefined) return undefined;
    const { file, start } = stretch;
    let fd: number;
    try {
      fd = openSync(file.path, 'r');
    } catch {
      return undefined; // the source has the words for it
    }
    const { device, inode } = identityOfOpen(fd);
    if (device === file.identity.device && inode === file.identity.inode) return new ReadAhead(file.path, start, fd);
    closeSync(fd);
    return undefined;
  }

  /** Begins to fill `target` with the bytes of the source from `offset` on; one at a time. */
  begin(target: Uint8Array, offset: number): void {
    this.#underway = this.#fill(target, this.start + offset);
    this.#underway.catch(() => undefined); // thrown where it is awaited
  }

  /** Waits for what was begun. Throws as the source would. */
  arrived(): Promise<void> {
    return this.#underway;
  }

  async #fill(target: Uint8Array, position: number): Promise<void> {
    for (let done = 0; done < target.length; ) {
      const count = await new Promise<number>((resolve, reject) => {
        read(this.fd, target, done, target.length - done, position + done, (error, bytes) => {
          if (error === null) resolve(bytes);
          else reject(unreadable(this.path, error));
        });
      });
      if (count === 0) throw endedEarly(this.path, position + done);
      done += count;
    }
  }

  /** Closes the handle, once nothing is on its way. */
  async close(): Promise<void> {
    await this.#underway.catch(() => undefined);
    closeSync(this.fd);
  }
}
