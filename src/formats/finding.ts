/** What a check of a checkpoint's files finds. */

/** What a kind of finding is about, whatever a format calls it; `sound` is what may be told and needs no remedy. */
export type FindingMeaning =
  | 'file'
  | 'entry'
  | 'dtype'
  | 'content'
  | 'parts'
  | 'overlap'
  | 'unused'
  | 'orphan'
  | 'header'
  | 'graph'
  | 'sound';

/** The kinds that several formats have; a format adds its own. */
export const FINDINGS = {
  /** The index, or one of its blocks, cannot be read. */
  'index-damaged': 'file',
  /** The header is missing, of another version, or counts what is not there. */
  header: 'header',
  /** An entry cannot be decoded, or holds impossible numbers. */
  'invalid-entry': 'entry',
  /** An entry's dtype is none that can be stored. */
  'unknown-dtype': 'dtype',
  /** The bytes of a tensor do not fit its shape. */
  'size-mismatch': 'entry',
  /** A data file is not there. */
  'shard-missing': 'file',
  /** A data file is something else: a Git LFS pointer, a web page. */
  'foreign-file': 'file',
  /** A tensor's bytes are not all in its data file. */
  'outside-file': 'content',
  /** A part that a tensor lists is not in the index. */
  'slice-missing': 'parts',
  /** A part has another dtype or shape than its place. */
  'slice-mismatch': 'parts',
  /** A part leaves the shape of its tensor. */
  'slice-out-of-range': 'parts',
  /** Two parts of a tensor hold the same elements. */
  'slices-overlap': 'parts',
  /** The parts of a tensor leave elements out, as those of a partitioned variable's slots do. */
  'slices-incomplete': 'sound',
  /** A stored part that no tensor lists. */
  'orphan-slice': 'orphan',
  /** Two tensors claim the same bytes. */
  overlap: 'overlap',
  /** A tensor's bytes do not match their checksum. */
  'tensor-checksum': 'content',
  /** The object graph is no such message. */
  'graph-undecodable': 'graph',
  /** The object graph lists a value that is not there. */
  'graph-key-missing': 'graph',
  /** A tensor has the key of an object, and the object graph does not list it. */
  'graph-key-forgotten': 'graph',
  /** A data file holds bytes that no tensor claims. */
  'unused-bytes': 'unused',
} as const satisfies Record<string, FindingMeaning>;

/** What a finding is called: one of {@link FINDINGS}, or a kind of its format's own. */
export type FindingKind = keyof typeof FINDINGS | (string & {});

export interface Finding {
  readonly kind: FindingKind;
  /** Damage makes the answer no; a note does not: TensorFlow reads such files. */
  readonly severity: 'damage' | 'note';
  readonly message: string;
  readonly path?: string | undefined;
  readonly tensor?: string | undefined;
  /** Byte offset in the file at `path`. */
  readonly offset?: number | undefined;
  /** How many bytes there it is about, where that is told. */
  readonly byteLength?: number | undefined;
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

/** A tensor that a check looks out for: who wants it need not open the checkpoint again to know that there is none. */
export interface VerifyLookout {
  readonly name: string;
  /** Whether there is one; undefined where the check does not tell. */
  isThere?: boolean;
}

export interface VerifyOptions {
  /** Called now and then while content is read. */
  readonly onProgress?: ((progress: VerifyProgress) => void) | undefined;
  /** Filled in as the check goes on. */
  readonly totals?: VerifyTotals | undefined;
  /** Filled in as the check goes on. */
  readonly lookout?: VerifyLookout | undefined;
}
