/** Files that are open, few of them at once: a checkpoint may have more than the system lets a process open. */
import { closeSync } from 'node:fs';
import { openSync } from './path-calls.ts';

/** Of the 1,024 that systems commonly allow a process, shared by threads, sources and sinks. */
const MOST_OPEN = 64;

/** Whether the system has no handle left for this process, or for any. */
function isOutOfHandles(error: unknown): boolean {
  const { code } = error as { code?: string };
  return code === 'EMFILE' || code === 'ENFILE';
}

/** Descriptors by key, in the order of their last use; the one unused for longest is closed where room is wanted. */
export class OpenFiles {
  readonly #open = new Map<string, number>();

  constructor(readonly most = MOST_OPEN) {}

  /** The descriptor of a file, good until the next call. Throws what the system throws. */
  fd(path: string, flags: 'r' | 'r+', key = flags + path): number {
    const known = this.#open.get(key);
    if (known !== undefined) {
      this.#open.delete(key);
      this.#open.set(key, known);
      return known;
    }
    if (this.#open.size >= this.most) this.#closeOldest();
    const fd = this.#openFile(path, flags);
    this.#open.set(key, fd);
    return fd;
  }

  /** Creates a file; throws what the system throws, also for one that exists. */
  create(path: string): void {
    if (this.#open.size >= this.most) this.#closeOldest();
    this.#open.set(path, this.#openFile(path, 'wx'));
  }

  /** Makes room for a file where the system has none left. */
  #openFile(path: string, flags: 'r' | 'r+' | 'wx'): number {
    for (;;) {
      try {
        return openSync(path, flags);
      } catch (error) {
        if (!isOutOfHandles(error) || this.#open.size === 0) throw error;
        this.#closeOldest();
      }
    }
  }

  #closeOldest(): void {
    for (const key of this.#open.keys()) {
      this.forget(key);
      return;
    }
  }

  has(key: string): boolean {
    return this.#open.has(key);
  }

  /** Closes one file. */
  forget(key: string): void {
    const fd = this.#open.get(key);
    if (fd !== undefined) closeSync(fd);
    this.#open.delete(key);
  }

  close(): void {
    for (const fd of this.#open.values()) closeSync(fd);
    this.#open.clear();
  }
}
