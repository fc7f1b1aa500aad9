/** Which file tells of the graph that a checkpoint belongs to: a `.meta` beside it, or the SavedModel around it. */
import { basename, dirname, join } from 'node:path';
import { NotACheckpointError, UnsupportedError } from '../errors.ts';
import { stemOf, stripCheckpointSuffix } from '../io/shard-names.ts';
import { fileStore, type Store } from '../io/store.ts';
import { isDirectory, isFile } from '../io/stored.ts';

export interface GraphFile {
  /** A MetaGraphDef or a SavedModel, binary or text; its content tells which. */
  readonly path: string;
  /** What Keras 2 wrote beside a SavedModel. */
  readonly kerasMetadata?: string;
}

const KERAS_METADATA = 'keras_metadata.pb';
const MODEL_NAMES = ['saved_model.pb', 'saved_model.pbtxt'];
const CHUNKED = 'saved_model.cpb';

function besideModel(store: Store, path: string): GraphFile {
  const kerasMetadata = join(dirname(path), KERAS_METADATA);
  return isFile(store, kerasMetadata) ? { path, kerasMetadata } : { path };
}

/** The SavedModel in a directory; throws `UnsupportedError` for one in chunks. */
function modelIn(store: Store, directory: string): GraphFile | undefined {
  const model = MODEL_NAMES.map((name) => join(directory, name)).find((path) => isFile(store, path));
  if (model !== undefined) return besideModel(store, model);
  if (isFile(store, join(directory, CHUNKED))) throw chunked(join(directory, CHUNKED));
  return undefined;
}

function chunked(path: string): UnsupportedError {
  return new UnsupportedError(
    `${path} is a SavedModel in chunks, which this version does not read; load and save it without experimental_image_format`,
    'cpb',
  );
}

/**
 * The file that tells of the graph of the checkpoint at `prefix`, or the one that `userPath` leads to: a file, the directory of
 * a SavedModel, another checkpoint's prefix. Undefined where none is beside the checkpoint; throws
 * {@link NotACheckpointError} where `userPath` leads to none, and `UnsupportedError` for a SavedModel in chunks.
 */
export function graphFileOf(prefix: string, userPath?: string, store: Store = fileStore()): GraphFile | undefined {
  if (userPath !== undefined) return graphFileAt(store, userPath);
  const whole = stemOf(prefix);
  const meta = `${whole}.meta`;
  if (isFile(store, meta)) return { path: meta };
  const isModel = basename(whole) === 'variables' && basename(dirname(whole)) === 'variables';
  return isModel ? modelIn(store, dirname(dirname(whole))) : undefined;
}

function graphFileAt(store: Store, path: string): GraphFile {
  if (isDirectory(store, path)) {
    const model = modelIn(store, path);
    if (model !== undefined) return model;
    throw new NotACheckpointError(`${path} is a directory without a SavedModel: no ${MODEL_NAMES.join(', no ')}`, path);
  }
  if (basename(path) === KERAS_METADATA) return graphFileAt(store, dirname(path));
  if (path.endsWith('.cpb')) throw chunked(path);
  const meta = `${stemOf(stripCheckpointSuffix(path))}.meta`;
  if (isFile(store, path) && !path.endsWith('.index')) return besideModel(store, path);
  if (isFile(store, meta)) return { path: meta };
  throw new NotACheckpointError(
    `there is no graph at ${path}; name a .meta file, a saved_model.pb, or the directory of a SavedModel`,
    path,
    [path, meta],
  );
}
