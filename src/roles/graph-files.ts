/** Which file tells of the graph that a checkpoint belongs to: a `.meta` beside it, or the SavedModel around it. */
import { basename, dirname, join } from 'node:path';
import type { Run } from '../bytes/source.ts';
import { NotACheckpointError, UnsupportedError } from '../errors.ts';
import { stemOf, stripCheckpointSuffix } from '../io/shard-names.ts';
import { fileStore, type Store } from '../io/store.ts';
import { isDirectory, isFile } from '../io/stored.ts';
import { bundledGraph } from './bundled-graph.ts';

export interface GraphFile {
  /** A MetaGraphDef or a SavedModel, binary or text; its content tells which. */
  readonly path: string;
  /** What Keras 2 wrote beside a SavedModel. */
  readonly kerasMetadata?: string;
  /** Where the graph lies in the file, when that is a Magenta bundle. */
  readonly run?: Run;
}

const KERAS_METADATA = 'keras_metadata.pb';
const MODEL_NAMES = ['saved_model.pb', 'saved_model.pbtxt'];
const CHUNKED = 'saved_model.cpb';

function besideModel(store: Store, path: string): GraphFile {
  const kerasMetadata = join(dirname(path), KERAS_METADATA);
  return isFile(store, kerasMetadata) ? { path, kerasMetadata } : { path };
}

/** The graph of the SavedModel in a directory. */
function modelFileIn(store: Store, directory: string): string | undefined {
  return [...MODEL_NAMES, CHUNKED].map((name) => join(directory, name)).find((path) => isFile(store, path));
}

/** The same, to be read; throws `UnsupportedError` for one in chunks. */
function modelIn(store: Store, directory: string): GraphFile | undefined {
  const model = modelFileIn(store, directory);
  if (model?.endsWith(CHUNKED) === true) throw chunked(model);
  return model === undefined ? undefined : besideModel(store, model);
}

/** The directory of the SavedModel whose variables lie at a prefix. */
function modelAround(prefix: string): string | undefined {
  const stem = stemOf(prefix);
  const isModel = basename(stem) === 'variables' && basename(dirname(stem)) === 'variables';
  return isModel ? dirname(dirname(stem)) : undefined;
}

/** The `.meta` that a Saver left beside the checkpoint at a prefix. */
export function metaFileOf(prefix: string, store: Store = fileStore()): string | undefined {
  const meta = `${stemOf(prefix)}.meta`;
  return isFile(store, meta) ? meta : undefined;
}

/** The graph of the SavedModel whose variables lie at a prefix: it reads them by their names. */
export function savedModelOf(prefix: string, store: Store = fileStore()): string | undefined {
  const directory = modelAround(prefix);
  return directory === undefined ? undefined : modelFileIn(store, directory);
}

/** The graph in a Magenta bundle. */
function inBundle(store: Store, path: string): GraphFile | undefined {
  const run = bundledGraph(store, path);
  return run === undefined ? undefined : { path, run };
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
  const meta = metaFileOf(prefix, store);
  if (meta !== undefined) return { path: meta };
  const model = modelAround(prefix);
  if (model !== undefined) return modelIn(store, model);
  return inBundle(store, prefix);
}

function graphFileAt(store: Store, path: string): GraphFile {
  if (isDirectory(store, path)) {
    const model = modelIn(store, path);
    if (model !== undefined) return model;
    throw new NotACheckpointError(`${path} is a directory without a SavedModel: no ${MODEL_NAMES.join(', no ')}`, path);
  }
  if (basename(path) === KERAS_METADATA) return graphFileAt(store, dirname(path));
  if (path.endsWith('.cpb')) throw chunked(path);
  const prefix = stripCheckpointSuffix(path);
  const meta = metaFileOf(prefix, store);
  if (isFile(store, path) && !path.endsWith('.index')) return inBundle(store, path) ?? besideModel(store, path);
  if (meta !== undefined) return { path: meta };
  throw new NotACheckpointError(
    `there is no graph at ${path}; name a .meta file, a saved_model.pb, or the directory of a SavedModel`,
    path,
    [path, `${stemOf(prefix)}.meta`],
  );
}
