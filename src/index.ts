/**
 * The library's front door: what a user means, room by room. The rest has doors of its own: `ckpt/graph`, `ckpt/roles`,
 * `ckpt/history`, `ckpt/text`, and `ckpt/tfjs`. Everything named there is public; nothing else is.
 */

export type { ByteSource } from './bytes/source.ts';
// Checkpoints: open, write, verify, whatever the format.
export { type OpenedCheckpoint, openCheckpoint, streamCheckpoint } from './checkpoints/checkpoint.ts';
export { verifyCheckpoint } from './checkpoints/verify-checkpoint.ts';
export {
  type CheckpointWriteOptions,
  type CheckpointWritePlan,
  planCheckpoint,
  planRename,
  renameCheckpoint,
  writeCheckpoint,
} from './checkpoints/write-checkpoint.ts';
// What is wrong with a path, and what is sound of it.
export type { DiagnoseOptions } from './diagnose/diagnose.ts';
export type { Diagnosis, Examination } from './diagnose/diagnosis.ts';
export { diagnose, salvage } from './diagnose/doors.ts';
export type { ProblemCode, Severity } from './diagnose/problems.ts';
export type { LostTensor, Salvage, SalvageOptions } from './diagnose/salvage.ts';
// Edits: other values, dtypes and shapes for the same tensors; slots and moving averages follow their variable.
export { type Averaged, type AverageOptions, average } from './edits/average.ts';
export { type CastLoss, type CastTensors, type CastTensorsOptions, cast } from './edits/cast.ts';
export { type ConcatOptions, concat, type SplitOptions, split } from './edits/concat.ts';
export type { Edited, TensorChange } from './edits/edited-map.ts';
export { type TakeAveragesOptions, type TakenAverages, takeAverages } from './edits/ema.ts';
export { mergeSlices, type PartitionOptions, partition } from './edits/partition.ts';
export { type RemapOptions, type Remapped, remap } from './edits/remap.ts';
export { reshape } from './edits/reshape.ts';
export { type ResizeOptions, resize } from './edits/resize.ts';
export { type Assignment, type NewValue, type SetOptions, setValues } from './edits/set.ts';
export { transpose } from './edits/transpose.ts';
export { Checkpoint } from './engine/checkpoint.ts';
export { checkpointExists, latestCheckpoint } from './engine/checkpoint-files.ts';
export {
  CheckpointManager,
  type CheckpointManagerOptions,
  type ManagedSaveOptions,
} from './engine/checkpoint-manager.ts';
export { checkpointsIterator, type IteratorOptions } from './engine/checkpoints-iterator.ts';
// The engine: variables, their graph and their initial values, named as in TensorFlow.
export {
  addToCollection,
  device,
  getCollection,
  globalVariables,
  localVariables,
  modelVariables,
  movingAverageVariables,
  trainableVariables,
} from './engine/collections.ts';
export { constant, fill, linspace, ones, range, zeros } from './engine/constants.ts';
export { type Device, type DeviceFunction, type PlacedOp, replicaDeviceSetter } from './engine/device-stack.ts';
export { Expression } from './engine/expression.ts';
export { getGlobalStep, getOrCreateGlobalStep } from './engine/global-step.ts';
export { Graph, getDefaultGraph, resetDefaultGraph } from './engine/graph.ts';
export { GraphKeys } from './engine/graph-keys.ts';
export type { InitialValue } from './engine/initial-value.ts';
export {
  initializeAllVariables,
  initializeLocalVariables,
  initializeVariables,
  reportUninitialized,
} from './engine/initialization.ts';
export { Initializer } from './engine/initializer.ts';
export { CheckpointLoadStatus } from './engine/load-status.ts';
export { fixedSizePartitioner, type Partitioner } from './engine/partitioner.ts';
export {
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  lecunNormal,
  lecunUniform,
  randomNormal,
  randomUniform,
  type SeedValue,
  truncatedNormal,
  varianceScaling,
} from './engine/random.ts';
export type { VariableOptions } from './engine/registration.ts';
export type { Mismatched, RestoreOptions, RestoreReport } from './engine/restore.ts';
export { type AssignmentMap, restoreInto } from './engine/restore-into.ts';
export { SAVEABLE, type Saveable, type SaveSlice } from './engine/saveable.ts';
export type { NamedVariables, VariableList } from './engine/saved-variables.ts';
export { type PartialRestore, type SaveOptions, Saver, type SaverOptions } from './engine/saver.ts';
export {
  type HasSlotVariables,
  type HasTrackedChildren,
  type SlotVariable,
  slotVariables,
  trackedChildren,
} from './engine/trackable.ts';
export type { ValueFor, ValuesOf } from './engine/value-types.ts';
export { Variable } from './engine/variable.ts';
export {
  getVariable,
  getVariableScope,
  nameScope,
  type Reuse,
  type VariableScope,
  type VariableScopeOptions,
  variableScope,
} from './engine/variable-scope.ts';
// Every error this library throws on purpose.
export {
  ChecksumError,
  CkptError,
  CorruptError,
  type Damage,
  type ErrorCode,
  MismatchError,
  NameError,
  NotACheckpointError,
  UninitializedError,
  UnreadableError,
  UnsupportedError,
  UsageError,
  WriteRefusedError,
} from './errors.ts';
export type { Finding, FindingKind, VerifyOptions, VerifyProgress, VerifyTotals } from './formats/finding.ts';
export type { CheckpointFile, DamagedCheckpoint, Renamed, RenameOptions } from './formats/format.ts';
export type { FormatName } from './formats/format-name.ts';
export type {
  CarryOutOptions,
  PlannedFile,
  RenameCounts,
  RenamePlan,
  WriteOptions,
  WritePlan,
  Written,
} from './formats/write-plan.ts';
export { sha256Of } from './inspect/digest.ts';
// Values, and reports: plain data about a checkpoint.
export { type ArraySlice, type Nested, readArray, toNested } from './inspect/read-array.ts';
export { type DTypeTotals, type Summary, summaryOf } from './inspect/summary.ts';
export { fetched, fileStore, type Origin, type Store, type StoredFile } from './io/store.ts';
// Several edits in one pass.
export type { AppliedRecipe, RecipeSurroundings, StepReport } from './recipes/apply-recipe.ts';
export { applyRecipe, parseRecipe, type Recipe } from './recipes/recipe.ts';
// What tensors are for, which are trained, and how that is known.
export type { RoleOf, Roles, TensorRole, Trainable } from './roles/role.ts';
export { type RolesOptions, rolesOf } from './roles/roles-of.ts';
export type { GraphPolicy } from './surgery/follow-graph.ts';

// Surgery: maps out of maps. Tensors are chosen by name, dtype and size, and renamed by rules.
export { type MergedMap, merge, type OnConflict } from './surgery/merge.ts';
export { mapRule, type NameRule } from './surgery/name-rules.ts';
export { rename, withPrefix } from './surgery/rename.ts';
export { type Chooser, chooser, type Selection } from './surgery/selectors.ts';
export { withSlots } from './surgery/slots.ts';
export { type Stripped, stripNonTrainable, stripOptimizer } from './surgery/strip.ts';
export { drop, subset } from './surgery/subset.ts';
// Tensors: what they are, how to make one, how to look into one.
export { DTYPES, type DType, type DTypeKind, type DTypeName, dtypeOf } from './tensor/dtype.ts';
export type { Shape } from './tensor/shape.ts';
export { type AxisSelector, sliceTensor } from './tensor/slice-tensor.ts';
export {
  type ByteRange,
  type Tensor,
  type TensorMap,
  type TensorPart,
  tensorOfBytes,
  tensorOfStrings,
} from './tensor/tensor.ts';
export { type TensorFromOptions, type TensorValue, tensorFrom } from './tensor/tensor-from.ts';
export type { Extent, TensorSlice } from './tensor/tensor-slice.ts';
export type { TypedValues } from './tensor/values.ts';
