/** The state file of a directory: does it name checkpoints that are there? */
import { basename, dirname, isAbsolute, join } from 'node:path';
import { CkptError } from '../errors.ts';
import { namesIn, readText } from '../io/directory.ts';
import { fileSize } from '../io/file-source.ts';
import { indexName } from '../io/shard-names.ts';
import { globToRegExp } from '../locate/glob.ts';
import { type CheckpointState, parseCheckpointState } from '../locate/state-file.ts';
import { counted, type Diagnosis, diagnosisOf, listed, quoted } from './diagnosis.ts';

/** What is wrong with the state file at `path`. */
export function diagnoseState(path: string): Diagnosis[] {
  const directory = dirname(path);
  const repair = { commands: [`ckpt state ${quoted(directory)} --fix`] };
  let state: CheckpointState;
  try {
    state = parseCheckpointState(readText(path));
  } catch (error) {
    if (!(error instanceof CkptError)) throw error;
    return [diagnosisOf('broken-state', path, `${path} cannot be read: ${error.message}`, repair)];
  }
  const { latest, all } = state;
  if (latest === undefined || latest === '') {
    return [
      diagnosisOf('empty-state', path, `${path} (${counted(fileSize(path) ?? 0, 'byte')}) names no checkpoint`, repair),
    ];
  }
  if (!isThere(directory, latest)) return [stale(path, directory, latest)];
  const gone = all.filter((name) => name !== latest && !isThere(directory, name));
  if (gone.length === 0) return [];
  const found = `${path} lists ${counted(gone.length, 'checkpoint')} that ${gone.length === 1 ? 'is' : 'are'} not there: ${listed(gone)}`;
  return [diagnosisOf('state-lists-gone', path, found, repair)];
}

function stale(path: string, directory: string, latest: string): Diagnosis {
  const beside = join(directory, basename(latest));
  const there = checkpointsIn(directory);
  const found = `${path} points to ${latest}, which is not there`;
  const repair = [`ckpt state ${quoted(directory)} --fix`];
  if (isThere(directory, basename(latest))) {
    return diagnosisOf('stale-state', path, `${found}; ${beside} is, and is taken instead`, { commands: repair });
  }
  if (there.length > 0)
    return diagnosisOf(
      'stale-state',
      path,
      `${found}; beside it ${there.length === 1 ? 'is' : 'are'} ${listed(there)}`,
      { commands: repair },
    );
  return diagnosisOf('stale-state', path, `${found}, and no checkpoint is beside it`, {
    cause: 'the state file was copied and the checkpoint was not',
    remedy: `copy the files ${basename(latest)}.index and ${basename(latest)}.data-* beside it`,
  });
}

/** Whether a path as a state file has it leads to a checkpoint, a V2 one or the file or pattern of a V1 one. */
function isThere(directory: string, name: string): boolean {
  const path = isAbsolute(name) ? name : name === '.' ? `${directory}/` : join(directory, name);
  if (fileSize(indexName(path)) !== undefined || fileSize(path) !== undefined) return true;
  const pattern = globToRegExp(basename(path));
  return namesIn(dirname(path)).some(
    (other) => pattern.test(other) && fileSize(join(dirname(path), other)) !== undefined,
  );
}

/** Prefixes of the V2 checkpoints in a directory. */
export function checkpointsIn(directory: string): string[] {
  return namesIn(directory)
    .filter((name) => name.endsWith('.index') && fileSize(join(directory, name)) !== undefined)
    .map((name) => join(directory, name.slice(0, -'.index'.length)));
}
