/** `ckpt/history`: the checkpoints of a training run, their state file, and what is there of each. */

export { openDamagedCheckpoint } from './checkpoints/checkpoint.ts';
export {
  type CheckpointDirectory,
  type Leftover,
  type ListedCheckpoint,
  type Location,
  readCheckpointDirectory,
} from './checkpoints/checkpoint-directory.ts';
export type { FoundCheckpoint } from './checkpoints/found-checkpoint.ts';
export { type Located, locate } from './checkpoints/locate.ts';
export {
  type Candidate,
  type CandidateSource,
  type NewestCheckpoint,
  newestCheckpoint,
  type Rejected,
} from './checkpoints/newest-checkpoint.ts';
export { checkNotInput } from './checkpoints/older-files.ts';
export { type RepairOptions, repairedState } from './checkpoints/repaired-state.ts';
export { type CheckpointState, parseCheckpointState } from './checkpoints/state-file.ts';
export { type StateFinding, type StateFindingKind, stateFindings } from './checkpoints/state-findings.ts';
export { formatCheckpointState, writeCheckpointState } from './checkpoints/write-state.ts';
export { FORMATS, formatOf, formatOfHead, formatOfPath } from './formats/registry.ts';
export {
  type FiniteOptions,
  type NonFiniteElement,
  type NonFiniteTensor,
  nonFiniteElement,
  nonFiniteTensor,
} from './inspect/finite.ts';
export { discardUnfinished, whenBegun } from './io/atomic-files.ts';
export { checkMayWrite } from './io/paths.ts';
export { parseTableName, stripCheckpointSuffix } from './io/shard-names.ts';
