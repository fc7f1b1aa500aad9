/** One screen of facts about a checkpoint. Plain data; the command line draws it. */

import { readBytes } from '../bytes/source.ts';
import { CkptError } from '../errors.ts';
import type { Checkpoint, CheckpointFile } from '../formats/format.ts';
import type { FormatName } from '../formats/format-name.ts';
import { lastName, parseKey } from '../object-graph/checkpoint-key.ts';
import { VALUE_ENDING } from '../object-graph/object-graph-key.ts';
import { graphColumnsOf } from '../object-graph/stored-columns.ts';
import { rolesByNames } from '../roles/name-role.ts';
import type { RoleOf } from '../roles/role.ts';
import { nameOfFacts } from '../tensor/named-facts.ts';
import { isPartitioned } from '../tensor/partitioned.ts';
import { scanTensors } from '../tensor/scan.ts';
import type { ScannedTensor, Tensor, TensorFacts, TensorMap } from '../tensor/tensor.ts';
import { parametersOf } from './tree.ts';

export interface DTypeTotals {
  readonly dtype: string;
  tensors: number;
  parameters: number;
  bytes: number;
}

export interface Summary {
  readonly format: FormatName;
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
  /** The training step, by the role of the tensor that holds it; where none does, how often the checkpoint was saved. */
  readonly step: { readonly name: string; readonly value: bigint } | undefined;
  /** Present in a TF2 object-based checkpoint; what keeps it from being read is told instead of its counts. */
  readonly objectGraph:
    | { readonly objects: number; readonly slotVariables: number }
    | { readonly error: string }
    | undefined;
}

const MOST_LARGEST = 5;
const SAVE_COUNTER = `save_counter${VALUE_ENDING}`;
/** Words of those that count the steps of the whole before what counts for one optimizer. */
const STEP_WORDS = ['global_step', 'train_step', 'training_step', 'step'];

/** The last word of a name, or of the path that a key spells. */
const lastWord = (name: string): string => lastName(parseKey(name)?.path ?? name);

/** Which of several steps is told: one for the whole program before that of an optimizer; a smaller number is better. */
function rankOf(name: string): number {
  const rank = STEP_WORDS.indexOf(lastWord(name));
  return rank < 0 ? STEP_WORDS.length : rank;
}

/** The number in a tensor; undefined where it holds several or cannot be read. */
function numberIn(tensor: Tensor): bigint | undefined {
  const { dtype, shape } = tensor;
  if (shape.length > 0 || (dtype.name !== 'int64' && dtype.name !== 'int32')) return undefined;
  try {
    const bytes = readBytes(tensor.source, 0, dtype.width);
    const view = new DataView(bytes.buffer);
    return dtype.width === 8 ? view.getBigInt64(0, true) : BigInt(view.getInt32(0, true));
  } catch (error) {
    if (!(error instanceof CkptError)) throw error;
    return undefined;
  }
}

/** The best of the steps seen so far: of those that count alike, the one that counted furthest. */
class BestStep {
  best: { readonly name: string; readonly value: bigint } | undefined;
  #rank = Number.POSITIVE_INFINITY;

  add(name: string, tensor: Tensor): void {
    const rank = rankOf(name);
    if (rank > this.#rank) return;
    const value = numberIn(tensor);
    if (value === undefined || (rank === this.#rank && this.best !== undefined && value <= this.best.value)) return;
    this.best = { name, value };
    this.#rank = rank;
  }
}

function objectGraphOf(tensors: TensorMap): Summary['objectGraph'] {
  try {
    const graph = graphColumnsOf(tensors);
    return graph && { objects: graph.count, slotVariables: graph.slots.total };
  } catch (error) {
    if (!(error instanceof CkptError)) throw error;
    return { error: error.message };
  }
}

/** Keeps the few largest seen so far. */
function keepLargest(largest: { name: string; bytes: number }[], facts: TensorFacts): void {
  if (largest.length === MOST_LARGEST && facts.byteLength <= (largest.at(-1)?.bytes ?? 0)) return;
  largest.push({ name: nameOfFacts(facts), bytes: facts.byteLength });
  largest.sort((a, b) => b.bytes - a.bytes);
  largest.length = Math.min(largest.length, MOST_LARGEST);
}

/**
 * One screen of facts. `roleOf` tells which tensor is the step; names tell where it is left out. A tensor that cannot be read
 * is counted, and tells no step. `visit` is shown each, for who wants to know more without another walk.
 *
 * @example
 * const checkpoint = await openCheckpoint('model.ckpt');
 * const { tensors, bytes, parameters } = summaryOf(checkpoint);
 * console.log(tensors, bytes, parameters);
 */
export function summaryOf(
  checkpoint: Checkpoint,
  roleOf: RoleOf = rolesByNames(checkpoint.tensors).roleOf,
  visit: (facts: ScannedTensor) => void = () => {},
): Summary {
  const totals = new Map<string, DTypeTotals>();
  const largest: { name: string; bytes: number }[] = [];
  const steps = new BestStep();
  let partitioned = 0;
  scanTensors(checkpoint.tensors, (facts) => {
    visit(facts);
    const { dtype, byteLength, problem } = facts;
    let total = totals.get(dtype.name);
    if (total === undefined) {
      total = { dtype: dtype.name, tensors: 0, parameters: 0, bytes: 0 };
      totals.set(dtype.name, total);
    }
    total.tensors++;
    total.parameters += parametersOf(facts);
    total.bytes += byteLength;
    if (!facts.isPlain && problem === undefined && isPartitioned(facts.tensor)) partitioned++;
    keepLargest(largest, facts);
    if (facts.shape.length > 0) return;
    const name = nameOfFacts(facts);
    if (roleOf(name, facts).role === 'step') steps.add(name, facts.tensor);
  });
  const counter = steps.best === undefined ? checkpoint.tensors.get(SAVE_COUNTER) : undefined;
  if (counter !== undefined) steps.add(SAVE_COUNTER, counter);
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
    step: steps.best,
    objectGraph: objectGraphOf(checkpoint.tensors),
  };
}
