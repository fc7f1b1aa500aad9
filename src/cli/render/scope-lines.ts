/** A tree of scopes as lines; on a terminal none is wider than that, and labels beside each other stay different. */
import type { ScopeNode } from '../../roles.ts';
import { formatShape } from '../../text.ts';
import { escapeText } from '../terminal/escape.ts';
import { formatBytes, formatCount, groupDigits, plural } from '../terminal/numbers.ts';
import { shortNames } from '../terminal/short-names.ts';
import { padText, textWidth } from '../terminal/text-width.ts';

/** The deepest left part that still counts for where the right part starts. */
const WIDEST_LEFT = 60;
const GAP = 2;
/** A label is not cut further than this: what stands to its right takes a line of its own then. */
const NARROWEST_LABEL = 16;

interface ScopeLine {
  /** The lines that lead to it. */
  readonly stem: string;
  /** What stands before it where it takes another line. */
  readonly below: string;
  readonly label: string;
  readonly right: string;
}

/** A scope that holds nothing but one scope or tensor shares its line. */
function joined(node: ScopeNode): ScopeNode {
  const [only, ...others] = node.children;
  if (only === undefined || others.length > 0 || node.dtype !== undefined) return node;
  if (node.times > 1 && only.times > 1) return node;
  return joined({ ...only, label: `${node.label}/${only.label}`, times: node.times * only.times });
}

/** How much is in a scope, or what a tensor is. */
export function describeScope(node: ScopeNode): string {
  const size = formatBytes(node.bytes * node.times);
  const count = plural(formatCount(node.parameters * node.times), 'parameter');
  const tensor = node.dtype === undefined ? undefined : `${node.dtype}${formatShape(node.shape ?? [])}`;
  // A name may be a tensor's and a scope's at once.
  const what = tensor === undefined ? count : node.children.length === 0 ? tensor : `${count} with its own ${tensor}`;
  return node.times > 1 ? `${what}, ${size} (${groupDigits(node.times)} alike)` : `${what}, ${size}`;
}

interface TreeLayout {
  readonly expand: boolean;
  /** Columns of the terminal; undefined for what may be of any width. */
  readonly width: number | undefined;
}

/** The labels of what lies beside each other, as they fit. */
function labelsOf(children: readonly ScopeNode[], stem: number, width: number | undefined): readonly string[] {
  const labels = children.map(({ label, children: inner }) => escapeText(label) + (inner.length > 0 ? '/' : ''));
  if (width === undefined) return labels;
  const longest = children.reduce((most, child) => Math.max(most, textWidth(describeScope(child))), 0);
  const beside = width - stem - GAP - longest;
  const room = beside >= NARROWEST_LABEL ? beside : width - stem;
  return shortNames(labels, Math.max(room, 1));
}

/** Stems of deep trees give way, from the left. */
function fittedStem(stem: string, width: number | undefined): string {
  const most = width === undefined ? Number.POSITIVE_INFINITY : Math.max(width - NARROWEST_LABEL, 4);
  return stem.length <= most ? stem : `…${stem.slice(stem.length - most + 1)}`;
}

function* linesOf(node: ScopeNode, indent: string, depth: number, layout: TreeLayout): Generator<ScopeLine> {
  if (depth === 0) return;
  const children = layout.expand ? node.children : node.children.map(joined);
  const stemOf = (mark: string): string => fittedStem(indent + mark, layout.width);
  const labels = labelsOf(children, stemOf('├─ ').length, layout.width);
  for (const [i, child] of children.entries()) {
    const isLast = i === children.length - 1;
    const below = isLast ? '   ' : '│  ';
    const stem = stemOf(isLast ? '└─ ' : '├─ ');
    yield { stem, below: stemOf(below), label: labels[i] as string, right: describeScope(child) };
    yield* linesOf(child, indent + below, depth - 1, layout);
  }
}

/** What has lines of its own below a label: one, or several where it is wider than the terminal. */
function broken(below: string, right: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of right.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && textWidth(last) + 1 + textWidth(word) <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(below + word);
  }
  return lines;
}

/** The lines under the root of a tree, `depth` levels of them. */
export function scopeLines(root: ScopeNode, depth: number, layout: TreeLayout): string[] {
  const { width = Number.POSITIVE_INFINITY } = layout;
  const lines = [...linesOf(root, '', depth, layout)];
  const fits = ({ stem, label, right }: ScopeLine): boolean =>
    textWidth(stem + label) + GAP + textWidth(right) <= width;
  const rightmost = lines.filter(fits).reduce((most, { right }) => Math.max(most, textWidth(right)), 0);
  const left = lines.filter(fits).reduce((most, { stem, label }) => Math.max(most, textWidth(stem + label)), 0);
  const column = Math.min(left, WIDEST_LEFT, Math.max(width - GAP - rightmost, 0));
  return lines.flatMap((line) => {
    const { stem, below, label, right } = line;
    return fits(line)
      ? [`${padText(stem + label, column)}${' '.repeat(GAP)}${right}`]
      : [stem + label, ...broken(below, right, width)];
  });
}
