/** What stands in the way of a write: the files of an older checkpoint under the same name. */
import { WriteRefusedError } from '../errors.ts';
import { checkReplaceable } from '../io/name-swap.ts';
import { exists, isSameEntry, isSpecial } from '../io/paths.ts';
import { splitPrefix } from '../io/shard-names.ts';

/**
 * Throws {@link WriteRefusedError} for a path that climbs out of a directory which is not there: nobody can say what it would
 * lead to once that is made.
 */
function checkDirectory(target: string): void {
  const { directory } = splitPrefix(target);
  if (!/(^|[\\/])\.\.([\\/]|$)/.test(directory) || exists(directory)) return;
  throw new WriteRefusedError(`${target} leads through a directory that is not there; name it without ..`, target);
}

/** Names of what a process has open, whatever that is at the moment: files beside them are never meant. */
const OPEN_FILES = /^\/(dev\/(stdin|stdout|stderr|fd\/\d+)|proc\/\w+\/fd\/\d+)$/;

/** Throws {@link WriteRefusedError} for the name of a device, a pipe or a socket: no checkpoint is put there, or beside it. */
function checkIsPlace(target: string): void {
  if (!isSpecial(target) && !OPEN_FILES.test(target)) return;
  throw new WriteRefusedError(
    `${target} is no file but a device, a pipe or a socket, and what is written gets its name when it is whole; ` +
      'what a command writes to stdout can be sent there',
    target,
  );
}

/**
 * Throws {@link WriteRefusedError} where a write to `target` would replace what it reads, or anything without leave, or what
 * is no file.
 */
export function checkTargets(
  target: string,
  inTheWay: readonly string[],
  inputs: readonly string[],
  force: boolean,
): void {
  checkDirectory(target);
  checkIsPlace(target);
  const [first] = inTheWay;
  if (first === undefined) return;
  if (isSameEntry(inTheWay, inputs)) {
    throw new WriteRefusedError(`${target} is what is read; give the new checkpoint another name`, target);
  }
  if (!force) {
    throw new WriteRefusedError(`${first} exists already; choose another name, or overwrite it with --force`, first);
  }
  for (const path of inTheWay) checkReplaceable(path);
}
