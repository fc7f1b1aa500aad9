/** Copying content from file to file, on two threads when there is much of it, each range checked against what is recorded of it. */
import { Turns } from '../bytes/turns.ts';
import { CorruptError, UnreadableError } from '../errors.ts';
import { fileSize } from '../io/file-source.ts';
import { copyRanges } from '../io/range-copy.ts';
import { NO_CHECKSUM } from '../io/range-table.ts';
import { SOUND, UNREADABLE, WITHHELD } from '../io/range-task.ts';
import { checksumMismatch } from './recorded-checksum.ts';
import type { Contents } from './write-layout.ts';
import type { WriteProgress } from './write-progress.ts';

/** Throws what is to be said of bytes that cannot be read; a tensor knows more than the system. */
function refuse({ table, ownerOf }: Contents, row: number, state: number): never {
  const path = table.paths[table.file.at(row)] as string;
  if (state === WITHHELD) throw new UnreadableError(`${path} cannot be read: the system does not open it`, path);
  if (table.crc32c.at(row) === NO_CHECKSUM) throw new CorruptError(`${path} could not be read`, { where: path, path });
  const { name, tensor } = ownerOf(row);
  void tensor.source;
  const where = `tensor ${name}`;
  throw new CorruptError(`${where}: its bytes in ${path} could not be read`, { where, path });
}

/** Rows that are looked through between two looks at the clock. */
const STRETCH = 1 << 14;

/** Copies rows from file to file; throws a `CkptError` for bytes that are not there or not what they were. */
export async function copyRows(
  contents: Contents,
  rows: readonly number[],
  targets: readonly string[],
  progress: WriteProgress,
  verify: boolean,
): Promise<void> {
  const { table, ownerOf, needsChecksums = false, zipChecksums, zipRecorded = new Map() } = contents;
  const sizes = table.paths.map((path) => fileSize(path) ?? -1);
  for (const row of rows) {
    const end = table.offset.at(row) + table.length.at(row);
    if (end > (sizes[table.file.at(row)] as number)) refuse(contents, row, UNREADABLE);
  }
  const before = progress.bytesDone;
  const onProgress = (bytes: number): void => progress.reach(before + bytes);
  const isNew = (row: number): boolean => needsChecksums && table.crc32c.at(row) === NO_CHECKSUM;
  const sum = verify || rows.some(isNew);
  const zipSum = zipChecksums !== undefined || (verify && zipRecorded.size > 0);
  const results = await copyRanges(table, rows, { targets, sum, zipSum, onProgress });
  const turns = new Turns();
  for (const [i, row] of rows.entries()) {
    if (i % STRETCH === 0) await turns.give();
    if (results.failed[i] !== SOUND) refuse(contents, row, results.failed[i] as number);
    zipChecksums?.set(row, results.crc32[i] as number);
    const recorded = verify ? zipRecorded.get(row) : undefined;
    if (recorded !== undefined && recorded !== results.crc32[i]) {
      throw checksumMismatch(ownerOf(row).name, recorded, results.crc32[i] as number);
    }
    const expected = table.crc32c.at(row);
    if (isNew(row)) table.crc32c.set(row, results.crc32c[i] as number);
    if (!verify || expected === NO_CHECKSUM || results.crc32c[i] === expected) continue;
    throw checksumMismatch(ownerOf(row).name, expected, results.crc32c[i] as number);
  }
}
