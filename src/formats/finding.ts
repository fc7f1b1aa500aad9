/** What a check of a checkpoint's files finds. */

export type FindingKind =
  | 'index-damaged' // the index, or one of its blocks, cannot be read
  | 'header' // the header is missing, of another version, or counts what is not there
  | 'invalid-entry' // an entry cannot be decoded, or holds impossible numbers
  | 'unknown-dtype' // an entry's dtype is none that can be stored
  | 'size-mismatch' // the bytes of a tensor do not fit its shape
  | 'shard-missing' // a data file is not there
  | 'foreign-file' // a data file is something else: a Git LFS pointer, a web page
  | 'outside-file' // a tensor's bytes are not all in its data file
  | 'slice-missing' // a part that a tensor lists is not in the index
  | 'slice-mismatch' // a part has another dtype or shape than its place
  | 'slice-out-of-range' // a part leaves the shape of its tensor
  | 'slices-overlap' // two parts of a tensor hold the same elements
  | 'slices-incomplete' // the parts of a tensor leave elements out
  | 'orphan-slice' // a stored part that no tensor lists
  | 'overlap' // two tensors claim the same bytes
  | 'tensor-checksum' // a tensor's bytes do not match their checksum
  | 'unused-bytes'; // a data file holds bytes that no tensor claims

export interface Finding {
  readonly kind: FindingKind;
  /** Damage makes the answer no; a note does not: TensorFlow reads such files. */
  readonly severity: 'damage' | 'note';
  readonly message: string;
  readonly path?: string | undefined;
  readonly tensor?: string | undefined;
  /** Byte offset in the file at `path`. */
  readonly offset?: number | undefined;
  readonly expected?: string | undefined;
  readonly found?: string | undefined;
}

export interface VerifyProgress {
  readonly bytesDone: number;
  readonly bytesTotal: number;
}

/** What a check went over; complete once it has ended. */
export interface VerifyTotals {
  tensors: number;
  bytes: number;
  files: number;
}

export interface VerifyOptions {
  /** Called now and then while content is read. */
  readonly onProgress?: ((progress: VerifyProgress) => void) | undefined;
  /** Filled in as the check goes on. */
  readonly totals?: VerifyTotals | undefined;
}
