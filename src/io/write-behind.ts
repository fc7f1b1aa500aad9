/** Writing behind the back of who makes the content: one stretch of bytes is on its way to the file while the next is made. */
import { closeSync, write } from 'node:fs';
import { openSync } from './path-calls.ts';

/** Writes all bytes at a place; throws what the system throws, with the path. */
async function writeWhole(fd: number, bytes: Uint8Array, position: number, path: string): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += await new Promise<number>((resolve, reject) => {
      write(fd, bytes, done, bytes.length - done, position + done, (error, written) => {
        if (error === null) resolve(written);
        else reject(Object.assign(error, { path }));
      });
    });
  }
}

/** Writes to a file that is there, through a handle of its own: nobody closes it while something is on its way. */
export class WriteBehind {
  readonly #fd: number;
  #underway: Promise<void> = Promise.resolve();

  constructor(readonly path: string) {
    this.#fd = openSync(path, 'r+');
  }

  /** Waits for what is on its way, then sends `bytes`, which must stay as they are until the next call has returned. */
  async write(bytes: Uint8Array, position: number): Promise<void> {
    await this.#underway;
    this.#underway = writeWhole(this.#fd, bytes, position, this.path);
    this.#underway.catch(() => undefined); // thrown where it is awaited
  }

  /** Waits for the last bytes. Throws what the system threw of any. */
  async end(): Promise<void> {
    try {
      await this.#underway;
    } finally {
      closeSync(this.#fd);
    }
  }

  /** Gives up: what went wrong elsewhere is told there. */
  async abandon(): Promise<void> {
    await this.end().catch(() => undefined);
  }
}
