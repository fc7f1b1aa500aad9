/** What a format hands to the one engine that writes: its files in order, and what stands in each. */
import type { ByteOrder } from '../bytes/byte-order.ts';
import type { WideColumn } from '../bytes/column.ts';
import type { HeldFile } from '../io/file-identity.ts';
import type { FileSink } from '../io/file-sink.ts';
import type { RangeTable } from '../io/range-table.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { CarryOutOptions, PlannedFile, WritePlan } from './write-plan.ts';
import type { WriteProgress } from './write-progress.ts';

/** A file that is planned, and what stands in it. */
export interface FileLayout extends PlannedFile {
  /** Bytes at its front, known beforehand: a header. */
  readonly header?: Uint8Array | undefined;
  /** Writes what stands between and behind the content of a file that is copied, when that is in its place. */
  readonly fill?: ((sink: FileSink) => void | Promise<void>) | undefined;
  /**
   * Writes the file front to back, when all content of the plan is in its place: an index, or a file whose content is encoded.
   * It tells `progress` how far it is, which gives others a turn.
   */
  readonly compose?:
    | ((sink: FileSink, progress: WriteProgress, options: CarryOutOptions) => void | Promise<void>)
    | undefined;
}

/** Content that goes through a source instead of from file to file. */
export interface PulledContent {
  readonly tensor: Tensor;
  /** The order of bytes of the tensor's source, where it is copied as it lies in a file; little unless said otherwise. */
  readonly byteOrder?: ByteOrder | undefined;
}

/** Content that is computed from files, and the file that it goes to. */
export interface ComputedRow {
  readonly row: number;
  readonly target: string;
  readonly tensor: Tensor;
}

/** What a row of the table belongs to. */
export interface Owner {
  readonly name: string;
  readonly tensor: Tensor;
}

/** Content that lies at places of the files, row by row of a table whose targets are the numbers of the files. */
export interface Contents {
  /** Afterwards each row that was pulled has the checksum of its content. */
  readonly table: RangeTable;
  /** The rows of each file, in the order in which they are written. */
  readonly rows: readonly ArrayLike<number>[];
  /** The content of a row that cannot be copied from file to file; undefined for one that can. */
  pulled(row: number): PulledContent | undefined;
  /** What a row belongs to; asked only when something is wrong with it. */
  ownerOf(row: number): Owner;
  /** Whether the table must have a checksum for every row afterwards, checked or not. */
  readonly needsChecksums?: boolean | undefined;
  /** zip's CRC-32 of rows whose file records it, by their numbers. */
  readonly zipRecorded?: ReadonlyMap<number, number> | undefined;
  /** Filled with zip's CRC-32 of each row, by its number. */
  readonly zipChecksums?: WideColumn | undefined;
}

/** All that a plan comes to. */
export interface WriteLayout extends Pick<WritePlan, 'path' | 'format' | 'obsolete' | 'tensorCount'> {
  /** The prefix that all of its files share, where that is not `path`. */
  readonly target?: string | undefined;
  /** The files that are read, as they were when they were first looked at: where one is not, nothing gets its name. */
  readonly held?: (() => readonly HeldFile[]) | undefined;
  readonly files: readonly FileLayout[];
  /** The content of those files that are copied; made when it is wanted, since a rename that links its files wants none. */
  readonly contents?:
    | ((copied: (file: number) => boolean, options: CarryOutOptions) => Contents | Promise<Contents>)
    | undefined;
  /** What is not sound and is written all the same, a sentence each. */
  readonly notes?: readonly string[] | undefined;
  /** Bytes of data files that stay where they are. */
  readonly bytesKept?: number | undefined;
  /** Called before the files take their names. */
  readonly release?: (() => void) | undefined;
}
