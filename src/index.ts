/** The library's front door: a table of contents, room by room. Everything named here is public; nothing else is. */

// Arrays as numpy prints them.
export { type ArrayValues, arrayText, formatScalar, type PrintOptions } from './array-text/array-lines.ts';
export { bytesText } from './array-text/bytes-text.ts';
export { type ByteSource, chunksOf, readBytes } from './bytes/source.ts';
export { decodeText, encodeText } from './bytes/text.ts';
// Checkpoints: open, write, verify, whatever the format.
export {
  type OpenedCheckpoint,
  openCheckpoint,
  openDamagedCheckpoint,
  streamCheckpoint,
} from './checkpoints/checkpoint.ts';
// The checkpoints of a training run: the state file, and what lies beside it.
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
export { verifyCheckpoint } from './checkpoints/verify-checkpoint.ts';
export {
  type CheckpointWriteOptions,
  type CheckpointWritePlan,
  planCheckpoint,
  planRename,
  renameCheckpoint,
  writeCheckpoint,
} from './checkpoints/write-checkpoint.ts';
export { formatCheckpointState, writeCheckpointState } from './checkpoints/write-state.ts';
// What is wrong with a path, and what is sound of it.
export { type DiagnoseOptions, diagnose } from './diagnose/diagnose.ts';
export type { Diagnosis, Examination } from './diagnose/diagnosis.ts';
export type { ProblemCode, Severity } from './diagnose/problems.ts';
export { type LostTensor, type Salvage, type SalvageOptions, salvage } from './diagnose/salvage.ts';
// Edits: other values, dtypes and shapes for the same tensors; slots and moving averages follow their variable.
export { type Averaged, type AverageOptions, average } from './edits/average.ts';
export type { RowFilling } from './edits/axis-edit.ts';
export { type CastLoss, type CastTensors, type CastTensorsOptions, cast } from './edits/cast.ts';
export { castChoice } from './edits/cast-choice.ts';
export { type ConcatOptions, concat, type SplitOptions, split } from './edits/concat.ts';
export type { Edited, TensorChange } from './edits/edited-map.ts';
export { type TakeAveragesOptions, type TakenAverages, takeAverages } from './edits/ema.ts';
export { parseFilling } from './edits/filling.ts';
export { mergeSlices, type PartitionOptions, partition } from './edits/partition.ts';
export { parseVocabulary, type RemapOptions, type Remapped, remap } from './edits/remap.ts';
export { reshape } from './edits/reshape.ts';
export { type ResizeOptions, resize } from './edits/resize.ts';
export { type Assignment, type NewValue, type SetOptions, setValues } from './edits/set.ts';
export { type LaidOut, type LayoutChange, type LayoutTarget, layOut } from './edits/torch-layout.ts';
export { layoutPerm, transpose } from './edits/transpose.ts';
export { parseValue } from './edits/value-bytes.ts';
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
export type {
  CheckpointFile,
  DamagedCheckpoint,
  Renamed,
  RenameOptions,
} from './formats/format.ts';
export type { FormatName } from './formats/format-name.ts';
export { FORMATS, formatOf, formatOfHead, formatOfPath } from './formats/registry.ts';
export { withObjectGraph } from './formats/round-trip.ts';
export type {
  CarryOutOptions,
  PlannedFile,
  RenameCounts,
  RenamePlan,
  WriteOptions,
  WritePlan,
  Written,
} from './formats/write-plan.ts';
// Reports: plain data about a checkpoint.
export { arrayValuesOf } from './inspect/array-values.ts';
export { checkStored, sha256Of } from './inspect/digest.ts';
export {
  type FiniteOptions,
  type NonFiniteElement,
  type NonFiniteTensor,
  nonFiniteElement,
  nonFiniteTensor,
} from './inspect/finite.ts';
export { type ParameterCount, parameterCount } from './inspect/parameter-count.ts';
export {
  type OptimizerSlots,
  optimizerOf,
  type RoleSummary,
  type RoleTotals,
  RoleTotalsOf,
  roleSummaryOf,
  type WeightTotals,
} from './inspect/role-totals.ts';
export { type DTypeTotals, type Summary, summaryOf } from './inspect/summary.ts';
export {
  enumNameOf,
  type ListedEntry,
  pythonNameOf,
  tensorflowListing,
  tensorflowListingV1,
} from './inspect/tensorflow-listing.ts';
export { parametersOf, type ScopeNode, ScopeTree, scopeTree } from './inspect/tree.ts';
export { type VariantValue, variantValues } from './inspect/variant-values.ts';
export { discardUnfinished } from './io/atomic-files.ts';
export { parseTableName, stripCheckpointSuffix } from './io/shard-names.ts';
export { fetched, fileStore, Missing, type Origin, type Store, type StoredFile, supply } from './io/store.ts';
export type { GraphFacts, VariableFacts } from './meta-graph/graph-facts.ts';
// What lies beside the values.
export { encodeObjectGraph } from './object-graph/encode-object-graph.ts';
export { decodeObjectGraph, type ObjectGraph, type ObjectNode } from './object-graph/object-graph.ts';
export { OBJECT_GRAPH_KEY } from './object-graph/object-graph-key.ts';
export { objectPathRule, objectPathsRule, withGraphSlots } from './object-graph/object-path-rule.ts';
export { OtherNames } from './object-graph/other-names.ts';
export { type RewrittenGraph, rewriteObjectGraph } from './object-graph/rewrite-object-graph.ts';
export { objectGraphOf } from './object-graph/stored-object-graph.ts';
// Several edits in one pass.
export { type AppliedRecipe, applyRecipe, type RecipeSurroundings, type StepReport } from './recipes/apply-recipe.ts';
export { parseRecipe, type Recipe } from './recipes/recipe.ts';
// What tensors are for, which are trained, and how that is known.
export { type GraphSubject, readGraphFacts } from './roles/graph-beside.ts';
export { metaFileOf, savedModelOf } from './roles/graph-files.ts';
export { LastVariable } from './roles/last-variable.ts';
export { SOME_AVERAGE, SOME_SLOT } from './roles/name-bytes.ts';
export { rolesByNames } from './roles/name-role.ts';
export {
  EVIDENCE,
  type Evidence,
  type QuickRole,
  ROLES,
  type Role,
  type RoleFacts,
  type RoleOf,
  type Roles,
  type TensorRole,
  type Trainable,
} from './roles/role.ts';
export { type RolesOptions, rolesOf } from './roles/roles-of.ts';
export { fillNames } from './surgery/fill-names.ts';
export type { GraphPolicy } from './surgery/follow-graph.ts';

export { furtherNamesOf } from './surgery/further-names.ts';
export { kerasWeights } from './surgery/keras-weights.ts';
// Surgery: maps out of maps. Tensors are chosen by name, dtype and size, and renamed by rules.
export { type MergedMap, merge, type OnConflict } from './surgery/merge.ts';
export { parseNameMap, unescapeName } from './surgery/name-map.ts';
export { type FurtherNames, NamePatterns, nameChooser } from './surgery/name-patterns.ts';
export {
  addPrefixRule,
  inOrder,
  limited,
  mapRule,
  type NameRule,
  stripPrefixRule,
  substitutionRule,
} from './surgery/name-rules.ts';
export { namesToObjects, type ToObjectsOptions } from './surgery/names-to-objects.ts';
export { nearestNames } from './surgery/nearest-names.ts';
export {
  type MergeableInputs,
  mergeObjectGraphs,
  type ObjectGraphPolicy,
  type Reconciled,
  type ReconcileOptions,
  reconcileObjectGraph,
} from './surgery/object-graph.ts';
export { namesOfObjects, type ObjectNames } from './surgery/object-names.ts';
export { type Converted, objectsToNames } from './surgery/objects-to-names.ts';
export { type MapStep, type PublishedMap, parsePublishedMap, publishedRule } from './surgery/published-map.ts';
export { rename, withPrefix } from './surgery/rename.ts';
export {
  type Chooser,
  chooser,
  type Selection,
  scanSelected,
  selected,
  type TensorSummary,
  takesAll,
} from './surgery/selectors.ts';
export { fitSlice, parseSlice, type SliceText } from './surgery/slice-text.ts';
export { withSlots } from './surgery/slots.ts';
export { type Stripped, type StrippedTotals, stripNonTrainable, stripOptimizer } from './surgery/strip.ts';
export { drop, subset, type Verdicts } from './surgery/subset.ts';
export { compileUserPattern } from './surgery/user-pattern.ts';
export { pairsAt } from './tensor/derived-map.ts';
// Tensors: what they are, how to make one, how to look into one.
export { DTYPES, type DType, type DTypeKind, type DTypeName, dtypeOf } from './tensor/dtype.ts';
export { scanPairs, scanTensors } from './tensor/scan.ts';
export { elementCount, formatShape, type Shape } from './tensor/shape.ts';
export { type AxisSelector, sliceTensor } from './tensor/slice-tensor.ts';
export { readStrings } from './tensor/strings.ts';
export {
  type ByteRange,
  isScannable,
  type ScannableMap,
  type ScannedTensor,
  type Tensor,
  type TensorFacts,
  type TensorMap,
  type TensorPart,
  tensorOfBytes,
  tensorOfStrings,
} from './tensor/tensor.ts';
export { type TensorFromOptions, type TensorValue, tensorFrom } from './tensor/tensor-from.ts';
export { type Extent, formatTensorSlice, type TensorSlice } from './tensor/tensor-slice.ts';
export { numbersPerElement, type TypedValues } from './tensor/values.ts';
