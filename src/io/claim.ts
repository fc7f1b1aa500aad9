/** A claim on the name of a checkpoint: whoever holds it gives files their names, alone, so that two writers never mix theirs. */

import { WriteRefusedError } from '../errors.ts';
import { readFileSync, rmSync, statSync, writeFileSync } from './path-calls.ts';
import { TEMPORARY, temporaryName } from './temporary-names.ts';

/** A claim is held for as long as some files take to be renamed; an older one was left by a process that was killed. */
const MOST_AGE_MS = 60_000;
/** How long to wait for another, and between two looks. */
const PATIENCE_MS = 4_000;
const PAUSE_MS = 20;

/** Whether a process of this machine runs. */
function isRunning(id: number): boolean {
  try {
    process.kill(id, 0); // asks, and sends nothing
    return true;
  } catch (error) {
    return (error as { code?: string }).code === 'EPERM';
  }
}

/** Whether a write of some process may be between two of its renames: it runs, and it began a moment ago. */
export function isUnderWay(id: number, sinceMs: number): boolean {
  return id !== process.pid && Date.now() - sinceMs < MOST_AGE_MS && isRunning(id);
}

const claimName = (target: string): string => temporaryName(target, { process: 0, time: 0 }, TEMPORARY.new);

/** Whether the claim at `path` is somebody's who is at work; one that is gone by now is nobody's. */
function isHeld(path: string): boolean {
  try {
    const id = Number(readFileSync(path, 'utf8'));
    const { mtimeMs } = statSync(path);
    // A claim without a number yet was made this instant.
    return id === 0 ? Date.now() - mtimeMs < PATIENCE_MS : isUnderWay(id, mtimeMs);
  } catch {
    return false;
  }
}

/** Runs `action` while nobody else gives names to files of the checkpoint that `target` is the last file of. */
export function withClaim<T>(target: string, action: () => T): T {
  const path = claimName(target);
  const start = Date.now();
  for (;;) {
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if ((error as { code?: string }).code !== 'EEXIST') throw error;
      if (!isHeld(path)) rmSync(path, { force: true });
      else if (Date.now() - start > PATIENCE_MS) {
        throw new WriteRefusedError(`${target} is being written by another process; wait for it to end`, target);
      } else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
    }
  }
  try {
    return action();
  } finally {
    rmSync(path, { force: true });
  }
}
