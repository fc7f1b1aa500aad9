/**
 * Every error this library throws on purpose. Each message is one lower-case sentence that says what is wrong, where,
 * with the numbers, and what to do next. Pure code throws with an offset; the formats add path and tensor.
 */

export type ErrorCode =
  | 'NOT_A_CHECKPOINT'
  | 'CORRUPT'
  | 'CHECKSUM'
  | 'UNSUPPORTED'
  | 'NAME'
  | 'MISMATCH'
  | 'USAGE'
  | 'UNINITIALIZED'
  | 'WRITE_REFUSED';

/** The parent of all: catch this to tell a refusal of ours from a bug. */
export abstract class CkptError extends Error {
  abstract readonly code: ErrorCode;
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** Thrown when a path leads to no checkpoint. `tried` lists what was looked for. Give another path. */
export class NotACheckpointError extends CkptError {
  readonly code = 'NOT_A_CHECKPOINT';
  constructor(
    message: string,
    readonly path: string,
    readonly tried: readonly string[] = [],
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Where damage sits: the thing that is damaged, and, once known, the file and the byte offset in it. */
export interface Damage {
  readonly where: string;
  readonly path?: string;
  readonly offset?: number;
}

/** Thrown when bytes break the format. Get another copy of the file; `ckpt verify` lists all of the damage. */
export class CorruptError extends CkptError {
  readonly code = 'CORRUPT';
  constructor(
    message: string,
    readonly damage: Damage,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Thrown when bytes do not hash to the recorded checksum (unmasked CRC-32C values). The copy is damaged. */
export class ChecksumError extends CkptError {
  readonly code = 'CHECKSUM';
  constructor(
    message: string,
    readonly subject: string,
    readonly expected: number,
    readonly actual: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Thrown when the file is sound but asks for something this version cannot do. */
export class UnsupportedError extends CkptError {
  readonly code = 'UNSUPPORTED';
  constructor(
    message: string,
    readonly feature: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Thrown when a name or pattern matches nothing, or two tensors would share one name. */
export class NameError extends CkptError {
  readonly code = 'NAME';
  constructor(
    message: string,
    readonly names: { readonly missing?: readonly string[]; readonly colliding?: readonly string[] },
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Thrown when a value has another dtype, shape or size than its place asks for. */
export class MismatchError extends CkptError {
  readonly code = 'MISMATCH';
  constructor(
    message: string,
    readonly tensor: string,
    readonly expected: string,
    readonly actual: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Thrown when a variable is read, changed or saved that has no value yet. Initialize it, assign to it, or restore it. */
export class UninitializedError extends CkptError {
  readonly code = 'UNINITIALIZED';
  constructor(
    message: string,
    readonly variables: readonly string[],
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Thrown when arguments do not make sense together; correct the call. */
export class UsageError extends CkptError {
  readonly code = 'USAGE';
}

/** Thrown when writing would destroy something, or the system refuses it; nothing was touched. Choose another path, or ask to overwrite. */
export class WriteRefusedError extends CkptError {
  readonly code = 'WRITE_REFUSED';
  constructor(
    message: string,
    readonly path: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/**
 * Thrown when the system does not give a file or its bytes: it is forbidden, or the disk fails. No {@link CkptError}: it says
 * nothing about the checkpoint, so that whoever passes over damage does not pass over this.
 */
export class UnreadableError extends Error {
  readonly code = 'UNREADABLE';
  constructor(
    message: string,
    readonly path: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = new.target.name;
  }
}
