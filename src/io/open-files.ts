/** Files by their paths, few of them open at once: a checkpoint may have more than the system lets a process open. */
import { closeSync, openSync } from 'node:fs';

/** Of the 1,024 that systems commonly allow a process, shared by threads, sources and sinks. */
const MOST_OPEN = 64;

export class OpenFiles {
  /** In the order of their last use. */
  readonly #open = new Map<string, number>();

  constructor(readonly flags: 'r' | 'r+') {}

  /** The descriptor of a file, good until the next call. Throws what the system throws. */
  fd(path: string): number {
    const known = this.#open.get(path);
    if (known !== undefined) return known;
    if (this.#open.size >= MOST_OPEN) this.#closeOldest();
    const fd = openSync(path, this.flags);
    this.#open.set(path, fd);
    return fd;
  }

  #closeOldest(): void {
    for (const [path, fd] of this.#open) {
      this.#open.delete(path);
      closeSync(fd);
      return;
    }
  }

  close(): void {
    for (const fd of this.#open.values()) closeSync(fd);
    this.#open.clear();
  }
}
