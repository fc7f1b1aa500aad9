/** The state file of a directory: does it lead TensorFlow to a checkpoint? */

import { basename, join } from 'node:path';
import {
  type CheckpointDirectory,
  type ListedCheckpoint,
  readCheckpointDirectory,
} from '../checkpoints/checkpoint-directory.ts';
import type { FoundCheckpoint } from '../checkpoints/found-checkpoint.ts';
import { packedIndexNote } from '../checkpoints/packed-index.ts';
import { isStateText, readStateText } from '../checkpoints/state-file.ts';
import { CkptError } from '../errors.ts';
import type { Store } from '../io/store.ts';
import { isFile } from '../io/stored.ts';
import { counted, type Diagnosis, diagnosisOf, is, listed, type Particulars, quoted } from './diagnosis.ts';

/** Whether a file is a state file by its text, or an empty one by its name. */
export function isStateFile(store: Store, path: string): boolean {
  const text = isFile(store, path) ? readStateText(store, path) : undefined;
  return text === '' ? basename(path) === 'checkpoint' : text !== undefined && isStateText(text);
}

/** Whether the file that TensorFlow takes for the state file of a directory is a text, be it of a state file or not. */
export function isCalledStateFile(store: Store, path: string): boolean {
  const text = isFile(store, path) ? readStateText(store, path) : undefined;
  return text !== undefined && !/[\0-\x08\x0e-\x1f]/.test(text);
}

/** What is wrong with the state file at `path`, which is there. */
export function diagnoseState(store: Store, path: string): Diagnosis[] {
  let run: CheckpointDirectory;
  try {
    run = readCheckpointDirectory(path, { store });
  } catch (error) {
    if (!(error instanceof CkptError)) throw error;
    return [diagnosisOf('broken-state', path, error.message, NOTHING_TO_NAME)];
  }
  const { state, stateProblem } = run;
  if (state === undefined) {
    return [diagnosisOf('broken-state', path, `the state file ${path} cannot be read: ${stateProblem}`, repairOf(run))];
  }
  if (state.latest === undefined) {
    const found = `${path} (${counted(store.size(path) ?? 0, 'byte')}) names no checkpoint`;
    return [diagnosisOf('empty-state', path, found, repairOf(run))];
  }
  if (run.stateRefusal !== undefined) {
    const found = `TensorFlow cannot read the state file ${path}: ${run.stateRefusal}`;
    return [diagnosisOf('broken-state', path, found, repairOf(run))];
  }
  const latest = run.listed.find(({ isLatest }) => isLatest);
  if (latest !== undefined && (latest.place === 'gone' || latest.place === 'moved'))
    return [stale(store, path, latest, run)];
  const gone = run.listed.filter(({ place }) => place === 'gone').map(({ written }) => written);
  if (gone.length === 0) return [];
  const found = `${path} lists ${counted(gone.length, 'checkpoint')} that ${is(gone.length)} not there: ${listed(gone)}`;
  return [diagnosisOf('state-lists-gone', path, found, repairOf(run))];
}

const NOTHING_TO_NAME = { remedy: 'copy the files of a checkpoint beside it; there is none that it could name' };

/** What is there beside a state file and can be used. */
function usable({ listed, unlisted }: CheckpointDirectory): FoundCheckpoint[] {
  const all = [...listed.flatMap(({ checkpoint }) => checkpoint ?? []), ...unlisted];
  return all.filter(({ problem }) => problem === undefined);
}

/** The command that writes the state file anew, where there is something for it to name. */
function repairOf(run: CheckpointDirectory): Particulars {
  if (usable(run).length === 0) return NOTHING_TO_NAME;
  return { commands: [`ckpt state ${quoted(run.directory)} --fix`] };
}

function stale(
  store: Store,
  path: string,
  { written, checkpoint }: ListedCheckpoint,
  run: CheckpointDirectory,
): Diagnosis {
  const found = `${path} points to ${written}, which is not there`;
  if (checkpoint !== undefined) {
    return diagnosisOf('stale-state', path, `${found}; ${checkpoint.prefix} is, and is taken instead`, repairOf(run));
  }
  const there = usable(run).map(({ prefix }) => prefix);
  if (there.length > 0) {
    const beside = `beside it ${is(there.length)} ${listed(there)}`;
    return diagnosisOf('stale-state', path, `${found}; ${beside}`, repairOf(run));
  }
  const packed = packedIndexNote(store, join(run.directory, basename(written)));
  return diagnosisOf('stale-state', path, `${found}, and no checkpoint is beside it${packed}`, {
    cause: 'the state file was copied and the checkpoint was not',
    remedy: `copy the files ${basename(written)}.index and ${basename(written)}.data-* beside it`,
  });
}
