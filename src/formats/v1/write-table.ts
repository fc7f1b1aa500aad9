/** Writing one V1 table as it was planned, front to back. */

import { checksumBytes } from '../../bytes/checksum.ts';
import { expectAll, supply } from '../../bytes/missing.ts';
import { CorruptError } from '../../errors.ts';
import type { FileSink } from '../../io/file-sink.ts';
import { encodeRecordHead, encodeSliceName } from '../../proto/saved-slices.ts';
import { TableWriter } from '../../sstable/table-writer.ts';
import { storedChecksum } from '../../tensor/checksum.ts';
import { elementCount, type Shape } from '../../tensor/shape.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { formatTensorSlice, type TensorSlice } from '../../tensor/tensor-slice.ts';
import type { WriteEntry } from '../entry-table.ts';
import { checksumMismatch, checkTurned, steadyContent } from '../recorded-checksum.ts';
import type { WriteProgress } from '../write-progress.ts';
import { encodeValues } from './encode-values.ts';

/** A whole tensor is stored as one slice that names no extents. */
export const wholeOf = (shape: Shape): TensorSlice => shape.map(() => ({ start: 0, length: undefined }));

/** A record of a file, and where it will lie. There may be a million: what follows from its fields is made when it is asked for. */
export class PlannedRecord {
  /** Where it will start in the file. */
  offset = 0;

  constructor(
    readonly key: Uint8Array,
    readonly entry: WriteEntry,
    /** Bytes of its values. */
    readonly valueBytes: number,
    /** Bytes of the whole record. */
    readonly byteLength: number,
  ) {}

  get tensor(): Tensor {
    return this.entry.tensor;
  }

  /** For messages: the name, or which part of it this is. */
  get title(): string {
    return titleOf(this.entry);
  }

  /** What stands before the values. */
  get head(): Uint8Array {
    const { name, slice, tensor } = this.entry;
    return encodeRecordHead(encodeSliceName(name, slice ?? wholeOf(tensor.shape)), this.valueBytes);
  }
}

/** What messages call an entry. */
export const titleOf = ({ name, slice }: WriteEntry): string =>
  slice === undefined ? name : `${name} (part ${formatTensorSlice(slice)})`;

export interface PlannedTable {
  readonly path: string;
  readonly byteLength: number;
  /** The value under the empty key. */
  readonly meta: Uint8Array;
  /** In the order of their keys. */
  readonly records: readonly PlannedRecord[];
}

/** Content against the checksum that it carries; strings have a rule of their own. */
function checkContent(title: string, { dtype, crc32c, shape, source }: Tensor, bytesCrc: number): void {
  if (crc32c === undefined) return;
  const actual = dtype.width > 0 ? bytesCrc : storedChecksum(dtype, source, elementCount(shape));
  if (actual !== crc32c) throw checksumMismatch(title, crc32c, actual);
}

function changed(title: string): CorruptError {
  const where = `tensor ${title}`;
  return new CorruptError(`${where}: its content changed while it was written`, { where });
}

async function writeRecord(
  record: PlannedRecord,
  table: TableWriter,
  progress: WriteProgress,
  verify: boolean,
): Promise<void> {
  const { key, head, byteLength, title } = record;
  const { dtype, shape, crc32c } = record.tensor;
  if (byteLength > head.length) await supply(() => expectAll(record.tensor.source));
  const source = byteLength > head.length ? steadyContent(record.tensor, () => title) : record.tensor.source;
  const tensor = { dtype, shape, byteLength: record.tensor.byteLength, crc32c, source };
  table.beginValue(key, byteLength);
  table.putValue(head);
  let left = byteLength - head.length;
  let crc = 0;
  const content = (chunk: Uint8Array): void => {
    if (tensor.crc32c !== undefined) crc = checksumBytes(chunk, crc);
  };
  for (const bytes of encodeValues(tensor, byteLength - head.length, content)) {
    left -= bytes.length;
    if (left < 0) throw changed(title);
    table.putValue(bytes);
    await progress.add(bytes.length);
  }
  if (left > 0) throw changed(title);
  if (!verify) return;
  checkContent(title, tensor, crc);
  await supply(() => checkTurned(() => title, record.tensor));
}

/** Writes a table; throws a `CkptError` for content that is not what its tensor carries. */
export async function writeTable(
  file: PlannedTable,
  sink: FileSink,
  progress: WriteProgress,
  verify: boolean,
): Promise<void> {
  const before = progress.bytesDone;
  const table = new TableWriter(sink);
  table.add(new Uint8Array(0), file.meta);
  for (const record of file.records) await writeRecord(record, table, progress, verify);
  table.finish();
  progress.reach(before + file.byteLength);
}
