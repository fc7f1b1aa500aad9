/** What is wrong with a state file, held against what lies beside it. */
import { basename } from 'node:path';
import type { CheckpointDirectory, ListedCheckpoint } from './checkpoint-directory.ts';
import { byAge, type FoundCheckpoint } from './found-checkpoint.ts';

export type StateFindingKind =
  | 'no-state-file'
  | 'unreadable-state'
  | 'no-latest'
  | 'latest-not-listed'
  | 'moved'
  | 'gone'
  | 'unusable'
  | 'listed-twice'
  | 'timestamp-count'
  | 'ambiguous-path'
  | 'behind'
  | 'latest-not-newest'
  | 'unlisted'
  | 'unlisted-unusable'
  | 'absolute-path'
  | 'leftover';

/** `wrong`: TensorFlow is led astray; `note`: worth knowing, and right as it is. */
export interface StateFinding {
  readonly kind: StateFindingKind;
  readonly severity: 'wrong' | 'note';
  readonly message: string;
  /** The checkpoint or file that it is about. */
  readonly path?: string;
}

const wrong = (kind: StateFindingKind, message: string, path?: string): StateFinding => ({
  kind,
  severity: 'wrong',
  message,
  ...(path === undefined ? {} : { path }),
});
const note = (kind: StateFindingKind, message: string, path?: string): StateFinding => ({
  ...wrong(kind, message, path),
  severity: 'note',
});

/** The checkpoint that the state file calls the latest, if it is anywhere. */
function latestOf({ listed }: CheckpointDirectory): FoundCheckpoint | undefined {
  return listed.find(({ isLatest }) => isLatest)?.checkpoint;
}

/**
 * Checkpoints on the disk that the state file does not list and that are newer, by step and by time, than all it lists. A
 * state file of another name is somebody's choice among them, as of the best ones, and lacks none; what it lists is its own.
 */
export function newerThanListed({ listed, unlisted, stateFile, listedBy }: CheckpointDirectory): FoundCheckpoint[] {
  if (basename(stateFile) !== 'checkpoint') return [];
  const known = listed.flatMap(({ checkpoint }) => (checkpoint === undefined ? [] : [checkpoint]));
  if (known.length === 0) return [];
  const free = unlisted.filter((found) => !listedBy.has(found));
  return free.filter((found) =>
    known.every((other) => (found.step ?? -1) >= (other.step ?? -1) && found.savedAt >= other.savedAt),
  );
}

function* aboutState(run: CheckpointDirectory): Generator<StateFinding> {
  const { state, stateProblem, stateRefusal, stateFile } = run;
  if (stateProblem !== undefined)
    yield wrong('unreadable-state', `the state file cannot be read: ${stateProblem}`, stateFile);
  else if (state === undefined)
    yield wrong('no-state-file', 'there is no state file, so TensorFlow finds no latest checkpoint', stateFile);
  if (state === undefined) return;
  if (stateRefusal !== undefined)
    yield wrong('unreadable-state', `TensorFlow cannot read the state file: ${stateRefusal}`, stateFile);
  const { latest, all, timestamps } = state;
  if (latest === undefined) yield wrong('no-latest', 'the state file names no latest checkpoint', stateFile);
  else if (!all.includes(latest))
    yield wrong('latest-not-listed', `${latest} is the latest, but not in the list`, latest);
  if (timestamps.length > 0 && timestamps.length !== all.length) {
    yield wrong('timestamp-count', `${all.length} paths have ${timestamps.length} timestamps`, stateFile);
  }
}

function aboutPlace({ written, place, checkpoint }: ListedCheckpoint): StateFinding | undefined {
  if (checkpoint === undefined) return wrong('gone', `${written} is not there`, written);
  if (place === 'moved') return wrong('moved', `${written} is not there, but ${checkpoint.prefix} is`, written);
  if (/(^|[/\\])\.$/.test(written)) {
    return wrong(
      'ambiguous-path',
      `${written} means ${checkpoint.files[0]}, and TensorFlow takes it for the directory`,
      written,
    );
  }
  return undefined;
}

function* aboutListed({ listed }: CheckpointDirectory): Generator<StateFinding> {
  const seen = new Set<FoundCheckpoint>();
  for (const entry of listed) {
    const { written, checkpoint } = entry;
    const misplaced = aboutPlace(entry);
    if (misplaced !== undefined) yield misplaced;
    if (checkpoint === undefined) continue;
    if (seen.has(checkpoint)) yield wrong('listed-twice', `${written} is listed twice`, written);
    else if (checkpoint.problem !== undefined) {
      yield wrong('unusable', `${written} cannot be used: ${checkpoint.problem}`, checkpoint.prefix);
    }
    seen.add(checkpoint);
  }
  const absolute = listed.filter(({ written, place }) => place === 'here' && /^(\/|[A-Za-z]:\\)/.test(written));
  if (absolute.length > 0) {
    const paths = absolute.length === 1 ? 'a path is absolute' : `${absolute.length} paths are absolute`;
    yield note(
      'absolute-path',
      `${paths}: right now, and wrong once the directory is moved; --fix makes them relative`,
    );
  }
}

function* aboutUnlisted(run: CheckpointDirectory): Generator<StateFinding> {
  const newer = new Set(newerThanListed(run));
  for (const found of run.unlisted) {
    const { prefix, problem } = found;
    if (problem !== undefined)
      yield note('unlisted-unusable', `${prefix} is not listed and cannot be used: ${problem}`, prefix);
    else if (newer.has(found)) yield wrong('behind', `${prefix} is newer than all that is listed`, prefix);
    else if (run.state !== undefined) {
      const other = run.listedBy.get(found);
      yield note('unlisted', `${prefix} is not listed${other === undefined ? '' : ` here, but in ${other}`}`, prefix);
    }
  }
}

function* aboutNewest(run: CheckpointDirectory): Generator<StateFinding> {
  const latest = latestOf(run);
  const newest = [...run.listed.flatMap(({ checkpoint }) => checkpoint ?? []), ...run.unlisted]
    .filter((found) => found.problem === undefined && !run.listedBy.has(found))
    .sort(byAge)
    .at(-1);
  if (latest === undefined || newest === undefined || newest === latest || latest.problem !== undefined) return;
  const message = `${latest.prefix} is the latest, and ${newest.prefix} is newer by its step; --set-latest would change that`;
  yield note('latest-not-newest', message, latest.prefix);
}

/** Everything to be said of a state file and what lies beside it: what is wrong first. Opens every checkpoint. */
export function stateFindings(run: CheckpointDirectory): StateFinding[] {
  const all = [...aboutState(run), ...aboutListed(run), ...aboutUnlisted(run), ...aboutNewest(run)];
  for (const { path, kind } of run.leftovers) {
    all.push(note('leftover', `${path} is a ${kind} of a save that did not finish, or is under way`, path));
  }
  return [...all.filter(({ severity }) => severity === 'wrong'), ...all.filter(({ severity }) => severity === 'note')];
}
