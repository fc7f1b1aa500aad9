/** The files of this machine as a store. */

import { UnreadableError } from '../errors.ts';
import { statsOf } from './directory.ts';
import { FileSource, fileSize } from './file-source.ts';
import { lstatSync, readdirSync } from './path-calls.ts';
import { isSameFile } from './paths.ts';
import { systemReason } from './system-error.ts';

/** Codes of the system for what is no directory that could be listed. */
const NO_DIRECTORY: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ERR_INVALID_ARG_VALUE']);

function list(directory: string): string[] {
  try {
    return readdirSync(directory === '' ? '.' : directory).sort();
  } catch (error) {
    if (NO_DIRECTORY.has(`${(error as { code?: string }).code}`)) return [];
    const reason = systemReason(error)?.reason ?? (error as Error).message;
    throw new UnreadableError(`${directory} cannot be listed: ${reason}`, directory, { cause: error });
  }
}

function isLink(path: string): boolean {
  try {
    return lstatSync(path).isSymbolicLink();
  } catch {
    return false;
  }
}

export const FILES = {
  isOnDisk: true,
  list,
  size: fileSize,
  open: (path: string): FileSource => new FileSource(path),
  isDirectory: (path: string): boolean => statsOf(path)?.isDirectory() === true,
  isLink,
  modified: (path: string): number | undefined => statsOf(path)?.mtimeMs,
  isSame: isSameFile,
};
