/**
 * Writing content to the places of a plan: what lies in files is copied from file to file, on two threads when there is much
 * of it; what comes from elsewhere goes through its source. Every byte is checked against what its tensor carries.
 */
import { type ChecksumBuffer, createChecksumBuffer } from '../bytes/crc32c-engine.ts';
import { supply } from '../bytes/missing.ts';
import type { ByteSource } from '../bytes/source.ts';
import { CorruptError, UnreadableError } from '../errors.ts';
import type { FileSink } from '../io/file-sink.ts';
import { fileSize } from '../io/file-source.ts';
import { copyRanges } from '../io/range-copy.ts';
import { NO_CHECKSUM } from '../io/range-table.ts';
import { SOUND, UNREADABLE, WITHHELD } from '../io/range-task.ts';
import { storedChecksum } from '../tensor/checksum.ts';
import { elementCount } from '../tensor/shape.ts';
import { checksumMismatch, checkTurned, steadyContent } from './recorded-checksum.ts';
import type { Contents, PulledContent } from './write-layout.ts';
import type { CarryOutOptions } from './write-plan.ts';
import type { WriteProgress } from './write-progress.ts';

/** Read, summed and written at a time. */
const CHUNK_BYTES = 512 * 1024;

/** Content through its source, chunk by chunk. */
class SourceWriter {
  readonly #buffer: ChecksumBuffer = createChecksumBuffer(CHUNK_BYTES);

  constructor(
    readonly verify: boolean,
    readonly progress: WriteProgress,
    /** zip's CRC-32, where it is asked for. */
    readonly zipSum: ((bytes: Uint8Array, seed: number) => number) | undefined,
  ) {}

  /** Writes content to its place; returns its checksum by the rule of its dtype, and zip's. */
  async write(
    { tensor, byteOrder }: PulledContent,
    sink: FileSink,
    place: number,
    name: () => string,
  ): Promise<[crc32c: number, crc32: number]> {
    const { dtype, shape, crc32c } = tensor;
    const source = await supply(() => steadyContent(tensor, name));
    const [bytesCrc, crc32] = await this.#copy(source, sink, place);
    const sum = (): number => storedChecksum(dtype, source, elementCount(shape), byteOrder);
    const actual = dtype.width > 0 ? bytesCrc : await supply(sum);
    if (this.verify && crc32c !== undefined && crc32c !== actual) throw checksumMismatch(name(), crc32c, actual);
    if (this.verify) await supply(() => checkTurned(name, tensor)); // afterwards: what came before is of no use by now
    return [actual, crc32];
  }

  async #copy(source: ByteSource, sink: FileSink, at: number): Promise<[crc32c: number, crc32: number]> {
    let [crc32c, crc32] = [0, 0];
    for (let offset = 0; offset < source.byteLength; offset += CHUNK_BYTES) {
      const length = Math.min(CHUNK_BYTES, source.byteLength - offset);
      const chunk = this.#buffer.buffer.subarray(0, length);
      await supply(() => source.readInto(chunk, offset));
      sink.put(chunk, at + offset);
      crc32 = this.zipSum?.(chunk, crc32) ?? 0;
      crc32c = this.#buffer.crc32cDestroying(0, length, crc32c);
      await this.progress.add(length);
    }
    return [crc32c, crc32];
  }
}

/** Copies rows from file to file; throws a `CkptError` for bytes that are not there or not what they were. */
async function copyRows(
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
  for (const [i, row] of rows.entries()) {
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

/** Writes all content of the files that have a sink. */
export async function writeContents(
  contents: Contents,
  sinks: readonly (FileSink | undefined)[],
  progress: WriteProgress,
  options: CarryOutOptions,
): Promise<void> {
  const { table, zipChecksums } = contents;
  const verify = options.verify !== false;
  const zipSum = zipChecksums === undefined ? undefined : (await import('../io/crc32.ts')).crc32;
  const writer = new SourceWriter(verify, progress, zipSum);
  const direct: number[] = [];
  for (const [file, rows] of contents.rows.entries()) {
    const sink = sinks[file];
    if (sink === undefined) continue;
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i] as number;
      const content = contents.pulled(row);
      if (content === undefined) {
        if (table.length.at(row) > 0) direct.push(row);
        continue;
      }
      const name = (): string => contents.ownerOf(row).name;
      const [crc32c, crc32] = await writer.write(content, sink, table.place.at(row), name);
      table.crc32c.set(row, crc32c);
      zipChecksums?.set(row, crc32);
    }
  }
  if (direct.length === 0) return;
  await copyRows(
    contents,
    direct,
    sinks.map((sink) => sink?.path ?? ''),
    progress,
    verify,
  );
}
