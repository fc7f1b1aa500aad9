/** Sums over tensors, as JSON documents have them: what is counted is called a count. */
import type { Summary } from '../../index.ts';
import type { RoleSummary, ScopeNode } from '../../roles.ts';

interface Totals {
  readonly tensors: number;
  readonly parameters: number;
  readonly bytes: number;
}

const totals = ({ tensors, parameters, bytes }: Totals): object => ({
  tensorCount: tensors,
  parameterCount: parameters,
  bytes,
});

export function scopeJson({ label, times, dtype, shape, children, ...node }: ScopeNode): object {
  return { label, count: times, ...totals(node), dtype, shape, children: children.map(scopeJson) };
}

export function roleSums({ roles, weights, optimizers }: RoleSummary): object {
  return {
    roles: roles.map(({ role, ...sums }) => ({ role, ...totals(sums) })),
    weights: weights.map(({ trainable, evidence, ...sums }) => ({ trainable, evidence, ...totals(sums) })),
    optimizers,
  };
}

function graphJson(graph: Summary['objectGraph']): object | undefined {
  if (graph === undefined || 'error' in graph) return graph;
  return { objectCount: graph.objects, slotCount: graph.slotVariables };
}

/** What a summary says of the tensors and files; the step, whose number may be larger than JavaScript's, is left to the caller. */
export function summaryJson({ byteOrder, files, partitioned, dtypes, largest, objectGraph, ...sums }: Summary): object {
  return {
    byteOrder,
    files: files.map(({ path, kind, byteLength }) => ({ path, kind, bytes: byteLength })),
    ...totals(sums),
    partitionedCount: partitioned,
    dtypes: dtypes.map(({ dtype, ...own }) => ({ dtype, ...totals(own) })),
    largest,
    objectGraph: graphJson(objectGraph),
  };
}
