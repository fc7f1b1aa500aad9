/** Which checkpoint of a directory to go on from: the state file's word first, then what lies there, newest first. */
import type { CheckpointDirectory, ListedCheckpoint } from './checkpoint-directory.ts';
import type { FoundCheckpoint } from './found-checkpoint.ts';

/** Why a checkpoint is tried: the state file calls it the latest, lists it, or it lies in the directory. */
export type CandidateSource = 'latest' | 'listed' | 'disk';

export interface Candidate {
  readonly source: CandidateSource;
  readonly checkpoint: FoundCheckpoint;
  /** Its entry in the state file; undefined for one that lies in the directory and is not listed. */
  readonly listed: ListedCheckpoint | undefined;
}

export interface Rejected {
  /** Its prefix, or, of one that is gone, its path as the state file has it. */
  readonly path: string;
  readonly reason: string;
}

export interface NewestCheckpoint {
  /** Undefined when none was accepted. */
  readonly found: Candidate | undefined;
  /** What was tried before, in order. */
  readonly rejected: readonly Rejected[];
}

/** Every checkpoint in the order in which to try them; one that is gone is undefined there, and named by its path. */
function* inTurn(run: CheckpointDirectory): Generator<{ path: string; candidate: Candidate | undefined }> {
  const latest = run.listed.filter(({ isLatest }) => isLatest).slice(-1);
  const others = run.listed.filter(({ isLatest }) => !isLatest).reverse();
  for (const listed of [...latest, ...others]) {
    const { written, checkpoint, isLatest } = listed;
    const source = isLatest ? 'latest' : 'listed';
    yield {
      path: checkpoint?.prefix ?? written,
      candidate: checkpoint === undefined ? undefined : { source, checkpoint, listed },
    };
  }
  for (const checkpoint of run.unlisted.toReversed()) {
    yield { path: checkpoint.prefix, candidate: { source: 'disk', checkpoint, listed: undefined } };
  }
}

/**
 * The newest usable checkpoint: the latest of the state file if it opens and its data files are there, else the next one
 * listed, else the newest of the directory by step and time. `refuse` may say of a usable one why it will not do.
 */
export async function newestCheckpoint(
  run: CheckpointDirectory,
  refuse: (checkpoint: FoundCheckpoint) => string | undefined | Promise<string | undefined> = () => undefined,
): Promise<NewestCheckpoint> {
  const rejected: Rejected[] = [];
  const seen = new Set<FoundCheckpoint>();
  for (const { path, candidate } of inTurn(run)) {
    if (candidate !== undefined && seen.has(candidate.checkpoint)) continue;
    if (candidate !== undefined) seen.add(candidate.checkpoint);
    const reason =
      candidate === undefined
        ? 'it is not there'
        : (candidate.checkpoint.problem ?? (await refuse(candidate.checkpoint)));
    if (reason === undefined) return { found: candidate, rejected };
    rejected.push({ path, reason });
  }
  return { found: undefined, rejected };
}
