/** A tree of scopes: what lies under each; runs of layers that look alike fold into one. scope-tree.ts grows it. */
import { TextMap } from '../bytes/text-map.ts';
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

/** Strings and variants hold no parameters. */
export function parametersOf(tensor: Pick<Tensor, 'dtype' | 'shape'>): number {
  return tensor.dtype.width > 0 ? elementCount(tensor.shape) : 0;
}

const CHUNKS = /\d+|\D+/g;
/** Numbers of more digits are not told apart by all of them. */
const MOST_DIGITS = 15;

function isDigitAt(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 0x30 && code <= 0x39;
}

/** Where the digits end that stand at a place of a text. */
function endOfDigits(text: string, at: number): number {
  let end = at;
  while (isDigitAt(text, end)) end++;
  return end;
}

/** Orders labels as people count: `layer_2` before `layer_10`. */
export function compareNaturally(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a.charCodeAt(at) === b.charCodeAt(at)) at++;
  let start = at;
  while (isDigitAt(a, start - 1)) start--;
  const end = endOfDigits(a, at);
  // Layers differ in one number of as many digits: there are thousands, and nothing needs to be taken apart.
  if (end > at && end === endOfDigits(b, at) && end - start <= MOST_DIGITS) return a.charCodeAt(at) - b.charCodeAt(at);
  const [left, right] = [a.match(CHUNKS) ?? [], b.match(CHUNKS) ?? []];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const [first, second] = [left[i] as string, right[i] as string];
    const numbers = Number(first) - Number(second);
    if (numbers !== 0 && !Number.isNaN(numbers)) return numbers;
    if (first !== second && Number.isNaN(numbers)) return first < second ? -1 : 1;
  }
  return left.length - right.length;
}

/** The last number in a label. It is looked for at the start of each run of digits only: labels come from files. */
const NUMBERED = /^(.*?)(?<!\d)(\d+)(\D*)$/s;

/** Folds neighbours-in-number that are alike: `layer_0` to `layer_11` become `layer_{0..11}`. */
export function foldRuns(nodes: readonly ScopeNode[], lookOf: (node: ScopeNode) => string | number): ScopeNode[] {
  const runs = new TextMap<{ readonly node: ScopeNode; readonly numbers: number[] }>();
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
export function rangeText(numbers: readonly number[]): string {
  const sorted = [...numbers].sort((a, b) => a - b);
  const ranges: [number, number][] = [];
  for (const number of sorted) {
    const last = ranges.at(-1);
    if (last !== undefined && number === last[1] + 1) last[1] = number;
    else ranges.push([number, number]);
  }
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}..${to}`)).join(',');
}
