/** Questions about paths that planning a write asks. */
import { constants, type Stats } from 'node:fs';
import { basename, dirname } from 'node:path';
import { WriteRefusedError } from '../errors.ts';
import { accessSync, existsSync, lstatSync, realpathSync, statSync } from './path-calls.ts';
import { systemReason } from './system-error.ts';

export function exists(path: string): boolean {
  return existsSync(path);
}

/** Where a path leads, links followed; undefined where that is nowhere. */
export function realPath(path: string): string | undefined {
  if (!existsSync(path)) return undefined;
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

/** What a path is the name of: the file itself, or the one that a link of this name points to. */
export function behindLink(path: string): string {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true ? (realPath(path) ?? path) : path;
}

/** A directory entry that is a file, however its path is spelled. */
interface Entry {
  readonly file: string;
  /** Of a file that has one name, its number says all; of one with several, the directory and the name in it decide. */
  readonly place: string | undefined;
}

function entryAt(path: string): Entry | undefined {
  const real = realPath(path);
  if (real === undefined) return undefined;
  const { dev, ino, nlink } = statSync(real, { bigint: true });
  if (nlink === 1n) return { file: `${dev}:${ino}`, place: undefined };
  const directory = statSync(dirname(real), { bigint: true });
  return { file: `${dev}:${ino}`, place: `${directory.dev}:${directory.ino}:${basename(real)}` };
}

/**
 * Whether one of some paths is the very directory entry that one of the others is, links followed and mounts looked through:
 * another hard link of a file can be replaced while the file is read, the entry itself cannot.
 */
export function isSameEntry(some: readonly string[], others: readonly string[]): boolean {
  if (some.length === 0) return false;
  const byFile = new Map<string, Set<string | undefined>>();
  for (const path of others) {
    const entry = entryAt(path);
    if (entry === undefined) continue;
    const places = byFile.get(entry.file) ?? new Set();
    byFile.set(entry.file, places.add(entry.place));
  }
  return some.some((path) => {
    const entry = entryAt(path);
    return entry !== undefined && byFile.get(entry.file)?.has(entry.place) === true;
  });
}

/** Whether two paths lead to one file, links followed; a path that leads nowhere is the same as nothing. */
export function isSameFile(a: string, b: string): boolean {
  return a === b || (existsSync(a) && realPath(a) === realPath(b));
}

/** Whether something has this name already, be it a link that leads nowhere. */
export function isTaken(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}

/** Whether a path leads to what is neither a file nor a directory: a device, a pipe or a socket. */
export function isSpecial(path: string): boolean {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    return stats !== undefined && !stats.isFile() && !stats.isDirectory();
  } catch {
    return false;
  }
}

/** What the system says of the file that a path leads to; undefined where there is no file. */
export function statsOfFile(path: string): Stats | undefined {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    return stats?.isFile() === true ? stats : undefined;
  } catch {
    return undefined;
  }
}

/** Whether two names are of one file: a rename of one to the other does nothing and leaves both. */
export function isTheFile(a: string, b: string): boolean {
  const [first, second] = [a, b].map((path) => lstatSync(path, { bigint: true, throwIfNoEntry: false }));
  return first !== undefined && first.ino === second?.ino && first.dev === second.dev;
}

/** Throws {@link WriteRefusedError} where the system lets nobody put files of this name: what is only planned is told so, too. */
export function checkMayWrite(target: string): void {
  let at = dirname(target);
  while (!existsSync(at) && dirname(at) !== at) at = dirname(at);
  try {
    if (!statSync(at).isDirectory())
      throw new WriteRefusedError(`${target} cannot be written: ${at} is a file`, target);
    accessSync(at, constants.W_OK | constants.X_OK);
  } catch (error) {
    const reason = systemReason(error)?.reason;
    if (reason === undefined) throw error;
    throw new WriteRefusedError(`${target} cannot be written: ${reason}`, target);
  }
}
