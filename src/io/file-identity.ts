/** Which file a path leads to and what state it is in, so that a change behind somebody's back can be told. */
import { fstatSync } from 'node:fs';
import { WriteRefusedError } from '../errors.ts';
import { statSync } from './path-calls.ts';

/** What the system says of a file that changes when the file does. */
export interface FileIdentity {
  readonly device: bigint;
  readonly inode: bigint;
  readonly size: bigint;
  /** Time of the last change of its content, in nanoseconds since 1970. */
  readonly modified: bigint;
}

/** A file that is read, and what it was when that began. */
export interface HeldFile {
  readonly path: string;
  readonly identity: FileIdentity;
}

/** What is read for a write: a checkpoint, as far as it says which of its files were looked at, and what they were then. */
export interface HeldInput {
  heldFiles?(): readonly HeldFile[];
}

interface Numbers {
  readonly dev: bigint;
  readonly ino: bigint;
  readonly size: bigint;
  readonly mtimeNs: bigint;
}

const identityOf = ({ dev, ino, size, mtimeNs }: Numbers): FileIdentity => {
  return { device: dev, inode: ino, size, modified: mtimeNs };
};

/** Undefined where the path leads to no file. */
export function identityAt(path: string): FileIdentity | undefined {
  try {
    const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
    return stats?.isFile() === true ? identityOf(stats) : undefined;
  } catch {
    return undefined;
  }
}

export function identityOfOpen(fd: number): FileIdentity {
  return identityOf(fstatSync(fd, { bigint: true }));
}

/** The files of some paths as they are now; those that are none are left out. */
export function holdFiles(paths: readonly string[]): HeldFile[] {
  return paths.flatMap((path) => {
    const identity = identityAt(path);
    return identity === undefined ? [] : [{ path, identity }];
  });
}

/** What happened to a file between two looks at it, in words that follow its path; undefined for nothing. */
export function changeBetween(before: FileIdentity, after: FileIdentity | undefined): string | undefined {
  if (after === undefined) return 'was removed';
  if (after.device !== before.device || after.inode !== before.inode) return 'was replaced by another file';
  if (after.size !== before.size) return `changed from ${before.size} to ${after.size} bytes`;
  return after.modified === before.modified ? undefined : 'was written to';
}

/** Throws {@link WriteRefusedError} for a file that is not what it was when it was first looked at. */
export function checkUnchanged(path: string, before: FileIdentity): void {
  const change = changeBetween(before, identityAt(path));
  if (change === undefined) return;
  throw new WriteRefusedError(
    `${path} ${change} while it was read, so nothing was written; do it again when nobody writes there`,
    path,
  );
}
