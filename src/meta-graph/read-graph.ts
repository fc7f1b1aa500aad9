/**
 * Reads what lies beside a checkpoint: `.meta` files and SavedModels, binary or text. A TF1 graph knows its variables by its
 * collections, a TF2 SavedModel by its objects.
 */
import { shellWord } from '../bytes/shell-word.ts';
import { type ByteSource, readBytes } from '../bytes/source.ts';
import { decodeBytes } from '../bytes/text.ts';
import { CorruptError, NotACheckpointError, UnsupportedError } from '../errors.ts';
import type { GraphColumns } from '../object-graph/graph-columns.ts';
import type { ObjectGraph } from '../object-graph/object-graph.ts';
import { BinaryMessage } from '../proto/binary-message.ts';
import type { EncodedMessage } from '../proto/encoded-message.ts';
import type { GraphFacts } from './graph-facts.ts';
import { anyGraph, graphOf } from './graph-limit.ts';
import { metaGraphFacts, piecesOf, plainFacts } from './meta-graph.ts';

/** Text must be in memory as a whole: so much of it where somebody asks for it, and as much as takes a moment where nobody does. */
const MOST_TEXT_BYTES = 2 ** 28;
const MOST_TEXT_UNASKED = 2 ** 26;
/** As much of a file as tells text from binary. */
const START_BYTES = 256;
/** First bytes: of a SavedModel, of either, and of a MetaGraphDef. */
const SCHEMA_VERSION_TAG = 0x08;
const SECOND_FIELD_TAG = 0x12;
const META_GRAPH_TAGS: ReadonlySet<number> = new Set([0x0a, 0x1a, 0x22, 0x2a, 0x32, 0x3a]);

/** A message in either encoding: text begins with the name of a field, which no binary message of these does. */
async function messageIn(source: ByteSource, path: string, unasked: boolean): Promise<EncodedMessage> {
  const start = readBytes(source, 0, Math.min(source.byteLength, START_BYTES));
  if (!isText(start)) return BinaryMessage.of(source, path);
  if (source.byteLength > MOST_TEXT_BYTES) {
    throw new UnsupportedError(
      `${path} is a graph in text of ${source.byteLength} bytes; this version reads up to ${MOST_TEXT_BYTES}`,
      'text',
    );
  }
  if (unasked && source.byteLength > MOST_TEXT_UNASKED) {
    throw new UnsupportedError(
      `${path} is a graph in text of ${source.byteLength} bytes, and more than ${MOST_TEXT_UNASKED} are read only where it is asked for, as by --graph ${shellWord(path)}`,
      'text',
    );
  }
  const { TextMessage } = await import('../proto/text-message.ts');
  return TextMessage.of(decodeBytes(readBytes(source, 0, source.byteLength)), path);
}

/** Whether bytes begin a message in text: no control characters, and after blanks and comments a field's name. */
function isText(start: Uint8Array): boolean {
  const text = decodeBytes(start);
  return !/[\0-\x08\x0e-\x1f]/.test(text) && /^(?:\xef\xbb\xbf)?(?:\s|#[^\n]*\n)*(?:[a-z]\w*\s*[:{<]|#)/.test(text);
}

/** Lets an error that knows no file name this one. */
async function named<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
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
 * What a `.meta` file or a SavedModel says of the variables of a checkpoint, whose object graph gives the keys of a SavedModel
 * of TF2; `kerasMetadata` is what Keras 2 wrote beside one. With `keys`, those of the checkpoint, dtypes and shapes may be left
 * out. One that is `unasked` for is not read where it is a text of great length. Throws `CorruptError`, and `NotACheckpointError` for a file that is neither.
 */
export async function readGraph(
  source: ByteSource,
  path: string,
  objectGraph: ObjectGraph | GraphColumns | undefined,
  kerasMetadata?: ByteSource,
  keys?: Iterable<string>,
  { unasked = false }: { readonly unasked?: boolean } = {},
): Promise<GraphFacts> {
  const kind = kindOfGraph(source, path);
  if (kind === undefined)
    throw new NotACheckpointError(`${path} is no graph: neither a .meta file nor a SavedModel`, path);
  return named(path, async () => {
    const message = await messageIn(source, path, unasked);
    if (kind === 'meta') {
      const parts = piecesOf(message);
      const limit = unasked && keys !== undefined ? graphOf(keys) : anyGraph;
      return { kind, path, ...((keys && plainFacts(parts, keys, limit)) ?? metaGraphFacts(parts, limit)) };
    }
    const { savedModelFacts } = await import('./saved-model.ts');
    const keras = kerasMetadata && BinaryMessage.of(kerasMetadata, 'keras_metadata.pb');
    return { path, ...savedModelFacts(message, objectGraph, keras) };
  });
}
