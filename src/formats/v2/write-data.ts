/**
 * Writing a bundle's content: what lies in files is copied from file to file, on two threads when there is much of it; what
 * comes from elsewhere goes through its source. Every byte is checked against what its tensor carries as it goes by.
 */
import { type ChecksumBuffer, createChecksumBuffer } from '../../bytes/crc32c-engine.ts';
import { type ByteSource, RegionSource } from '../../bytes/source.ts';
import { ChecksumError, CorruptError } from '../../errors.ts';
import type { AtomicFiles, FileSink } from '../../io/atomic-files.ts';
import { processRuns, type Runs } from '../../io/runs.ts';
import { storedChecksum } from '../../tensor/checksum.ts';
import { elementCount } from '../../tensor/shape.ts';
import type { StoredRun } from '../../tensor/tensor.ts';
import type { PlannedFile, PlannedPiece, WriteOptions, WritePlan } from '../write-plan.ts';

/** Larger chunks are slower to write on some systems. */
const CHUNK_BYTES = 512 * 1024;

/** After so many bytes others get a turn: a signal is heard in the midst of a large tensor. */
const BREATH_BYTES = 16 * CHUNK_BYTES;
/** The disk is asked to begin after so many bytes, so that the flush at the end finds little left to do. */
const FLUSH_BYTES = 256 << 20;

/** Where a piece came to lie, for its entry in the index. */
export interface Placed {
  readonly piece: PlannedPiece;
  readonly shard: number;
  /** Unmasked; settled once the content is written. */
  crc32c: number;
}

/** A piece that is the same bytes in its file and in the new one. */
interface Copied {
  readonly placed: Placed;
  readonly from: StoredRun;
}

/** Numbers that lie in a file as they will lie in the new one; strings are summed by another rule, and go the long way. */
function directRun({ tensor }: PlannedPiece): StoredRun | undefined {
  const { stored } = tensor;
  if (stored === undefined || tensor.crc32c === undefined || tensor.dtype.width === 0) return undefined;
  void tensor.source; // throws where the run does not lie in its file
  return stored.byteLength > 0 ? stored : undefined;
}

const checksumError = (name: string, expected: number, actual: number): ChecksumError =>
  new ChecksumError(
    `tensor ${name}: its bytes do not match their checksum, so they are not copied; ckpt verify shows all damage`,
    name,
    expected,
    actual,
  );

/** Content that was turned around on reading has no checksum of its own to compare: the stored bytes are checked instead. */
function checkTurned({ name, tensor }: PlannedPiece): void {
  const { stored } = tensor;
  if (stored === undefined || stored.byteLength === 0 || tensor.crc32c !== undefined) return;
  const raw = new RegionSource(stored.file, stored.offset, stored.byteLength);
  const actual = storedChecksum(tensor.dtype, raw, elementCount(tensor.shape), stored.byteOrder);
  if (actual !== stored.crc32c) throw checksumError(name, stored.crc32c, actual);
}

class ContentWriter {
  readonly #buffer: ChecksumBuffer = createChecksumBuffer(CHUNK_BYTES);
  #bytesDone = 0;

  constructor(
    readonly plan: WritePlan,
    readonly options: WriteOptions,
  ) {}

  #progress(bytes: number): void {
    this.options.onProgress?.({ bytesDone: bytes, bytesTotal: this.plan.byteLength });
  }

  /** Content through its source, summed by the rule of its dtype. */
  async viaSource(placed: Placed, sink: FileSink): Promise<void> {
    const { piece } = placed;
    const { tensor } = piece;
    const check = this.options.verify !== false;
    if (check) checkTurned(piece);
    const { source } = tensor;
    const bytesCrc = await this.#copy(source, sink, piece.offset);
    const actual = tensor.dtype.width > 0 ? bytesCrc : storedChecksum(tensor.dtype, source, elementCount(tensor.shape));
    if (check && tensor.crc32c !== undefined && tensor.crc32c !== actual) {
      throw checksumError(piece.name, tensor.crc32c, actual);
    }
    placed.crc32c = actual;
  }

  async #copy(source: ByteSource, sink: FileSink, at: number): Promise<number> {
    let crc = 0;
    for (let offset = 0; offset < source.byteLength; offset += CHUNK_BYTES) {
      const length = Math.min(CHUNK_BYTES, source.byteLength - offset);
      const chunk = this.#buffer.buffer.subarray(0, length);
      source.readInto(chunk, offset);
      sink.put(chunk, at + offset);
      crc = this.#buffer.crc32cDestroying(0, length, crc);
      this.#bytesDone += length;
      this.#progress(this.#bytesDone);
      if (offset % BREATH_BYTES === 0 && offset > 0) await new Promise(setImmediate);
    }
    return crc;
  }

  /** Content from file to file. */
  async fromFiles(copied: readonly Copied[], sinks: readonly (FileSink | undefined)[]): Promise<void> {
    const before = this.#bytesDone;
    const sum = this.options.verify !== false;
    let asked = 0;
    const onProgress = (bytes: number): void => {
      this.#progress(before + bytes);
      if (bytes - asked < FLUSH_BYTES) return;
      asked = bytes;
      for (const sink of sinks) sink?.startFlush();
    };
    const results = await processRuns(runsOf(copied, sinks), { sum, onProgress });
    for (const [i, { placed, from }] of copied.entries()) {
      if (results.failed[i] === 1) {
        const where = `tensor ${placed.piece.name}`;
        throw new CorruptError(`${where}: its bytes in ${from.path} could not be read`, { where, path: from.path });
      }
      if (sum && results.crc32c[i] !== from.crc32c) {
        throw checksumError(placed.piece.name, from.crc32c, results.crc32c[i] as number);
      }
      placed.crc32c = from.crc32c;
    }
  }
}

/** The copies as runs, in the order of the files they come from. */
function runsOf(copied: readonly Copied[], sinks: readonly (FileSink | undefined)[]): Runs {
  const paths = [...new Set(copied.map(({ from }) => from.path))];
  const rank = new Map(paths.map((path, i) => [path, i]));
  return {
    paths,
    file: copied.map(({ from }) => rank.get(from.path) ?? 0),
    offset: copied.map(({ from }) => from.offset),
    length: copied.map(({ from }) => from.byteLength),
    copy: {
      targets: sinks.map((sink) => sink?.path ?? ''),
      file: copied.map(({ placed }) => placed.shard),
      offset: copied.map(({ placed }) => placed.piece.offset),
    },
  };
}

/** Takes a file over as it is, where that was asked for and can be; false when it must be copied. */
function takeOver({ path, whole }: PlannedFile, files: AtomicFiles, reuse: WriteOptions['reuse']): boolean {
  if (whole === undefined || reuse === undefined || reuse === 'copy') return false;
  return reuse === 'link' ? files.link(whole, path) : files.clone(whole, path);
}

/** Writes the data files of a plan under their temporary names; returns where everything lies. */
export async function writeData(plan: WritePlan, files: AtomicFiles, options: WriteOptions): Promise<Placed[]> {
  const writer = new ContentWriter(plan, options);
  const placed: Placed[] = [];
  const copied: Copied[] = [];
  const sinks = plan.data.map((file) => (takeOver(file, files, options.reuse) ? undefined : files.create(file.path)));
  for (const [shard, file] of plan.data.entries()) {
    for (const piece of file.pieces) {
      const at: Placed = { piece, shard, crc32c: piece.tensor.crc32c ?? 0 };
      placed.push(at);
      if (sinks[shard] === undefined) continue;
      const from = directRun(piece);
      if (from !== undefined) copied.push({ placed: at, from });
      else await writer.viaSource(at, sinks[shard] as FileSink);
    }
  }
  if (copied.length > 0) await writer.fromFiles(copied, sinks);
  return placed;
}
