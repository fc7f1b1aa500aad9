/**
 * Writing content to the places of a plan: what lies in files is copied from file to file, on two threads when there is much
 * of it; what comes from elsewhere goes through its source. Every byte is checked against what its tensor carries.
 */
import type { RangeCrc32 } from '../bytes/crc32-engine.ts';
import { crc32c as crc32cOf } from '../bytes/crc32c.ts';
import { type ChecksumBuffer, createChecksumBuffer } from '../bytes/crc32c-engine.ts';
import { type ByteSource, MemorySource } from '../bytes/source.ts';
import { liesInFile } from '../io/file-access.ts';
import type { FileSink } from '../io/file-sink.ts';
import { supply } from '../io/store.ts';
import { WriteBehind } from '../io/write-behind.ts';
import { storedChecksum } from '../tensor/checksum.ts';
import { elementCount } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checksumMismatch, checkTurned, steadyContent } from './recorded-checksum.ts';
import type { ComputedRow, Contents, PulledContent } from './write-layout.ts';
import type { CarryOutOptions } from './write-plan.ts';
import type { WriteProgress } from './write-progress.ts';

/** Read, summed and written at a time. Of more the system takes longer to find pages of memory that lie together, on some days much longer. */
const CHUNK_BYTES = 512 * 1024;

/** Fetched at a time where content comes from afar. */
const AHEAD_BYTES = 8 << 20;

/** Reads a chunk, and has more than that fetched where it has to be. */
function readAhead(source: ByteSource, chunk: Uint8Array, offset: number): void {
  if (offset % AHEAD_BYTES === 0) {
    source.expect?.([{ offset, length: Math.min(AHEAD_BYTES, source.byteLength - offset) }]);
  }
  source.readInto(chunk, offset);
}

/** So much is written and summed in one go, where it lies. */
const FEW_BYTES = 4096;

/** Less than this is summed by tables: WebAssembly would take longer to start. */
const LITTLE_BYTES = 64 * 1024;

/** From so many bytes on the next chunk is made while the last one is written. */
const MUCH_BYTES = 8 << 20;

/** Content through its source, chunk by chunk. */
class SourceWriter {
  #held: ChecksumBuffer | undefined;
  #streamed: readonly [ChecksumBuffer, ChecksumBuffer] | undefined;
  /** What writes behind our back, to one file at a time. */
  #behind: WriteBehind | undefined;

  constructor(
    readonly verify: boolean,
    readonly progress: WriteProgress,
    /** Makes zip's CRC-32 of a buffer, where it is asked for. */
    readonly zipSumOf: ((buffer: ChecksumBuffer) => RangeCrc32) | undefined,
  ) {}

  /** Writes a few bytes that lie in memory, with no wait; their checksum, or undefined for what {@link write} is for. */
  writeLittle(
    { tensor: { dtype, source, crc32c } }: PulledContent,
    sink: FileSink,
    place: number,
    name: () => string,
  ): number | undefined {
    if (!(source instanceof MemorySource) || dtype.width === 0 || source.byteLength > FEW_BYTES) return undefined;
    if (this.zipSumOf !== undefined) return undefined;
    sink.put(source.bytes, place);
    const actual = crc32cOf(source.bytes);
    if (this.verify && crc32c !== undefined && crc32c !== actual) throw checksumMismatch(name(), crc32c, actual);
    return actual;
  }

  /** Writes content to its place; returns its checksum by the rule of its dtype, and zip's. */
  async write(
    { tensor, byteOrder }: PulledContent,
    sink: FileSink,
    place: number,
    name: () => string,
  ): Promise<[crc32c: number, crc32: number]> {
    const { dtype, shape, crc32c } = tensor;
    const source = await supply(() => steadyContent(tensor, name));
    const copies =
      source.byteLength < MUCH_BYTES
        ? this.#copy(source, sink, place)
        : source instanceof MemorySource
          ? this.#lend(source.bytes, sink, place)
          : this.#stream(source, sink, place);
    const [bytesCrc, crc32] = await copies;
    const sum = (): number => storedChecksum(dtype, source, elementCount(shape), byteOrder);
    const actual = dtype.width > 0 ? bytesCrc : await supply(sum);
    if (this.verify && crc32c !== undefined && crc32c !== actual) throw checksumMismatch(name(), crc32c, actual);
    if (this.verify) await supply(() => checkTurned(name, tensor)); // afterwards: what came before is of no use by now
    return [actual, crc32];
  }

  #bufferFor(bytes: number): ChecksumBuffer {
    const isLittle = bytes <= LITTLE_BYTES;
    if (this.#held === undefined || (!isLittle && this.#held.buffer.length < CHUNK_BYTES)) {
      this.#held = createChecksumBuffer(isLittle ? LITTLE_BYTES : CHUNK_BYTES, isLittle ? { simd: false } : {});
    }
    return this.#held;
  }

  async #copy(source: ByteSource, sink: FileSink, at: number): Promise<[crc32c: number, crc32: number]> {
    let [crc32c, crc32] = [0, 0];
    const engine = this.#bufferFor(source.byteLength);
    const zipSum = this.zipSumOf?.(engine);
    for (let offset = 0; offset < source.byteLength; offset += CHUNK_BYTES) {
      const length = Math.min(CHUNK_BYTES, source.byteLength - offset);
      const chunk = engine.buffer.subarray(0, length);
      await supply(() => readAhead(source, chunk, offset));
      sink.put(chunk, at + offset);
      crc32 = zipSum?.(0, length, crc32) ?? 0;
      crc32c = engine.crc32cDestroying(0, length, crc32c);
      await this.progress.add(length);
    }
    return [crc32c, crc32];
  }

  /** The same of much content that lies in memory: the file is written from there, while the bytes are summed. */
  async #lend(bytes: Uint8Array, sink: FileSink, at: number): Promise<[crc32c: number, crc32: number]> {
    let [crc32c, crc32] = [0, 0];
    const engine = this.#bufferFor(bytes.length);
    const zipSum = this.zipSumOf?.(engine);
    const behind = await this.#behindOf(sink, at, bytes.length);
    const earlier = behind.arrived();
    behind.follow(bytes, at);
    for (let offset = 0; offset < bytes.length; offset += CHUNK_BYTES) {
      const chunk = bytes.subarray(offset, offset + CHUNK_BYTES);
      engine.buffer.set(chunk);
      crc32 = zipSum?.(0, chunk.length, crc32) ?? 0;
      crc32c = engine.crc32cDestroying(0, chunk.length, crc32c);
      await this.progress.add(chunk.length);
      await new Promise(setImmediate); // what is written by now is followed by the next
    }
    await earlier; // no more than one waits: what was summed is still near the processor when it is written
    return [crc32c, crc32];
  }

  /** Makes way in a file for content, and gives what writes it there. */
  async #behindOf(sink: FileSink, at: number, byteLength: number): Promise<WriteBehind> {
    sink.makeWay(at, byteLength);
    if (this.#behind?.path !== sink.path) {
      await this.end();
      this.#behind = new WriteBehind(sink.path);
    }
    return this.#behind as WriteBehind;
  }

  /** Waits for all that is on its way. Throws what the system threw of any. */
  async end(): Promise<void> {
    const behind = this.#behind;
    this.#behind = undefined;
    await behind?.end();
  }

  /** Gives up: what went wrong is told elsewhere. */
  async abandon(): Promise<void> {
    await this.#behind?.abandon();
  }

  /** The same of much content from elsewhere, in two buffers. */
  async #stream(source: ByteSource, sink: FileSink, at: number): Promise<[crc32c: number, crc32: number]> {
    let [crc32c, crc32] = [0, 0];
    this.#streamed ??= [createChecksumBuffer(CHUNK_BYTES), createChecksumBuffer(CHUNK_BYTES)];
    const engines = this.#streamed;
    const zipSums = engines.map((engine) => this.zipSumOf?.(engine));
    const behind = await this.#behindOf(sink, at, source.byteLength);
    for (let offset = 0; offset < source.byteLength; offset += CHUNK_BYTES) {
      const turn = (offset / CHUNK_BYTES) % 2 === 0 ? 0 : 1;
      const engine = engines[turn];
      const length = Math.min(CHUNK_BYTES, source.byteLength - offset);
      const chunk = engine.buffer.subarray(0, length);
      await supply(() => readAhead(source, chunk, offset));
      crc32 = zipSums[turn]?.(0, length, crc32) ?? 0;
      crc32c = engine.crc32c(0, length, crc32c);
      await behind.write(chunk, at + offset);
      await this.progress.add(length);
    }
    await behind.arrived(); // the buffers are used again
    return [crc32c, crc32];
  }
}

/** Less is made through a source before another way is loaded. */
const LEAST_COMPUTED = 1 << 20;

/** Whether content is computed from ranges of files that lie there as they are read. */
function isComputable({ computed, byteLength }: Tensor): boolean {
  if (computed === undefined || byteLength < LEAST_COMPUTED) return false;
  return computed.inputs.every(({ stored, crc32c, parts }) => {
    if (stored?.crc32c === undefined || stored.isRecord === true || parts !== undefined) return false;
    return crc32c !== undefined && liesInFile(stored.file);
  });
}

/** What is left for others to write: rows that are copied from file to file, and content that is computed. */
interface Left {
  readonly direct: number[];
  readonly computed: ComputedRow[];
}

/** Writes what goes through a source. */
async function writePulled(
  { table, rows: all, pulled, ownerOf, zipChecksums }: Contents,
  sinks: readonly (FileSink | undefined)[],
  writer: SourceWriter,
): Promise<Left> {
  const { progress } = writer;
  const left: Left = { direct: [], computed: [] };
  for (const [file, rows] of all.entries()) {
    const sink = sinks[file];
    if (sink === undefined) continue;
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i] as number;
      const content = pulled(row);
      if (content === undefined) {
        if (table.length.at(row) > 0) left.direct.push(row);
        continue;
      }
      if (zipChecksums === undefined && isComputable(content.tensor)) {
        left.computed.push({ row, target: sink.path, tensor: content.tensor });
        continue;
      }
      const name = (): string => ownerOf(row).name;
      const little = writer.writeLittle(content, sink, table.place.at(row), name);
      if (little !== undefined) {
        table.crc32c.set(row, little);
        if (progress.count(content.tensor.byteLength)) await progress.give();
        continue;
      }
      const [crc32c, crc32] = await writer.write(content, sink, table.place.at(row), name);
      table.crc32c.set(row, crc32c);
      zipChecksums?.set(row, crc32);
    }
  }
  await writer.end();
  return left;
}

/** Writes all content of the files that have a sink. */
export async function writeContents(
  contents: Contents,
  sinks: readonly (FileSink | undefined)[],
  progress: WriteProgress,
  options: CarryOutOptions,
): Promise<void> {
  const verify = options.verify !== false;
  const zipSumOf = contents.zipChecksums === undefined ? undefined : (await import('../io/crc32.ts')).crc32Of;
  const writer = new SourceWriter(verify, progress, zipSumOf);
  let left: Left;
  try {
    left = await writePulled(contents, sinks, writer);
  } catch (error) {
    await writer.abandon();
    throw error;
  }
  if (left.computed.length > 0) {
    const { writeComputed } = await import('./write-computed.ts');
    await writeComputed(contents, left.computed, progress, verify);
  }
  if (left.direct.length === 0) return;
  const { copyRows } = await import('./copy-rows.ts');
  await copyRows(
    contents,
    left.direct,
    sinks.map((sink) => sink?.path ?? ''),
    progress,
    verify,
  );
}
