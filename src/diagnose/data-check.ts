/** What is wrong with the data files of a checkpoint whose index opens: those that are missing, misnamed, or not as they were. */

import { BundleData, type DataElsewhere } from '../checkpoints/data-elsewhere.ts';
import { CkptError } from '../errors.ts';
import type { Checkpoint } from '../formats/format.ts';
import { dataName, indexName, parseDataName, splitPrefix } from '../io/shard-names.ts';
import type { Store } from '../io/store.ts';
import { namesIn } from '../io/stored.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { diagnoseContent, type Expected } from './content-check.ts';
import type { Counts } from './counts.ts';
import { counted, type Diagnosis, diagnosisOf, is, listed, quoted, salvageAdvice } from './diagnosis.ts';
import { changedName } from './near-names.ts';

/** Where the tensors lie that an index lists, by data file. */
function expectations(checkpoint: Checkpoint): Map<string, Expected> {
  const files = new Map<string, Expected>();
  const visit = (tensor: Tensor): void => {
    if (tensor.problem !== undefined) return;
    for (const { tensor: part } of tensor.parts ?? []) visit(part);
    const { stored } = tensor;
    if (stored === undefined || stored.byteLength === 0) return;
    const expected = files.get(stored.path) ?? { end: 0, tensors: 0 };
    files.set(stored.path, expected);
    expected.end = Math.max(expected.end, stored.offset + stored.byteLength);
    expected.tensors++;
  };
  for (const tensor of checkpoint.tensors.values()) tolerating(() => visit(tensor));
  return files;
}

/** All problems of the data files. */
export function diagnoseData(store: Store, checkpoint: Checkpoint, tallies: Counts): Diagnosis[] {
  const paths = tallies.paths.filter((path) => parseDataName(path) !== undefined);
  const isMissing = (path: string): boolean => tallies.of(path, 'shard-missing') !== undefined;
  const missing = paths.filter(isMissing);
  const present = paths.filter((path) => !isMissing(path));
  const files = present.length === 0 ? new Map<string, Expected>() : expectations(checkpoint);
  return [
    ...missingData(store, checkpoint, missing),
    ...misnamedShards(checkpoint),
    ...present.flatMap(
      (path) => diagnoseContent(store, checkpoint, path, files.get(path) ?? { end: 0, tensors: 0 }, tallies) ?? [],
    ),
  ];
}

/** Runs `action`; a tensor that cannot be looked into has no place that could be expected. */
function tolerating(action: () => void): void {
  try {
    action();
  } catch (error) {
    if (!(error instanceof CkptError)) throw error;
  }
}

/** Data files of other checkpoints in the same directory. */
function strangers(store: Store, prefix: string): string[] {
  const { directory, base } = splitPrefix(prefix);
  return namesIn(store, directory)
    .filter((name) => (parseDataName(name)?.prefix ?? base) !== base)
    .map((name) => directory + name);
}

/** A missing data file that lies there under another name, by its name or by its content. */
function underAnotherName(data: BundleData, wanted: string): Diagnosis | undefined {
  const named = changedName(data.store, wanted, 'the data file');
  if (named !== undefined) return named;
  const beside = data.beside(wanted);
  return beside === undefined ? undefined : dataElsewhere(beside);
}

/** What is said of data that was told by its content. */
export function dataElsewhere({ data, wanted, prefix, rename }: DataElsewhere): Diagnosis {
  const index = indexName(prefix);
  const proof = `${data} has the size and the checksums of the data that ${index} lists`;
  if (rename === undefined) {
    const own = parseDataName(data)?.prefix ?? prefix;
    const found = `${proof}, and an index of its own, ${indexName(own)}: ${index} is a copy of that`;
    return diagnosisOf('mangled-name', index, found, {
      remedy: 'name the one that has its data beside it',
      commands: [`ckpt doctor ${quoted(own)}`],
    });
  }
  const [from, to] = rename;
  const found = from === index ? `${proof}, whose name is another` : `${proof}, and looks for as ${wanted}`;
  return diagnosisOf('mangled-name', from, found, { commands: [`mv ${quoted(from)} ${quoted(to)}`] });
}

/** Each missing file that is there under another name, or cannot be meant; and the others together. */
function missingData(store: Store, checkpoint: Checkpoint, missing: readonly string[]): Diagnosis[] {
  const shards = checkpoint.files.filter(({ kind }) => kind === 'data').length;
  const diagnoses: Diagnosis[] = [];
  const gone: string[] = [];
  const data = new BundleData(store, checkpoint.path);
  const taken = new Set<string>();
  for (const path of missing) {
    const shard = parseDataName(path)?.shard ?? 0;
    if (shard >= shards) {
      const found = `the index of ${checkpoint.path} counts ${counted(shards, 'data file')} from 0 on, and puts tensors into number ${shard}`;
      diagnoses.push(diagnosisOf('invalid-entries', path, found));
      continue;
    }
    const changed = gone.length < MOST_SEARCHED ? underAnotherName(data, path) : undefined;
    // A file is the data of one name.
    if (changed === undefined || taken.has(changed.path)) gone.push(path);
    else diagnoses.push(changed);
    if (changed !== undefined) taken.add(changed.path);
    // Once the index has its name back, the other files are looked for by that.
    if (changed?.path === indexName(checkpoint.path)) return [changed];
  }
  return gone.length === 0 ? diagnoses : [...diagnoses, goneData(store, checkpoint, gone)];
}

/** Data files of which there is no trace: some of them, or all. */
function goneData(store: Store, { path, files }: Checkpoint, gone: readonly string[]): Diagnosis {
  const data = files.filter(({ kind }) => kind === 'data');
  const others = strangers(store, path);
  const beside = others.length === 0 ? '' : `; beside it ${is(others.length)} ${listed(others)}, of another save`;
  if (data.every(({ byteLength }) => byteLength === undefined)) {
    const found = `the index of ${path} is there, and its data is not: ${listed(gone)}${beside}`;
    return diagnosisOf('missing-data', path, found, { commands: [`ckpt list ${quoted(path)}`] });
  }
  const found = `${gone.length} of the ${counted(data.length, 'data file')} of ${path} ${is(gone.length)} missing: ${listed(gone)}${beside}`;
  return diagnosisOf('missing-shard', path, found, { ...salvageAdvice(path), remedy: SOME_MISSING });
}

const SOME_MISSING = 'get the missing data files of the same save; or save the tensors that lie in the others';

/** So many missing files are looked for under other names. */
const MOST_SEARCHED = 20;

/** Files that are there under another count of shards than the index has. */
function misnamedShards(checkpoint: Checkpoint): Diagnosis[] {
  const files = checkpoint.files.filter(({ kind }) => kind === 'data');
  const misnamed = files.filter(
    ({ path, byteLength }) => byteLength !== undefined && parseDataName(path)?.shards !== files.length,
  );
  if (misnamed.length === 0) return [];
  const { path } = checkpoint;
  const found = `the index of ${path} counts ${counted(files.length, 'data file')}, and the names say otherwise: ${listed(misnamed.map((file) => file.path))}`;
  const commands = misnamed
    .slice(0, MOST_SEARCHED)
    .map(
      (file) => `mv ${quoted(file.path)} ${quoted(dataName(path, parseDataName(file.path)?.shard ?? 0, files.length))}`,
    );
  return [diagnosisOf('shard-names', path, found, { commands })];
}
