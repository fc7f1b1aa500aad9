/**
 * A set of new files that appears as a whole or not at all. Each is written under a temporary name beside its final one,
 * flushed to the disk, and renamed; the last file of the set is the one that makes the others count, so it goes last.
 * Temporary names end in `.tempstate` and digits, as TensorFlow's do, so that other tools know to ignore them.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { ByteSink } from '../bytes/source.ts';
import { UsageError } from '../errors.ts';

/** Larger writes are slower on some systems: page cache is given out in large pieces that must be cleared first. */
const WRITE_BYTES = 512 * 1024;

export class FileSink implements ByteSink {
  readonly fd: number;
  byteLength = 0;
  #buffer = new Uint8Array(0);
  #buffered = 0;
  #open = true;

  /** Creates the file; an existing one is an error, never overwritten. */
  constructor(readonly path: string) {
    this.fd = openSync(path, 'wx');
  }

  write(bytes: Uint8Array): void {
    this.byteLength += bytes.length;
    if (this.#buffer.length === 0) this.#buffer = new Uint8Array(WRITE_BYTES);
    if (bytes.length > this.#buffer.length - this.#buffered) this.flush();
    if (bytes.length > this.#buffer.length) {
      this.#writeAll(bytes);
      return;
    }
    this.#buffer.set(bytes, this.#buffered);
    this.#buffered += bytes.length;
  }

  /** Writes at `offset`: appended, with what is small gathered, where that is the end of what was appended so far. */
  put(bytes: Uint8Array, offset: number): void {
    if (offset === this.byteLength) this.write(bytes);
    else this.writeAt(bytes, offset);
  }

  /** Writes at a place of its own, beside what is appended. */
  writeAt(bytes: Uint8Array, offset: number): void {
    for (let done = 0; done < bytes.length; ) {
      done += writeSync(this.fd, bytes, done, bytes.length - done, offset + done);
    }
  }

  #writeAll(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; ) {
      done += writeSync(this.fd, bytes, done, Math.min(WRITE_BYTES, bytes.length - done));
    }
  }

  flush(): void {
    this.#writeAll(this.#buffer.subarray(0, this.#buffered));
    this.#buffered = 0;
  }

  /** Writes what is buffered, waits for the disk, and closes. */
  close(): void {
    this.flush();
    fsyncSync(this.fd);
    this.abandon();
  }

  /** Closes without another write. */
  abandon(): void {
    if (this.#open) closeSync(this.fd);
    this.#open = false;
  }
}

/** Sets that are being written now; {@link discardUnfinished} clears them when the process must end. */
const unfinished = new Set<AtomicFiles>();

/** Removes every temporary file that this process has under way: for a signal handler. */
export function discardUnfinished(): void {
  for (const files of unfinished) files.discard();
}

export class AtomicFiles {
  readonly #sinks: { readonly sink: FileSink; readonly target: string }[] = [];
  readonly #marker = `.tempstate${process.pid}${Date.now()}`;
  #madeDirectory: string | undefined;

  constructor() {
    unfinished.add(this);
  }

  /** Starts a file that will be called `target`; the directories it lies in are made. */
  create(target: string): FileSink {
    const made = mkdirSync(dirname(target), { recursive: true });
    this.#madeDirectory ??= made;
    const sink = new FileSink(`${target}${this.#marker}`);
    this.#sinks.push({ sink, target });
    return sink;
  }

  /**
   * Gives every file its final name, in the order they were created, then removes the `obsolete` ones. Where the last
   * target already exists it is removed first, so that a stop in between never leaves an old index over new data.
   */
  commit(obsolete: readonly string[] = []): void {
    const last = this.#sinks.at(-1);
    if (last === undefined) throw new UsageError('nothing was written');
    for (const { sink } of this.#sinks) sink.close();
    if (this.#sinks.length > 1 && existsSync(last.target)) rmSync(last.target);
    for (const { sink, target } of this.#sinks) renameSync(sink.path, target);
    for (const path of obsolete) rmSync(path, { force: true });
    syncDirectory(dirname(last.target));
    unfinished.delete(this);
  }

  /** Removes everything that was started, directories included. */
  discard(): void {
    unfinished.delete(this);
    for (const { sink } of this.#sinks) {
      sink.abandon();
      rmSync(sink.path, { force: true });
    }
    const [first] = this.#sinks;
    if (this.#madeDirectory !== undefined && first !== undefined) {
      removeEmpty(dirname(first.target), this.#madeDirectory);
    }
  }
}

/** Removes directories from `path` up to `top` as long as they are empty. */
function removeEmpty(path: string, top: string): void {
  try {
    for (let at = path; at.length >= top.length; at = dirname(at)) rmdirSync(at);
  } catch {
    // somebody else put something there: it stays
  }
}

/** Makes the renames durable; a system that cannot open a directory does it in its own time. */
function syncDirectory(path: string): void {
  try {
    const fd = openSync(path, 'r');
    fsyncSync(fd);
    closeSync(fd);
  } catch {
    // Windows refuses to open a directory
  }
}
