/** The library's front door: a table of contents, room by room. Everything named here is public; nothing else is. */

export { type ByteSource, chunksOf, readBytes } from './bytes/source.ts';
export { decodeText, encodeText } from './bytes/text.ts';
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
  UnsupportedError,
  UsageError,
  WriteRefusedError,
} from './errors.ts';
// Checkpoints: open, write, verify, whatever the format.
export {
  type OpenedCheckpoint,
  openCheckpoint,
  planCheckpoint,
  verifyCheckpoint,
  writeCheckpoint,
} from './formats/checkpoint.ts';
export type { Finding, FindingKind, VerifyOptions, VerifyProgress, VerifyTotals } from './formats/finding.ts';
export type { Checkpoint, CheckpointFile, FormatName } from './formats/format.ts';
export type { PlannedFile, PlannedPiece, WriteOptions, WritePlan } from './formats/write-plan.ts';
// What lies beside the values.
export { decodeObjectGraph, OBJECT_GRAPH_KEY, type ObjectGraph, type ObjectNode } from './graph/object-graph.ts';
// Reports: plain data about a checkpoint.
export { checkStored, sha256Of } from './inspect/digest.ts';
export { type DTypeTotals, type Summary, summaryOf } from './inspect/summary.ts';
export { parametersOf, type ScopeNode, scopeTree } from './inspect/tree.ts';
export { discardUnfinished } from './io/atomic-files.ts';
export { type Located, locate } from './locate/locate.ts';
export { type CheckpointState, parseCheckpointState } from './locate/state-file.ts';
// Choosing tensors by name, dtype and size.
export { type Chooser, chooser, type Selection, selected } from './surgery/selectors.ts';
// Tensors: what they are, how to make one, how to look into one.
export { DTYPES, type DType, type DTypeKind, type DTypeName, dtypeOf } from './tensor/dtype.ts';
export { elementCount, formatShape, type Shape } from './tensor/shape.ts';
export { type AxisSelector, sliceTensor } from './tensor/slice-tensor.ts';
export { readStrings } from './tensor/strings.ts';
export {
  isScannable,
  type ScannableMap,
  type StoredRun,
  type Tensor,
  type TensorFacts,
  type TensorMap,
  type TensorPart,
  tensorOfBytes,
  tensorOfStrings,
} from './tensor/tensor.ts';
export { type Extent, formatTensorSlice, type TensorSlice } from './tensor/tensor-slice.ts';
