/** `ckpt/text`: names, patterns, slices, values, arrays, statistics and differences as text; and walks over maps of a million tensors. */

export { arrayText, formatScalar, type PrintOptions } from './array-text/array-lines.ts';
export { bytesText } from './array-text/bytes-text.ts';
export { repeatedText } from './array-text/element-format.ts';
export { type Float32Text, quickText, type TextBetween } from './array-text/float32-text.ts';
export { Missing, supply } from './bytes/missing.ts';
export { shellWord } from './bytes/shell-word.ts';
export { chunksOf, readBytes } from './bytes/source.ts';
export { decodeText, encodeText, textPieces } from './bytes/text.ts';
export { TextMap, TextSet } from './bytes/text-map.ts';
export { stepsInto, withSteps } from './edits/average-step.ts';
export type { RowFilling } from './edits/axis-edit.ts';
export { castChoice, withFollowers } from './edits/cast-choice.ts';
export { declaredTensor, isDeclaration } from './edits/declared-tensor.ts';
export { parseFilling } from './edits/filling.ts';
export { parseVocabulary } from './edits/remap.ts';
export { type LaidOut, type LayoutChange, type LayoutTarget, layOut } from './edits/torch-layout.ts';
export { layoutPerm } from './edits/transpose.ts';
export { parseValue } from './edits/value-bytes.ts';
export { checkPieceTarget, type Piece, type PieceOptions, writePieces } from './formats/write-pieces.ts';
export { arrayValuesOf } from './inspect/array-values.ts';
export { type Differences, differencesOf, isAlike } from './inspect/differences.ts';
export { checkStored } from './inspect/digest.ts';
export { NumberSummarizer, type NumberSummary } from './inspect/number-summary.ts';
export { rangeText } from './inspect/scope-node.ts';
export {
  firstNonFinite,
  hasNumbers,
  statisticsOf,
  statisticsOfAll,
  summarize,
  type TensorStatistics,
  totalStatisticsOf,
} from './inspect/statistics.ts';
export {
  enumNameOf,
  type ListedEntry,
  pythonNameOf,
  tensorflowListing,
  tensorflowListingV1,
} from './inspect/tensorflow-listing.ts';
export {
  type Tolerance,
  type ValueDifference,
  valueDifference,
  valueDifferences,
} from './inspect/value-difference.ts';
export { type VariantValue, variantValues } from './inspect/variant-values.ts';
export { fillNames } from './surgery/fill-names.ts';
export { MATCH_EVIDENCE, type MatchEvidence } from './surgery/match-evidence.ts';
export type { MatchFacts } from './surgery/match-groups.ts';
export { matchNames, type NameMatch } from './surgery/match-names.ts';
export { type NameMap, parseNameMap } from './surgery/name-map.ts';
export { type FurtherNames, NamePatterns, nameChooser } from './surgery/name-patterns.ts';
export { addPrefixRule, inOrder, limited, stripPrefixRule, substitutionRule } from './surgery/name-rules.ts';
export { nearestHint, nearestNames } from './surgery/nearest-names.ts';
export { orphanNotes, orphansOf } from './surgery/orphans.ts';
export { MeantNames } from './surgery/other-name-keys.ts';
export { boundPatternsBy } from './surgery/pattern-bound.ts';
export { nameMeant, unescapeName } from './surgery/printed-name.ts';
export { type MapStep, type PublishedMap, parsePublishedMap, publishedRule } from './surgery/published-map.ts';
export { scanSelected, selected, type TensorSummary, takesAll } from './surgery/selectors.ts';
export type { Verdicts } from './surgery/subset.ts';
export { compileUserPattern } from './surgery/user-pattern.ts';
export { pairsAt } from './tensor/derived-map.ts';
export { FOREIGN_DTYPES } from './tensor/dtype.ts';
export { nameOfFacts } from './tensor/named-facts.ts';
export { partsAlone, sliceText } from './tensor/partitioned.ts';
export { scanPairs, scanTensors } from './tensor/scan.ts';
export { elementCount, formatShape, type Shape, sameShape } from './tensor/shape.ts';
export { fitSlice, parseSlice, type SliceText } from './tensor/slice-text.ts';
export { readStrings } from './tensor/strings.ts';
export { isScannable, type ScannableMap, type ScannedTensor, type TensorFacts } from './tensor/tensor.ts';
export { formatTensorSlice } from './tensor/tensor-slice.ts';
export { type ArrayValues, numbersPerElement } from './tensor/values.ts';
