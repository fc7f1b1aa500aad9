/**
 * A set of new files that appears as a whole or not at all. Each is written under a temporary name beside its final one and
 * given that when all are written; the last file of the set is the one that makes the others count, so it goes last.
 */
import { constants } from 'node:fs';
import { dirname } from 'node:path';
import { UsageError, WriteRefusedError } from '../errors.ts';
import { withClaim } from './claim.ts';
import { makeDirectories, removeEmpty } from './directories.ts';
import { FileSink, syncDirectory } from './file-sink.ts';
import { NameSwap } from './name-swap.ts';
import { copyFileSync, linkSync, realpathSync, rmSync } from './path-calls.ts';
import { isTaken, statsOfFile } from './paths.ts';
import { systemReason } from './system-error.ts';
import { TEMPORARY, temporaryName } from './temporary-names.ts';

/** Names of the system's calls that only writing makes. */
const WRITING_CALLS: ReadonlySet<string> = new Set(['write', 'mkdir', 'rename', 'fsync', 'ftruncate', 'close']);

/** Sets that are being written now; {@link discardUnfinished} clears them when the process must end. */
const unfinished = new Set<AtomicFiles>();

/** Removes every temporary file that this process has under way: for a signal handler. */
export function discardUnfinished(): void {
  for (const files of unfinished) files.discard();
}

/** Who is told that a set begins to be written. */
let begun: (() => void) | undefined;

/**
 * Calls `listener` when this process begins to write a set of files, at once if one is under way: up to then a signal may end
 * the process as it comes, however busy that is. One listens at a time; undefined ends it.
 */
export function whenBegun(listener: (() => void) | undefined): void {
  begun = listener;
  if (unfinished.size > 0) listener?.();
}

/** A file of the set: its temporary name, its final one, and the sink while it is written. */
interface Member {
  readonly path: string;
  readonly target: string;
  readonly sink: FileSink | undefined;
}

export interface CommitOptions {
  /** Files of an older set that have no place in the new one; asked when the names are given, by who alone may give them. */
  readonly obsolete?: (() => readonly string[]) | undefined;
  /** Whether to refuse where any of the names is taken, or anything is obsolete. */
  readonly exclusive?: boolean | undefined;
  /** Whether each file must keep the owner of what it replaces; the mode is kept in any case. */
  readonly keepOwner?: boolean | undefined;
  /** Called when everything is written; what it throws is a failure like any other. */
  readonly beforeNames?: (() => void) | undefined;
}

export class AtomicFiles {
  readonly #members: Member[] = [];
  readonly #swap = new NameSwap();
  readonly #started = Date.now();
  #madeDirectory: string | undefined;
  /** The file that was started last. */
  #latest = '';

  /**
   * What takes the place of an older file waits for the disk first, so that no loss of power can take both. A set of new
   * names is left to the system, as `cp` leaves it, unless `sync` says otherwise.
   */
  constructor(readonly sync = false) {
    unfinished.add(this);
    begun?.();
  }

  /** The temporary name of a target, in a directory that is there. */
  #prepare(target: string): string {
    this.#latest = target;
    const made = makeDirectories(dirname(target));
    this.#madeDirectory ??= made;
    return temporaryName(target, { process: process.pid, time: this.#started }, TEMPORARY.new);
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
      const across = (cause as { code?: string }).code === 'EXDEV';
      const reason = across
        ? 'it is on another file system'
        : (systemReason(cause)?.reason ?? (cause as Error).message);
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
   * Gives every file its final name, in the order they were created; the obsolete ones go. Throws {@link WriteRefusedError}
   * where something is in the way that may not be replaced, or cannot be: a directory, a device.
   */
  commit(options: CommitOptions = {}): void {
    const { obsolete = () => [], exclusive = false, beforeNames } = options;
    const last = this.#members.at(-1);
    if (last === undefined) throw new UsageError('nothing was written');
    const sync = this.sync || [...this.#members.map(({ target }) => target), ...obsolete()].some(isTaken);
    for (const { sink } of this.#members) sink?.end();
    if (!exclusive) this.#keepOwners(options.keepOwner === true, obsolete());
    for (const { sink } of sync ? this.#members : []) sink?.sync();
    for (const { sink } of this.#members) sink?.abandon();
    beforeNames?.();
    withClaim(last.target, () => this.#swap.run(this.#members, obsolete(), exclusive));
    unfinished.delete(this);
    this.#swap.removeOld();
    if (sync) syncDirectory(dirname(last.target));
  }

  /**
   * New files are for the eyes of those who could see the older ones: each as the one of its name, and a name that is new as that
   * which the fewest could see.
   */
  #keepOwners(strict: boolean, obsolete: readonly string[]): void {
    const replaced = [...this.#members.map(({ target }) => target), ...obsolete].flatMap(
      (path) => statsOfFile(path) ?? [],
    );
    const [strictest] = replaced.sort((a, b) => (a.mode & 0o077) - (b.mode & 0o077));
    for (const { sink, target } of this.#members) {
      const older = sink === undefined ? undefined : (statsOfFile(target) ?? strictest);
      if (sink === undefined || older === undefined) continue;
      try {
        sink.takeOwner(older);
      } catch (cause) {
        if (!strict) continue;
        const reason = systemReason(cause)?.reason ?? (cause as Error).message;
        throw new WriteRefusedError(`${target} cannot be replaced by a file of the same owner: ${reason}`, target, {
          cause,
        });
      }
    }
  }

  /** Discards everything because of `error`, and gives what to throw: the system's own words name temporary files. */
  failed(error: unknown): unknown {
    const target = this.#targetOf(error);
    this.discard();
    const reason = systemReason(error)?.reason;
    if (reason === undefined || target === undefined) return error;
    return new WriteRefusedError(`${target} cannot be written: ${reason}; nothing was left behind`, target, {
      cause: error,
    });
  }

  /** The file that a call of the system could not write; undefined for a call that reads what is copied. */
  #targetOf(error: unknown): string | undefined {
    const { call } = systemReason(error) ?? {};
    if (call === undefined) return undefined;
    const { path, dest } = error as { path?: string; dest?: string };
    const member = this.#members.find((one) => one.path === path || one.target === path || one.target === dest);
    const putAside = dest?.includes('.tempstate') === true ? path : undefined;
    const target = member?.target ?? this.#swap.targetOf(path) ?? putAside;
    const ours = target !== undefined || WRITING_CALLS.has(call) || `${path}`.includes('.tempstate');
    return ours ? (target ?? this.#latest) : undefined;
  }

  /** Removes everything that was started, directories included. */
  discard(): void {
    unfinished.delete(this);
    this.#swap.undo();
    for (const { sink, path } of this.#members) {
      sink?.abandon();
      rmSync(path, { force: true });
    }
    if (this.#madeDirectory !== undefined) removeEmpty(dirname(this.#latest), this.#madeDirectory);
  }
}
