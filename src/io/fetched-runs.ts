/** The bytes of one file that were fetched, and how more of them are. */
import type { Run } from '../bytes/source.ts';
import { UnreadableError } from '../errors.ts';

/** A request fetches no less than this, where the file has so much: rounds cost more than bytes. */
export const LEAST_FETCHED = 64 * 1024;
/** What lies closer than this is one request. */
const JOINED_OVER = 64 * 1024;
/** A request fetches no more than this: origins and arrays have their limits. */
const MOST_FETCHED = 2 ** 30;
/** So many requests are under way at a time. */
const MOST_AT_ONCE = 6;
/** More than this is not kept of a file once other parts of it are asked for. */
const MOST_KEPT = 2 ** 28;

type Read = (offset: number, length: number, signal?: AbortSignal) => Promise<Uint8Array>;

/** Bytes that are here. */
interface Held {
  readonly offset: number;
  readonly bytes: Uint8Array;
  /** The round of loading in which they were last asked for. */
  used: number;
}

interface Pending extends Run {
  readonly done: Promise<void>;
}

/** What is asked for at one time, before any of it is. */
interface Gathered {
  readonly wanted: Run[];
  readonly done: Promise<void>;
}

const endOf = ({ offset, length }: Run): number => offset + length;
const heldEnd = ({ offset, bytes }: Held): number => offset + bytes.length;

export class FetchedRuns {
  /** In the order of their offsets; they do not overlap. */
  #held: Held[] = [];
  readonly #pending = new Set<Pending>();
  /** What will be asked for as soon as nobody adds to it, by the signal that may stop it. */
  readonly #gathered = new Map<AbortSignal | undefined, Gathered>();
  #round = 0;

  constructor(
    readonly path: string,
    readonly byteLength: number,
    readonly read: Read,
  ) {}

  /** Where in the list the bytes at `offset` are, or would be. */
  #placeOf(offset: number): number {
    let low = 0;
    let high = this.#held.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (heldEnd(this.#held[middle] as Held) > offset) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** Whether all bytes of a run are here. */
  holds(offset: number, length: number): boolean {
    let at = offset;
    for (let place = this.#placeOf(offset); at < offset + length; place++) {
      const held = this.#held[place];
      if (held === undefined || held.offset > at) return false;
      held.used = this.#round;
      at = heldEnd(held);
    }
    return true;
  }

  /** Copies a run to `target`; false, and nothing is copied, where some of it is not here. */
  copyInto(target: Uint8Array, offset: number): boolean {
    if (!this.holds(offset, target.length)) return false;
    let done = 0;
    for (let place = this.#placeOf(offset); done < target.length; place++) {
      const held = this.#held[place] as Held;
      const from = offset + done - held.offset;
      const part = held.bytes.subarray(from, from + target.length - done);
      target.set(part, done);
      done += part.length;
    }
    return true;
  }

  /**
   * Fetches what is not here of the runs, each request at least {@link LEAST_FETCHED}; neighbours are one, be they asked for
   * by one caller or by several at the same time.
   */
  load(wanted: readonly Run[], signal?: AbortSignal): Promise<void> {
    let gathered = this.#gathered.get(signal);
    if (gathered === undefined) {
      const all: Run[] = [];
      const done = Promise.resolve().then(() => {
        this.#gathered.delete(signal);
        return this.#loadAll(all, signal);
      });
      gathered = { wanted: all, done };
      this.#gathered.set(signal, gathered);
    }
    for (const run of wanted) gathered.wanted.push(run);
    return gathered.done;
  }

  async #loadAll(wanted: readonly Run[], signal?: AbortSignal): Promise<void> {
    this.#forget();
    const waiting = this.#pendingFor(wanted);
    const requests = this.#requestsFor(wanted);
    const workers = Array.from({ length: Math.min(MOST_AT_ONCE, requests.length) }, async () => {
      for (let next = requests.shift(); next !== undefined; next = requests.shift()) await this.#start(next, signal);
    });
    await Promise.all([...workers, ...waiting]);
  }

  /** Lets go of what was not asked for since the last load, once it is much; never while somebody waits for more. */
  #forget(): void {
    const bytes = this.#held.reduce((sum, { bytes: { length } }) => sum + length, 0);
    if (bytes > MOST_KEPT && this.#pending.size === 0) {
      this.#held = this.#held.filter(({ used }) => used === this.#round);
    }
    this.#round++;
  }

  /** Requests under way that bring some of what is wanted; one that fails for another is no failure of this one. */
  #pendingFor(wanted: readonly Run[]): Promise<void>[] {
    const meets = (pending: Run, run: Run): boolean => run.offset < endOf(pending) && pending.offset < endOf(run);
    return [...this.#pending]
      .filter((pending) => wanted.some((run) => meets(pending, run)))
      .map(({ done }) => done.catch(() => undefined));
  }

  async #start(run: Run, signal?: AbortSignal): Promise<void> {
    const pending = { ...run, done: this.#fetch(run, signal) };
    this.#pending.add(pending);
    try {
      await pending.done;
    } finally {
      this.#pending.delete(pending);
    }
  }

  async #fetch({ offset, length }: Run, signal?: AbortSignal): Promise<void> {
    let bytes: Uint8Array;
    try {
      bytes = await this.read(offset, length, signal);
    } catch (cause) {
      signal?.throwIfAborted();
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new UnreadableError(`${this.path} cannot be read: ${reason}`, this.path, { cause });
    }
    if (bytes.length !== length) {
      const message = `${this.path}: ${length} bytes from ${offset} were asked for, and ${bytes.length} came`;
      throw new UnreadableError(message, this.path);
    }
    const place = this.#placeOf(offset);
    const next = this.#held[place];
    if (next !== undefined && next.offset < offset + length) return this.#fillAround(offset, bytes);
    this.#held.splice(place, 0, { offset, bytes, used: this.#round });
  }

  /** Keeps what is not here yet of bytes that another request brought in part. */
  #fillAround(offset: number, bytes: Uint8Array): void {
    for (const gap of this.#gapsIn({ offset, length: bytes.length })) {
      const part = bytes.subarray(gap.offset - offset, endOf(gap) - offset);
      this.#held.splice(this.#placeOf(gap.offset), 0, { offset: gap.offset, bytes: part, used: this.#round });
    }
  }

  /** What to ask for: the runs made large enough, joined, and without what is here or on its way. */
  #requestsFor(wanted: readonly Run[]): Run[] {
    const enough = wanted.map((run) => this.#enlarged(run)).sort((a, b) => a.offset - b.offset);
    const joined: { offset: number; length: number }[] = [];
    for (const run of enough) {
      const last = joined.at(-1);
      if (last === undefined || run.offset > endOf(last) + JOINED_OVER) joined.push({ ...run });
      else last.length = Math.max(endOf(last), endOf(run)) - last.offset;
    }
    return joined.flatMap((run) => this.#gapsIn(run, [...this.#pending])).flatMap(inParts);
  }

  /** From its start on, or, at the end of the file, up to there. */
  #enlarged({ offset, length }: Run): Run {
    const most = Math.max(length, Math.min(LEAST_FETCHED, this.byteLength));
    const start = Math.min(offset, this.byteLength - most);
    return { offset: start, length: most };
  }

  /** The parts of a run that are not here, nor in `others`. */
  #gapsIn(run: Run, others: readonly Run[] = []): Run[] {
    const here = this.#held.map(({ offset, bytes }): Run => ({ offset, length: bytes.length }));
    const taken = [...here, ...others].sort((a, b) => a.offset - b.offset);
    const gaps: Run[] = [];
    let at = run.offset;
    for (const one of taken) {
      if (one.offset >= endOf(run)) break;
      if (one.offset > at) gaps.push({ offset: at, length: one.offset - at });
      at = Math.max(at, endOf(one));
    }
    if (at < endOf(run)) gaps.push({ offset: at, length: endOf(run) - at });
    return gaps;
  }
}

/** A long run as several requests. */
function inParts({ offset, length }: Run): Run[] {
  const parts: Run[] = [];
  for (let at = offset; at < offset + length; at += MOST_FETCHED) {
    parts.push({ offset: at, length: Math.min(MOST_FETCHED, offset + length - at) });
  }
  return parts;
}
