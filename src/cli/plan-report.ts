/** What `--dry-run` tells, as plain data: what becomes of each tensor and where each file comes from. */
import type { OpenedCheckpoint, Tensor, TensorMap, WriteOptions, WritePlan } from '../index.ts';

export interface RenamedTensor {
  /** Path of the checkpoint it comes from. */
  readonly input: string;
  readonly from: string;
  readonly to: string;
}

export interface DroppedTensor {
  readonly input: string;
  readonly name: string;
  readonly bytes: number;
}

export interface ReportedFile {
  readonly path: string;
  readonly action: 'copy' | 'link' | 'reflink' | 'write' | 'replace' | 'remove';
  readonly bytes?: number;
  /** The file that is linked or cloned. */
  readonly from?: string;
}

/** The document of `--dry-run --json`. */
export interface PlanReport {
  readonly output: string;
  readonly inputs: readonly { readonly path: string; readonly format: string }[];
  /** Tensors of the output, and the bytes of their content. */
  readonly tensors: number;
  readonly bytes: number;
  readonly bytesCopied: number;
  readonly bytesReused: number;
  readonly bytesDropped: number;
  readonly unchanged: number;
  readonly renamed: readonly RenamedTensor[];
  readonly dropped: readonly DroppedTensor[];
  readonly files: readonly ReportedFile[];
  readonly notes: readonly string[];
}

/** What a tensor of an input is called in the output; undefined for one that is left out. */
export type Becomes = (name: string, input: number, tensor: Tensor) => string | undefined;

interface Fates {
  readonly unchanged: number;
  readonly renamed: RenamedTensor[];
  readonly dropped: DroppedTensor[];
}

function fatesOf(inputs: readonly OpenedCheckpoint[], output: TensorMap, becomes: Becomes): Fates {
  const names = new Set(output.keys());
  const renamed: RenamedTensor[] = [];
  const dropped: DroppedTensor[] = [];
  let unchanged = 0;
  for (const [i, { path: input, tensors }] of inputs.entries()) {
    for (const [name, tensor] of tensors) {
      const next = becomes(name, i, tensor);
      if (next === undefined || !names.has(next)) dropped.push({ input, name, bytes: tensor.byteLength });
      else if (next === name) unchanged++;
      else renamed.push({ input, from: name, to: next });
    }
  }
  return { unchanged, renamed, dropped };
}

function filesOf({ data, indexPath, obsolete }: WritePlan, reuse: WriteOptions['reuse']): ReportedFile[] {
  return [
    ...data.map(({ path, byteLength, whole }): ReportedFile => {
      if (reuse === undefined || reuse === 'copy' || whole === undefined) {
        return { path, action: 'copy', bytes: byteLength };
      }
      return { path, action: reuse, bytes: byteLength, from: whole };
    }),
    { path: indexPath, action: 'write' },
    ...obsolete.map((path): ReportedFile => ({ path, action: 'remove' })),
  ];
}

/** Everything about a plan that somebody may want to know before it is carried out. */
export function reportOf(
  plan: WritePlan,
  inputs: readonly OpenedCheckpoint[],
  outcome: { readonly becomes: Becomes },
  { reuse, notes }: Pick<WriteOptions, 'reuse'> & { readonly notes: readonly string[] },
): PlanReport {
  const files = filesOf(plan, reuse);
  const { unchanged, renamed, dropped } = fatesOf(inputs, plan.tensors, outcome.becomes);
  const copied = files.reduce((sum, { action, bytes = 0 }) => sum + (action === 'copy' ? bytes : 0), 0);
  return {
    output: plan.path,
    inputs: inputs.map(({ path, format }) => ({ path, format })),
    tensors: plan.tensorCount,
    bytes: plan.byteLength,
    bytesCopied: copied,
    bytesReused: plan.byteLength - copied,
    bytesDropped: dropped.reduce((sum, { bytes }) => sum + bytes, 0),
    unchanged,
    renamed,
    dropped,
    files,
    notes,
  };
}

/** The same of a rename that replaces the index alone. */
export function inPlaceReport(
  input: OpenedCheckpoint,
  outcome: { readonly tensors: TensorMap; readonly becomes: Becomes },
  notes: readonly string[],
): PlanReport {
  const { path, format, tensors, files } = input;
  let bytes = 0;
  for (const { byteLength } of tensors.values()) bytes += byteLength;
  const index = files.filter(({ kind }) => kind === 'index');
  return {
    output: path,
    inputs: [{ path, format }],
    tensors: tensors.size,
    bytes,
    bytesCopied: 0,
    bytesReused: bytes,
    bytesDropped: 0,
    ...fatesOf([input], outcome.tensors, outcome.becomes),
    files: index.map((file): ReportedFile => ({ path: file.path, action: 'replace' })),
    notes,
  };
}
