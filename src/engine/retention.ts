/**
 * Which checkpoints of a Saver stay: the newest ones, and one for every so many hours. Plain data in and out.
 * Source: `_RecordLastCheckpoint` and `_MaybeDeleteOldCheckpoints` in tensorflow/python/training/saver.py.
 */

/** A checkpoint and when it was saved, in seconds since 1970. */
export interface KeptCheckpoint {
  readonly path: string;
  readonly time: number;
}

export interface RetentionState {
  /** Those that count, oldest first. */
  readonly kept: readonly KeptCheckpoint[];
  /** Those that were pushed out, and wait to be deleted or kept for good. */
  readonly leaving: readonly KeptCheckpoint[];
  /** What is newer than this when it is pushed out is kept for good. */
  readonly keepAfter: number;
}

export interface RetentionLimits {
  /** 0 for no limit; then none is counted. */
  readonly maxToKeep: number;
  readonly keepEverySeconds: number;
}

/** The state after a checkpoint was saved. */
export function recorded(state: RetentionState, saved: KeptCheckpoint, { maxToKeep }: RetentionLimits): RetentionState {
  if (maxToKeep === 0) return state;
  const kept = [...state.kept.filter(({ path }) => path !== saved.path), saved];
  if (kept.length <= maxToKeep) return { ...state, kept };
  return { ...state, kept: kept.slice(1), leaving: [...state.leaving, ...kept.slice(0, 1)] };
}

/** What becomes of the checkpoint that waits longest: deleted, or kept for good. */
export function nextToLeave(
  state: RetentionState,
  { keepEverySeconds }: RetentionLimits,
): { readonly state: RetentionState; readonly deleted: string | undefined } {
  const [first, ...leaving] = state.leaving;
  if (first === undefined) return { state, deleted: undefined };
  if (first.time <= state.keepAfter) return { state: { ...state, leaving }, deleted: first.path };
  return { state: { ...state, leaving, keepAfter: state.keepAfter + keepEverySeconds }, deleted: undefined };
}
