/** What else the tensors of an object-based checkpoint are called; loaded only where there is an object graph. */
import { CkptError, UnreadableError } from '../errors.ts';
import { OBJECT_GRAPH_KEY } from '../object-graph/object-graph-key.ts';
import type { OtherNames } from '../object-graph/other-names.ts';
import type { TensorMap } from '../tensor/tensor.ts';

/**
 * The paths and full names of what lies in an object-based checkpoint; undefined where no object graph can be read, or where it
 * lists more than `most` values.
 */
export async function furtherNamesOf(
  tensors: TensorMap,
  most = Number.POSITIVE_INFINITY,
): Promise<OtherNames | undefined> {
  if (!tensors.has(OBJECT_GRAPH_KEY)) return undefined;
  const [{ graphColumnsOf }, { OtherNames }] = await Promise.all([
    import('../object-graph/stored-columns.ts'),
    import('../object-graph/other-names.ts'),
  ]);
  try {
    const graph = graphColumnsOf(tensors);
    return graph === undefined || graph.attributes.total > most ? undefined : new OtherNames(graph);
  } catch (error) {
    if (error instanceof CkptError || error instanceof UnreadableError) return undefined;
    throw error;
  }
}
