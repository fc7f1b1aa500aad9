/** What a state file should say, given what lies beside it. Nothing is written, and no checkpoint is touched. */
import { isAbsolute } from 'node:path';
import { NotACheckpointError } from '../errors.ts';
import { splitPrefix } from '../io/shard-names.ts';
import type { CheckpointDirectory, ListedCheckpoint } from './checkpoint-directory.ts';
import { byAge, type FoundCheckpoint } from './found-checkpoint.ts';
import type { CheckpointState } from './state-file.ts';
import { newerThanListed } from './state-findings.ts';

export interface RepairOptions {
  /** List every usable checkpoint of the directory, by step and time, and not only those listed and newer ones. */
  readonly all?: boolean | undefined;
  /** The prefix, or the last part of it, that is to be the latest. */
  readonly latest?: string | undefined;
}

interface Entry {
  readonly checkpoint: FoundCheckpoint;
  readonly path: string;
  readonly timestamp: number;
}

/** A path as the state file should have it: relative to its own directory, absolute only for what lies elsewhere. */
function pathFor({ prefix }: FoundCheckpoint, entry?: ListedCheckpoint): string {
  if (entry?.place === 'elsewhere') return isAbsolute(entry.written) ? prefix : entry.written;
  return splitPrefix(prefix).base || './';
}

const isUsable = ({ problem }: FoundCheckpoint): boolean => problem === undefined;

/** Listed checkpoints that can be used, each once, in the order of the list. */
function keptOf({ listed, state }: CheckpointDirectory): Entry[] {
  const kept = new Map<FoundCheckpoint, Entry>();
  for (const entry of listed) {
    const { checkpoint, timestamp, isLatest } = entry;
    if (checkpoint === undefined || !isUsable(checkpoint)) continue;
    if (isLatest && state?.all.includes(entry.written) === false && kept.has(checkpoint)) continue;
    kept.delete(checkpoint);
    kept.set(checkpoint, { checkpoint, path: pathFor(checkpoint, entry), timestamp: timestamp ?? checkpoint.savedAt });
  }
  return [...kept.values()];
}

const added = (checkpoint: FoundCheckpoint): Entry => ({
  checkpoint,
  path: pathFor(checkpoint),
  timestamp: checkpoint.savedAt,
});

/**
 * Which checkpoints the file should list. Others of the directory come in only when they are newer, when nothing that was
 * listed is left, or on request, and never what another state file of the directory lists: a CheckpointManager keeps some for good by leaving them out, and would delete what it
 * finds listed beyond its number.
 */
function entriesOf(run: CheckpointDirectory, { all }: RepairOptions): Entry[] {
  const kept = keptOf(run);
  const usable = run.unlisted.filter((found) => isUsable(found) && !run.listedBy.has(found));
  if (kept.length === 0) return usable.map(added);
  if (all === true) return [...kept, ...usable.map(added)].sort((a, b) => byAge(a.checkpoint, b.checkpoint));
  return [...kept, ...newerThanListed(run).filter(isUsable).map(added)];
}

function newestOf(entries: readonly Entry[]): Entry | undefined {
  return entries.toSorted((a, b) => byAge(a.checkpoint, b.checkpoint)).at(-1);
}

/** The one that is wanted as the latest, wherever in the directory it lies. */
function wantedLatest(run: CheckpointDirectory, entries: readonly Entry[], wanted: string): Entry {
  const names = ({ checkpoint: { prefix }, path }: Entry): boolean => prefix === wanted || path === wanted;
  const found = entries.find(names) ?? run.unlisted.filter(isUsable).map(added).find(names);
  if (found !== undefined) return found;
  const there = entries.map(({ path }) => path).join(', ');
  throw new NotACheckpointError(`${run.directory} has no usable checkpoint ${wanted}; there are ${there}`, wanted);
}

/**
 * The state that fits what is there: paths relative, entries that are gone, unusable or doubled left out, newer ones put in,
 * the latest kept where it is usable and otherwise the newest, and a timestamp for each path where there were any. Throws
 * {@link NotACheckpointError} when no usable checkpoint is left.
 */
export function repairedState(run: CheckpointDirectory, options: RepairOptions = {}): CheckpointState {
  const listed = entriesOf(run, options);
  const before = run.listed.find(({ isLatest }) => isLatest)?.checkpoint;
  const latest =
    options.latest === undefined
      ? (listed.find(({ checkpoint }) => checkpoint === before) ?? newestOf(listed))
      : wantedLatest(run, listed, options.latest);
  if (latest === undefined) {
    throw new NotACheckpointError(
      `${run.directory} holds no checkpoint that can be used, so there is nothing for a state file to name`,
      run.directory,
    );
  }
  const entries = listed.includes(latest) ? listed : [...listed, latest];
  const hasTimestamps = run.listed.some(({ timestamp }) => timestamp !== undefined);
  return {
    latest: latest.path,
    all: entries.map(({ path }) => path),
    timestamps: hasTimestamps ? entries.map(({ timestamp }) => timestamp) : [],
    lastPreserved: run.state?.lastPreserved,
  };
}
