/** A file that is being written. What is small is gathered; a set of thousands holds few handles at once. */
import { closeSync, fchmodSync, fchownSync, fstatSync, fsyncSync, ftruncateSync, type Stats } from 'node:fs';
import type { ByteSink } from '../bytes/source.ts';
import { OpenFiles } from './open-files.ts';
import { openSync } from './path-calls.ts';
import { WRITE_BYTES, writeAll } from './write-all.ts';

/** What the buffer of a small file takes. */
const FIRST_BYTES = 256;
/** What all buffers may take before what they hold is written. */
const MOST_BUFFERED = 32 * 1024 * 1024;
const NOTHING = new Uint8Array(0);
/** All sinks share the handles. */
const OPEN = new OpenFiles();
/** The sinks that have buffers, and how many bytes these are. */
const HOLDING = new Set<FileSink>();
let held = 0;

export class FileSink implements ByteSink {
  byteLength = 0;
  #buffer: Uint8Array = NOTHING;
  #buffered = 0;
  /** Bytes of what was appended that are in the file. */
  #written = 0;

  /** Creates the file; an existing one is an error, never overwritten. */
  constructor(readonly path: string) {
    OPEN.create(path);
  }

  get #fd(): number {
    return OPEN.fd(this.path, 'r+', this.path);
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
    this.#hold(grown);
    if (held > MOST_BUFFERED) for (const other of HOLDING) if (other !== this) other.end();
  }

  #hold(buffer: Uint8Array): void {
    held += buffer.length - this.#buffer.length;
    this.#buffer = buffer;
    if (buffer.length > 0) HOLDING.add(this);
    else HOLDING.delete(this);
  }

  /** Writes at `offset`: appended, with what is small gathered, where that is the end of what was appended so far. */
  put(bytes: Uint8Array, offset: number): void {
    if (offset === this.byteLength) this.write(bytes);
    else this.writeAt(bytes, offset);
  }

  /** Writes at a place of its own, beside what is appended; over what was, where that is buffered still. */
  writeAt(bytes: Uint8Array, offset: number): void {
    if (offset < this.byteLength) this.flush();
    writeAll(this.#fd, bytes, offset, this.path);
  }

  /** Makes way for `byteLength` bytes at `offset` that another hand writes, at the end of what was appended or beside it. */
  makeWay(offset: number, byteLength: number): void {
    if (offset <= this.byteLength) this.flush();
    if (offset !== this.byteLength) return;
    this.byteLength += byteLength;
    this.#written += byteLength;
  }

  #writeAll(bytes: Uint8Array): void {
    if (bytes.length > 0) writeAll(this.#fd, bytes, this.#written, this.path);
    this.#written += bytes.length;
  }

  /** Forgets what was written so far. */
  restart(): void {
    ftruncateSync(this.#fd, 0);
    this.byteLength = 0;
    this.#buffered = 0;
    this.#written = 0;
  }

  flush(): void {
    this.#writeAll(this.#buffer.subarray(0, this.#buffered));
    this.#buffered = 0;
  }

  /** Writes what is buffered, and lets go of the buffer. */
  end(): void {
    this.flush();
    this.#hold(NOTHING);
  }

  /** Gives the file the mode and the owner of another. Throws what the system throws where the owner cannot be given. */
  takeOwner({ mode, uid, gid }: Stats): void {
    const fd = this.#fd;
    const own = fstatSync(fd);
    fchmodSync(fd, mode & 0o7777);
    if (own.uid !== uid || own.gid !== gid) fchownSync(fd, uid, gid);
  }

  sync(): void {
    fsyncSync(this.#fd);
  }

  /** Closes without another write. */
  abandon(): void {
    this.#hold(NOTHING);
    OPEN.forget(this.path);
  }
}

/** Makes the names in a directory durable; a system that cannot open a directory does it in its own time. */
export function syncDirectory(path: string): void {
  try {
    const fd = openSync(path, 'r');
    fsyncSync(fd);
    closeSync(fd);
  } catch {
    // Windows refuses to open a directory
  }
}
