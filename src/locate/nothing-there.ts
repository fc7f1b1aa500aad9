/** The sentences for paths that lead to no checkpoint: what is there instead, and what to type. */
import { basename, dirname, join } from 'node:path';
import { CkptError, NotACheckpointError, UnsupportedError } from '../errors.ts';
import { isDirectory, namesIn } from '../io/directory.ts';
import { FileSource, fileSize } from '../io/file-source.ts';
import { recogniseFile } from '../io/recognise.ts';
import { parseDataName, splitPrefix, stripCheckpointSuffix } from '../io/shard-names.ts';
import { TableReader } from '../sstable/table-reader.ts';
import { globToRegExp } from './glob.ts';

/** First byte of the value under the empty key: a V1 file's metadata, or a bundle's header. */
const V1_TAG = 0x0a;
const V2_TAG = 0x08;

function firstTag(path: string): number | undefined {
  const file = new FileSource(path);
  try {
    for (const cursor of new TableReader(file, path).entries()) return cursor.bytes[cursor.valueStart];
    return undefined;
  } catch (error) {
    if (error instanceof CkptError) return undefined;
    throw error;
  } finally {
    file.close();
  }
}

/** So many files of a directory are looked into for what they are. */
const MOST_LOOKED_INTO = 100;

/** Whether a file is a table whose first value is the metadata of a V1 checkpoint. */
export function isV1File(path: string): boolean {
  return fileSize(path) !== undefined && firstTag(path) === V1_TAG;
}

/** Throws what is to be said of a file that no checkpoint was found behind. */
export function failAtFile(path: string): never {
  const foreign = recogniseFile(path);
  if (foreign !== undefined) throw new NotACheckpointError(`${path} ${foreign.sentence}`, path);
  const data = parseDataName(path);
  if (data !== undefined) {
    throw new NotACheckpointError(
      `${path} is a data file, and its index ${data.prefix}.index is missing; the data cannot be understood without it`,
      path,
    );
  }
  const tag = firstTag(path);
  if (tag === V1_TAG) {
    throw new UnsupportedError(
      `${path} is a V1 checkpoint (one table with everything in it); this version reads V2 only`,
      'V1',
    );
  }
  if (tag === V2_TAG) {
    throw new NotACheckpointError(
      `${path} is the index of a V2 checkpoint under another name; rename it to end in .index, beside its data files`,
      path,
    );
  }
  if (stripCheckpointSuffix(path) !== path && path.endsWith('.meta')) {
    throw new NotACheckpointError(
      `${path} describes a graph; its checkpoint ${stripCheckpointSuffix(path)}.index is not there`,
      path,
    );
  }
  throw new NotACheckpointError(
    `${path} (${fileSize(path)} bytes) is not a checkpoint: it is no table, and no ${basename(path)}.index is beside it`,
    path,
  );
}

/** Up to five things near a path that do not exist which a user may have meant. */
function nearby(path: string): string[] {
  const { directory, base } = splitPrefix(path);
  const stems = namesIn(directory)
    .filter((name) => name.endsWith('.index') || name === 'checkpoint')
    .map((name) => directory + name.replace(/\.index$/, ''));
  const related = stems.filter((stem) => stem.includes(base) || base.startsWith(basename(stem)));
  return (related.length > 0 ? related : stems).slice(-5);
}

/** V1 shards that a prefix, or a pattern such as `m-?????-of-00002`, leads to. */
function v1ShardsAt(path: string): string[] {
  const shards = namesIn(dirname(path)).filter(
    (name) => /-\d{5}-of-\d{5}$/.test(name) && parseDataName(name) === undefined,
  );
  const pattern = globToRegExp(basename(path));
  return shards.filter((name) => name.slice(0, name.lastIndexOf('-of-') - 6) === basename(path) || pattern.test(name));
}

/** Throws what is to be said of a path behind which there is nothing, or a directory without a checkpoint. */
export function failAtNothing(path: string): never {
  if (isDirectory(path)) {
    const models = namesIn(path).filter((name) => isDirectory(join(path, name, 'variables')));
    const hint =
      models.length > 0
        ? `; it holds SavedModels: ${models
            .slice(0, 5)
            .map((name) => join(path, name))
            .join(', ')}`
        : '';
    const v1 = namesIn(path)
      .slice(0, MOST_LOOKED_INTO)
      .find((name) => isV1File(join(path, name)));
    if (v1 !== undefined) {
      throw new UnsupportedError(`${join(path, v1)} is a V1 checkpoint; this version reads V2 only`, 'V1');
    }
    throw new NotACheckpointError(
      `${path} is a directory without a checkpoint: no state file, no .index, no SavedModel${hint}`,
      path,
    );
  }
  const shards = namesIn(dirname(path)).filter(
    (name) => parseDataName(name)?.prefix === basename(stripCheckpointSuffix(path)),
  );
  if (shards.length > 0) {
    throw new NotACheckpointError(
      `${stripCheckpointSuffix(path)}.index is missing; ${shards.length === 1 ? 'only its data file is' : 'only its data files are'} there`,
      path,
    );
  }
  const v1 = v1ShardsAt(path);
  if (v1.length > 0) {
    throw new UnsupportedError(`${path} is a V1 checkpoint in ${v1.length} shards; this version reads V2 only`, 'V1');
  }
  const near = nearby(path);
  const hint = near.length > 0 ? `; there ${near.length === 1 ? 'is' : 'are'} ${near.join(', ')}` : '';
  throw new NotACheckpointError(
    `there is no checkpoint at ${path}: no ${basename(path)}.index is there${hint}`,
    path,
    near,
  );
}
