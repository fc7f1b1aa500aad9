/** The doors of the library: open, write and verify a checkpoint, whatever its format. */
import { CkptError, CorruptError, NotACheckpointError, UsageError } from '../errors.ts';
import { recogniseFile } from '../io/recognise.ts';
import { indexName } from '../io/shard-names.ts';
import { locate } from '../locate/locate.ts';
import type { TensorMap } from '../tensor/tensor.ts';
import type { Finding, VerifyOptions } from './finding.ts';
import type { Checkpoint, DamagedCheckpoint, Format, Renamed, RenameOptions } from './format.ts';
import { FORMATS, formatOf } from './registry.ts';
import type { RenamePlan, WriteOptions, WritePlan, Written } from './write-plan.ts';

/** A checkpoint and how its path was understood. */
export interface OpenedCheckpoint extends Checkpoint {
  /** A sentence each, where the path did not lead straight to the checkpoint. */
  readonly notes: readonly string[];
}

function formatAt(prefix: string): Format {
  const format = FORMATS.find((candidate) => candidate.detect(prefix));
  if (format === undefined) throw new NotACheckpointError(`there is no checkpoint at ${prefix}`, prefix);
  return format;
}

/** The file that says what a checkpoint holds: the index, or a V1 file itself. */
function listFile({ name }: Format, prefix: string): string {
  return name === 'v2' ? indexName(prefix) : prefix;
}

/** When an index turns out to be something known that is no index, that is what the user must hear; in any case, which file. */
function explained(path: string, error: unknown): unknown {
  if (!(error instanceof CkptError) || error.code === 'UNSUPPORTED') return error;
  const foreign = recogniseFile(path);
  if (foreign !== undefined) return new NotACheckpointError(`${path} ${foreign.sentence}`, path, [], { cause: error });
  if (!(error instanceof CorruptError) || error.message.includes(path)) return error;
  return new CorruptError(`${path}: ${error.message}`, { ...error.damage, path }, { cause: error });
}

/**
 * Opens the checkpoint that a path leads to: its prefix, one of its files, a directory with a state file, a SavedModel.
 * Reads the index only. Throws a {@link CkptError} that says what is there instead when it is no checkpoint.
 */
export async function openCheckpoint(path: string): Promise<OpenedCheckpoint> {
  return openNow(path);
}

/** The same of a file of this machine, which nobody has to wait for. */
export function openNow(path: string): OpenedCheckpoint {
  const { prefix, notes } = locate(path);
  const format = formatAt(prefix);
  try {
    const checkpoint = format.open(prefix);
    return Object.assign(checkpoint, { notes });
  } catch (error) {
    throw explained(listFile(format, prefix), error);
  }
}

/**
 * Opens the checkpoint that a path leads to as far as it is sound: damaged parts of its index are passed over and told as
 * `damage`. Throws a {@link CkptError} when nothing of the index can be trusted.
 */
export async function openDamagedCheckpoint(path: string): Promise<OpenedCheckpoint & DamagedCheckpoint> {
  const { prefix, notes } = locate(path);
  const format = formatAt(prefix);
  try {
    const checkpoint = await format.openDamaged(prefix);
    return Object.assign(checkpoint, { notes });
  } catch (error) {
    throw explained(listFile(format, prefix), error);
  }
}
/** What is written where nobody says otherwise. */
const DEFAULT_FORMAT = 'v2';

/** What writing `tensors` to `path` would do; throws a {@link CkptError} when it would be refused. Touches nothing. */
export async function planCheckpoint(path: string, tensors: TensorMap, options: WriteOptions = {}): Promise<WritePlan> {
  return formatOf(options.format ?? DEFAULT_FORMAT).plan(path, tensors, options);
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

function isDamaged(checkpoint: Checkpoint | DamagedCheckpoint): boolean {
  return 'damage' in checkpoint && checkpoint.damage.length > 0;
}

/**
 * What {@link renameCheckpoint} would do with an open checkpoint; throws a {@link CkptError} when it would be refused, save
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
  return formatOf(checkpoint.format).planRename(checkpoint, rename, options);
}

/**
 * Gives the tensors of a checkpoint, open or at a path, other names, with all else as it is: in place, by one atomic
 * replacement of the file that holds the names, or as a new checkpoint `target`. Data files of V2 are copied and checked,
 * linked or cloned; a V1 file, in which names and content lie together, is written anew, and several shards are refused in
 * place. An open checkpoint stays open, unless it is replaced; then it is closed, and of no more use.
 */
export async function renameCheckpoint(
  checkpoint: string | Checkpoint,
  rename: (name: string) => string,
  options: RenameOptions = {},
): Promise<Renamed> {
  const opened = typeof checkpoint === 'string' ? await openCheckpoint(checkpoint) : checkpoint;
  try {
    const plan = await planRename(opened, rename, options);
    return { path: plan.path, ...(await plan.write()) };
  } finally {
    if (opened !== checkpoint) opened.close();
  }
}

/** Checks every byte of the checkpoint that a path leads to; yields what is wrong and goes on. */
export async function* verifyCheckpoint(path: string, options: VerifyOptions = {}): AsyncGenerator<Finding> {
  const { prefix } = locate(path);
  const format = formatAt(prefix);
  const list = listFile(format, prefix);
  const foreign = recogniseFile(list);
  if (foreign !== undefined) throw new NotACheckpointError(`${list} ${foreign.sentence}`, list);
  yield* format.verify(prefix, options);
}
