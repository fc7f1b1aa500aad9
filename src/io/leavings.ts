/**
 * What a write that was killed left of an older checkpoint: its files under temporary names, put aside for new ones that never
 * came. Where the file that makes the checkpoint is gone from its name, they all go back; where it is there, the write ended or
 * never began, and they mean nothing.
 */

import { isUnderWay } from './claim.ts';
import { namesIn } from './directory.ts';
import { renameSync, rmSync } from './path-calls.ts';
import { isTaken, isTheFile } from './paths.ts';
import { splitPrefix } from './shard-names.ts';
import { type ParsedTemporary, parseTemporary, TEMPORARY } from './temporary-names.ts';

/** An older file under its temporary name, and the name that it had. */
export interface PutAside {
  readonly path: string;
  readonly target: string;
}

interface Found extends PutAside {
  readonly temporary: ParsedTemporary;
}

/** The older files of one write that lie in the directory of `prefix` and belong to its checkpoint. */
function writesAt(prefix: string): Found[][] {
  const { directory, base } = splitPrefix(prefix);
  const writes = new Map<string, Found[]>();
  for (const name of namesIn(directory)) {
    const temporary = name.includes('.tempstate') ? parseTemporary(name) : undefined;
    const target = temporary?.targetOf(prefix);
    if (temporary === undefined || target === undefined || temporary.kind === TEMPORARY.new) continue;
    if (!target.startsWith(directory + base)) continue;
    const { process, time } = temporary.writing;
    const key = `${process} ${time}`;
    const found = { path: directory + name, target, temporary };
    const write = writes.get(key);
    if (write === undefined) writes.set(key, [found]);
    else write.push(found);
  }
  return [...writes.values()];
}

/**
 * The files of an older checkpoint called `prefix` that a killed write left under temporary names, in the order in which they
 * go back: the one that makes the checkpoint last. None where nothing is missing, or where a write is under way.
 */
export function leavingsOf(prefix: string): PutAside[] {
  for (const write of writesAt(prefix)) {
    const last = write.find(({ temporary }) => temporary.kind === TEMPORARY.oldLast);
    if (last === undefined || isTaken(last.target)) continue;
    const { process, time } = last.temporary.writing;
    if (isUnderWay(process, time)) continue;
    return [...write.filter((file) => file !== last), last].map(({ path, target }) => ({ path, target }));
  }
  return [];
}

/** Gives the files of an older checkpoint their names back, where a killed write left them without; returns how many. */
export function putBack(prefix: string): number {
  const files = leavingsOf(prefix);
  for (const { path, target } of files) {
    if (isTheFile(path, target)) rmSync(path);
    else renameSync(path, target);
  }
  return files.length;
}
