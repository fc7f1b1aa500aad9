/**
 * Who vouches for the names of tensors whose entries no checksum of an index covers: the object graph, which has a checksum of
 * its own and repeats the names, and the graph beside the checkpoint, which knows dtypes and shapes as well.
 */
import { TextSet } from '../bytes/text-map.ts';
import { CkptError } from '../errors.ts';
import type { DamagedCheckpoint } from '../formats/format.ts';
import { checkStored } from '../inspect/digest.ts';
import { supply } from '../io/store.ts';
import { OBJECT_GRAPH_KEY } from '../object-graph/object-graph-key.ts';
import { graphColumnsOf } from '../object-graph/stored-columns.ts';
import { sameShape } from '../tensor/shape.ts';
import type { Tensor, TensorMap } from '../tensor/tensor.ts';

/** The keys that the object graph lists; none where there is no sound one. */
export function graphKeys(tensors: TensorMap): Set<string> {
  const keys = new TextSet();
  try {
    const graph = tensors.get(OBJECT_GRAPH_KEY);
    if (graph !== undefined) checkStored(OBJECT_GRAPH_KEY, graph);
    const columns = graphColumnsOf(tensors);
    for (let i = 0; i < (columns?.attributes.total ?? 0); i++) keys.add(columns?.keyAt(i) as string);
  } catch (error) {
    if (!(error instanceof CkptError)) throw error;
  }
  return keys;
}

/** What a graph beside a checkpoint says of a variable. */
export interface VariableBeside {
  /** `DataType` enum number. */
  readonly dtype?: number | undefined;
  readonly shape?: readonly number[] | undefined;
}

/** Variables by the keys under which a checkpoint has them; undefined where no graph is beside it. */
export type VariablesBeside = (prefix: string) => Promise<ReadonlyMap<string, VariableBeside> | undefined>;

const isOf = ({ dtype, shape }: VariableBeside, tensor: Tensor): boolean =>
  dtype === (tensor.dtypeNumber ?? tensor.dtype.number) && shape !== undefined && sameShape(shape, tensor.shape);

/** The tensors that no checksum of the index covers and nothing else vouches for. */
export async function unprovenIn(
  { unproven, tensors, path }: DamagedCheckpoint,
  variablesBeside: VariablesBeside | undefined,
): Promise<ReadonlySet<string>> {
  const found = new TextSet();
  if (unproven === undefined || unproven.size === 0) return found;
  const keys = await supply(() => graphKeys(tensors));
  const variables = await variablesBeside?.(path);
  for (const [name, why] of unproven) {
    if (name === OBJECT_GRAPH_KEY && keys.size > 0) continue;
    // A part that is cut off ends early and holds no other bytes than it did; one that is damaged may hold another dtype.
    if (why === 'cut' && keys.has(name)) continue;
    const variable = variables?.get(name);
    const tensor = tensors.get(name);
    if (variable === undefined || tensor === undefined || !isOf(variable, tensor)) found.add(name);
  }
  return found;
}
