/** What happened to a data file whose content is not what the index says, by which of its tensors are wrong, and how. */

import type { Checkpoint } from '../formats/format.ts';
import { recogniseClosely } from '../io/recognise-closely.ts';
import type { Store, StoredFile } from '../io/store.ts';
import { withFile } from '../io/stored.ts';
import { textPatterns, zeroTail } from './checks.ts';
import type { Counts, Tally } from './counts.ts';
import { counted, type Diagnosis, diagnosisOf, is, listed, salvageAdvice } from './diagnosis.ts';
import { foreignDiagnosis } from './foreign.ts';
import { lineEndings, textDecoded } from './text-mode.ts';

/** What the index says of one data file. */
export interface Expected {
  /** Where its last tensor ends. */
  end: number;
  tensors: number;
}

/** A data file of which some tensors are wrong. */
interface FileUnderExamination {
  readonly checkpoint: Checkpoint;
  readonly path: string;
  readonly size: number;
  readonly expected: Expected;
  /** Tensors that are not all in the file. */
  readonly outside: Tally | undefined;
  /** Tensors whose bytes do not match their checksums. */
  readonly failed: Tally | undefined;
}

/** What is wrong with the content of a data file that is there; nothing when all is well. */
export function diagnoseContent(
  store: Store,
  checkpoint: Checkpoint,
  path: string,
  expected: Expected,
  tallies: Counts,
): Diagnosis | undefined {
  if (tallies.of(path, 'foreign-file') !== undefined) {
    return foreignDiagnosis(
      store,
      path,
      recogniseClosely(store, path) ?? { kind: 'unknown', sentence: 'is something else' },
    );
  }
  const [outside, failed] = [tallies.of(path, 'outside-file'), tallies.of(path, 'tensor-checksum')];
  if (outside === undefined && failed === undefined) return undefined;
  const patient = { checkpoint, path, size: store.size(path) ?? 0, expected, outside, failed };
  return (
    withFile(store, path, (file) => zeroed(patient, file) ?? treatedAsText(patient, file)) ??
    unrecorded(patient) ??
    mixed(patient) ??
    cutOff(patient) ??
    damaged(patient)
  );
}

/** Tensors in so many zeros are not wrong by chance. */
const MANY_ZEROS = 512;

/** A file that is zero all over, or from some place on where the damaged tensors lie. */
function zeroed({ checkpoint, path, size, failed }: FileUnderExamination, file: StoredFile): Diagnosis | undefined {
  const zeros = zeroTail(file);
  if (zeros === size) return diagnosisOf('zeros', path, `all ${size} bytes of ${path} are zero`);
  if (failed === undefined || zeros < MANY_ZEROS) return undefined;
  const reaches = (name: string, i: number): boolean =>
    (failed.offsets[i] ?? 0) + (checkpoint.tensors.get(name)?.byteLength ?? 0) > size - zeros;
  if (!failed.names.every(reaches)) return undefined;
  const wrong = failed.count === 1 ? 'does not match its checksum' : 'do not match their checksums';
  const found = `the last ${zeros} of the ${size} bytes of ${path} are zero, and ${counted(failed.count, 'tensor')} there ${wrong}`;
  return diagnosisOf('zeros', path, found, salvageAdvice(checkpoint.path));
}

function treatedAsText({ path, size, expected }: FileUnderExamination, file: StoredFile): Diagnosis | undefined {
  const { crlf, bareLf, replaced } = textPatterns(file);
  if (bareLf === 0 && crlf > 0 && size - expected.end === crlf) return lineEndings(path, size, crlf);
  return textDecoded(path, size, replaced);
}

/** Entries without checksums, and nothing else. */
function unrecorded({ path, expected, outside, failed }: FileUnderExamination): Diagnosis | undefined {
  if (failed === undefined || outside !== undefined || failed.unrecorded < failed.count) return undefined;
  const { count, names } = failed;
  const found = `${count} of ${counted(expected.tensors, 'tensor')} in ${path} ${count === 1 ? 'has' : 'have'} no checksum in the index: ${listed(names, count)}`;
  return diagnosisOf('no-checksum', path, found);
}

/** Half of all tensors or more: that is no bad sector, but other content. */
function mixed(patient: FileUnderExamination): Diagnosis | undefined {
  const { path, size, expected, outside, failed } = patient;
  const { end, tensors } = expected;
  if (failed === undefined || failed.count < 2 || failed.count * 2 < tensors - (outside?.count ?? 0)) return undefined;
  const length =
    size === end
      ? `though the file has the size that the index asks for (${size} bytes)`
      : `and the file has ${size} bytes where the index asks for ${end}`;
  return diagnosisOf('mixed-saves', path, `${mismatch(patient, failed)}, ${length}`);
}

function mismatch({ path, expected }: FileUnderExamination, { count, names }: Tally): string {
  return `the bytes of ${count} of ${counted(expected.tensors, 'tensor')} in ${path} do not match their checksums: ${listed(names, count)}`;
}

function cutOff(patient: FileUnderExamination): Diagnosis | undefined {
  const { checkpoint, path, size, expected, outside, failed } = patient;
  if (outside === undefined) return undefined;
  const { end, tensors } = expected;
  const { count, names } = outside;
  const parts = [
    `${path} has ${size} bytes, and the index puts tensors up to byte ${end}: the last ${counted(end - size, 'byte')} ${is(end - size)} missing`,
    `${count} of ${counted(tensors, 'tensor')} ${is(count)} not whole: ${listed(names, count)}`,
    ...(failed === undefined ? [] : [mismatch(patient, failed)]),
  ];
  return diagnosisOf('truncated-data', path, parts.join('; '), salvageAdvice(checkpoint.path));
}

function damaged(patient: FileUnderExamination): Diagnosis | undefined {
  const { checkpoint, path, size, failed } = patient;
  if (failed === undefined) return undefined;
  const bytes = failed.names.reduce((sum, name) => sum + (checkpoint.tensors.get(name)?.byteLength ?? 0), 0);
  const least = failed.names.length < failed.count ? 'at least ' : '';
  const found = `${mismatch(patient, failed)} (${least}${bytes} of ${size} bytes)`;
  return diagnosisOf('damaged-tensors', path, found, salvageAdvice(checkpoint.path));
}
