/**
 * Looks at a path as a doctor does: what is there, what its bytes say, whether it opens, whether all content is as it was
 * written; and names what is found by problem, with cause and remedy. Changes nothing, and runs nothing that a file holds.
 */

import { join } from 'node:path';
import { type OpenedCheckpoint, openDamagedCheckpoint, otherFormatAt } from '../checkpoints/checkpoint.ts';
import { type Located, locate } from '../checkpoints/locate.ts';
import { verifyCheckpoint } from '../checkpoints/verify-checkpoint.ts';
import { CkptError, CorruptError, NotACheckpointError, UnsupportedError } from '../errors.ts';
import { FINDINGS, type FindingKind, type FindingMeaning, type VerifyProgress } from '../formats/finding.ts';
import type { DamagedCheckpoint, Format } from '../formats/format.ts';
import type { FormatName } from '../formats/format-name.ts';
import { formatOf } from '../formats/registry.ts';
import { isIndexTable } from '../formats/table-kind.ts';
import { listShardFiles } from '../io/shard-files.ts';
import { indexName } from '../io/shard-names.ts';
import { fileStore, type Store, supply } from '../io/store.ts';
import { isDirectory } from '../io/stored.ts';
import { OBJECT_GRAPH_KEY } from '../object-graph/object-graph-key.ts';
import { Counts } from './counts.ts';
import { diagnoseData } from './data-check.ts';
import {
  counted,
  type Diagnosis,
  diagnosisOf,
  type Examination,
  is,
  listed,
  quoted,
  salvageAdvice,
} from './diagnosis.ts';
import { diagnoseIndex } from './index-check.ts';
import { diagnoseLost, notesOn } from './lost.ts';
import { temporaries, unmerged } from './near-names.ts';
import type { ProblemCode } from './problems.ts';
import { diagnoseState, isCalledStateFile, isStateFile } from './state-check.ts';

export interface DiagnoseOptions {
  /** Where the files are; without it, on this machine. */
  readonly store?: Store | undefined;
  /** The format to look for alone, where several have the same name. */
  readonly format?: FormatName | undefined;
  /** Called now and then while content is read. */
  readonly onProgress?: ((progress: VerifyProgress) => void) | undefined;
}

/**
 * Examines what a path leads to: opens it, reads all of it, and says what is wrong and what helps. Throws a
 * {@link CkptError} only where there is nothing to look at.
 */
export async function diagnose(path: string, options: DiagnoseOptions = {}): Promise<Examination> {
  const { store = fileStore() } = options;
  return supply(() => examine(store, path, options));
}

/** Whether a path leads to a checkpoint of any format. */
function leadsSomewhere(store: Store, path: string): boolean {
  try {
    locate(path, { store });
    return true;
  } catch (error) {
    if (error instanceof CkptError) return false;
    throw error;
  }
}

async function examine(store: Store, path: string, options: DiagnoseOptions): Promise<Examination> {
  const trimmed = path.trimEnd();
  const { format } = options;
  let located: Located;
  try {
    located = locate(path, { store, format });
  } catch (error) {
    if (!(error instanceof CkptError) || (format !== undefined && leadsSomewhere(store, path))) throw error;
    return examination(path, diagnoseLost(store, trimmed, error));
  }
  const { prefix } = located;
  const beside = [...pathForm(store, path, prefix), ...stateOf(store, trimmed), ...leftovers(store, prefix)];
  const mistaken = misnamed(store, located);
  if (mistaken !== undefined) return examination(path, [...beside, mistaken], prefix);
  let checkpoint: OpenedCheckpoint & DamagedCheckpoint;
  try {
    checkpoint = await openDamagedCheckpoint(prefix, { store, format });
  } catch (error) {
    if (!(error instanceof CkptError)) throw error;
    return examination(path, [...beside, unopened(store, prefix, error, located.format)], prefix);
  }
  try {
    const diagnoses = await inside(store, checkpoint, options);
    return { ...examination(path, [...diagnoses, ...beside], prefix), contents: contentsOf(checkpoint) };
  } finally {
    checkpoint.close();
  }
}

/** What is wrong with a checkpoint that opens, if only in parts: reads all of it. */
async function inside(
  store: Store,
  checkpoint: OpenedCheckpoint & DamagedCheckpoint,
  options: DiagnoseOptions,
): Promise<Diagnosis[]> {
  const { path, format, damage } = checkpoint;
  const tallies = new Counts();
  for await (const finding of verifyCheckpoint(path, { ...options, store })) tallies.add(finding);
  const absent = damage.filter((error) => error instanceof NotACheckpointError);
  const unread = damage.filter((error) => !(error instanceof NotACheckpointError));
  const problems = [
    ...missingTables(
      path,
      absent.map((error) => error.path),
    ),
    ...unread.slice(0, 1).map((error) => unopened(store, path, error, format)),
    ...entries(tallies, formatOf(format)),
    ...(formatOf(format).can.tensorflow ? diagnoseData(store, checkpoint, tallies) : []),
    ...staleGraph(path, tallies),
    ...brokenGraph(path, tallies),
  ];
  const { firstDamage } = tallies;
  if (problems.length === 0 && firstDamage !== undefined) {
    const { path: file = path, message } = firstDamage;
    const found = message.includes(file) ? message : `${file}: ${message}`;
    problems.push(diagnosisOf('damaged-index', file, found, salvageAdvice(path)));
  }
  const notes = [...oddities(tallies, formatOf(format), problems.length === 0), ...notesOn(path, formatOf(format))];
  return [...problems, ...notes];
}

/** An object graph that does not say what is there. */
function staleGraph(path: string, tallies: Counts): Diagnosis[] {
  const found = (['graph-key-missing', 'graph-key-forgotten'] as const).flatMap((kind) => tallies.of('', kind) ?? []);
  if (found.length === 0) return [];
  const said = found.map(({ message, count }) => `${message}${count === 1 ? '' : `; and ${count - 1} more like it`}`);
  const command = `ckpt subset ${quoted(path)} '**' -o ${quoted(`${path}-mended`)}`;
  return [diagnosisOf('stale-graph', path, `${path}: ${said.join('; ')}`, { commands: [command] })];
}

/** An object graph that is no message. */
function brokenGraph(path: string, tallies: Counts): Diagnosis[] {
  const found = tallies.of('', 'graph-undecodable');
  if (found === undefined) return [];
  const command = `ckpt drop ${quoted(path)} ${OBJECT_GRAPH_KEY} -o ${quoted(`${path}-mended`)}`;
  return [diagnosisOf('broken-graph', path, `${path}: ${found.message}`, { commands: [command] })];
}

/** Shards of V1 that are not there: only they could tell which tensors lie in them. */
function missingTables(path: string, gone: readonly string[]): Diagnosis[] {
  if (gone.length === 0) return [];
  const found = `${counted(gone.length, 'shard')} of ${path} ${is(gone.length)} missing: ${listed(gone)}`;
  return [diagnosisOf('missing-shard', path, found, salvageAdvice(path))];
}

/** A checkpoint of another format that was given the name of an index. */
function misnamed(store: Store, { prefix, format, files: [list = prefix] }: Located): Diagnosis | undefined {
  if (list === prefix) return undefined;
  const other = otherFormatAt(store, list, format);
  if (other === undefined) return undefined;
  const found = `${list} is a ${other.title} checkpoint under the name that an index of ${formatOf(format).title} has`;
  return diagnosisOf('mangled-name', list, found, { commands: [`mv ${quoted(list)} ${quoted(prefix)}`] });
}

/** What the readers of formats without checksums say of a file that ends too soon. */
const CUT_OFF = /\bcut (off|by)\b|the file has \d+ behind it/;

/** Why the file that lists the tensors does not open: the index, or, in the first format, the file that holds all. */
function unopened(store: Store, prefix: string, error: CkptError, format: FormatName): Diagnosis {
  if (!formatOf(format).can.tensorflow) {
    const damage = CUT_OFF.test(error.message) ? 'truncated-data' : 'damaged-index';
    return diagnosisOf(error instanceof UnsupportedError ? 'foreign-content' : damage, prefix, error.message);
  }
  const own = error instanceof CorruptError ? error.damage.path : undefined;
  const path = [indexName(prefix), prefix, ...(own === undefined ? [] : [own])].find(
    (name) => store.size(name) !== undefined,
  );
  const swapped = swappedNames(store, prefix);
  if (swapped !== undefined) return swapped;
  return path === undefined
    ? diagnosisOf('damaged-index', prefix, error.message)
    : diagnoseIndex(store, path, prefix, error);
}

/** The index and the only data file, each under the name of the other. */
function swappedNames(store: Store, prefix: string): Diagnosis | undefined {
  const [index, [only, ...others]] = [indexName(prefix), listShardFiles(store, prefix)];
  if (only === undefined || others.length > 0 || isIndexTable(store, index) || !isIndexTable(store, only.path))
    return undefined;
  const found = `${only.path} is an index, and ${index} is none: the two have each other's names`;
  const [data, list, between] = [only.path, index, `${index}.data`].map(quoted);
  const commands = [`mv ${list} ${between}`, `mv ${data} ${list}`, `mv ${between} ${data}`];
  return diagnosisOf('mangled-name', index, found, { commands });
}

function examination(path: string, diagnoses: readonly Diagnosis[], checkpoint?: string): Examination {
  const [problems, notes] = ['problem', 'note'].map((kind) => diagnoses.filter(({ severity }) => severity === kind));
  const ordered = [...(problems ?? []), ...(notes ?? [])];
  return { path, checkpoint, healthy: problems?.length === 0, contents: undefined, diagnoses: ordered };
}

function contentsOf({ format, tensors, files }: OpenedCheckpoint): Examination['contents'] {
  let bytes = 0;
  for (const { byteLength } of tensors.values()) bytes += byteLength;
  const present = files.filter(({ byteLength }) => byteLength !== undefined);
  return { format, tensors: tensors.size, bytes, files: present.length };
}

/** A path that is not the prefix itself, and how it was understood. */
function pathForm(store: Store, path: string, prefix: string): Diagnosis[] {
  const trimmed = path.trimEnd();
  const blank = trimmed === path ? '' : 'the path ends in a blank; ';
  if (isDirectory(store, trimmed)) {
    return [diagnosisOf('path-form', trimmed, `${blank}${trimmed} is a directory; its checkpoint is ${prefix}`)];
  }
  if (trimmed === prefix) {
    return blank === ''
      ? []
      : [diagnosisOf('path-form', trimmed, `the path ends in a blank, which is left out: ${prefix}`)];
  }
  return [diagnosisOf('path-form', trimmed, `${blank}the checkpoint that ${trimmed} leads to is ${prefix}`)];
}

/** What there is to say of the state file that a path is, or leads through. */
function stateOf(store: Store, path: string): Diagnosis[] {
  const inside = isDirectory(store, path);
  const file = inside ? join(path, 'checkpoint') : path;
  return isStateFile(store, file) || (inside && isCalledStateFile(store, file)) ? diagnoseState(store, file) : [];
}

/** What stopped saves left beside a checkpoint. */
function leftovers(store: Store, prefix: string): Diagnosis[] {
  const left = temporaries(store, prefix);
  if (left.length === 0) return [];
  const parts = unmerged(store, prefix);
  const inside = parts.length === 0 ? '' : `; with parts that can be opened: ${listed(parts)}`;
  const found = `beside ${prefix} is what a save leaves that did not end: ${listed(left)}${inside}`;
  return [diagnosisOf('leftovers', prefix, found, { commands: left.map((path) => `rm -r ${quoted(path)}`) })];
}

/** What findings about entries of the index amount to. */
const ENTRY_CODES: readonly (readonly [ProblemCode, FindingMeaning])[] = [
  ['invalid-entries', 'entry'],
  ['unknown-dtype', 'dtype'],
  ['broken-parts', 'parts'],
];

/** The kinds of finding that mean something in a format. */
function kindsOf({ findings }: Format, wanted: FindingMeaning): FindingKind[] {
  return Object.entries({ ...FINDINGS, ...findings }).flatMap(([kind, meaning]) => (meaning === wanted ? [kind] : []));
}

/** Entries that say what cannot be. */
function entries(tallies: Counts, format: Format): Diagnosis[] {
  return tallies.paths.flatMap((path) =>
    ENTRY_CODES.flatMap(([code, meaning]) => {
      const found = kindsOf(format, meaning).flatMap((kind) => tallies.of(path, kind) ?? []);
      const [first] = found;
      if (first === undefined) return [];
      const tensor = `tensor ${first.names[0]}`;
      const said = first.message.startsWith(tensor) ? first.message : `${tensor}: ${first.message}`;
      const more = found.reduce((sum, { count }) => sum + count, 0) - 1;
      const rest = more === 0 ? '' : `; and ${more} more like it`;
      return [diagnosisOf(code, path, `${path}: ${said}${rest}`)];
    }),
  );
}

const ODD: readonly (readonly [ProblemCode, FindingMeaning])[] = [
  ['overlap', 'overlap'],
  ['unused-bytes', 'unused'],
  ['orphan-parts', 'orphan'],
  ['odd-index', 'header'],
];

/** What is unusual and harmless; that bytes belong to no tensor means nothing where the data is not `sound`. */
function oddities(tallies: Counts, format: Format, sound: boolean): Diagnosis[] {
  return tallies.paths.flatMap((path) =>
    ODD.flatMap(([code, meaning]) => {
      const [tally] = kindsOf(format, meaning).flatMap((kind) => tallies.of(path, kind) ?? []);
      if (tally === undefined || (meaning === 'unused' && !sound)) return [];
      const rest = tally.count === 1 ? '' : `; and ${tally.count - 1} more like it`;
      return [diagnosisOf(code, path, `${path}: ${tally.message}${rest}`)];
    }),
  );
}
