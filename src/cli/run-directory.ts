/** The directory of a training run that a path means: itself, or where the only checkpoint below it lies, as for every command. */
import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type CheckpointDirectory, locate, readCheckpointDirectory } from '../history.ts';
import { NotACheckpointError } from '../index.ts';
import { shellWord } from '../text.ts';
import { type GlobalOptions, printNotes } from './options.ts';

/** Whether a path is a directory without a state file: of any other it is known what was meant. */
const hasNoState = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() === true &&
  statSync(join(path, 'checkpoint'), { throwIfNoEntry: false })?.isFile() !== true;

/**
 * Reads the directory of a run; where there is neither a state file nor a checkpoint, that of the only checkpoint below it, and
 * says so. With `here`, a reason to stay, that is refused with the name of the other.
 */
export function readRun(given: string, options: GlobalOptions, here?: string): CheckpointDirectory {
  try {
    return readCheckpointDirectory(given);
  } catch (error) {
    if (!(error instanceof NotACheckpointError) || !hasNoState(given)) throw error;
    const { prefix, notes } = locate(given);
    const directory = dirname(prefix);
    if (here !== undefined) {
      throw new NotACheckpointError(`${error.message}; ${here}: name ${shellWord(directory)} itself`, given);
    }
    printNotes(notes, options);
    return readCheckpointDirectory(directory);
  }
}
