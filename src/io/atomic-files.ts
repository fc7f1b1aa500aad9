/**
 * A set of new files that appears as a whole or not at all. Each is written under a temporary name beside its final one and
 * renamed; the last file of the set is the one that makes the others count, so it goes last.
 * Temporary names end in `.tempstate` and digits, as TensorFlow's do, so that other tools know to ignore them.
 */
import {
  closeSync,
  constants,
  copyFileSync,
  fsyncSync,
  ftruncateSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { ByteSink } from '../bytes/source.ts';
import { UsageError, WriteRefusedError } from '../errors.ts';
import { isTaken } from './paths.ts';
import { systemReason } from './system-error.ts';
import { WRITE_BYTES, writeAll } from './write-all.ts';

/** Names of the system's calls that only writing makes. */
const WRITING_CALLS: ReadonlySet<string> = new Set(['write', 'mkdir', 'rename', 'fsync', 'ftruncate', 'close']);
/** What the buffer of a small file takes. */
const FIRST_BYTES = 16 * 1024;

export class FileSink implements ByteSink {
  readonly fd: number;
  byteLength = 0;
  #buffer = new Uint8Array(0);
  #buffered = 0;
  /** Bytes of what was appended that are in the file. */
  #written = 0;
  #open = true;

  /** Creates the file; an existing one is an error, never overwritten. */
  constructor(readonly path: string) {
    this.fd = openSync(path, 'wx');
  }

  write(bytes: Uint8Array): void {
    this.byteLength += bytes.length;
    this.#makeRoom(this.#buffered + bytes.length);
    if (bytes.length > this.#buffer.length - this.#buffered) this.flush();
    if (bytes.length > this.#buffer.length) {
      this.#writeAll(bytes);
      return;
    }
    this.#buffer.set(bytes, this.#buffered);
    this.#buffered += bytes.length;
  }

  /** The buffer grows with what is written: a small file does not pay for a large one. */
  #makeRoom(wanted: number): void {
    if (wanted <= this.#buffer.length || this.#buffer.length === WRITE_BYTES) return;
    const grown = new Uint8Array(Math.min(WRITE_BYTES, Math.max(FIRST_BYTES, 2 * wanted)));
    grown.set(this.#buffer.subarray(0, this.#buffered));
    this.#buffer = grown;
  }

  /** Writes at `offset`: appended, with what is small gathered, where that is the end of what was appended so far. */
  put(bytes: Uint8Array, offset: number): void {
    if (offset === this.byteLength) this.write(bytes);
    else this.writeAt(bytes, offset);
  }

  /** Writes at a place of its own, beside what is appended. */
  writeAt(bytes: Uint8Array, offset: number): void {
    writeAll(this.fd, bytes, offset);
  }

  #writeAll(bytes: Uint8Array): void {
    writeAll(this.fd, bytes, this.#written);
    this.#written += bytes.length;
  }

  /** Forgets what was written so far. */
  restart(): void {
    ftruncateSync(this.fd, 0);
    this.byteLength = 0;
    this.#buffered = 0;
    this.#written = 0;
  }

  flush(): void {
    this.#writeAll(this.#buffer.subarray(0, this.#buffered));
    this.#buffered = 0;
  }

  /** Writes what is buffered and closes; waits for the disk where that is wanted. */
  close(sync: boolean): void {
    this.flush();
    if (sync) fsyncSync(this.fd);
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

/** A file of the set: its temporary name, its final one, and the sink while it is written. */
interface Member {
  readonly path: string;
  readonly target: string;
  readonly sink: FileSink | undefined;
}

export class AtomicFiles {
  readonly #members: Member[] = [];
  readonly #renamed: string[] = [];
  /** Older files under temporary names, until the new ones are all there. */
  readonly #aside: { readonly path: string; readonly target: string }[] = [];
  readonly #marker = `.tempstate${process.pid}${Date.now()}`;
  #madeDirectory: string | undefined;
  /** The file that was started last. */
  #latest = '';

  /**
   * What takes the place of an older file waits for the disk first, so that no loss of power can take both. A set of new
   * names is left to the system, as `cp` leaves it, unless `sync` says otherwise.
   */
  constructor(readonly sync = false) {
    unfinished.add(this);
  }

  /** The temporary name of a target, in a directory that is there. */
  #prepare(target: string): string {
    this.#latest = target;
    const made = mkdirSync(dirname(target), { recursive: true });
    this.#madeDirectory ??= made;
    return `${target}${this.#marker}`;
  }

  /** Starts a file that will be called `target`; the directories it lies in are made. */
  create(target: string): FileSink {
    const path = this.#prepare(target);
    const sink = new FileSink(path);
    this.#members.push({ path, target, sink });
    return sink;
  }

  /** Gives an existing file `target` as a further name; throws {@link WriteRefusedError} where the system cannot. */
  link(existing: string, target: string): boolean {
    const path = this.#prepare(target);
    try {
      linkSync(realpathSync(existing), path);
    } catch (cause) {
      const reason =
        (cause as { code?: string }).code === 'EXDEV' ? 'it is on another file system' : (cause as Error).message;
      throw new WriteRefusedError(
        `${existing} cannot be hard-linked to ${target}: ${reason}; leave --link out to copy it`,
        target,
        { cause },
      );
    }
    this.#members.push({ path, target, sink: undefined });
    return true;
  }

  /** Clones an existing file, sharing its blocks; false where the file system cannot. */
  clone(existing: string, target: string): boolean {
    const path = this.#prepare(target);
    try {
      copyFileSync(existing, path, constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL);
    } catch {
      rmSync(path, { force: true });
      return false;
    }
    this.#members.push({ path, target, sink: undefined });
    return true;
  }

  /**
   * Gives every file its final name, in the order they were created; the `obsolete` ones go. What several files replace is
   * moved aside first, the last target before all: a stop in between never leaves an old index over new data, and a failure
   * brings everything back.
   */
  commit(obsolete: readonly string[] = []): void {
    const last = this.#members.at(-1);
    if (last === undefined) throw new UsageError('nothing was written');
    const targets = this.#members.map(({ target }) => target);
    const replaced = [...new Set([...targets.toReversed(), ...obsolete])].filter(isTaken);
    for (const path of replaced) checkNoDirectory(path);
    const sync = this.sync || replaced.length > 0;
    for (const { sink } of this.#members) sink?.close(sync);
    if (this.#members.length > 1) for (const path of replaced) this.#moveAside(path);
    for (const { path, target } of this.#members) {
      renameSync(path, target);
      this.#renamed.push(target);
    }
    unfinished.delete(this);
    for (const path of [...this.#aside.map(({ path }) => path), ...obsolete]) removeIfPossible(path);
    if (sync) syncDirectory(dirname(last.target));
  }

  #moveAside(target: string): void {
    const path = `${target}${this.#marker}0`;
    renameSync(target, path);
    this.#aside.push({ path, target });
  }

  /** Discards everything because of `error`, and gives what to throw: the system's own words name temporary files. */
  failed(error: unknown): unknown {
    this.discard();
    const { call, reason } = systemReason(error) ?? {};
    if (call === undefined || !this.#isOurs(call, error)) return error;
    const message = `${this.#latest} cannot be written: ${reason}; nothing was left behind`;
    return new WriteRefusedError(message, this.#latest, { cause: error });
  }

  /** Whether a call of the system was one that writes, and not one that reads what is copied. */
  #isOurs(call: string, error: unknown): boolean {
    return call === 'open' ? `${(error as { path?: string }).path}`.endsWith(this.#marker) : WRITING_CALLS.has(call);
  }

  /** Removes everything that was started, directories included. */
  discard(): void {
    unfinished.delete(this);
    for (const path of this.#renamed) rmSync(path, { force: true });
    for (const { path, target } of this.#aside.toReversed()) renameSync(path, target);
    for (const { sink, path } of this.#members) {
      sink?.abandon();
      rmSync(path, { force: true });
    }
    if (this.#madeDirectory !== undefined) removeEmpty(dirname(this.#latest), this.#madeDirectory);
  }
}

/** Throws {@link WriteRefusedError} for a directory: none is put aside or removed. */
function checkNoDirectory(path: string): void {
  if (lstatSync(path).isDirectory()) throw new WriteRefusedError(`${path} is a directory, where a file must go`, path);
}

/** Removes a file of an older checkpoint that means nothing any more; what cannot be removed does no harm. */
function removeIfPossible(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // it is somebody else's
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
