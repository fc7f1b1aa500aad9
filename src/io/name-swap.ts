/**
 * Giving a set of new files their names, be there older ones or not. At every instant the old set or the new one lies under its
 * names, as far as renames can do that: where only the last file, which makes the others count, has an older one in its way, it
 * is replaced in one step when all else is in its place. Where other names are the same in both sets, the older last file is
 * put aside first, so that it never stands over new data, and a process that is killed in between leaves what leavings.ts finds.
 */

import { WriteRefusedError } from '../errors.ts';
import type { PutAside } from './leavings.ts';
import { linkSync, lstatSync, renameSync, rmSync, statSync } from './path-calls.ts';
import { isTaken, isTheFile } from './paths.ts';
import { TEMPORARY, type TemporaryKind, temporaryName } from './temporary-names.ts';

/** A new file under its temporary name, and the name it will have. */
export interface NewFile {
  readonly path: string;
  readonly target: string;
}

const codeOf = (error: unknown): string => `${(error as { code?: string }).code}`;

/** Throws {@link WriteRefusedError} for what is no file: a directory, a device, a pipe, a socket, or a link to one. */
export function checkReplaceable(path: string): void {
  const own = lstatSync(path, { throwIfNoEntry: false });
  const stats = own?.isSymbolicLink() === true ? statSync(path, { throwIfNoEntry: false }) : own;
  if (stats === undefined || stats.isFile()) return;
  const what = stats.isDirectory() ? 'a directory' : 'no file but a device, a pipe or a socket';
  throw new WriteRefusedError(`${path} is ${what}, where a file must go`, path);
}

export class NameSwap {
  /** New files that have their names, in order. */
  readonly #placed: string[] = [];
  /** Older files under temporary names, in the order in which they go back: the last file of the older set last. */
  readonly #aside: PutAside[] = [];
  #lastAside: PutAside | undefined;
  readonly #writing = { process: process.pid, time: 0 };

  /** Gives the names, the last file's last. When it throws, {@link undo} brings back what was there. */
  run(files: readonly NewFile[], obsolete: readonly string[], exclusive: boolean): void {
    const inTheWay = [...new Set([...obsolete, ...files.map(({ target }) => target).filter(isTaken)])];
    if (exclusive) {
      for (const path of inTheWay) throw appeared(path);
      for (const file of files) this.#placeNew(file);
      return;
    }
    for (const path of inTheWay) checkReplaceable(path);
    this.#writing.time = Date.now();
    const last = files.at(-1) as NewFile;
    const others = files.slice(0, -1);
    this.#keepOlder(
      others.map(({ target }) => target).filter((target) => inTheWay.includes(target)),
      last.target,
    );
    for (const { path, target } of [...others, last]) {
      if (isTheFile(path, target)) rmSync(path);
      else renameSync(path, target);
      this.#placed.push(target);
    }
    for (const path of obsolete) this.#aside.push(this.#move(path, TEMPORARY.old));
  }

  /** Takes a name that nobody has; another program that takes it at the same time is refused by the system, or refuses us. */
  #placeNew({ path, target }: NewFile): void {
    try {
      linkSync(path, target);
      this.#placed.push(target);
      rmSync(path);
    } catch (error) {
      if (codeOf(error) === 'EEXIST') throw appeared(target);
      if (isTaken(target)) throw error;
      renameSync(path, target); // a file system without hard links
      this.#placed.push(target);
    }
  }

  /**
   * Gives older files further names, so that they can come back. The last one loses its own only where others will be replaced
   * before it: otherwise it is replaced in one step.
   */
  #keepOlder(replaced: readonly string[], last: string): void {
    const unlinked = replaced.filter((target) => !this.#link(target, TEMPORARY.old));
    if (isTaken(last) && (replaced.length > 0 || !this.#link(last, TEMPORARY.oldLast))) {
      this.#lastAside = this.#move(last, TEMPORARY.oldLast);
    }
    for (const target of unlinked) this.#aside.push(this.#move(target, TEMPORARY.old));
  }

  #move(target: string, kind: TemporaryKind): PutAside {
    const path = temporaryName(target, this.#writing, kind);
    renameSync(target, path);
    return { path, target };
  }

  /** False on a file system without hard links. */
  #link(target: string, kind: TemporaryKind): boolean {
    const path = temporaryName(target, this.#writing, kind);
    try {
      linkSync(target, path);
    } catch {
      return false;
    }
    if (kind === TEMPORARY.oldLast) this.#lastAside = { path, target };
    else this.#aside.push({ path, target });
    return true;
  }

  /** What is put aside, the last file last. */
  #takeAside(): PutAside[] {
    const aside = [...this.#aside.splice(0), ...(this.#lastAside === undefined ? [] : [this.#lastAside])];
    this.#lastAside = undefined;
    return aside;
  }

  /** What a file that is put aside was called; undefined for none of them. */
  targetOf(path: string | undefined): string | undefined {
    return [...this.#aside, this.#lastAside].find((one) => one?.path === path)?.target;
  }

  /** Brings the older files back, and takes the names from new ones. */
  undo(): void {
    const aside = this.#takeAside();
    const back = new Set(aside.map(({ target }) => target));
    for (const { path, target } of aside) {
      if (isTheFile(path, target)) rmSync(path);
      else renameSync(path, target);
    }
    for (const path of this.#placed.splice(0).reverse()) if (!back.has(path)) rmSync(path, { force: true });
  }

  /** Removes the older files for good. */
  removeOld(): void {
    for (const { path } of this.#takeAside().reverse()) removeIfPossible(path);
    this.#placed.length = 0;
  }
}

function appeared(path: string): WriteRefusedError {
  return new WriteRefusedError(
    `${path} exists already; it appeared while this was written. Choose another name, or overwrite it with --force`,
    path,
  );
}

/** Removes an older file that means nothing any more; what cannot be removed does no harm. */
function removeIfPossible(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // it is somebody else's
  }
}
