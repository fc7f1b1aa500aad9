/** Paths that lead to no checkpoint: what is there instead, or under another name. */

import { basename, join } from 'node:path';
import { checkpointsBeside, ownerOf } from '../checkpoints/advice.ts';
import { checkpointsBelow } from '../checkpoints/below.ts';
import { indexOfData } from '../checkpoints/data-elsewhere.ts';
import { packedIndexNote } from '../checkpoints/packed-index.ts';
import { type CkptError, NotACheckpointError, UnsupportedError } from '../errors.ts';
import type { Format } from '../formats/format.ts';
import { FORMATS, TENSORFLOW_FORMATS } from '../formats/registry.ts';
import { isIndexTable, isOtherTable } from '../formats/table-kind.ts';
import { recogniseByName, recogniseClosely } from '../io/recognise-closely.ts';
import { foreignFolderAround, foreignFolderIn, recogniseFolder } from '../io/recognise-folder.ts';
import { indexName, parseDataName, parseTableName, splitPrefix, stripCheckpointSuffix } from '../io/shard-names.ts';
import type { Store } from '../io/store.ts';
import { isDirectory, namesIn } from '../io/stored.ts';
import { dataElsewhere } from './data-check.ts';
import { type Diagnosis, diagnosisOf, is, listed, quoted } from './diagnosis.ts';
import { foreignDiagnosis } from './foreign.ts';
import { diagnoseIndex } from './index-check.ts';
import { changedName, plainName, unfinishedSave } from './near-names.ts';
import { diagnoseState, isStateFile } from './state-check.ts';

/** What is there instead of a checkpoint; throws `error` again where there is nothing at all. */
export function diagnoseLost(store: Store, path: string, error: CkptError): Diagnosis[] {
  if (isDirectory(store, path)) return inDirectory(store, path);
  if (store.size(path) !== undefined) return [...instead(store, path, error)];
  const found = absent(store, stripCheckpointSuffix(path));
  if (found.length === 0) throw error;
  return found;
}

/** The format of which a file is a checkpoint by itself, by its content. */
function checkpointFile(store: Store, path: string): Format | undefined {
  if (store.size(path) === undefined) return undefined;
  return FORMATS.find((format) => format.at(store, path)?.files.includes(path));
}

/** What there is to say of a format in the words of a note: it is no problem to be old. */
export function notesOn(path: string, { title, superseded }: Format): Diagnosis[] {
  if (superseded === undefined) return [];
  return [
    diagnosisOf('v1-format', path, `${path} is a ${title} checkpoint: ${superseded.why}`, {
      commands: [`ckpt convert ${quoted(path)} -o NEW --to ${superseded.by}`],
    }),
  ];
}

/** Why there is no index at a prefix; nothing where there is no trace of one. */
function absent(store: Store, prefix: string): Diagnosis[] {
  const index = indexName(prefix);
  const changed = changedName(store, index, 'the index') ?? unfinishedSave(store, prefix);
  if (changed !== undefined) return [changed];
  const { directory, base } = splitPrefix(prefix);
  const names = namesIn(store, directory);
  const data = names.filter((name) => parseDataName(name)?.prefix === base);
  if (data.length > 0)
    return [
      missingIndex(
        store,
        prefix,
        data.map((name) => directory + name),
      ),
    ];
  if (names.includes(`${base}.meta`) && !names.some((name) => isV1Name(name, base))) return [metaAlone(prefix)];
  const dataElsewhere = names.find(
    (name) => parseDataName(plainName(name))?.prefix === base && parseDataName(name) === undefined,
  );
  return dataElsewhere === undefined ? [] : [missingIndex(store, prefix, [directory + dataElsewhere])];
}

/** Whether a file may be the V1 checkpoint of a name, or a shard of it. */
function isV1Name(name: string, base: string): boolean {
  return name === base || parseTableName(name)?.prefix === base;
}

function missingIndex(store: Store, prefix: string, data: readonly string[]): Diagnosis {
  const found = `${indexName(prefix)} is missing; ${listed(data)} ${is(data.length)} there${packedIndexNote(store, prefix)}`;
  return diagnosisOf('missing-index', prefix, found);
}

function metaAlone(prefix: string): Diagnosis {
  return diagnosisOf(
    'meta-alone',
    prefix,
    `${prefix}.meta is there, and the checkpoint it belongs to is not: no ${indexName(prefix)}`,
  );
}

/** A file that is no checkpoint and leads to none. */
function instead(store: Store, path: string, error: CkptError): Diagnosis[] {
  const data = parseDataName(path);
  const prefix = stripCheckpointSuffix(path);
  const own = checkpointFile(store, path);
  if (own !== undefined) return notesOn(path, own);
  if (isStateFile(store, path)) return diagnoseState(store, path);
  const content = indexOfData(store, path);
  if (content !== undefined) return [dataElsewhere(content)];
  if (data !== undefined || path.endsWith('.meta')) return besideNothing(store, prefix);
  const owner = ownerOf(store, path);
  if (owner !== undefined) {
    const found = `${path} is a data file of ${owner}`;
    return [diagnosisOf('data-file', path, found, { commands: [`ckpt doctor ${quoted(owner)}`] })];
  }
  const kind = recogniseByName(path) ?? recogniseClosely(store, path);
  const around = kind === undefined || kind.kind === 'gzip' ? foreignFolderAround(store, path) : undefined;
  if (around !== undefined) return [foreignDiagnosis(store, around.path, around.kind)];
  if (kind !== undefined && kind.kind !== 'text') return [foreignDiagnosis(store, path, kind)];
  const plain = splitPrefix(path).directory + plainName(basename(path));
  const wanted = stripCheckpointSuffix(plain);
  if (plain !== path && wanted !== plain) {
    const changed = changedName(store, plain, plain.endsWith('.index') ? 'the index' : 'the file');
    if (changed !== undefined) return [changed];
  }
  if (isIndexTable(store, path)) return [renamedIndex(store, path)];
  if (isOtherTable(store, path)) {
    const sentence = 'is a sorted table, as LevelDB writes them, and not a checkpoint';
    return [foreignDiagnosis(store, path, { kind: 'leveldb', sentence })];
  }
  const reason = error instanceof UnsupportedError ? new NotACheckpointError(error.message, path) : error;
  const diagnosis = kind === undefined ? diagnoseIndex(store, path, path, reason) : foreignDiagnosis(store, path, kind);
  return [withNeighbours(store, path, diagnosis)];
}

/** Where nothing else helps, the checkpoints that lie beside a file: one of them may be meant. */
function withNeighbours(store: Store, path: string, diagnosis: Diagnosis): Diagnosis {
  if (diagnosis.commands.length > 0 || !['text', 'json', 'unknown'].includes(diagnosis.code)) return diagnosis;
  return {
    ...diagnosis,
    commands: checkpointsBeside(store, path).near.map((prefix) => `ckpt doctor ${quoted(prefix)}`),
  };
}

/** What is there instead of the checkpoint that a data file or a `.meta` belongs to. */
function besideNothing(store: Store, prefix: string): Diagnosis[] {
  const found = absent(store, prefix);
  if (found.length > 0) return found;
  const own = checkpointFile(store, prefix);
  return own === undefined ? [metaAlone(prefix)] : notesOn(prefix, own);
}

/** An index under a name that no index has; the data files beside it tell which. */
function renamedIndex(store: Store, path: string): Diagnosis {
  const { directory } = splitPrefix(path);
  const prefixes = [...new Set(namesIn(store, directory).flatMap((name) => parseDataName(name)?.prefix ?? []))];
  const [only, ...others] = prefixes.filter((prefix) => store.size(directory + indexName(prefix)) === undefined);
  const wanted = only !== undefined && others.length === 0 ? directory + indexName(only) : indexName(path);
  const found = `${path} is the index of a checkpoint, under a name that no program looks for`;
  return diagnosisOf('mangled-name', path, found, { commands: [`mv ${quoted(path)} ${quoted(wanted)}`] });
}

/** So many things of a directory are looked into. */
const MOST_LOOKED_INTO = 100;

/** A directory without a checkpoint, or with more than one. */
function inDirectory(store: Store, path: string): Diagnosis[] {
  const names = namesIn(store, path);
  const framework = recogniseFolder(store, path);
  if (framework !== undefined) return [foreignDiagnosis(store, path, framework)];
  if (names.includes('checkpoint') && store.size(join(path, 'checkpoint')) !== undefined) {
    const found = diagnoseState(store, join(path, 'checkpoint'));
    if (found.length > 0) return found;
  }
  const state = changedName(store, join(path, 'checkpoint'), 'the state file');
  if (state !== undefined) return [state];
  const checkpoints = checkpointsIn(store, path, names);
  if (checkpoints.length > 1) {
    const found = `${path} holds ${checkpoints.length} checkpoints and no state file that says which is meant: ${listed(checkpoints)}`;
    return [diagnosisOf('several-checkpoints', path, found, { commands: [`ckpt state ${quoted(path)} --fix`] })];
  }
  const stems = new Set(names.slice(0, MOST_LOOKED_INTO).flatMap((name) => stemOf(name) ?? []));
  const traces = [...stems].slice(0, MOST_STEMS).flatMap((stem) => absent(store, join(path, stem)));
  if (traces.length > 0) return traces;
  if (names.some((name) => /^saved_model\.pb(txt)?$/.test(name))) {
    return [
      diagnosisOf(
        'no-variables',
        path,
        `${path} is a SavedModel without variables: no ${join(path, 'variables', 'variables.index')}`,
      ),
    ];
  }
  const files = names.slice(0, MOST_LOOKED_INTO).map((name) => join(path, name));
  for (const file of files) {
    const own = checkpointFile(store, file);
    if (own !== undefined) return notesOn(file, own);
  }
  const foreign = files.flatMap((file) => {
    const kind = store.size(file) === undefined ? undefined : (recogniseByName(file) ?? recogniseClosely(store, file));
    return kind === undefined || ['text', 'json', 'empty', 'events'].includes(kind.kind)
      ? []
      : [foreignDiagnosis(store, file, kind)];
  });
  const deeper = foreign.length === 0 ? checkpointsBelow(store, path) : [];
  if (deeper.length > 0) {
    const found = `${path} is a directory without a checkpoint; below it ${is(deeper.length)} ${listed(deeper)}`;
    return [
      diagnosisOf('no-checkpoint', path, found, {
        remedy: 'name the one that is meant',
        commands: deeper.map((prefix) => `ckpt doctor ${quoted(prefix)}`),
      }),
    ];
  }
  const below = foreign.length === 0 ? foreignFolderIn(store, path) : undefined;
  if (below !== undefined) return [foreignDiagnosis(store, below.path, below.kind)];
  const models = names
    .filter((name) => isDirectory(store, join(path, name, 'variables')))
    .map((name) => join(path, name));
  const hint = models.length > 0 ? `; it holds SavedModels: ${listed(models)}` : '';
  const found = `${path} is a directory without a checkpoint: no state file, no .index, no SavedModel${hint}`;
  return [diagnosisOf('no-checkpoint', path, found), ...foreign.slice(0, MOST_TOLD)];
}

const MOST_TOLD = 5;

/** So many checkpoints of which there are traces are looked for; each takes several looks at the directory. */
const MOST_STEMS = 20;

/** What the checkpoints in a directory are called. */
function checkpointsIn(store: Store, directory: string, names: readonly string[]): string[] {
  const dir = join(directory, '/');
  const found = TENSORFLOW_FORMATS.flatMap((format) => format.find(store, dir, names));
  return [...new Set(found.map(({ prefix }) => join(directory, prefix.slice(dir.length))))];
}

/** The prefix that a file in a directory speaks of: a data file, a `.meta`, an index in disguise, the leavings of a save. */
function stemOf(name: string): string | undefined {
  const plain = plainName(
    name.replace(/\.(part|partial|crdownload|download|aria2|filepart|opdownload)$/i, '').replace(/\.tempstate\d+$/, ''),
  );
  const stem = stripCheckpointSuffix(plain.replace(/_temp(_[0-9a-f]{32})?$/, '.index'));
  return stem === plain || stem === '' ? undefined : stem;
}
