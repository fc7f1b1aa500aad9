/** The sentences for paths that lead to no checkpoint: what is there instead, and what to type. */
import { basename, dirname, join } from 'node:path';
import { shellWord } from '../bytes/shell-word.ts';
import { NotACheckpointError } from '../errors.ts';
import { FORMATS } from '../formats/registry.ts';
import { isIndexTable, isOtherTable, tableBeginning } from '../formats/table-kind.ts';
import { readHead } from '../io/recognise.ts';
import { recogniseByName, recogniseClosely } from '../io/recognise-closely.ts';
import { foreignFolderAround, foreignFolderIn, recogniseFolder } from '../io/recognise-folder.ts';
import { indexName, parseDataName, splitPrefix, stripCheckpointSuffix } from '../io/shard-names.ts';
import type { Store } from '../io/store.ts';
import { isDirectory, isFile, namesIn } from '../io/stored.ts';
import { nearestNames } from '../surgery/nearest-names.ts';
import { checkpointsBelow } from './below.ts';
import { type DataElsewhere, indexOfData } from './data-elsewhere.ts';
import { packedIndexNote } from './packed-index.ts';

/** What is to be said of a data file under a name that its index does not look for, and the command that helps. */
function renameAdvice({ data, prefix, rename }: DataElsewhere): string {
  const what = `${data} is the data of ${indexName(prefix)}: its size and its checksums are those`;
  if (rename === undefined) return `${what}; name ${prefix}`;
  return `${what}; mv ${shellWord(rename[0])} ${shellWord(rename[1])}`;
}

/** Throws what is to be said of a file that no checkpoint was found behind. */
export function failAtFile(store: Store, path: string): never {
  const content = indexOfData(store, path);
  if (content !== undefined) throw new NotACheckpointError(renameAdvice(content), path, [content.prefix]);
  const named = recogniseByName(path);
  const isOwned = named !== undefined && ownerOf(store, path) !== undefined;
  if (named !== undefined && !isOwned) throw new NotACheckpointError(`${path} ${named.sentence}`, path);
  const foreign = isOwned ? undefined : recogniseClosely(store, path);
  const isText = foreign?.kind === 'text' || foreign?.kind === 'json';
  const describesGraph = stripCheckpointSuffix(path) !== path && path.endsWith('.meta');
  if (describesGraph && (foreign === undefined || isText || foreign.kind === 'graph')) {
    throw new NotACheckpointError(
      `${path} describes a graph; its checkpoint ${stripCheckpointSuffix(path)}.index is not there`,
      path,
    );
  }
  const around = foreign === undefined || foreign.kind === 'gzip' ? foreignFolderAround(store, path) : undefined;
  if (around !== undefined) {
    throw new NotACheckpointError(`${path} lies in ${around.path}, which ${around.kind.sentence}`, path);
  }
  if (foreign !== undefined && !isText) throw new NotACheckpointError(`${path} ${foreign.sentence}`, path);
  const owner = ownerOf(store, path);
  if (owner !== undefined) {
    throw new NotACheckpointError(`${path} is a data file of ${owner}; name that`, path, [owner]);
  }
  const data = parseDataName(path);
  if (data !== undefined) {
    throw new NotACheckpointError(
      `${path} is a data file, and its index ${data.prefix}.index is missing; the data cannot be understood without it`,
      path,
    );
  }
  if (isIndexTable(store, path)) {
    throw new NotACheckpointError(
      `${path} is the index of a V2 checkpoint under another name; rename it to end in .index, beside its data files`,
      path,
    );
  }
  if (isOtherTable(store, path)) {
    throw new NotACheckpointError(`${path} is a sorted table, as LevelDB writes them, and not a checkpoint`, path);
  }
  const beginning = tableBeginning(readHead(store, path));
  if (beginning !== undefined) {
    const what = beginning === 'v1' ? 'a V1 checkpoint' : 'the index of a V2 checkpoint';
    throw new NotACheckpointError(
      `${path} (${store.size(path)} bytes) begins as ${what} does, and its end is missing; get the file again`,
      path,
    );
  }
  const size = `(${store.size(path)} bytes) is not a checkpoint: it is no table, and no ${basename(path)}.index is beside it`;
  const { model, near } = checkpointsBeside(store, path);
  const beside = `; beside it ${near.length === 1 ? 'is' : 'are'} ${near.join(', ')}`;
  const hint = model ? `; it lies in the SavedModel ${near[0]}` : near.length === 0 ? '' : beside;
  throw new NotACheckpointError(`${path} ${foreign?.sentence ?? size}${hint}`, path, near);
}

/** The checkpoint of another format that has a file among its data: a manifest beside it lists it. */
export function ownerOf(store: Store, path: string): string | undefined {
  const { directory } = splitPrefix(path);
  const names = namesIn(store, directory);
  const others = FORMATS.filter(({ can }) => !can.tensorflow);
  const all = others.flatMap((format) => format.find(store, directory, names).map((found) => ({ format, found })));
  return all.find(({ format, found }) => format.filesOf(store, found.prefix).includes(path))?.found.prefix;
}

/** Texts say little, and lie beside everything. */
const COMMON = ['text', 'json', 'empty', 'events', 'graph', 'tfrecord'];
/** So many files of a directory are looked into, and so many are told. */
const MOST_LOOKED_INTO = 100;
const MOST_TOLD = 3;

/** What lies in a directory that holds no checkpoint: other frameworks' files, archives, pages. */
function filesIn(store: Store, directory: string): string {
  const told = namesIn(store, directory)
    .slice(0, MOST_LOOKED_INTO)
    .flatMap((name) => {
      const kind = recogniseByName(name) ?? recogniseClosely(store, join(directory, name));
      return kind === undefined || COMMON.includes(kind.kind) ? [] : [`${name}, which ${kind.sentence}`];
    });
  if (told.length > 0) return `; it holds ${told.slice(0, MOST_TOLD).join('; and ')}`;
  const checkpoints = checkpointsBelow(store, directory);
  if (checkpoints.length > 0) return `; below it ${checkpoints.length === 1 ? 'is' : 'are'} ${checkpoints.join(', ')}`;
  const below = foreignFolderIn(store, directory);
  return below === undefined ? '' : `; it holds ${below.path}, which ${below.kind.sentence}`;
}

/** Checkpoints that somebody may have meant by a file which is none: the SavedModel that it lies in, or those beside it. */
export function checkpointsBeside(
  store: Store,
  path: string,
): { readonly model: boolean; readonly near: readonly string[] } {
  const model = [dirname(path), dirname(dirname(path))].find((dir) =>
    isFile(store, indexName(join(dir, 'variables', 'variables'))),
  );
  return model === undefined ? { model: false, near: nearby(store, path) } : { model: true, near: [model] };
}

/** Up to five things near a path that do not exist which a user may have meant. */
function nearby(store: Store, path: string): string[] {
  const { directory, base } = splitPrefix(path);
  const names = namesIn(store, directory);
  const stems = names.filter((name) => name === 'checkpoint').map((name) => directory + name);
  for (const format of FORMATS) for (const { prefix } of format.find(store, directory, names)) stems.push(prefix);
  const bases = new Map(stems.map((stem) => [splitPrefix(stem).base, stem]));
  const wanted = [stripCheckpointSuffix(base), base.replace(/\.\w*$/, '')];
  const alike = wanted.flatMap((name) => nearestNames(name, bases.keys())).flatMap((name) => bases.get(name) ?? []);
  const related = stems.filter((stem) => stem.includes(base) || base.startsWith(basename(stem)));
  const inOrder = (related.length + alike.length > 0 ? related : stems).sort(byNumber).slice(-MOST_NEAR);
  return [...new Set([...alike, ...inOrder])].slice(0, MOST_NEAR);
}

/** `model.ckpt-200` before `model.ckpt-1000`. */
const byNumber = (a: string, b: string): number => a.localeCompare(b, 'en', { numeric: true });
const MOST_NEAR = 5;

/** The part of a path that is not there, and directories that are called nearly so. */
function missingDirectory(store: Store, path: string): string | undefined {
  const directory = dirname(path);
  if (directory === '.' || isDirectory(store, directory)) return undefined;
  if (isFile(store, directory)) return `${directory} is a file, not a directory`;
  const above = missingDirectory(store, directory);
  if (above !== undefined) return above;
  const parent = splitPrefix(directory).directory;
  const folders = namesIn(store, parent || '.').filter((name) => isDirectory(store, parent + name));
  const near = nearestNames(basename(directory), folders).map((name) => parent + name);
  const hint = near.length === 0 ? '' : `; there ${near.length === 1 ? 'is' : 'are'} ${near.join(', ')}`;
  return `there is no directory ${directory}${hint}`;
}

/** Whether a name is there that is neither a file nor a directory. */
function isNoFile(store: Store, path: string): boolean {
  if (store.isDistant === true || isFile(store, path) || isDirectory(store, path)) return false;
  const { directory, base } = splitPrefix(path);
  return namesIn(store, directory).includes(base);
}

/** Throws what is to be said of a path behind which there is nothing, or a directory without a checkpoint. */
export function failAtNothing(store: Store, path: string): never {
  if (path === '') throw new NotACheckpointError('the path of the checkpoint is empty', path);
  if (isDirectory(store, path)) {
    const foreign = recogniseFolder(store, path);
    if (foreign !== undefined) throw new NotACheckpointError(`${path} ${foreign.sentence}`, path);
    const models = namesIn(store, path).filter((name) => isDirectory(store, join(path, name, 'variables')));
    const hint =
      models.length > 0
        ? `; it holds SavedModels: ${models
            .slice(0, 5)
            .map((name) => join(path, name))
            .join(', ')}`
        : '';
    throw new NotACheckpointError(
      `${path} is a directory without a checkpoint: no state file, no .index, no SavedModel${hint === '' ? filesIn(store, path) : hint}`,
      path,
    );
  }
  const shards = namesIn(store, dirname(path)).filter(
    (name) => parseDataName(name)?.prefix === basename(stripCheckpointSuffix(path)),
  );
  if (shards.length > 0) {
    const [first = ''] = shards;
    const content = indexOfData(store, splitPrefix(path).directory + first);
    const there = shards.length === 1 ? 'only its data file is' : 'only its data files are';
    const advice = content === undefined ? '' : `; ${renameAdvice(content)}`;
    throw new NotACheckpointError(
      `${stripCheckpointSuffix(path)}.index is missing; ${there} there${advice}${packedIndexNote(store, path)}`,
      path,
    );
  }
  const odd = [path, indexName(path)].find((name) => isNoFile(store, name));
  if (odd !== undefined) {
    const what = 'is no file: it is a pipe, a socket, a device, or a link that leads nowhere';
    throw new NotACheckpointError(`${odd} ${what}; a checkpoint is read here and there, so put it into a file`, path);
  }
  const directory = store.isDistant === true ? undefined : missingDirectory(store, path);
  if (directory !== undefined) throw new NotACheckpointError(`there is no checkpoint at ${path}: ${directory}`, path);
  const near = nearby(store, path);
  const hint = near.length > 0 ? `; there ${near.length === 1 ? 'is' : 'are'} ${near.join(', ')}` : '';
  throw new NotACheckpointError(
    `there is no checkpoint at ${path}: no ${basename(path)}.index is there${packedIndexNote(store, path)}${hint}`,
    path,
    near,
  );
}
