/** Which file tells of the graph that a checkpoint belongs to: a `.meta` beside it, or the SavedModel around it. */
import { basename, dirname, join } from 'node:path';
import { NotACheckpointError, UnsupportedError } from '../errors.ts';
import { isDirectory } from '../io/directory.ts';
import { fileSize } from '../io/file-source.ts';
import { stripCheckpointSuffix } from '../io/shard-names.ts';

export interface GraphFile {
  /** A MetaGraphDef or a SavedModel, binary or text; its content tells which. */
  readonly path: string;
  /** What Keras 2 wrote beside a SavedModel. */
  readonly kerasMetadata?: string;
}

/** What TensorFlow cuts from the name of a V1 checkpoint before it adds `.meta`: shards, and the pattern that stands for them. */
const SHARDS = /-[\d?]+-of-\d+$/;
const KERAS_METADATA = 'keras_metadata.pb';
const MODEL_NAMES = ['saved_model.pb', 'saved_model.pbtxt'];
const CHUNKED = 'saved_model.cpb';

const isFile = (path: string): boolean => fileSize(path) !== undefined;

function besideModel(path: string): GraphFile {
  const kerasMetadata = join(dirname(path), KERAS_METADATA);
  return isFile(kerasMetadata) ? { path, kerasMetadata } : { path };
}

/** The SavedModel in a directory; throws `UnsupportedError` for one in chunks. */
function modelIn(directory: string): GraphFile | undefined {
  const model = MODEL_NAMES.map((name) => join(directory, name)).find(isFile);
  if (model !== undefined) return besideModel(model);
  if (isFile(join(directory, CHUNKED))) throw chunked(join(directory, CHUNKED));
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
export function graphFileOf(prefix: string, userPath?: string): GraphFile | undefined {
  if (userPath !== undefined) return graphFileAt(userPath);
  const whole = prefix.replace(SHARDS, '');
  const meta = `${whole}.meta`;
  if (isFile(meta)) return { path: meta };
  const isModel = basename(whole) === 'variables' && basename(dirname(whole)) === 'variables';
  return isModel ? modelIn(dirname(dirname(whole))) : undefined;
}

function graphFileAt(path: string): GraphFile {
  if (isDirectory(path)) {
    const model = modelIn(path);
    if (model !== undefined) return model;
    throw new NotACheckpointError(`${path} is a directory without a SavedModel: no ${MODEL_NAMES.join(', no ')}`, path);
  }
  if (basename(path) === KERAS_METADATA) return graphFileAt(dirname(path));
  if (path.endsWith('.cpb')) throw chunked(path);
  const meta = `${stripCheckpointSuffix(path).replace(SHARDS, '')}.meta`;
  if (isFile(path) && !path.endsWith('.index')) return besideModel(path);
  if (isFile(meta)) return { path: meta };
  throw new NotACheckpointError(
    `there is no graph at ${path}; name a .meta file, a saved_model.pb, or the directory of a SavedModel`,
    path,
    [path, meta],
  );
}
