/** What a write will do, decided before its first byte: which files appear, and which bytes go where. Plain data. */
import type { ByteRange, TensorMap } from '../tensor/tensor.ts';
import type { FormatName } from './format-name.ts';

export interface PlannedFile {
  readonly path: string;
  readonly byteLength: number;
  /** A file that holds these bytes already: it can be linked or cloned instead of copied. */
  readonly whole: string | undefined;
}

export interface WritePlan {
  /** What the checkpoint will be called: its prefix, or the pattern of V1's shards, which is what TensorFlow reads. */
  readonly path: string;
  /** Data files by shard. */
  readonly data: readonly PlannedFile[];
  /** The index is written last; its appearance makes the checkpoint. */
  readonly indexPath: string;
  readonly tensors: TensorMap;
  /** How many there are. */
  readonly tensorCount: number;
  /** Content in all data files. */
  readonly byteLength: number;
  /** Files of an older checkpoint of this name that have no place in the new one. */
  readonly obsolete: readonly string[];
}

export interface WriteOptions {
  /** What to write; V2 unless said otherwise. */
  readonly format?: FormatName | undefined;
  /** Replace a checkpoint of the same name; without it a write is refused. */
  readonly force?: boolean | undefined;
  /**
   * `stored` (the default) lays content out as it lies in the files it comes from, which reads them front to back and
   * gives back TensorFlow's bytes; `given` follows the map.
   */
  readonly order?: 'stored' | 'given' | undefined;
  /** How many data files: a number, or as many as the content comes from (the default). */
  readonly shards?: number | 'keep' | undefined;
  /** No data file larger than this many bytes, save where one tensor is. */
  readonly maxShardBytes?: number | undefined;
  /**
   * What becomes of a data file that needs no change: copied (the default), hard-linked, or cloned where the file system
   * can. A linked or cloned file is not read, and so not checked.
   */
  readonly reuse?: 'copy' | 'link' | 'reflink' | undefined;
  /** Ranges of input files that no tensor needs any more: a file may be linked or cloned with them in it. */
  readonly superseded?: readonly ByteRange[] | undefined;
  /** Wait until the disk has everything; without it only what takes the place of older files is waited for. */
  readonly sync?: boolean | undefined;
  /** Check content against the checksums it carries while copying; true unless said otherwise. */
  readonly verify?: boolean | undefined;
  readonly onProgress?: ((progress: { readonly bytesDone: number; readonly bytesTotal: number }) => void) | undefined;
}
