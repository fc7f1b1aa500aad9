/** What a write will do, decided before its first byte: which files appear, and where their bytes come from. It carries itself out. */
import type { HeldInput } from '../io/file-identity.ts';
import type { ByteRange } from '../tensor/tensor.ts';
import type { FileKind, FormatName } from './format-name.ts';

/** A file that a write makes, and how it comes to be there. */
export interface PlannedFile {
  readonly path: string;
  readonly kind: FileKind;
  /**
   * `copy`: content is copied into it; `link`, `reflink`: it becomes another name or a clone of the file `from`, which is copied
   * where that cannot be cloned; `write`: it is made anew and holds no content; `replace`: it takes its own place.
   */
  readonly action: 'copy' | 'link' | 'reflink' | 'write' | 'replace';
  /** Bytes it will have; undefined where that shows when it is written. */
  readonly byteLength: number | undefined;
  /** The file whose bytes it has, all of them. */
  readonly from?: string | undefined;
}

/** What a write took. */
export interface Written {
  readonly bytesCopied: number;
  /** Bytes of files that were linked or cloned, or stayed where they were. */
  readonly bytesReused: number;
}

/** What a rename did beside. */
export interface RenameCounts {
  readonly tensors: number;
  /** How many of them have another name now. */
  readonly renamed: number;
}

/** How a plan is carried out. */
export interface CarryOutOptions {
  /** Wait until the disk has everything; without it only what takes the place of older files is waited for. */
  readonly sync?: boolean | undefined;
  /** Check content against the checksums it carries while copying; true unless said otherwise. */
  readonly verify?: boolean | undefined;
  readonly onProgress?: ((progress: { readonly bytesDone: number; readonly bytesTotal: number }) => void) | undefined;
}

export interface WritePlan extends Written {
  /** What the checkpoint will be called: its prefix, or the pattern of V1's shards, which is what TensorFlow reads. */
  readonly path: string;
  readonly format: FormatName;
  /** In the order in which they take their names; the last one makes the checkpoint. */
  readonly files: readonly PlannedFile[];
  /** Files of an older checkpoint of this name that have no place in the new one. */
  readonly obsolete: readonly string[];
  readonly tensorCount: number;
  /** Bytes of all files that hold content. */
  readonly byteLength: number;
  /** What is not sound and is written all the same, since `force` said so: a sentence each. */
  readonly notes: readonly string[];
  /**
   * Carries the plan out: all of it appears, or nothing. Throws a {@link CkptError} where it cannot be. Options that are left
   * out are those of the planning.
   */
  write(options?: CarryOutOptions): Promise<Written>;
}

/** A plan that gives the tensors of a checkpoint other names. */
export interface RenamePlan extends WritePlan {
  write(options?: CarryOutOptions): Promise<Written & RenameCounts>;
}

export interface WriteOptions extends CarryOutOptions {
  /** What to write; V2 unless said otherwise. */
  readonly format?: FormatName | undefined;
  /** Replace a checkpoint of the same name; without it a write is refused. */
  readonly force?: boolean | undefined;
  /** Plan though data files are not there: for a look at names. Such a plan cannot be carried out. */
  readonly absent?: boolean | undefined;
  /** Checkpoints that are read for this: where a file of them is not what it was, nothing is written. */
  readonly inputs?: readonly HeldInput[] | undefined;
  /** With `force`: replace even the checkpoint that content is read from. Its files are of no more use afterwards. */
  readonly replaceInput?: boolean | undefined;
  /** Looks for the files of such a checkpoint, of whatever format: the doors say how. */
  readonly older?: (() => readonly string[]) | undefined;
  /**
   * `stored` (the default) lays content out as it lies in the files it comes from, which reads them front to back and
   * gives back TensorFlow's bytes; `given` follows the map.
   */
  readonly order?: 'stored' | 'given' | undefined;
  /**
   * How many data files: a number, or as many as the content comes from (the default). A list gives the file of every tensor in
   * the order of the map, part by part where one is partitioned.
   */
  readonly shards?: number | 'keep' | readonly number[] | undefined;
  /** No data file larger than this many bytes, save where one tensor is. */
  readonly maxShardBytes?: number | undefined;
  /**
   * What becomes of a data file that needs no change: copied (the default), hard-linked, or cloned where the file system
   * can. A linked or cloned file is not read, and so not checked.
   */
  readonly reuse?: 'copy' | 'link' | 'reflink' | undefined;
  /** Texts that a file carries beside its tensors, where the format has a place for them: safetensors' `__metadata__`. */
  readonly metadata?: ReadonlyMap<string, string> | undefined;
  /** What Keras 2 reads a `.h5` by: the layers in the order of the model, each with the names of its weights in their order. */
  readonly layers?: ReadonlyMap<string, readonly string[]> | undefined;
  /** A file that gives the new one what it has beside its tensors: the archive of Keras (`.keras`) whose model a new one gets. */
  readonly like?: string | undefined;
  /** Floats in fewer bits, with a scale and a least value beside them, where the format has that: TensorFlow.js. */
  readonly quantize?: 'float16' | 'uint8' | 'uint16' | undefined;
  /** Ranges of input files that no tensor needs any more: a file may be linked or cloned with them in it. */
  readonly superseded?: readonly ByteRange[] | undefined;
}
