/**
 * Writing a bundle by its plan: content first, in order, checked against what its tensors carry as it goes by; then the
 * index. The files take their names only when all are on the disk.
 */
import { maskCrc } from '../../bytes/crc32c.ts';
import { type ChecksumBuffer, createChecksumBuffer } from '../../bytes/crc32c-engine.ts';
import type { ByteSink, ByteSource } from '../../bytes/source.ts';
import { compareBytes, compareText, encodeText } from '../../bytes/text.ts';
import { ChecksumError } from '../../errors.ts';
import { AtomicFiles } from '../../io/atomic-files.ts';
import { encodeBundleEntry, encodeBundleHeader } from '../../proto/bundle.ts';
import { TableWriter } from '../../sstable/table-writer.ts';
import { storedChecksum } from '../../tensor/checksum.ts';
import { elementCount } from '../../tensor/shape.ts';
import { encodeSliceKey } from '../../tensor/slice-key.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { PlannedPiece, WriteOptions, WritePlan } from '../write-plan.ts';

/** Larger chunks are slower to write on some systems. */
const CHUNK_BYTES = 512 * 1024;

/** Where a piece came to lie, for its entry in the index. */
interface Placed {
  readonly piece: PlannedPiece;
  readonly shard: number;
  /** Unmasked. */
  readonly crc32c: number;
}

/** Copies content through one buffer and returns the CRC-32C of its bytes. */
function copyContent(
  source: ByteSource,
  sink: ByteSink,
  buffer: ChecksumBuffer,
  onBytes: (count: number) => void,
): number {
  let crc = 0;
  for (let offset = 0; offset < source.byteLength; offset += CHUNK_BYTES) {
    const length = Math.min(CHUNK_BYTES, source.byteLength - offset);
    const chunk = buffer.buffer.subarray(0, length);
    source.readInto(chunk, offset);
    sink.write(chunk);
    crc = buffer.crc32c(0, length, crc);
    onBytes(length);
  }
  return crc;
}

/** Throws {@link ChecksumError} when the content is not what its checkpoint recorded: a copy must not launder damage. */
function checkCarried(piece: PlannedPiece, actual: number): void {
  const expected = piece.tensor.crc32c;
  if (expected !== undefined && expected !== actual) {
    throw new ChecksumError(
      `tensor ${piece.name}: its bytes do not match their checksum, so they are not copied; ckpt verify shows all damage`,
      piece.name,
      expected,
      actual,
    );
  }
}

/** Content that was turned around on reading has no checksum of its own to compare: the stored bytes are checked instead. */
function checkTurned({ name, tensor }: PlannedPiece): void {
  const { stored } = tensor;
  if (stored === undefined || stored.byteOrder === 'little' || tensor.crc32c !== undefined) return;
  const raw: ByteSource = {
    byteLength: stored.byteLength,
    readInto: (target, offset) => stored.file.readInto(target, stored.offset + offset),
  };
  const actual = storedChecksum(tensor.dtype, raw, elementCount(tensor.shape), stored.byteOrder);
  if (actual !== stored.crc32c) {
    throw new ChecksumError(`tensor ${name}: its bytes do not match their checksum`, name, stored.crc32c, actual);
  }
}

function writePiece(
  piece: PlannedPiece,
  sink: ByteSink,
  buffer: ChecksumBuffer,
  onBytes: (count: number) => void,
): number {
  const { tensor } = piece;
  checkTurned(piece);
  const { source } = tensor;
  const bytesCrc = copyContent(source, sink, buffer, onBytes);
  const crc = tensor.dtype.width > 0 ? bytesCrc : storedChecksum(tensor.dtype, source, elementCount(tensor.shape));
  checkCarried(piece, crc);
  return crc;
}

function writeData(plan: WritePlan, files: AtomicFiles, onProgress: WriteOptions['onProgress']): Placed[] {
  const buffer = createChecksumBuffer(CHUNK_BYTES);
  const placed: Placed[] = [];
  let bytesDone = 0;
  const onBytes = (count: number): void => {
    bytesDone += count;
    onProgress?.({ bytesDone, bytesTotal: plan.byteLength });
  };
  for (const [shard, file] of plan.data.entries()) {
    const sink = files.create(file.path);
    for (const piece of file.pieces) placed.push({ piece, shard, crc32c: writePiece(piece, sink, buffer, onBytes) });
  }
  return placed;
}

interface KeyedEntry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

function entryOfPiece({ piece, shard, crc32c: crc }: Placed): Uint8Array {
  const { tensor, offset } = piece;
  return encodeBundleEntry({
    dtype: tensor.dtype.number,
    shape: tensor.shape,
    shardId: shard,
    offset,
    size: tensor.byteLength,
    crc32c: maskCrc(crc),
    slices: [],
  });
}

/** The entry that lists the parts. TensorFlow's merge leaves the first part's shard in it, and nothing else that counts. */
function entryOfWhole(tensor: Tensor, firstShard: number): Uint8Array {
  return encodeBundleEntry({
    dtype: tensor.dtype.number,
    shape: tensor.shape,
    shardId: firstShard,
    offset: 0,
    size: 0,
    crc32c: 0,
    slices: (tensor.parts ?? []).map(({ slice }) => slice),
  });
}

/** Every entry under its key, in key order. */
function indexEntries(plan: WritePlan, placed: readonly Placed[]): KeyedEntry[] {
  const shardOfFirstPart = new Map<string, number>();
  const entries: { key: Uint8Array; text: string; value: Uint8Array }[] = [];
  for (const at of placed) {
    const { name, slice } = at.piece;
    if (slice === undefined) {
      entries.push({ key: encodeText(name), text: name, value: entryOfPiece(at) });
      continue;
    }
    const known = shardOfFirstPart.get(name);
    shardOfFirstPart.set(name, Math.min(known ?? at.shard, at.shard));
    entries.push({ key: encodeSliceKey(name, slice), text: '\0', value: entryOfPiece(at) });
  }
  for (const [name, shard] of shardOfFirstPart) {
    const tensor = plan.tensors.get(name);
    if (tensor !== undefined) entries.push({ key: encodeText(name), text: name, value: entryOfWhole(tensor, shard) });
  }
  const special = (text: string): boolean => text.startsWith('\0');
  return entries.sort((a, b) =>
    special(a.text) || special(b.text) ? compareBytes(a.key, b.key) : compareText(a.text, b.text),
  );
}

function writeIndex(plan: WritePlan, placed: readonly Placed[], files: AtomicFiles): void {
  const table = new TableWriter(files.create(plan.indexPath));
  table.add(new Uint8Array(0), encodeBundleHeader(plan.data.length));
  for (const { key, value } of indexEntries(plan, placed)) table.add(key, value);
  table.finish();
}

/** Carries a plan out; on any failure nothing of it stays. */
export function writeBundle(plan: WritePlan, options: WriteOptions = {}): void {
  const files = new AtomicFiles();
  try {
    const placed = writeData(plan, files, options.onProgress);
    writeIndex(plan, placed, files);
    files.commit(plan.obsolete);
  } catch (error) {
    files.discard();
    throw error;
  }
}
