/** Writing a map of tensors, and renaming a checkpoint, with the object graph that belongs to it. */
import { UsageError } from '../errors.ts';
import type { Checkpoint, Renamed, RenameOptions } from '../formats/format.ts';
import { formatOf } from '../formats/registry.ts';
import type { RenamePlan, WriteOptions, WritePlan, Written } from '../formats/write-plan.ts';
import { putBack } from '../io/leavings.ts';
import { OBJECT_GRAPH_KEY } from '../object-graph/object-graph-key.ts';
import type { GraphPolicy } from '../surgery/follow-graph.ts';
import type { Reconciled } from '../surgery/object-graph.ts';
import { rename as renamed } from '../surgery/rename.ts';
import { checkMap, checkRule } from '../tensor/arguments.ts';
import type { TensorMap } from '../tensor/tensor.ts';
import { checkOptions, checkPath } from './arguments.ts';
import * as formats from './checkpoint.ts';

export interface CheckpointWriteOptions extends WriteOptions {
  /** What becomes of the object graph of TF2; it follows its tensors unless said otherwise. */
  readonly objectGraph?: GraphPolicy | undefined;
}

/** A plan, and what there is to say of the object graph. */
export interface CheckpointWritePlan extends WritePlan {
  /** A sentence each, for the person who asked; none when the graph followed without loss. */
  readonly notes: readonly string[];
}

/** What follows a graph is loaded late: a rename of names alone must not wait for it. */
async function withItsGraph(tensors: TensorMap, policy?: GraphPolicy): Promise<Reconciled> {
  if (policy === 'keep') return { tensors, notes: [] };
  const { followGraph } = await import('../surgery/follow-graph.ts');
  return followGraph(tensors, policy);
}

/**
 * What writing `tensors` to `path` would do; throws a {@link CkptError} when it would be refused. Touches nothing; the plan
 * carries itself out.
 *
 * @example
 * const checkpoint = await openCheckpoint('model.ckpt');
 * const plan = await planCheckpoint('small.ckpt', subset(checkpoint.tensors, (name) => !name.endsWith('/Adam')));
 * console.log(plan.byteLength, plan.files.map(({ path }) => path));
 * await plan.write();
 */
export async function planCheckpoint(
  path: string,
  tensors: TensorMap,
  options: CheckpointWriteOptions = {},
): Promise<CheckpointWritePlan> {
  return planned('planCheckpoint', path, tensors, options);
}

/** The plan of the public function called `where`. */
async function planned(
  where: string,
  path: string,
  tensors: TensorMap,
  options: CheckpointWriteOptions,
): Promise<CheckpointWritePlan> {
  checkPath(where, path);
  checkMap(where, tensors);
  checkOptions(where, options);
  const { objectGraph, ...rest } = options;
  const hasGraphs = formatOf(options.format ?? formats.DEFAULT_FORMAT).can.tensorflow;
  const followed = await withItsGraph(tensors, hasGraphs ? objectGraph : 'keep');
  const plan = await formats.planCheckpoint(path, followed.tensors, rest);
  return Object.assign(plan, { notes: [...followed.notes, ...plan.notes] });
}

/**
 * Writes `tensors` as a checkpoint called `path`: all of it appears, or nothing. Returns the plan, and what it took.
 *
 * @example
 * const { tensors } = await openCheckpoint('model.ckpt');
 * await writeCheckpoint('renamed.ckpt', rename(tensors, (name) => name.replace('weights', 'params')));
 */
export async function writeCheckpoint(
  path: string,
  tensors: TensorMap,
  options: CheckpointWriteOptions = {},
): Promise<CheckpointWritePlan & Written> {
  checkPath('writeCheckpoint', path);
  putBack(path);
  const plan = await planned('writeCheckpoint', path, tensors, options);
  return { ...plan, ...(await plan.write()) };
}

/** A rename of a checkpoint that has an object graph lays content out anew, for the graph repeats the names and lies in it. */
async function planWithGraph(
  checkpoint: Checkpoint,
  rule: (name: string) => string,
  { target, ...options }: RenameOptions,
): Promise<RenamePlan> {
  if (target === undefined) {
    throw new UsageError(
      `${checkpoint.path} has an object graph (TF2), which repeats the names and lies in the data; give a target to write a new checkpoint`,
    );
  }
  const { tensors, format } = checkpoint;
  const plan = await planCheckpoint(target, renamed(tensors, rule), { ...options, format });
  let count = 0;
  for (const name of tensors.keys()) if (name !== OBJECT_GRAPH_KEY && rule(name) !== name) count++;
  const write: RenamePlan['write'] = async (carry) => ({
    ...(await plan.write(carry)),
    tensors: plan.tensorCount,
    renamed: count,
  });
  return { ...plan, write };
}

/**
 * What {@link renameCheckpoint} would do with an open checkpoint; throws a {@link CkptError} when it would be refused, save
 * for names that meet, which shows when they are written. Touches nothing.
 *
 * @example
 * const checkpoint = await openCheckpoint('model.ckpt');
 * const plan = await planRename(checkpoint, (name) => `encoder/${name}`, { target: 'encoder.ckpt' });
 * console.log(plan.byteLength, await plan.write());
 */
export async function planRename(
  checkpoint: Checkpoint,
  rule: (name: string) => string,
  options: RenameOptions = {},
): Promise<RenamePlan> {
  checkRule('planRename', rule);
  checkOptions('planRename', options);
  const hasGraph = checkpoint.tensors.has(OBJECT_GRAPH_KEY);
  return hasGraph ? planWithGraph(checkpoint, rule, options) : formats.planRename(checkpoint, rule, options);
}

/**
 * Gives the tensors of a checkpoint, open or at a path, other names, with all else as it is: in place, by one atomic
 * replacement of the file that holds the names, or as a new checkpoint `target`. Data files of V2 are copied and checked,
 * linked or cloned; a V1 file, in which names and content lie together, is written anew, and several shards are refused in
 * place, as is an object graph, which lies in the data. An open checkpoint stays open, unless it is replaced; then it is
 * closed, and of no more use.
 *
 * @example
 * await renameCheckpoint('model.ckpt', (name) => name.replace(/^bert\//, 'encoder/'), { target: 'renamed.ckpt' });
 */
export async function renameCheckpoint(
  checkpoint: string | Checkpoint,
  rule: (name: string) => string,
  options: RenameOptions = {},
): Promise<Renamed> {
  checkRule('renameCheckpoint', rule);
  const opened = typeof checkpoint === 'string' ? await formats.openCheckpoint(checkpoint) : checkpoint;
  try {
    if (options.target !== undefined) putBack(options.target);
    const plan = await planRename(opened, rule, options);
    return { ...plan, ...(await plan.write()) };
  } finally {
    if (opened !== checkpoint) opened.close();
  }
}
