/**
 * A store over an origin that takes its time: https, a bucket, a File of a browser, a member of a zip. What was fetched is
 * kept, and what is not here is thrown as `Missing`; ranges that lie close together are one request.
 */
import { Missing } from '../bytes/missing.ts';
import { assertWithin, type ByteSource, type Run } from '../bytes/source.ts';
import { CkptError, NotACheckpointError, UnreadableError } from '../errors.ts';
import { FetchedRuns } from './fetched-runs.ts';

/** Something that gives bytes of files after a while. */
export interface Origin {
  /** Length of a file in bytes. Undefined, or a rejection, where there is none. */
  size(path: string): Promise<number | undefined>;
  /** Exactly `length` bytes from `offset` on; whoever gets them keeps them. */
  read(path: string, offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array>;
  /** Names in a directory, which ends in a slash unless it is empty; an origin that cannot list has none. */
  list?(dir: string): Promise<readonly string[]>;
}

/** What an origin said when it was asked for something. */
type Answer<T> = { readonly value: T } | { readonly refusal: unknown };

class FetchedFile implements ByteSource {
  constructor(
    readonly path: string,
    readonly byteLength: number,
    readonly runs: FetchedRuns,
  ) {}

  readInto(target: Uint8Array, offset: number): void {
    assertWithin(this, offset, target.length, this.path);
    if (!this.runs.copyInto(target, offset)) throw this.#missing([{ offset, length: target.length }]);
  }

  expect(runs: readonly Run[]): void {
    const wanted = runs.filter(({ offset, length }) => length > 0 && !this.runs.holds(offset, length));
    if (wanted.length > 0) throw this.#missing(wanted);
  }

  #missing(wanted: readonly Run[]): Missing {
    return new Missing(`bytes of ${this.path} are not here yet`, (signal) => this.runs.load(wanted, signal));
  }

  close(): void {
    // what was fetched stays for whoever opens the file next
  }
}

/** A store of what an origin gives. What was fetched is kept; nothing is fetched twice meanwhile. */
export class FetchedStore {
  readonly isDistant = true;
  readonly #sizes = new Map<string, Answer<number | undefined>>();
  readonly #lists = new Map<string, Answer<readonly string[]>>();
  readonly #files = new Map<string, FetchedRuns>();

  constructor(readonly origin: Origin) {}

  /** What was answered; throws {@link Missing}, whose `load` asks, for what was not asked yet. */
  #ask<T>(answers: Map<string, Answer<T>>, path: string, question: () => Promise<T>): Answer<T> {
    const answer = answers.get(path);
    if (answer !== undefined) return answer;
    throw new Missing(`nothing is known of ${path} yet`, async (signal) => {
      try {
        answers.set(path, { value: await question() });
      } catch (refusal) {
        signal?.throwIfAborted();
        answers.set(path, { refusal });
      }
    });
  }

  list(dir: string): string[] {
    const { origin } = this;
    if (origin.list === undefined) return [];
    const directory = dir === '' || dir.endsWith('/') ? dir : `${dir}/`;
    const answer = this.#ask(this.#lists, directory, async () => (await origin.list?.(directory)) ?? []);
    if ('value' in answer) return [...answer.value].sort();
    throw refused(`${dir} cannot be listed`, dir, answer.refusal);
  }

  /** A refusal is taken for a file that is not there: few origins tell the two apart. */
  size(path: string): number | undefined {
    const answer = this.#ask(this.#sizes, path, () => this.origin.size(path));
    if (!('value' in answer)) return undefined;
    const { value } = answer;
    if (value === undefined || (Number.isSafeInteger(value) && value >= 0)) return value;
    throw new UnreadableError(`${path} has no size that makes sense: ${value}`, path);
  }

  open(path: string): FetchedFile {
    const size = this.size(path);
    if (size === undefined) {
      const answer = this.#sizes.get(path);
      if (answer === undefined || 'value' in answer) throw new NotACheckpointError(`there is no file ${path}`, path);
      throw refused(`${path} cannot be read`, path, answer.refusal);
    }
    let runs = this.#files.get(path);
    if (runs === undefined) {
      runs = new FetchedRuns(path, size, (offset, length, signal) => this.origin.read(path, offset, length, signal));
      this.#files.set(path, runs);
    }
    return new FetchedFile(path, size, runs);
  }
}

function refused(what: string, path: string, cause: unknown): Error {
  if (cause instanceof CkptError || cause instanceof UnreadableError) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new UnreadableError(`${what}: ${reason}`, path, { cause });
}
