/**
 * Looks at a path as a doctor does: what is there, what its bytes say, whether it opens, whether all content is as it was
 * written; and names what is found by problem, with cause and remedy. Changes nothing, and runs nothing that a file holds.
 */
import { join } from 'node:path';
import { type OpenedCheckpoint, openDamagedCheckpoint, verifyCheckpoint } from '../checkpoints/checkpoint.ts';
import { type Located, locate } from '../checkpoints/locate.ts';
import { CkptError, CorruptError, NotACheckpointError, UnsupportedError } from '../errors.ts';
import type { FindingKind, VerifyProgress } from '../formats/finding.ts';
import type { DamagedCheckpoint } from '../formats/format.ts';
import type { FormatName } from '../formats/format-name.ts';
import { formatOf } from '../formats/registry.ts';
import { isDirectory } from '../io/directory.ts';
import { fileSize } from '../io/file-source.ts';
import { indexName } from '../io/shard-names.ts';
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
import { diagnoseLost, tableFormat, v1Note } from './lost.ts';
import { temporaries, unmerged } from './near-names.ts';
import type { ProblemCode } from './problems.ts';
import { diagnoseState, isStateFile } from './state-check.ts';

export interface DiagnoseOptions {
  /** Called now and then while content is read. */
  readonly onProgress?: ((progress: VerifyProgress) => void) | undefined;
}

/**
 * Examines what a path leads to: opens it, reads all of it, and says what is wrong and what helps. Throws a
 * {@link CkptError} only where there is nothing to look at.
 */
export async function diagnose(path: string, options: DiagnoseOptions = {}): Promise<Examination> {
  const trimmed = path.trimEnd();
  let located: Located;
  try {
    located = locate(path);
  } catch (error) {
    if (!(error instanceof CkptError)) throw error;
    return examination(path, diagnoseLost(trimmed, error));
  }
  const { prefix } = located;
  const beside = [...pathForm(path, prefix), ...stateOf(trimmed), ...leftovers(prefix)];
  const v1 = renamedV1(prefix);
  if (v1 !== undefined) return examination(path, [...beside, v1], prefix);
  let checkpoint: OpenedCheckpoint & DamagedCheckpoint;
  try {
    checkpoint = await openDamagedCheckpoint(prefix);
  } catch (error) {
    if (!(error instanceof CkptError)) throw error;
    return examination(path, [...beside, unopened(prefix, error, located.format)], prefix);
  }
  try {
    const diagnoses = await inside(checkpoint, options);
    return { ...examination(path, [...diagnoses, ...beside], prefix), contents: contentsOf(checkpoint) };
  } finally {
    checkpoint.close();
  }
}

/** What is wrong with a checkpoint that opens, if only in parts: reads all of it. */
async function inside(
  checkpoint: OpenedCheckpoint & DamagedCheckpoint,
  options: DiagnoseOptions,
): Promise<Diagnosis[]> {
  const { path, format, damage } = checkpoint;
  const tallies = new Counts();
  for await (const finding of verifyCheckpoint(path, options)) tallies.add(finding);
  const absent = damage.filter((error) => error instanceof NotACheckpointError);
  const unread = damage.filter((error) => !(error instanceof NotACheckpointError));
  const problems = [
    ...missingTables(
      path,
      absent.map((error) => error.path),
    ),
    ...unread.slice(0, 1).map((error) => unopened(path, error, format)),
    ...entries(tallies),
    ...(formatOf(format).can.tensorflow ? diagnoseData(checkpoint, tallies) : []),
  ];
  const { firstDamage } = tallies;
  if (problems.length === 0 && firstDamage !== undefined) {
    const { path: file = path, message } = firstDamage;
    const found = message.includes(file) ? message : `${file}: ${message}`;
    problems.push(diagnosisOf('damaged-index', file, found, salvageAdvice(path)));
  }
  const notes = [...oddities(tallies, problems.length === 0), ...(format === 'v1' ? [v1Note(path)] : [])];
  return [...problems, ...notes];
}

/** Shards of V1 that are not there: only they could tell which tensors lie in them. */
function missingTables(path: string, gone: readonly string[]): Diagnosis[] {
  if (gone.length === 0) return [];
  const found = `${counted(gone.length, 'shard')} of ${path} ${is(gone.length)} missing: ${listed(gone)}`;
  return [diagnosisOf('missing-shard', path, found, salvageAdvice(path))];
}

/** A V1 checkpoint that was given the name of an index. */
function renamedV1(prefix: string): Diagnosis | undefined {
  const path = indexName(prefix);
  if (tableFormat(path) !== 'v1') return undefined;
  const found = `${path} is a V1 checkpoint under the name that an index of V2 has`;
  return diagnosisOf('mangled-name', path, found, { commands: [`mv ${quoted(path)} ${quoted(prefix)}`] });
}

/** Why the file that lists the tensors does not open: the index, or, in the first format, the file that holds all. */
function unopened(prefix: string, error: CkptError, format: FormatName): Diagnosis {
  if (!formatOf(format).can.tensorflow) {
    return diagnosisOf(error instanceof UnsupportedError ? 'foreign-content' : 'damaged-index', prefix, error.message);
  }
  const own = error instanceof CorruptError ? error.damage.path : undefined;
  const path = [indexName(prefix), prefix, ...(own === undefined ? [] : [own])].find(
    (name) => fileSize(name) !== undefined,
  );
  return path === undefined ? diagnosisOf('damaged-index', prefix, error.message) : diagnoseIndex(path, prefix, error);
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
function pathForm(path: string, prefix: string): Diagnosis[] {
  const trimmed = path.trimEnd();
  const blank = trimmed === path ? '' : 'the path ends in a blank; ';
  if (isDirectory(trimmed)) {
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
function stateOf(path: string): Diagnosis[] {
  const file = isDirectory(path) ? join(path, 'checkpoint') : path;
  return isStateFile(file) ? diagnoseState(file) : [];
}

/** What stopped saves left beside a checkpoint. */
function leftovers(prefix: string): Diagnosis[] {
  const left = temporaries(prefix);
  if (left.length === 0) return [];
  const parts = unmerged(prefix);
  const inside = parts.length === 0 ? '' : `; with parts that can be opened: ${listed(parts)}`;
  const found = `beside ${prefix} is what a save leaves that did not end: ${listed(left)}${inside}`;
  return [diagnosisOf('leftovers', prefix, found, { commands: left.map((path) => `rm -r ${quoted(path)}`) })];
}

/** Findings about entries of the index, by what they amount to. */
const ENTRY_CODES: readonly (readonly [ProblemCode, readonly FindingKind[]])[] = [
  ['invalid-entries', ['invalid-entry', 'size-mismatch']],
  ['unknown-dtype', ['unknown-dtype']],
  ['broken-parts', ['slice-missing', 'slice-mismatch', 'slice-out-of-range', 'slices-overlap', 'slices-incomplete']],
];

/** Entries that say what cannot be. */
function entries(tallies: Counts): Diagnosis[] {
  return tallies.paths.flatMap((path) =>
    ENTRY_CODES.flatMap(([code, kinds]) => {
      const found = kinds.flatMap((kind) => tallies.of(path, kind) ?? []);
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

const ODD: readonly (readonly [ProblemCode, FindingKind])[] = [
  ['overlap', 'overlap'],
  ['unused-bytes', 'unused-bytes'],
  ['orphan-parts', 'orphan-slice'],
  ['odd-index', 'header'],
];

/** What is unusual and harmless; that bytes belong to no tensor means nothing where the data is not `sound`. */
function oddities(tallies: Counts, sound: boolean): Diagnosis[] {
  return tallies.paths.flatMap((path) =>
    ODD.flatMap(([code, kind]) => {
      const tally = tallies.of(path, kind);
      if (tally === undefined || (kind === 'unused-bytes' && !sound)) return [];
      const rest = tally.count === 1 ? '' : `; and ${tally.count - 1} more like it`;
      return [diagnosisOf(code, path, `${path}: ${tally.message}${rest}`)];
    }),
  );
}
