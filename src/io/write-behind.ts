/** Writing behind the back of who makes the content: one stretch of bytes is on its way to the file while the next is made. */
import { closeSync, write, writeSync } from 'node:fs';
import { openSync } from './path-calls.ts';

/** Written at a time. Less would wake two threads more often, at some 80 microseconds a time. */
const PIECE_BYTES = 8 << 20;

/**
 * The page cache takes memory in one stretch for as much of a write as it can, up to 2 MiB. On virtual machines that hand unused
 * memory back, none of the large stretches is warm, and filling them takes up to five times as long. A byte that is in the file
 * already keeps the stretches apart: one every mebibyte, and none is larger than half of that.
 */
const APART_BYTES = 1 << 20;

/** Puts single bytes of what is about to be written at `position` where they go. */
function keepApart(fd: number, bytes: Uint8Array, position: number): void {
  if (bytes.length <= APART_BYTES) return;
  for (let at = Math.ceil(position / APART_BYTES) * APART_BYTES - position; at < bytes.length; at += APART_BYTES) {
    writeSync(fd, bytes, at, 1, position + at);
  }
}

/** Writes bytes at a place; resolves to how many it were. */
function writeSome(fd: number, bytes: Uint8Array, position: number): Promise<number> {
  keepApart(fd, bytes, position);
  return new Promise((resolve, reject) => {
    write(fd, bytes, 0, bytes.length, position, (error, written) => {
      if (error === null) resolve(written);
      else reject(error);
    });
  });
}

/** Writes all bytes at a place; throws what the system throws, with the path. */
async function writeWhole(fd: number, bytes: Uint8Array, position: number, path: string): Promise<void> {
  try {
    for (let done = 0; done < bytes.length; ) {
      done += await writeSome(fd, bytes.subarray(done, done + PIECE_BYTES), position + done);
    }
  } catch (error) {
    throw error instanceof Error ? Object.assign(error, { path }) : error;
  }
}

/** Writes to a file that is there, through a handle of its own: nobody closes it while something is on its way. */
export class WriteBehind {
  readonly #fd: number;
  #underway: Promise<void> = Promise.resolve();

  constructor(readonly path: string) {
    this.#fd = openSync(path, 'r+');
  }

  /** Waits for what is on its way, then sends `bytes`, piece by piece; they must stay as they are until the next call has returned. */
  async write(bytes: Uint8Array, position: number): Promise<void> {
    await this.#underway;
    this.follow(bytes, position);
  }

  /** Sends `bytes` once all that was sent before is written, without a wait; they must stay as they are until {@link arrived}. */
  follow(bytes: Uint8Array, position: number): void {
    this.#underway = this.#underway.then(() => writeWhole(this.#fd, bytes, position, this.path));
    this.#underway.catch(() => undefined); // thrown where it is awaited
  }

  /** Resolves when all that was sent so far is written. Throws what the system threw of any. */
  arrived(): Promise<void> {
    return this.#underway;
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
