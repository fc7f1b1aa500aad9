/** An origin in memory that answers late and in any order, and remembers what it was asked for. */
import type { Origin } from '../src/io/store.ts';

export interface Request {
  readonly path: string;
  readonly offset: number;
  readonly length: number;
}

export class MemoryOrigin implements Origin {
  readonly reads: Request[] = [];
  readonly sizes: string[] = [];

  constructor(
    readonly files: ReadonlyMap<string, Uint8Array>,
    /** How many turns of the loop an answer takes. */
    readonly delay: () => number = () => 0,
    lists = false,
  ) {
    if (lists) this.list = (dir) => this.#list(dir);
  }

  readonly list?: (dir: string) => Promise<string[]>;

  async #list(dir: string): Promise<string[]> {
    await this.#wait();
    const inside = [...this.files.keys()].filter((path) => path.startsWith(dir)).map((path) => path.slice(dir.length));
    return [...new Set(inside.map((path) => path.replace(/\/.*/s, '')))];
  }

  async #wait(signal?: AbortSignal): Promise<void> {
    for (let turns = this.delay(); turns > 0; turns--) {
      signal?.throwIfAborted();
      await new Promise((resolve) => setImmediate(resolve));
    }
    signal?.throwIfAborted();
  }

  async size(path: string): Promise<number> {
    this.sizes.push(path);
    await this.#wait();
    const bytes = this.files.get(path);
    if (bytes === undefined) throw new Error(`404 ${path}`);
    return bytes.length;
  }

  async read(path: string, offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array> {
    this.reads.push({ path, offset, length });
    await this.#wait(signal);
    return (this.files.get(path) as Uint8Array).slice(offset, offset + length);
  }
}
