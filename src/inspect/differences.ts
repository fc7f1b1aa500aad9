/** What is in one checkpoint and not in another: names, dtypes and shapes. Values are not read. */
import { TextMap, TextSet } from '../bytes/text-map.ts';
import { formatShape } from '../tensor/shape.ts';
import type { Tensor, TensorMap } from '../tensor/tensor.ts';

export interface NamedTensor {
  readonly name: string;
  readonly tensor: Tensor;
}

export interface TensorPair {
  readonly name: string;
  readonly a: Tensor;
  readonly b: Tensor;
}

export interface Differences {
  /** In B alone. */
  readonly added: readonly NamedTensor[];
  /** In A alone. */
  readonly removed: readonly NamedTensor[];
  /** In both, with another dtype or shape. */
  readonly changed: readonly TensorPair[];
  /** In both, with the same dtype and shape. */
  readonly common: readonly TensorPair[];
  /** Of those in one alone: no other has this dtype and shape on either side, or none whose name ends alike. */
  readonly renames: readonly { readonly from: string; readonly to: string }[];
}

export const isAlike = ({ added, removed, changed }: Differences): boolean =>
  added.length + removed.length + changed.length === 0;

const hasForm = (a: Tensor, b: Tensor): boolean =>
  a.dtype.name === b.dtype.name && a.shape.length === b.shape.length && a.shape.every((size, i) => size === b.shape[i]);

const lastWord = (name: string): string => name.replace(/\/\.ATTRIBUTES\/VARIABLE_VALUE$/, '').replace(/^.*\//, '');

/** Compares what two maps hold; names in the order of B, and those of A alone in the order of A. */
export function differencesOf(a: TensorMap, b: TensorMap): Differences {
  const [added, changed, common]: [NamedTensor[], TensorPair[], TensorPair[]] = [[], [], []];
  for (const [name, tensor] of b) {
    const before = a.get(name);
    if (before === undefined) added.push({ name, tensor });
    else (hasForm(before, tensor) ? common : changed).push({ name, a: before, b: tensor });
  }
  const removed: NamedTensor[] = [];
  for (const [name, tensor] of a) if (!b.has(name)) removed.push({ name, tensor });
  return { added, removed, changed, common, renames: renamesAmong(removed, added) };
}

function grouped(tensors: readonly NamedTensor[], keyOf: (tensor: NamedTensor) => string): Map<string, string[]> {
  const groups = new TextMap<string[]>();
  for (const tensor of tensors) {
    const key = keyOf(tensor);
    groups.set(key, [...(groups.get(key) ?? []), tensor.name]);
  }
  return groups;
}

/** Names that are the only ones of their kind on both sides: of a dtype, a shape and a last word; then of the first two. */
function renamesAmong(removed: readonly NamedTensor[], added: readonly NamedTensor[]): Differences['renames'] {
  const form = ({ tensor }: NamedTensor): string => `${tensor.dtype.name} ${formatShape(tensor.shape)}`;
  const found = new TextMap<string>();
  const taken = new TextSet();
  for (const keyOf of [(one: NamedTensor) => `${form(one)} ${lastWord(one.name)}`, form]) {
    const sources = grouped(
      removed.filter(({ name }) => !found.has(name)),
      keyOf,
    );
    const targets = grouped(
      added.filter(({ name }) => !taken.has(name)),
      keyOf,
    );
    for (const [key, [from, ...others]] of sources) {
      const [to, ...rest] = targets.get(key) ?? [];
      if (from === undefined || to === undefined || others.length + rest.length > 0) continue;
      found.set(from, to);
      taken.add(to);
    }
  }
  return removed.flatMap(({ name }) => (found.has(name) ? [{ from: name, to: found.get(name) as string }] : []));
}
