/**
 * Writing a bundle's content: what lies in files is copied from file to file; what comes from elsewhere goes through its
 * source. Every byte is checked against what its tensor carries as it goes by.
 */
import { type ChecksumBuffer, createChecksumBuffer } from '../../bytes/crc32c-engine.ts';
import type { ByteSource } from '../../bytes/source.ts';
import type { AtomicFiles, FileSink } from '../../io/atomic-files.ts';
import { storedChecksum } from '../../tensor/checksum.ts';
import { elementCount } from '../../tensor/shape.ts';
import type { TensorMap } from '../../tensor/tensor.ts';
import { type EntryTable, type Piece, walkPieces } from '../entry-table.ts';
import { checksumMismatch, checkTurned } from '../recorded-checksum.ts';
import type { PlannedFile, WriteOptions } from '../write-plan.ts';
import { CopyRuns } from './copy-ranges.ts';
import type { BundlePlan } from './plan.ts';

/** Read, summed and written at a time. */
const CHUNK_BYTES = 512 * 1024;

/** After so many bytes others get a turn: a signal is heard in the midst of a large tensor. */
const BREATH_BYTES = 16 * CHUNK_BYTES;

/** Content through its source, chunk by chunk. */
class SourceWriter {
  readonly #buffer: ChecksumBuffer = createChecksumBuffer(CHUNK_BYTES);
  bytesDone = 0;

  constructor(
    readonly verify: boolean,
    readonly onProgress: (bytesDone: number) => void,
  ) {}

  /** Writes a piece to its place; returns its checksum by the rule of its dtype. */
  async write(piece: Piece, sink: FileSink, offset: number): Promise<number> {
    const { tensor } = piece;
    if (this.verify) checkTurned(piece.name, tensor);
    const { source } = tensor;
    const bytesCrc = await this.#copy(source, sink, offset);
    const actual = tensor.dtype.width > 0 ? bytesCrc : storedChecksum(tensor.dtype, source, elementCount(tensor.shape));
    if (this.verify && tensor.crc32c !== undefined && tensor.crc32c !== actual) {
      throw checksumMismatch(piece.name, tensor.crc32c, actual);
    }
    return actual;
  }

  async #copy(source: ByteSource, sink: FileSink, at: number): Promise<number> {
    let crc = 0;
    for (let offset = 0; offset < source.byteLength; offset += CHUNK_BYTES) {
      const length = Math.min(CHUNK_BYTES, source.byteLength - offset);
      const chunk = this.#buffer.buffer.subarray(0, length);
      source.readInto(chunk, offset);
      sink.put(chunk, at + offset);
      crc = this.#buffer.crc32cDestroying(0, length, crc);
      this.bytesDone += length;
      this.onProgress(this.bytesDone);
      if (offset % BREATH_BYTES === 0 && offset > 0) await new Promise(setImmediate);
    }
    return crc;
  }
}

/** Takes a file over as it is, where that was asked for and can be; false when it must be copied. */
function takeOver({ path, whole }: PlannedFile, files: AtomicFiles, reuse: WriteOptions['reuse']): boolean {
  if (whole === undefined || reuse === undefined || reuse === 'copy') return false;
  return reuse === 'link' ? files.link(whole, path) : files.clone(whole, path);
}

/** The piece behind a number: found by walking the map again, for it is asked for only when something is wrong. */
function pieceAt(tensors: TensorMap, number: number): Piece {
  let at = 0;
  for (const piece of walkPieces(tensors)) if (at++ === number) return piece;
  throw new RangeError(`there is no piece ${number}`);
}

function addRun(runs: CopyRuns, pieces: EntryTable, piece: number): void {
  runs.file.push(pieces.from.at(piece));
  runs.offset.push(pieces.fromOffset.at(piece));
  runs.length.push(pieces.length.at(piece));
  runs.target.push(pieces.shard.at(piece));
  runs.place.push(pieces.offset.at(piece));
  runs.crc32c.push(pieces.crc32c.at(piece));
  runs.owner.push(piece);
}

/**
 * Writes the data files of a plan under their temporary names; afterwards each piece has the checksum of its content.
 * Returns the bytes of the files that were taken over.
 */
export async function writeData(plan: BundlePlan, files: AtomicFiles, options: WriteOptions): Promise<number> {
  const { pieces, tensors, byteLength: bytesTotal } = plan;
  const verify = options.verify !== false;
  const onProgress = (bytesDone: number): void => options.onProgress?.({ bytesDone, bytesTotal });
  const writer = new SourceWriter(verify, onProgress);
  const sinks = plan.data.map((file) => (takeOver(file, files, options.reuse) ? undefined : files.create(file.path)));
  const runs = new CopyRuns(pieces.paths, sinks);
  for (const [shard, file] of plan.files.entries()) {
    const sink = sinks[shard];
    if (sink === undefined) continue;
    for (const piece of file) {
      const indirect = pieces.indirect.get(piece);
      if (indirect === undefined) addRun(runs, pieces, piece);
      else pieces.crc32c.set(piece, await writer.write(indirect, sink, pieces.offset.at(piece)));
    }
  }
  await runs.run({
    verify,
    onProgress: (bytes) => onProgress(writer.bytesDone + bytes),
    ownerOf: (piece) => pieceAt(tensors, piece),
  });
  return plan.data.reduce((sum, file, shard) => sum + (sinks[shard] === undefined ? file.byteLength : 0), 0);
}
