/** Paths that lead to no checkpoint: what is there instead, or under another name. */
import { basename, join } from 'node:path';
import { CkptError, NotACheckpointError, UnsupportedError } from '../errors.ts';
import { isDirectory, namesIn } from '../io/directory.ts';
import { fileSize } from '../io/file-source.ts';
import { indexName, parseDataName, splitPrefix, stripCheckpointSuffix } from '../io/shard-names.ts';
import { TableReader } from '../sstable/table-reader.ts';
import { kindOf, withFile } from './checks.ts';
import { type Diagnosis, diagnosisOf, is, listed, quoted } from './diagnosis.ts';
import { foreignDiagnosis } from './foreign.ts';
import { diagnoseIndex } from './index-check.ts';
import { changedName, plainName, unfinishedSave } from './near-names.ts';
import { diagnoseState, isStateFile } from './state-check.ts';

/** What is there instead of a checkpoint; throws `error` again where there is nothing at all. */
export function diagnoseLost(path: string, error: CkptError): Diagnosis[] {
  if (isDirectory(path)) return inDirectory(path);
  if (fileSize(path) !== undefined) return [...instead(path, error)];
  const found = absent(stripCheckpointSuffix(path));
  if (found.length === 0) throw error;
  return found;
}

/** The value under the first key of a table: metadata of V1, or a bundle's header. */
export function tableFormat(path: string): 'v1' | 'v2' | undefined {
  if (fileSize(path) === undefined) return undefined;
  return withFile(path, (file) => {
    try {
      for (const cursor of new TableReader(file, path).entries()) {
        const tag = cursor.keyLength === 0 ? cursor.bytes[cursor.valueStart] : undefined;
        return tag === 0x0a ? 'v1' : tag === 0x08 ? 'v2' : undefined;
      }
    } catch (error) {
      if (!(error instanceof CkptError)) throw error;
    }
    return undefined;
  });
}

/** V1 in the words of a note: it is no problem to be old. */
export function v1Note(path: string): Diagnosis {
  return diagnosisOf('v1-format', path, `${path} is a V1 checkpoint: one table with everything in it`, {
    commands: [`ckpt convert ${quoted(path)} -o NEW --to v2`],
  });
}

/** Why there is no index at a prefix; nothing where there is no trace of one. */
function absent(prefix: string): Diagnosis[] {
  const index = indexName(prefix);
  const changed = changedName(index, 'the index') ?? unfinishedSave(prefix);
  if (changed !== undefined) return [changed];
  const { directory, base } = splitPrefix(prefix);
  const names = namesIn(directory);
  const data = names.filter((name) => parseDataName(name)?.prefix === base);
  if (data.length > 0)
    return [
      missingIndex(
        prefix,
        data.map((name) => directory + name),
      ),
    ];
  if (names.includes(`${base}.meta`) && !names.some((name) => isV1Name(name, base))) return [metaAlone(prefix)];
  const dataElsewhere = names.find(
    (name) => parseDataName(plainName(name))?.prefix === base && parseDataName(name) === undefined,
  );
  return dataElsewhere === undefined ? [] : [missingIndex(prefix, [directory + dataElsewhere])];
}

/** Whether a file may be the V1 checkpoint of a name, or a shard of it. */
function isV1Name(name: string, base: string): boolean {
  return name === base || (name.startsWith(`${base}-`) && /^-\d{5}-of-\d{5}$/.test(name.slice(base.length)));
}

function missingIndex(prefix: string, data: readonly string[]): Diagnosis {
  const found = `${indexName(prefix)} is missing; ${listed(data)} ${is(data.length)} there`;
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
function instead(path: string, error: CkptError): Diagnosis[] {
  const data = parseDataName(path);
  const prefix = stripCheckpointSuffix(path);
  if (tableFormat(path) === 'v1') return [v1Note(path)];
  if (isStateFile(path)) return diagnoseState(path);
  if (data !== undefined || path.endsWith('.meta')) return besideNothing(prefix);
  const kind = kindOf(path);
  if (kind !== undefined && kind.kind !== 'text') return [foreignDiagnosis(path, kind)];
  const plain = splitPrefix(path).directory + plainName(basename(path));
  const wanted = stripCheckpointSuffix(plain);
  if (plain !== path && wanted !== plain) {
    const changed = changedName(plain, plain.endsWith('.index') ? 'the index' : 'the file');
    if (changed !== undefined) return [changed];
  }
  if (tableFormat(path) === 'v2') return [renamedIndex(path)];
  if (kind !== undefined) return [foreignDiagnosis(path, kind)];
  return [
    diagnoseIndex(path, path, error instanceof UnsupportedError ? new NotACheckpointError(error.message, path) : error),
  ];
}

/** What is there instead of the checkpoint that a data file or a `.meta` belongs to. */
function besideNothing(prefix: string): Diagnosis[] {
  const found = absent(prefix);
  if (found.length > 0) return found;
  return [tableFormat(prefix) === 'v1' ? v1Note(prefix) : metaAlone(prefix)];
}

/** An index under a name that no index has; the data files beside it tell which. */
function renamedIndex(path: string): Diagnosis {
  const { directory } = splitPrefix(path);
  const prefixes = [...new Set(namesIn(directory).flatMap((name) => parseDataName(name)?.prefix ?? []))];
  const [only, ...others] = prefixes.filter((prefix) => fileSize(directory + indexName(prefix)) === undefined);
  const wanted = only !== undefined && others.length === 0 ? directory + indexName(only) : indexName(path);
  const found = `${path} is the index of a checkpoint, under a name that no program looks for`;
  return diagnosisOf('mangled-name', path, found, { commands: [`mv ${quoted(path)} ${quoted(wanted)}`] });
}

/** So many things of a directory are looked into. */
const MOST_LOOKED_INTO = 100;

/** A directory without a checkpoint, or with more than one. */
function inDirectory(path: string): Diagnosis[] {
  const names = namesIn(path);
  if (names.includes('checkpoint') && fileSize(join(path, 'checkpoint')) !== undefined) {
    const found = diagnoseState(join(path, 'checkpoint'));
    if (found.length > 0) return found;
  }
  const state = changedName(join(path, 'checkpoint'), 'the state file');
  if (state !== undefined) return [state];
  const checkpoints = checkpointsIn(path);
  if (checkpoints.length > 1) {
    const found = `${path} holds ${checkpoints.length} checkpoints and no state file that says which is meant: ${listed(checkpoints)}`;
    return [diagnosisOf('several-checkpoints', path, found, { commands: [`ckpt state ${quoted(path)} --fix`] })];
  }
  const stems = new Set(names.slice(0, MOST_LOOKED_INTO).flatMap((name) => stemOf(name) ?? []));
  const traces = [...stems].slice(0, MOST_STEMS).flatMap((stem) => absent(join(path, stem)));
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
  const v1 = files.find((file) => tableFormat(file) === 'v1');
  if (v1 !== undefined) return [v1Note(v1)];
  const foreign = files.flatMap((file) => {
    const kind = fileSize(file) === undefined ? undefined : kindOf(file);
    return kind === undefined || ['text', 'json', 'empty', 'events'].includes(kind.kind)
      ? []
      : [foreignDiagnosis(file, kind)];
  });
  const models = names.filter((name) => isDirectory(join(path, name, 'variables'))).map((name) => join(path, name));
  const hint = models.length > 0 ? `; it holds SavedModels: ${listed(models)}` : '';
  const found = `${path} is a directory without a checkpoint: no state file, no .index, no SavedModel${hint}`;
  return [diagnosisOf('no-checkpoint', path, found), ...foreign.slice(0, MOST_TOLD)];
}

const MOST_TOLD = 5;

/** So many checkpoints of which there are traces are looked for; each takes several looks at the directory. */
const MOST_STEMS = 20;

/** Prefixes of the V2 checkpoints in a directory. */
function checkpointsIn(directory: string): string[] {
  return namesIn(directory)
    .filter((name) => name.endsWith('.index') && fileSize(join(directory, name)) !== undefined)
    .map((name) => join(directory, name.slice(0, -'.index'.length)));
}

/** The prefix that a file in a directory speaks of: a data file, a `.meta`, an index in disguise, the leavings of a save. */
function stemOf(name: string): string | undefined {
  const plain = plainName(
    name.replace(/\.(part|partial|crdownload|download|aria2|filepart|opdownload)$/i, '').replace(/\.tempstate\d+$/, ''),
  );
  const stem = stripCheckpointSuffix(plain.replace(/_temp(_[0-9a-f]{32})?$/, '.index'));
  return stem === plain || stem === '' ? undefined : stem;
}
