/** What every checkpoint format offers: it opens into a map of tensors, writes such a map, and checks its own files. */
import type { ByteOrder } from '../bytes/byte-order.ts';
import type { CkptError } from '../errors.ts';
import type { HeldInput } from '../io/file-identity.ts';
import type { Store } from '../io/store.ts';
import type { DType } from '../tensor/dtype.ts';
import type { Tensor, TensorMap } from '../tensor/tensor.ts';
import type { Finding, FindingMeaning, VerifyOptions } from './finding.ts';
import type { FileKind, FormatName } from './format-name.ts';
import type { RoundTrip } from './round-trip.ts';
import type { CarryOutOptions, RenameCounts, RenamePlan, WriteOptions, WritePlan } from './write-plan.ts';

/** A checkpoint that was found, by the names of its files and a look at the first bytes where names do not tell. */
export interface Found {
  readonly format: FormatName;
  /** What commands take: the prefix that its files share, its only file, or a pattern for its shards. */
  readonly prefix: string;
  /** What the names of files beside it begin with, as that of its `.meta`: the prefix, without what tells shards apart. */
  readonly stem: string;
  /** Its files that are there, the one that lists the tensors first; data files as far as names were given. */
  readonly files: readonly string[];
}

/** A file of a checkpoint; `byteLength` is undefined while it is missing. */
export interface CheckpointFile {
  readonly path: string;
  readonly kind: FileKind;
  readonly byteLength: number | undefined;
}

/** An open checkpoint. Nothing but the index is read until a tensor's content is asked for. */
export interface Checkpoint extends HeldInput {
  readonly format: FormatName;
  /** What the user would call it: the prefix that its files share. */
  readonly path: string;
  readonly byteOrder: ByteOrder;
  readonly tensors: TensorMap;
  readonly files: readonly CheckpointFile[];
  /** Texts that the file carries beside its tensors, where the format has a place for them. */
  readonly metadata?: ReadonlyMap<string, string> | undefined;
  /** What Keras calls its layers, by the paths of their weights in the file. */
  readonly layers?: ReadonlyMap<string, string> | undefined;
  /** What Keras 2 calls its layers, in the order of the model, each with the names of its weights. */
  readonly layerWeights?: ReadonlyMap<string, readonly string[]> | undefined;
  /** What a checkpoint had that became this one and that its format cannot hold. */
  readonly roundTrip?: RoundTrip | undefined;
  /** What somebody should know of what was opened, a sentence each. */
  readonly notes?: readonly string[] | undefined;
  /** Files that are shorter or longer than the tensors need, a sentence each, once all tensors have been gone through. */
  sizeNotes?(): readonly string[];
  /** Closes the files; the tensors cannot be read afterwards. */
  close(): void;
}

/** A checkpoint of what is sound in a damaged one. */
export interface DamagedCheckpoint extends Checkpoint {
  /** What is wrong with the index, or with files of V1, part by part; none when they are sound. The map lacks their tensors. */
  readonly damage: readonly CkptError[];
  /** Whether the damage costs no tensor, since it lies behind all that list any; not known to when left out. */
  readonly isComplete?: boolean | undefined;
  /** Tensors that no checksum of the index vouches for, and why; none when left out. */
  readonly unproven?: ReadonlyMap<string, Unproven> | undefined;
}

/** The part of an index that an entry lies in: one whose end was cut off, or one that does not match its checksum. */
export type Unproven = 'cut' | 'damaged';

export interface RenameOptions extends CarryOutOptions, Pick<WriteOptions, 'absent' | 'force' | 'older' | 'reuse'> {
  /** The checkpoint to make, its data files copied, linked or cloned; without it the names change in place. */
  readonly target?: string | undefined;
}

/** What a rename did: the plan that was carried out, and what it took. */
export type Renamed = Omit<RenamePlan, 'write'> & RenameCounts;

/** What a format has a place for, beside tensors of the dtypes that it holds. */
export interface Capabilities {
  /** Data files that hold nothing but content, which can be linked or cloned. */
  readonly share: boolean;
  /** Several data files. */
  readonly split: boolean;
  /** Variables in parts, and the object graph of TF2. */
  readonly tensorflow: boolean;
  /** Texts beside the tensors. */
  readonly metadata: boolean;
  /** A checksum of every byte of content. */
  readonly checksums: boolean;
  /** Lying in a directory, whose name is that of the whole. */
  readonly folder: boolean;
}

export interface Format {
  readonly name: FormatName;
  /** What people call it. */
  readonly title: string;
  readonly can: Capabilities;
  /** The format that took its place, and what is odd about this one; for formats that nobody should write any more. */
  readonly superseded?: { readonly by: FormatName; readonly why: string };
  /** Kinds of finding that only this format has, with what they mean. */
  readonly findings?: Readonly<Record<string, FindingMeaning>>;
  /** Endings that its files have, where the name of a file tells what is to be written. */
  readonly endings: readonly string[];
  /** What its files are by their first bytes (io/recognise.ts), where that is not called as the format is. */
  readonly kinds?: readonly string[] | undefined;
  /** Asked of every tensor before the first byte is written. */
  holds(dtype: DType): boolean;
  /** Why a tensor of a dtype that it holds cannot be held for what is in it; its content is read. Undefined where it can. */
  refusal?(name: string, tensor: Tensor): string | undefined;
  /** The checkpoint of this format that has exactly this name, decided by content; no directory is listed where it is one file. */
  at(store: Store, path: string): Found | undefined;
  /** The checkpoints of this format among names of a directory, which ends in a slash unless it is empty. */
  find(store: Store, dir: string, names: readonly string[]): Found[];
  /** What a directory as a whole is, where that is a checkpoint of this format and nothing else was found in it. */
  folder?(store: Store, dir: string): Found | undefined;
  /** Every file that a checkpoint of this name has, be it whole or what is left of one: a write to the name replaces them. */
  filesOf(store: Store, prefix: string): string[];
  /** Reads the index alone, of what {@link at} or {@link find} gave. Throws `Missing` while code or bytes have yet to be loaded. */
  open(store: Store, found: Found): Checkpoint;
  /** Opens what is sound in a damaged checkpoint; throws when that is nothing. */
  openDamaged(store: Store, found: Found): Promise<DamagedCheckpoint>;
  /** What writing would do, to be carried out by its `write`; nothing is touched. */
  plan(path: string, tensors: TensorMap, options?: WriteOptions): Promise<WritePlan>;
  /**
   * Plans other names for the tensors of a checkpoint of this format, with all else as it is; a write that replaces the
   * checkpoint closes it.
   */
  planRename(checkpoint: Checkpoint, rename: (name: string) => string, options?: RenameOptions): Promise<RenamePlan>;
  /** The bytes of one file, front to back, in chunks that are good until the next one is asked for. */
  stream?(tensors: TensorMap, options?: WriteOptions): AsyncGenerator<Uint8Array>;
  verify(store: Store, found: Found, options?: VerifyOptions): AsyncIterable<Finding>;
}
