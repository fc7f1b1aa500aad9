/** One screen of facts about a checkpoint. Plain data; the command line draws it. */

import { readBytes } from '../bytes/source.ts';
import { CkptError } from '../errors.ts';
import type { Checkpoint, CheckpointFile } from '../formats/format.ts';
import { decodeObjectGraph, OBJECT_GRAPH_KEY } from '../object-graph/object-graph.ts';
import { isPartitioned } from '../tensor/partitioned.ts';
import { readStrings } from '../tensor/strings.ts';
import type { Tensor, TensorMap } from '../tensor/tensor.ts';
import { parametersOf } from './tree.ts';

export interface DTypeTotals {
  readonly dtype: string;
  tensors: number;
  parameters: number;
  bytes: number;
}

export interface Summary {
  readonly format: string;
  readonly path: string;
  readonly byteOrder: string;
  readonly files: readonly CheckpointFile[];
  readonly tensors: number;
  /** Elements that are numbers. */
  readonly parameters: number;
  readonly bytes: number;
  readonly partitioned: number;
  readonly dtypes: readonly DTypeTotals[];
  readonly largest: readonly { readonly name: string; readonly bytes: number }[];
  /** The training step, where a tensor of the usual name holds it. */
  readonly step: { readonly name: string; readonly value: bigint } | undefined;
  /** Present in a TF2 object-based checkpoint; what keeps it from being read is told instead of its counts. */
  readonly objectGraph:
    | { readonly objects: number; readonly slotVariables: number }
    | { readonly error: string }
    | undefined;
}

const STEP_NAMES = [
  'global_step',
  'step/.ATTRIBUTES/VARIABLE_VALUE',
  'optimizer/iter/.ATTRIBUTES/VARIABLE_VALUE',
  'optimizer/_iterations/.ATTRIBUTES/VARIABLE_VALUE',
  'save_counter/.ATTRIBUTES/VARIABLE_VALUE',
];
const MOST_LARGEST = 5;

/** The step, if one of the usual tensors is there and can be read. */
function stepOf(tensors: TensorMap): Summary['step'] {
  for (const name of STEP_NAMES) {
    const tensor = tensors.get(name);
    if (tensor === undefined || tensor.shape.length > 0) continue;
    if (tensor.dtype.name !== 'int64' && tensor.dtype.name !== 'int32') continue;
    try {
      const bytes = readBytes(tensor.source, 0, tensor.dtype.width);
      const view = new DataView(bytes.buffer);
      const value = tensor.dtype.width === 8 ? view.getBigInt64(0, true) : BigInt(view.getInt32(0, true));
      return { name, value };
    } catch (error) {
      if (!(error instanceof CkptError)) throw error;
    }
  }
  return undefined;
}

function objectGraphOf(tensors: TensorMap): Summary['objectGraph'] {
  const tensor = tensors.get(OBJECT_GRAPH_KEY);
  if (tensor === undefined) return undefined;
  try {
    const [bytes] = readStrings(tensor.source, 1);
    const { nodes } = decodeObjectGraph(bytes ?? new Uint8Array(0));
    return { objects: nodes.length, slotVariables: nodes.reduce((sum, node) => sum + node.slotVariables.length, 0) };
  } catch (error) {
    if (!(error instanceof CkptError)) throw error;
    return { error: error.message };
  }
}

/** Keeps the few largest seen so far. */
function keepLargest(largest: { name: string; bytes: number }[], name: string, tensor: Tensor): void {
  if (largest.length === MOST_LARGEST && tensor.byteLength <= (largest.at(-1)?.bytes ?? 0)) return;
  largest.push({ name, bytes: tensor.byteLength });
  largest.sort((a, b) => b.bytes - a.bytes);
  largest.length = Math.min(largest.length, MOST_LARGEST);
}

export function summaryOf(checkpoint: Checkpoint): Summary {
  const totals = new Map<string, DTypeTotals>();
  const largest: { name: string; bytes: number }[] = [];
  let partitioned = 0;
  for (const [name, tensor] of checkpoint.tensors) {
    const dtype = tensor.dtype.name;
    const total = totals.get(dtype) ?? { dtype, tensors: 0, parameters: 0, bytes: 0 };
    total.tensors++;
    total.parameters += parametersOf(tensor);
    total.bytes += tensor.byteLength;
    totals.set(dtype, total);
    if (tensor.problem === undefined && isPartitioned(tensor)) partitioned++;
    keepLargest(largest, name, tensor);
  }
  const dtypes = [...totals.values()].sort((a, b) => b.bytes - a.bytes);
  const sum = (pick: (total: DTypeTotals) => number): number => dtypes.reduce((all, total) => all + pick(total), 0);
  return {
    format: checkpoint.format,
    path: checkpoint.path,
    byteOrder: checkpoint.byteOrder,
    files: checkpoint.files,
    tensors: sum((total) => total.tensors),
    parameters: sum((total) => total.parameters),
    bytes: sum((total) => total.bytes),
    partitioned,
    dtypes,
    largest,
    step: stepOf(checkpoint.tensors),
    objectGraph: objectGraphOf(checkpoint.tensors),
  };
}
