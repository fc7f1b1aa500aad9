/**
 * Reads what lies beside a checkpoint: `.meta` files and SavedModels, binary or text. A TF1 graph knows its variables by its
 * collections, a TF2 SavedModel by its objects.
 */
import { type ByteSource, readBytes } from '../bytes/source.ts';
import { decodeBytes } from '../bytes/text.ts';
import { CorruptError, NotACheckpointError, UnsupportedError } from '../errors.ts';
import type { ObjectGraph } from '../object-graph/object-graph.ts';
import { BinaryMessage } from '../proto/binary-message.ts';
import type { EncodedMessage } from '../proto/encoded-message.ts';
import { TextMessage } from '../proto/text-message.ts';
import type { GraphFacts, VariableFacts } from './graph-facts.ts';
import { frozenLayers } from './keras-metadata.ts';
import { type EntryTable, type MetaGraphFacts, metaGraphFacts, piecesOf, versionOf } from './meta-graph.ts';
import { SAVED_MODEL } from './meta-graph-types.ts';
import { objectsByKey, objectsByPath, readSavedObjects } from './saved-objects.ts';
import { TrainedObjects } from './trained-objects.ts';

/** Text must be in memory as a whole. */
const MOST_TEXT_BYTES = 2 ** 28;
const FROZEN_OR_NOT =
  'layers of Keras 3 in a model without an optimizer that was built: SavedModels do not say whether they are frozen';
const TRAIN = 'train';
/** As much of a file as tells text from binary. */
const START_BYTES = 256;
/** First bytes: of a SavedModel, of either, and of a MetaGraphDef. */
const SCHEMA_VERSION_TAG = 0x08;
const SECOND_FIELD_TAG = 0x12;
const META_GRAPH_TAGS: ReadonlySet<number> = new Set([0x0a, 0x1a, 0x22, 0x2a, 0x32, 0x3a]);

/** A message in either encoding: text begins with the name of a field, which no binary message of these does. */
function messageIn(source: ByteSource, path: string): EncodedMessage {
  const start = readBytes(source, 0, Math.min(source.byteLength, START_BYTES));
  if (!isText(start)) return BinaryMessage.of(source, path);
  if (source.byteLength > MOST_TEXT_BYTES) {
    throw new UnsupportedError(
      `${path} is a graph in text of ${source.byteLength} bytes; this version reads up to ${MOST_TEXT_BYTES}`,
      'text',
    );
  }
  return TextMessage.of(decodeBytes(readBytes(source, 0, source.byteLength)), path);
}

/** Whether bytes begin a message in text: no control characters, and after blanks and comments a field's name. */
function isText(start: Uint8Array): boolean {
  const text = decodeBytes(start);
  return !/[\0-\x08\x0e-\x1f]/.test(text) && /^(?:\xef\xbb\xbf)?(?:\s|#[^\n]*\n)*(?:[a-z]\w*\s*[:{<]|#)/.test(text);
}

/** Lets an error that knows no file name this one. */
function named<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof CorruptError) || cause.damage.path !== undefined) throw cause;
    throw new CorruptError(`${path}: ${cause.message}`, { ...cause.damage, path }, { cause });
  }
}

/**
 * What a file is: a SavedModel begins with its version or its name does, a MetaGraphDef with what it is of. Undefined for
 * anything else.
 */
function kindOfGraph(source: ByteSource, path: string): GraphFacts['kind'] | undefined {
  const start = readBytes(source, 0, Math.min(source.byteLength, START_BYTES));
  if (isText(start))
    return /^(?:\xef\xbb\xbf)?(?:\s|#[^\n]*\n)*(?:saved_model|meta_graphs)/.test(decodeBytes(start))
      ? 'saved-model'
      : 'meta';
  const [tag = 0] = start;
  if (tag === SCHEMA_VERSION_TAG) return 'saved-model';
  if (tag === SECOND_FIELD_TAG) return /(^|[\\/])saved_model[^\\/]*$/.test(path) ? 'saved-model' : 'meta';
  return META_GRAPH_TAGS.has(tag) ? 'meta' : undefined;
}

/**
 * What a `.meta` file or a SavedModel says of the variables of a checkpoint, as {@link readMetaGraph} and
 * {@link readSavedModel} do. Throws `NotACheckpointError` for a file that is neither.
 */
export function readGraph(
  source: ByteSource,
  path: string,
  objectGraph: ObjectGraph | undefined,
  kerasMetadata?: ByteSource,
): GraphFacts {
  const kind = kindOfGraph(source, path);
  if (kind === undefined)
    throw new NotACheckpointError(`${path} is no graph: neither a .meta file nor a SavedModel`, path);
  return kind === 'meta' ? readMetaGraph(source, path) : readSavedModel(source, path, objectGraph, kerasMetadata);
}

/** What a `.meta` file says of the variables of its checkpoint; throws `CorruptError`. */
export function readMetaGraph(source: ByteSource, path: string): GraphFacts {
  return named(path, () => ({ kind: 'meta', path, ...metaGraphFacts(piecesOf(messageIn(source, path))) }));
}

/**
 * What a SavedModel says of the variables of its checkpoint, whose object graph gives the keys; without that the keys are
 * those that TensorFlow would give. Throws `CorruptError`.
 */
export function readSavedModel(
  source: ByteSource,
  path: string,
  objectGraph: ObjectGraph | undefined,
  kerasMetadata?: ByteSource,
): GraphFacts {
  return named(path, () => {
    const graphs = [...messageIn(source, path).fields(SAVED_MODEL)].map(([, graph]) => piecesOf(graph));
    const frozen =
      kerasMetadata === undefined
        ? new Set<number>()
        : frozenLayers(BinaryMessage.of(kerasMetadata, 'keras_metadata.pb'));
    const all = graphs.map((pieces) =>
      pieces.objects === undefined ? metaGraphFacts(pieces) : objectFacts(pieces, objectGraph, frozen),
    );
    return { kind: 'saved-model', path, ...merged(all) };
  });
}

function objectFacts(pieces: EntryTable, graph: ObjectGraph | undefined, frozen: ReadonlySet<number>): MetaGraphFacts {
  const objects = readSavedObjects(pieces.objects as EncodedMessage);
  const trained = new TrainedObjects(objects, frozen);
  const variables = new Map<string, VariableFacts>();
  for (const [key, id] of graph === undefined ? objectsByPath(objects) : objectsByKey(graph, objects)) {
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
  const variables = new Map(chosen.variables);
  for (const facts of all)
    for (const [key, value] of facts.variables) if (!variables.has(key)) variables.set(key, value);
  const note = `the SavedModel holds ${all.length} graphs; the one with the tags ${chosen.tags.join(', ')} decides`;
  return { ...chosen, variables, notes: [note, ...chosen.notes] };
}
