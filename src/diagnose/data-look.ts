/** What is wrong with the data files of a checkpoint whose index opens, out of what a check of all content finds. */
import { CkptError } from '../errors.ts';
import type { Checkpoint } from '../formats/format.ts';
import { namesIn } from '../io/directory.ts';
import { type FileSource, fileSize } from '../io/file-source.ts';
import { dataName, parseDataName, splitPrefix } from '../io/shard-names.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { counted, type Diagnosis, diagnosisOf, listed, quoted } from './diagnosis.ts';
import { foreignDiagnosis } from './foreign.ts';
import { lineEndings, salvageAdvice } from './index-look.ts';
import { kindOf, textPatterns, withFile, zeroTail } from './looks.ts';
import { changedName } from './near-names.ts';
import type { Tallies, Tally } from './tallies.ts';

/** What the index says of one data file. */
interface Expected {
  /** Where its last tensor ends. */
  end: number;
  tensors: number;
}

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

/** All diseases of the data files. */
export function diagnoseData(checkpoint: Checkpoint, tallies: Tallies): Diagnosis[] {
  const paths = tallies.paths.filter((path) => parseDataName(path) !== undefined);
  const missing = paths.filter((path) => tallies.of(path, 'shard-missing') !== undefined);
  const present = paths.filter((path) => !missing.includes(path));
  const files = present.length === 0 ? new Map<string, Expected>() : expectations(checkpoint);
  return [
    ...missingData(checkpoint, missing, tallies),
    ...misnamedShards(checkpoint),
    ...present.flatMap((path) => oneFile(checkpoint, path, files.get(path) ?? { end: 0, tensors: 0 }, tallies) ?? []),
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
function strangers(prefix: string): string[] {
  const { directory, base } = splitPrefix(prefix);
  return namesIn(directory)
    .filter((name) => (parseDataName(name)?.prefix ?? base) !== base)
    .map((name) => directory + name);
}

function missingData(checkpoint: Checkpoint, missing: readonly string[], tallies: Tallies): Diagnosis[] {
  const files = checkpoint.files.filter(({ kind }) => kind === 'data');
  const diagnoses: Diagnosis[] = [];
  const gone: string[] = [];
  for (const path of missing) {
    const shard = parseDataName(path)?.shard ?? 0;
    if (shard >= files.length) {
      const found = `the index of ${checkpoint.path} counts ${counted(files.length, 'data file')}, and ${tallies.of(path, 'shard-missing')?.message.replace(/.*; /, '')}: ${path}`;
      diagnoses.push(diagnosisOf('invalid-entries', path, found));
      continue;
    }
    const changed = gone.length < MOST_SEARCHED ? changedName(path, 'the data file') : undefined;
    if (changed === undefined) gone.push(path);
    else diagnoses.push(changed);
  }
  if (gone.length === 0) return diagnoses;
  const { path } = checkpoint;
  const some = files.some(({ byteLength }) => byteLength !== undefined);
  const others = strangers(path);
  const beside =
    others.length === 0 ? '' : `; beside it ${others.length === 1 ? 'is' : 'are'} ${listed(others)}, of another save`;
  const found = some
    ? `${gone.length} of the ${counted(files.length, 'data file')} of ${path} ${gone.length === 1 ? 'is' : 'are'} missing: ${listed(gone)}${beside}`
    : `the index of ${path} is there, and its data is not: ${listed(gone)}${beside}`;
  const advice = some ? salvageAdvice(path) : { commands: [`ckpt list ${quoted(path)}`] };
  diagnoses.push(
    diagnosisOf(some ? 'missing-shard' : 'missing-data', path, found, {
      ...advice,
      ...(some ? { remedy: SOME_MISSING } : {}),
    }),
  );
  return diagnoses;
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

/** What is wrong with the content of a data file that is there; nothing when all is well. */
function oneFile(checkpoint: Checkpoint, path: string, expected: Expected, tallies: Tallies): Diagnosis | undefined {
  if (tallies.of(path, 'foreign-file') !== undefined) {
    return foreignDiagnosis(path, kindOf(path) ?? { kind: 'unknown', sentence: 'is something else' });
  }
  const outside = tallies.of(path, 'outside-file');
  const failed = tallies.of(path, 'tensor-checksum');
  if (outside === undefined && failed === undefined) return undefined;
  const size = fileSize(path) ?? 0;
  const { end, tensors } = expected;
  const changed = withFile(path, (file) => zeroed(checkpoint, file, failed) ?? treatedAsText(file, end));
  if (changed !== undefined) return changed;
  const fails = failed?.count ?? 0;
  const mixed = fails > 1 && fails * 2 >= tensors - (outside?.count ?? 0);
  const advice = salvageAdvice(checkpoint.path);
  const mismatch =
    failed === undefined
      ? ''
      : `the bytes of ${fails} of ${counted(tensors, 'tensor')} in ${path} do not match their checksums: ${listed(failed.names)}`;
  if (outside === undefined) {
    if (failed?.unrecorded === fails) {
      const found = `${fails} of ${counted(tensors, 'tensor')} in ${path} ${fails === 1 ? 'has' : 'have'} no checksum in the index: ${listed(failed.names)}`;
      return diagnosisOf('no-checksum', path, found);
    }
    if (!mixed)
      return diagnosisOf(
        'damaged-tensors',
        path,
        `${mismatch} (${affected(checkpoint, failed)} of ${size} bytes)`,
        advice,
      );
    return diagnosisOf(
      'mixed-saves',
      path,
      `${mismatch}, though the file has the size that the index asks for (${size} bytes)`,
    );
  }
  const cut = `${path} has ${size} bytes, and the index puts tensors up to byte ${end}`;
  if (mixed) return diagnosisOf('mixed-saves', path, `${cut}; and ${mismatch}`);
  const names = `${outside.count} of ${counted(tensors, 'tensor')} ${outside.count === 1 ? 'is' : 'are'} not whole: ${listed(outside.names)}`;
  const also = mismatch === '' ? '' : `; ${mismatch}`;
  return diagnosisOf(
    'truncated-data',
    path,
    `${cut}: the last ${counted(end - size, 'byte')} are missing; ${names}${also}`,
    advice,
  );
}

function affected(checkpoint: Checkpoint, failed: Tally | undefined): number {
  return (failed?.names ?? []).reduce((sum, name) => sum + (checkpoint.tensors.get(name)?.byteLength ?? 0), 0);
}

/** No sound tensors end in so many zeros by chance and are reported as damaged. */
const MANY_ZEROS = 512;

/** A file that is zero all over, or from some place on where the damaged tensors lie. */
function zeroed(checkpoint: Checkpoint, file: FileSource, failed: Tally | undefined): Diagnosis | undefined {
  const { path, byteLength } = file;
  const zeros = zeroTail(file);
  if (zeros === byteLength) return diagnosisOf('zeros', path, `all ${byteLength} bytes of ${path} are zero`);
  if (failed === undefined || zeros < MANY_ZEROS) return undefined;
  const reaches = (name: string, i: number): boolean =>
    (failed.offsets[i] ?? 0) + (checkpoint.tensors.get(name)?.byteLength ?? 0) > byteLength - zeros;
  if (!failed.names.every(reaches)) return undefined;
  const found = `the last ${zeros} of the ${byteLength} bytes of ${path} are zero, and ${counted(failed.count, 'tensor')} there ${failed.count === 1 ? 'does' : 'do'} not match ${failed.count === 1 ? 'its checksum' : 'their checksums'}`;
  return diagnosisOf('zeros', path, found, salvageAdvice(checkpoint.path));
}

function treatedAsText(file: FileSource, end: number): Diagnosis | undefined {
  const { path, byteLength } = file;
  const { crlf, bareLf, replaced } = textPatterns(file);
  if (bareLf === 0 && crlf > 0 && byteLength - end === crlf) return lineEndings(path, byteLength, crlf);
  if (replaced * 50 <= byteLength) return undefined;
  const found = `${path} holds the replacement character (ef bf bd) ${counted(replaced, 'time')} in ${byteLength} bytes`;
  return diagnosisOf('text-decoded', path, found);
}
