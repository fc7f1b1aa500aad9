/** Scopes: the names of a map as a tree, with what lies under each; runs of layers that look alike fold into one. */
import { elementCount } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';

export interface ScopeNode {
  /** Last segment of the name; `{0..11}` stands for the numbers of a folded run. */
  readonly label: string;
  /** How many alike scopes this stands for. */
  readonly times: number;
  /** Under one of them: tensors, elements that are numbers, bytes. */
  readonly tensors: number;
  readonly parameters: number;
  readonly bytes: number;
  readonly dtype?: string | undefined;
  readonly shape?: readonly number[] | undefined;
  readonly children: readonly ScopeNode[];
}

/** A scope while it grows. */
interface Growing {
  readonly children: Map<string, Growing>;
  tensor: Tensor | undefined;
}

/** Strings and variants hold no parameters. */
export function parametersOf(tensor: Tensor): number {
  return tensor.dtype.width > 0 ? elementCount(tensor.shape) : 0;
}

/** Deeper scopes than this are kept as one label: names come from a file, and a tree is walked recursively. */
const MOST_DEPTH = 64;

function segmentsOf(name: string): string[] {
  const segments = name.split('/');
  return segments.length <= MOST_DEPTH
    ? segments
    : [...segments.slice(0, MOST_DEPTH), segments.slice(MOST_DEPTH).join('/')];
}

function grow(pairs: Iterable<readonly [string, Tensor]>): Growing {
  const root: Growing = { children: new Map(), tensor: undefined };
  for (const [name, tensor] of pairs) {
    let at = root;
    for (const segment of segmentsOf(name)) {
      let next = at.children.get(segment);
      if (next === undefined) {
        next = { children: new Map(), tensor: undefined };
        at.children.set(segment, next);
      }
      at = next;
    }
    at.tensor = tensor;
  }
  return root;
}

function nodeOf(label: string, growing: Growing, fold: boolean): ScopeNode {
  const plain = [...growing.children].map(([segment, child]) => nodeOf(segment, child, fold));
  plain.sort((a, b) => compareNaturally(a.label, b.label));
  const children = fold ? foldRuns(plain) : plain;
  const { tensor } = growing;
  const sum = (pick: (node: ScopeNode) => number): number =>
    children.reduce((total, node) => total + pick(node) * node.times, 0);
  return {
    label,
    times: 1,
    tensors: sum((node) => node.tensors) + (tensor === undefined ? 0 : 1),
    parameters: sum((node) => node.parameters) + (tensor === undefined ? 0 : parametersOf(tensor)),
    bytes: sum((node) => node.bytes) + (tensor?.byteLength ?? 0),
    dtype: tensor?.dtype.name,
    shape: tensor?.shape,
    children,
  };
}

const CHUNKS = /\d+|\D+/g;

/** Orders labels as people count: `layer_2` before `layer_10`. */
function compareNaturally(a: string, b: string): number {
  const [left, right] = [a.match(CHUNKS) ?? [], b.match(CHUNKS) ?? []];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const [first, second] = [left[i] as string, right[i] as string];
    const numbers = Number(first) - Number(second);
    if (numbers !== 0 && !Number.isNaN(numbers)) return numbers;
    if (first !== second && Number.isNaN(numbers)) return first < second ? -1 : 1;
  }
  return left.length - right.length;
}

/** What a node looks like from inside, its own label left out. */
function lookOf(node: ScopeNode): string {
  const inner = node.children.map((child) => `${child.label}*${child.times}${lookOf(child)}`);
  return `(${node.dtype ?? ''}${node.shape?.join(',') ?? ''}${node.tensors};${inner.join('|')})`;
}

/** The last number in a label. It is looked for at the start of each run of digits only: labels come from files. */
const NUMBERED = /^(.*?)(?<!\d)(\d+)(\D*)$/s;

/** Folds neighbours-in-number that are alike: `layer_0` to `layer_11` become `layer_{0..11}`. */
function foldRuns(nodes: readonly ScopeNode[]): ScopeNode[] {
  const runs = new Map<string, { readonly node: ScopeNode; readonly numbers: number[] }>();
  for (const node of nodes) {
    const match = NUMBERED.exec(node.label);
    const key = match === null ? node.label : `${match[1]}\0${match[3]}\0${lookOf(node)}`;
    const run = runs.get(key);
    if (run === undefined) runs.set(key, { node, numbers: match === null ? [] : [Number(match[2])] });
    else run.numbers.push(Number(match?.[2]));
  }
  return [...runs.values()].map(({ node, numbers }) => {
    if (numbers.length < 2) return node;
    return { ...node, label: node.label.replace(NUMBERED, `$1{${rangeText(numbers)}}$3`), times: numbers.length };
  });
}

/** `0..11`, or `0..3,7` where numbers are missing. */
function rangeText(numbers: readonly number[]): string {
  const sorted = [...numbers].sort((a, b) => a - b);
  const ranges: [number, number][] = [];
  for (const number of sorted) {
    const last = ranges.at(-1);
    if (last !== undefined && number === last[1] + 1) last[1] = number;
    else ranges.push([number, number]);
  }
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}..${to}`)).join(',');
}

/** The scopes of some tensors; `fold` runs alike scopes together. */
export function scopeTree(pairs: Iterable<readonly [string, Tensor]>, fold = true): ScopeNode {
  return nodeOf('', grow(pairs), fold);
}
