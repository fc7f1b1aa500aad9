/** Carrying out a plan of V1 tables: each file is written front to back, and all take their names when they are on the disk. */
import { checksumBytes } from '../../bytes/checksum.ts';
import { CorruptError } from '../../errors.ts';
import { AtomicFiles, type FileSink } from '../../io/atomic-files.ts';
import { TableWriter } from '../../sstable/table-writer.ts';
import { storedChecksum } from '../../tensor/checksum.ts';
import { elementCount } from '../../tensor/shape.ts';
import type { Written } from '../format.ts';
import { checksumMismatch, checkTurned } from '../recorded-checksum.ts';
import type { WriteOptions } from '../write-plan.ts';
import { encodeValues } from './encode-values.ts';
import type { PlannedRecord, PlannedTable, TablesPlan } from './plan.ts';

/** After so many bytes others get a turn: a signal is heard in the midst of a large tensor. */
const BREATH_BYTES = 8 << 20;

class TablesWriter {
  readonly #verify: boolean;
  /** Bytes of the files that are done. */
  #before = 0;
  #breathed = 0;

  constructor(
    readonly plan: TablesPlan,
    readonly options: WriteOptions,
  ) {
    this.#verify = options.verify !== false;
  }

  async write(file: PlannedTable, sink: FileSink): Promise<void> {
    const table = new TableWriter(sink);
    table.add(new Uint8Array(0), file.meta);
    for (const record of file.records) await this.#record(record, table, sink);
    table.finish();
    this.#before += file.byteLength;
    this.#progress(this.#before);
  }

  #progress(bytesDone: number): void {
    this.options.onProgress?.({ bytesDone, bytesTotal: this.plan.byteLength });
  }

  async #record(record: PlannedRecord, table: TableWriter, sink: FileSink): Promise<void> {
    const { key, head, byteLength, title, tensor } = record;
    if (this.#verify) checkTurned(title, tensor);
    table.beginValue(key, byteLength);
    table.putValue(head);
    let left = byteLength - head.length;
    let crc = 0;
    const content = (chunk: Uint8Array): void => {
      if (tensor.crc32c !== undefined) crc = checksumBytes(chunk, crc);
    };
    for (const bytes of encodeValues(tensor, content)) {
      left -= bytes.length;
      if (left < 0) throw changed(title);
      table.putValue(bytes);
      await this.#breathe(sink);
    }
    if (left > 0) throw changed(title);
    if (this.#verify) this.#compare(record, crc);
    this.#progress(this.#before + sink.byteLength);
  }

  /** Content against the checksum that it carries; strings have a rule of their own. */
  #compare({ title, tensor }: PlannedRecord, bytesCrc: number): void {
    const { dtype, crc32c, shape } = tensor;
    if (crc32c === undefined) return;
    const actual = dtype.width > 0 ? bytesCrc : storedChecksum(dtype, tensor.source, elementCount(shape));
    if (actual !== crc32c) throw checksumMismatch(title, crc32c, actual);
  }

  async #breathe(sink: FileSink): Promise<void> {
    const done = this.#before + sink.byteLength;
    if (done - this.#breathed < BREATH_BYTES) return;
    this.#breathed = done;
    this.#progress(done);
    await new Promise(setImmediate);
  }
}

function changed(title: string): CorruptError {
  const where = `tensor ${title}`;
  return new CorruptError(`${where}: its content changed while it was written`, { where });
}

/** Carries a plan out; on any failure nothing of it stays. `release` is called before the files take their names. */
export async function writeTables(
  plan: TablesPlan,
  options: WriteOptions = {},
  release: () => void = () => undefined,
): Promise<Written> {
  const files = new AtomicFiles(options.sync);
  try {
    const writer = new TablesWriter(plan, options);
    for (const file of plan.data) await writer.write(file, files.create(file.path));
    release();
    files.commit(plan.obsolete);
    return { bytesCopied: plan.byteLength, bytesReused: 0 };
  } catch (error) {
    throw files.failed(error);
  }
}
