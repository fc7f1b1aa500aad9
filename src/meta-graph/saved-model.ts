/** What a SavedModel says of the variables of its checkpoint: by its objects in TF2, by its collections in TF1. */

import { TextMap } from '../bytes/text-map.ts';
import { CorruptError } from '../errors.ts';
import type { GraphColumns } from '../object-graph/graph-columns.ts';
import type { ObjectGraph } from '../object-graph/object-graph.ts';
import { columnsOf } from '../object-graph/read-columns.ts';
import type { EncodedMessage } from '../proto/encoded-message.ts';
import type { GraphFacts, VariableFacts } from './graph-facts.ts';
import { frozenLayers } from './keras-metadata.ts';
import { type MetaGraphFacts, type MetaGraphParts, metaGraphFacts, piecesOf, versionOf } from './meta-graph.ts';
import { SAVED_MODEL } from './meta-graph-types.ts';
import { objectsByKey, objectsByPath, readSavedObjects } from './saved-objects.ts';
import { TrainedObjects } from './trained-objects.ts';

const FROZEN_OR_NOT =
  'layers of Keras 3 in a model without an optimizer that was built: SavedModels do not say whether they are frozen';
const TRAIN = 'train';
/** One for each set of tags: two or three. */
const MOST_GRAPHS = 1024;

/**
 * What a SavedModel says of the variables of its checkpoint, whose object graph gives the keys; without that the keys are
 * those that TensorFlow would give. `kerasMetadata` is what Keras 2 wrote beside it. Throws `CorruptError`.
 */
export function savedModelFacts(
  model: EncodedMessage,
  objectGraph: ObjectGraph | GraphColumns | undefined,
  kerasMetadata?: EncodedMessage,
): Omit<GraphFacts, 'path'> {
  const graphs: MetaGraphParts[] = [];
  for (const [, graph] of model.fields(SAVED_MODEL)) {
    if (graphs.push(piecesOf(graph)) > MOST_GRAPHS) {
      throw new CorruptError(`the SavedModel has more than ${MOST_GRAPHS} graphs`, { where: 'meta_graphs' });
    }
  }
  const frozen = kerasMetadata === undefined ? new Set<number>() : frozenLayers(kerasMetadata);
  const all = graphs.map((pieces) =>
    pieces.objects === undefined ? metaGraphFacts(pieces) : objectFacts(pieces, objectGraph, frozen),
  );
  return { kind: 'saved-model', ...merged(all) };
}

function objectFacts(
  pieces: MetaGraphParts,
  graph: ObjectGraph | GraphColumns | undefined,
  frozen: ReadonlySet<number>,
): MetaGraphFacts {
  const objects = readSavedObjects(pieces.objects as EncodedMessage);
  const trained = new TrainedObjects(objects, frozen);
  const variables = new TextMap<VariableFacts>();
  for (const [key, id] of graph === undefined ? objectsByPath(objects) : objectsByKey(columnsOf(graph), objects)) {
    const { name = '', dtype = 0, shape } = objects[id]?.variable ?? {};
    const known = { ...(dtype === 0 ? {} : { dtype }), ...(shape === undefined ? {} : { shape }) };
    variables.set(key, {
      key,
      variableName: name,
      trainable: trained.isTrained(id),
      collections: [],
      ...known,
      isResource: true,
    });
  }
  const unknown = [...variables.values()].filter(({ trainable }) => trainable === undefined).length;
  const notes = unknown === 0 ? [] : [`${unknown} of ${variables.size} variables: ${FROZEN_OR_NOT}`];
  return { ...versionOf(pieces.tensorflowVersion), tags: pieces.tags, variables, notes };
}

/** Of several graphs over the same variables the one that is for training decides, or else the first. */
function merged(all: readonly MetaGraphFacts[]): MetaGraphFacts {
  const chosen = all.find(({ tags }) => tags.includes(TRAIN)) ?? all[0];
  if (chosen === undefined) return { tags: [], variables: new Map(), notes: ['the SavedModel holds no graph'] };
  if (all.length === 1) return chosen;
  const variables = new TextMap(chosen.variables);
  for (const facts of all)
    for (const [key, value] of facts.variables) if (!variables.has(key)) variables.set(key, value);
  const note = `the SavedModel holds ${all.length} graphs; the one with the tags ${chosen.tags.join(', ')} decides`;
  return { ...chosen, variables, notes: [note, ...chosen.notes] };
}
