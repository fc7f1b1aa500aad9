/** The doors of the library: open, write and verify a checkpoint, whatever its format. */
import { shellWord } from '../bytes/shell-word.ts';
import { CkptError, CorruptError, NotACheckpointError, UsageError } from '../errors.ts';
import type { Finding, VerifyOptions } from '../formats/finding.ts';
import type { Checkpoint, DamagedCheckpoint, Format, Found, RenameOptions } from '../formats/format.ts';
import type { FormatName } from '../formats/format-name.ts';
import { FORMATS, formatOf } from '../formats/registry.ts';
import type { RenamePlan, WriteOptions, WritePlan, Written } from '../formats/write-plan.ts';
import { recogniseFile } from '../io/recognise.ts';
import { recogniseClosely } from '../io/recognise-closely.ts';
import { fileStore, type Store, supply } from '../io/store.ts';
import type { TensorMap } from '../tensor/tensor.ts';
import { checkOptions, checkPath } from './arguments.ts';
import { locate } from './locate.ts';
import { olderFiles } from './older-files.ts';

/** A checkpoint and how its path was understood. */
export interface OpenedCheckpoint extends Checkpoint {
  /** Where its files are. */
  readonly store: Store;
  /** A sentence each, where the path did not lead straight to the checkpoint. */
  readonly notes: readonly string[];
}

/** Where and how to read. */
export interface OpenOptions {
  /** Where the files are; without it, on this machine. */
  readonly store?: Store | undefined;
  /** The format to look for alone, where several have the same name. */
  readonly format?: FormatName | undefined;
  /** Stops what has to be waited for. */
  readonly signal?: AbortSignal | undefined;
}

/** What a list of tensors in JSON is by its first bytes. */
const JSON_KINDS = ['json', 'tfjs-model'];

/** Whether a file of a kind is one of a format's own. */
function isOwn(kind: string, format: FormatName, path: string): boolean {
  const { kinds, endings } = formatOf(format);
  const isList = JSON_KINDS.includes(kind) && endings.some((end) => end.endsWith('.json') && path.endsWith(end));
  return kind === format || kinds?.includes(kind) === true || isList;
}

/** The other format of which a file is a checkpoint by itself. */
export function otherFormatAt(store: Store, path: string, format: FormatName): Format | undefined {
  return FORMATS.find((one) => one.name !== format && one.at(store, path)?.prefix === path);
}

/** When an index turns out to be something known that is no index, that is what the user must hear; in any case, which file. */
function explained(store: Store, { files, prefix, format }: Found, error: unknown): unknown {
  if (!(error instanceof CkptError) || error.code === 'UNSUPPORTED') return error;
  const path = files[0] ?? prefix;
  const other = path === prefix ? undefined : otherFormatAt(store, path, format);
  if (other !== undefined) {
    const message = `${path} is a ${other.title} checkpoint under the name that an index of ${formatOf(format).title} has`;
    const advice = `mv ${shellWord(path)} ${shellWord(prefix)}`;
    return new NotACheckpointError(`${message}; ${advice}`, path, [], { cause: error });
  }
  const foreign = recogniseClosely(store, path);
  if (foreign !== undefined && !isOwn(foreign.kind, format, path)) {
    return new NotACheckpointError(`${path} ${foreign.sentence}`, path, [], { cause: error });
  }
  if (!(error instanceof CorruptError) || error.message.includes(path)) return error;
  return new CorruptError(`${path}: ${error.message}`, { ...error.damage, path }, { cause: error });
}

function withNotes(store: Store, checkpoint: Checkpoint, notes: readonly string[]): OpenedCheckpoint {
  return Object.assign(checkpoint, { store, notes: [...notes, ...(checkpoint.notes ?? [])] });
}

/**
 * Opens the checkpoint that a path leads to: its prefix, one of its files, a directory with a state file, a SavedModel, a file
 * of another format. Reads the index only. Throws a {@link CkptError} that says what is there instead when it is no checkpoint.
 *
 * @example
 * const checkpoint = await openCheckpoint('model.ckpt');
 * for (const [name, { dtype, shape }] of checkpoint.tensors) console.log(name, dtype.name, shape);
 * checkpoint.close();
 */
export async function openCheckpoint(path: string, options: OpenOptions = {}): Promise<OpenedCheckpoint> {
  checkPath('openCheckpoint', path);
  checkOptions('openCheckpoint', options);
  return supply(() => openNow(path, options), options.signal);
}

/** The same where nobody has to wait; a store that has to fetch throws `Missing`. */
export function openNow(path: string, { store = fileStore(), format }: OpenOptions = {}): OpenedCheckpoint {
  const { notes, ...found } = locate(path, { store, format });
  try {
    return withNotes(store, formatOf(found.format).open(store, found), notes);
  } catch (error) {
    throw explained(store, found, error);
  }
}

/**
 * Opens the checkpoint that a path leads to as far as it is sound: damaged parts of its index are passed over and told as
 * `damage`. Throws a {@link CkptError} when nothing of the index can be trusted.
 */
export async function openDamagedCheckpoint(
  path: string,
  { store = fileStore(), format, signal }: OpenOptions = {},
): Promise<OpenedCheckpoint & DamagedCheckpoint> {
  return supply(async () => {
    const { notes, ...found } = locate(path, { store, format });
    try {
      const checkpoint = await formatOf(found.format).openDamaged(store, found);
      return Object.assign(withNotes(store, checkpoint, notes), { damage: checkpoint.damage });
    } catch (error) {
      throw explained(store, found, error);
    }
  }, signal);
}

/** What is written where nobody says otherwise. */
export const DEFAULT_FORMAT = formatOf().name;

/** What writing `tensors` to `path` would do; throws a {@link CkptError} when it would be refused. Touches nothing. */
export async function planCheckpoint(path: string, tensors: TensorMap, options: WriteOptions = {}): Promise<WritePlan> {
  const format = formatOf(options.format ?? DEFAULT_FORMAT);
  return supply(() => format.plan(path, tensors, { ...options, older: () => olderFiles(path) }));
}

/** Writes `tensors` as a checkpoint called `path`: all of it appears, or nothing. Returns the plan, and what it took. */
export async function writeCheckpoint(
  path: string,
  tensors: TensorMap,
  options: WriteOptions = {},
): Promise<WritePlan & Written> {
  const plan = await planCheckpoint(path, tensors, options);
  return { ...plan, ...(await plan.write()) };
}

/**
 * The bytes of one file of `tensors` in a format that can be written front to back, in chunks that are good until the next one
 * is asked for. Throws {@link UsageError} for a format that cannot, and a {@link CkptError} for what it cannot hold, before the
 * first chunk; for content that is not what it was, in the midst.
 *
 * @example
 * const { tensors } = await openCheckpoint('model.ckpt');
 * const chunks = [];
 * for await (const chunk of streamCheckpoint(drop(tensors, (name) => name === 'vocabulary'), { format: 'safetensors' })) {
 *   chunks.push(chunk.slice());
 * }
 */
export async function* streamCheckpoint(tensors: TensorMap, options: WriteOptions = {}): AsyncGenerator<Uint8Array> {
  const { stream, title } = formatOf(options.format ?? DEFAULT_FORMAT);
  if (stream === undefined) throw new UsageError(`${title} is several files, which cannot be streamed`);
  yield* stream(tensors, options);
}

function isDamaged(checkpoint: Checkpoint | DamagedCheckpoint): boolean {
  return 'damage' in checkpoint && checkpoint.damage.length > 0;
}

function isElsewhere(checkpoint: Checkpoint | OpenedCheckpoint): boolean {
  return 'store' in checkpoint && checkpoint.store.isOnDisk !== true;
}

/**
 * What giving the tensors of an open checkpoint other names would do; throws a {@link CkptError} when it would be refused, save
 * for names that meet, which shows when they are written. Touches nothing.
 */
export async function planRename(
  checkpoint: Checkpoint,
  rename: (name: string) => string,
  options: RenameOptions = {},
): Promise<RenamePlan> {
  if (isDamaged(checkpoint)) {
    throw new UsageError(`${checkpoint.path} is damaged; write what is sound of it with writeCheckpoint`);
  }
  const { target } = options;
  if (target === undefined && isElsewhere(checkpoint)) {
    throw new UsageError(`${checkpoint.path} does not lie on this machine; name a target for the new checkpoint`);
  }
  const older = target === undefined ? undefined : () => olderFiles(target);
  return supply(() => formatOf(checkpoint.format).planRename(checkpoint, rename, { ...options, older }));
}

/** Checks every byte of the checkpoint that a path leads to; yields what is wrong and goes on. */
export async function* verifyCheckpoint(
  path: string,
  { store = fileStore(), format, signal, ...options }: VerifyOptions & OpenOptions = {},
): AsyncGenerator<Finding> {
  const found = await supply(() => locate(path, { store, format }), signal);
  const list = found.files[0] ?? found.prefix;
  const foreign = await supply(() => recogniseFile(store, list), signal);
  if (foreign !== undefined && !isOwn(foreign.kind, found.format, list)) {
    throw new NotACheckpointError(`${list} ${foreign.sentence}`, list);
  }
  yield* formatOf(found.format).verify(store, found, options);
}
