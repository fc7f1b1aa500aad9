/** Why an index does not open, by its bytes. */

import { type ByteSource, MemorySource, RegionSource, readBytes } from '../bytes/source.ts';
import { ChecksumError, CkptError, UnsupportedError } from '../errors.ts';
import { tableBeginning } from '../formats/table-kind.ts';
import { HEAD_BYTES } from '../io/recognise.ts';
import { recogniseClosely } from '../io/recognise-closely.ts';
import type { Store } from '../io/store.ts';
import { withFile } from '../io/stored.ts';
import { FOOTER_BYTES, hasMagic, MAGIC } from '../sstable/format.ts';
import { isSound, looseEntriesOf, tableBlocks } from '../sstable/sound-blocks.ts';
import { TableReader } from '../sstable/table-reader.ts';
import { textPatterns, withPlainLineEnds, zeroTail } from './checks.ts';
import { counted, type Diagnosis, diagnosisOf, is, salvageAdvice } from './diagnosis.ts';
import { foreignDiagnosis } from './foreign.ts';
import { foreignCode } from './problems.ts';
import { lineEndings, textDecoded } from './text-mode.ts';

/** A larger index is not taken into memory to try whether its line ends can be undone. */
const MOST_UNDONE_BYTES = 1 << 26;

/** A file that knows what it is called. */
class NamedFile extends RegionSource {
  constructor(
    source: ByteSource,
    readonly path: string,
  ) {
    super(source, 0, source.byteLength);
  }
}

/** The problem of the index at `path` (or of any file that should be a table), which does not open because of `error`. */
export function diagnoseIndex(store: Store, path: string, prefix: string, error: CkptError): Diagnosis {
  const kind = recogniseClosely(store, path);
  if (kind !== undefined && foreignCode(kind.kind) !== 'unknown') return foreignDiagnosis(store, path, kind);
  if (error instanceof UnsupportedError) return diagnosisOf('newer-version', path, error.message);
  return withFile(store, path, (source) => {
    const file = new NamedFile(source, path);
    return changed(file) ?? cutOff(file, prefix) ?? damaged(file, prefix, error);
  });
}

/** Bytes that something went over: zeros, line ends, a conversion to text. */
function changed(file: NamedFile): Diagnosis | undefined {
  const { path, byteLength } = file;
  if (zeroTail(file) === byteLength) {
    return diagnosisOf('zeros', path, `${path} has ${counted(byteLength, 'byte')}, and all of them are zero`);
  }
  const { crlf, bareLf, replaced } = textPatterns(file);
  if (crlf > 0 && bareLf === 0 && opensWithPlainLineEnds(file)) return lineEndings(path, byteLength, crlf);
  return textDecoded(path, byteLength, replaced);
}

function opensWithPlainLineEnds(file: NamedFile): boolean {
  if (file.byteLength > MOST_UNDONE_BYTES) return false;
  const plain = new MemorySource(withPlainLineEnds(readBytes(file, 0, file.byteLength)));
  return partsOf(plain, file.path).damage.length === 0;
}

function endsAsTable(file: NamedFile): boolean {
  const { byteLength } = file;
  return byteLength >= FOOTER_BYTES && hasMagic(readBytes(file, byteLength - MAGIC.length, MAGIC.length));
}

const TABLES = { v1: 'a V1 checkpoint', v2: 'an index' } as const;

/** A file that begins as an index does, or as a V1 checkpoint, and has no end. */
function cutOff(file: NamedFile, prefix: string): Diagnosis | undefined {
  const { path, byteLength } = file;
  const beginning = tableBeginning(readBytes(file, 0, Math.min(HEAD_BYTES, byteLength)));
  if (endsAsTable(file) || beginning === undefined) return undefined;
  const zeros = zeroTail(file);
  if (zeros >= MOST_PADDING) {
    return diagnosisOf('zeros', path, `the last ${zeros} of the ${byteLength} bytes of ${path} are zero`);
  }
  const found = `${path} begins as ${TABLES[beginning]} does, but its ${byteLength} bytes do not end as one does: the end is missing`;
  return diagnosisOf('truncated-index', path, found, adviceFor(partsOf(file, path), prefix));
}

/** No sound part of an index has so many zeros on end. */
const MOST_PADDING = 512;

interface Parts {
  readonly sound: number;
  readonly damage: readonly CkptError[];
  /** Whether parts that are not sound hold entries. */
  readonly hasLoose: boolean;
}

function partsOf(source: ByteSource, path: string): Parts {
  const damage: CkptError[] = [];
  let sound = 0;
  let hasLoose = false;
  for (const block of tableBlocks(source, path, (problem) => damage.push(problem))) {
    if (isSound(block)) sound++;
    else hasLoose ||= looseEntriesOf(source, block).entries.some(({ key }) => key.length > 0);
  }
  return { sound, damage, hasLoose };
}

/** What is worth trying where parts of an index are left. */
function adviceFor({ sound, hasLoose }: Parts, prefix: string): ReturnType<typeof salvageAdvice> {
  return sound > 0 || hasLoose ? salvageAdvice(prefix) : {};
}

function damaged(file: NamedFile, prefix: string, error: CkptError): Diagnosis {
  const { path, byteLength } = file;
  if (!endsAsTable(file)) {
    const found = `${path} (${counted(byteLength, 'byte')}) is no table, as an index is, and nothing else that is known`;
    return diagnosisOf('unknown', path, found);
  }
  const left = partsOf(file, path);
  const { sound, damage } = left;
  if (isSoundTable(file) && !damage.some((problem) => problem instanceof ChecksumError)) {
    return diagnosisOf(
      'invalid-index',
      path,
      error.message.startsWith(path) ? error.message : `${path}: ${error.message}`,
    );
  }
  const parts = `${counted(damage.length, 'part')} of it ${is(damage.length)} damaged`;
  const rest = `${counted(sound, 'block')} of entries ${is(sound)} sound`;
  const found = `${damage[0]?.message ?? error.message}; ${parts}, ${rest}`;
  return diagnosisOf('damaged-index', path, found, adviceFor(left, prefix));
}

/** Whether the footer and the index block can be read. */
function isSoundTable(file: NamedFile): boolean {
  try {
    new TableReader(file, file.path);
    return true;
  } catch (error) {
    if (error instanceof CkptError) return false;
    throw error;
  }
}
