/** `ckpt/graph`: what lies beside the values: the object graph of TF2, and what .meta files and SavedModels say. */

export { withObjectGraph } from './formats/recorded-graph.ts';
export { keepsGraph, RECORD_KEY } from './formats/round-trip.ts';
export type { GraphFacts, VariableFacts } from './meta-graph/graph-facts.ts';
export { encodeObjectGraph } from './object-graph/encode-object-graph.ts';
export type { GraphColumns } from './object-graph/graph-columns.ts';
export { decodeObjectGraph, type ObjectGraph, type ObjectNode } from './object-graph/object-graph.ts';
export { OBJECT_GRAPH_KEY, VALUE_ENDING } from './object-graph/object-graph-key.ts';
export { objectPathRule, objectPathsRule, withGraphSlots } from './object-graph/object-path-rule.ts';
export { OtherNames } from './object-graph/other-names.ts';
export { type RewrittenGraph, rewriteObjectGraph } from './object-graph/rewrite-object-graph.ts';
export { graphColumnsOf } from './object-graph/stored-columns.ts';
export { objectGraphOf } from './object-graph/stored-object-graph.ts';
export { holdsGraph } from './roles/bundled-graph.ts';
export { type GraphSubject, readGraphFacts } from './roles/graph-beside.ts';
export { metaFileOf, savedModelOf } from './roles/graph-files.ts';
export { furtherNamesOf } from './surgery/further-names.ts';
export { type WeightsByLayer, weightsByLayer } from './surgery/keras-layers.ts';
export { fillLayers } from './surgery/keras-layers-template.ts';
export { kerasObjectNames } from './surgery/keras-objects.ts';
export { fillKerasWeights } from './surgery/keras-template.ts';
export { areKerasWeights, kerasWeights } from './surgery/keras-weights.ts';
export type { FurtherNames } from './surgery/name-patterns.ts';
export { namesToObjects, type ToObjectsOptions } from './surgery/names-to-objects.ts';
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
