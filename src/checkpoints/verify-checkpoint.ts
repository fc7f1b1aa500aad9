/** Checking a checkpoint: its files, as its format does, and its object graph against its names. */
import { CkptError, CorruptError } from '../errors.ts';
import type { Finding, VerifyLookout, VerifyOptions } from '../formats/finding.ts';
import { supply } from '../io/store.ts';
import { OBJECT_GRAPH_KEY } from '../object-graph/object-graph-key.ts';
import type { TensorMap } from '../tensor/tensor.ts';
import { checkOptions, checkPath } from './arguments.ts';
import type { OpenOptions } from './checkpoint.ts';
import * as formats from './checkpoint.ts';

/** What an object graph lists that is not there, and what it does not list; or that it cannot be decoded. */
async function graphFindings(tensors: TensorMap, signal?: AbortSignal): Promise<Finding[]> {
  if (!(await supply(() => tensors.has(OBJECT_GRAPH_KEY), signal))) return [];
  const { listedKeys } = await import('../object-graph/listed-keys.ts');
  const { graphColumnsOf } = await import('../object-graph/stored-columns.ts');
  return supply(() => {
    const graph = graphColumnsOf(tensors);
    if (graph === undefined) return [];
    const { missing, forgotten } = listedKeys(graph, tensors.keys());
    return [...missing.map(missingKey), ...forgotten.map(forgottenKey)];
  }, signal);
}

/** All bytes are as they were saved, or that would have been told before. */
function undecodable({ message, cause }: CorruptError): Finding {
  const what = cause instanceof CorruptError ? `the object graph cannot be decoded (${cause.message})` : message;
  const told = `${what}; TensorFlow restores nothing by objects from it`;
  return { kind: 'graph-undecodable', severity: 'damage', message: told, tensor: OBJECT_GRAPH_KEY };
}

function missingKey(tensor: string): Finding {
  const message = `the object graph lists ${tensor}, which is not there; TensorFlow cannot restore its object`;
  return { kind: 'graph-key-missing', severity: 'damage', message, tensor };
}

function forgottenKey(tensor: string): Finding {
  const message = `tensor ${tensor} has the key of an object, and the object graph does not list it; TensorFlow does not find it`;
  return { kind: 'graph-key-forgotten', severity: 'damage', message, tensor };
}

/**
 * Checks every byte of the checkpoint that a path leads to, and its object graph; yields what is wrong and goes on.
 *
 * @example
 * for await (const { severity, message } of verifyCheckpoint('model.ckpt')) console.log(severity, message);
 */
export async function* verifyCheckpoint(
  path: string,
  options: VerifyOptions & OpenOptions = {},
): AsyncGenerator<Finding> {
  checkPath('verifyCheckpoint', path);
  checkOptions('verifyCheckpoint', options);
  let damaged = false;
  const lookout: VerifyLookout = { name: OBJECT_GRAPH_KEY };
  for await (const finding of formats.verifyCheckpoint(path, { ...options, lookout })) {
    damaged ||= finding.severity === 'damage';
    yield finding;
  }
  // Where the index is damaged, what it lists means little, and that has been told.
  if (damaged || lookout.isThere === false) return;
  const { store, format, signal } = options;
  const checkpoint = await formats.openCheckpoint(path, { store, format, signal });
  try {
    yield* await graphFindings(checkpoint.tensors, signal);
  } catch (error) {
    if (error instanceof CorruptError) yield undecodable(error);
    else if (!(error instanceof CkptError)) throw error;
  } finally {
    checkpoint.close();
  }
}
