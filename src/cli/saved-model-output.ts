/** Where `set --in-place` and `--into SAVED_MODEL` write, and what must be true before they do. */
import { existsSync, lstatSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { OBJECT_GRAPH_KEY } from '../graph.ts';
import { formatOf } from '../history.ts';
import {
  type FormatName,
  MismatchError,
  NameError,
  type OpenedCheckpoint,
  openCheckpoint,
  type TensorMap,
  UsageError,
} from '../index.ts';
import { formatShape } from '../text.ts';
import type { Output } from './write-options.ts';

/**
 * The checkpoint itself, or what a link to its only file points to; throws {@link UsageError} for shards of V1, which cannot be
 * replaced in one step, for links to one file of several, beside which the others would have to be, and for another format.
 */
export function inPlace({ path, format, files }: OpenedCheckpoint, to: FormatName = format): Output {
  if (to !== format) {
    throw new UsageError(`${path} stays ${formatOf(format).title} in its place; write another format with -o`);
  }
  if (!formatOf(format).can.share && files.length > 1) {
    throw new UsageError(`${path} has ${files.length} shards, which cannot be replaced in one step; write with -o`);
  }
  const link = files.find((file) => lstatSync(file.path, { throwIfNoEntry: false })?.isSymbolicLink() === true);
  if (link === undefined) return { path, notes: [], replaces: true };
  const real = realpathSync(link.path);
  if (files.length === 1) return { path: real, notes: [], replaces: true };
  throw new UsageError(`${link.path} is a link to ${real}; name the checkpoint there, or write with -o`);
}

/** The variables of a SavedModel, which are V2; throws {@link UsageError} for what is none, and for another format. */
export function variablesOf(directory: string, to: FormatName = 'v2'): Output {
  const model = ['saved_model.pb', 'saved_model.pbtxt'].find((name) => existsSync(join(directory, name)));
  if (model === undefined) {
    throw new UsageError(`${directory} is no SavedModel: it has no saved_model.pb; --into takes its directory`);
  }
  if (to !== 'v2') throw new UsageError(`the variables of a SavedModel are V2, not ${formatOf(to).title}`);
  return { path: join(directory, 'variables', 'variables'), format: to, notes: [], replaces: true };
}

/** Throws where a SavedModel would not find all of its variables, with their dtypes and shapes, among the tensors. */
export async function checkFits(directory: string, tensors: TensorMap): Promise<void> {
  const model = await openCheckpoint(directory);
  try {
    const missing: string[] = [];
    for (const [name, wanted] of model.tensors) {
      const tensor = tensors.get(name);
      if (tensor === undefined) missing.push(name);
      else if (tensor.dtype !== wanted.dtype || formatShape(tensor.shape) !== formatShape(wanted.shape)) {
        const [is, was] = [tensor, wanted].map(({ dtype, shape }) => `${dtype.name}${formatShape(shape)}`);
        throw new MismatchError(`${name} is ${is}, ${directory} wants ${was}`, name, `${was}`, `${is}`);
      }
    }
    const lost = missing.filter((name) => name !== OBJECT_GRAPH_KEY);
    const [first] = lost;
    if (first === undefined) return;
    const more = lost.length === 1 ? '' : ` and ${lost.length - 1} more`;
    throw new NameError(`${directory} wants ${first}${more}, which the checkpoint does not have`, { missing: lost });
  } finally {
    model.close();
  }
}
