/**
 * Whether two of many boxes share an element. Boxes come from files, so that any arrangement may come: those of programs lie
 * along one axis, and a sweep tells them apart; where that takes long, space is halved until few boxes are left in each part.
 */
import type { Shape } from './shape.ts';
import { type Box, boxesOverlap } from './tensor-slice.ts';

/** Comparisons of the sweep for each box before space is halved. */
const MOST_COMPARED = 16;
/** So few boxes are compared each with each. */
const FEW = 16;
/** Where among the edges of boxes a region may be cut. */
const CUTS = [1 / 2, 3 / 8, 5 / 8, 1 / 4, 3 / 4];

export type BoxPair = readonly [Box, Box];

/** Two boxes that overlap; undefined where none do. None of the boxes is empty, all are of one rank. */
export function overlappingPair(boxes: readonly Box[]): BoxPair | undefined {
  const swept = sweep(boxes);
  if (swept !== 'too many') return swept;
  const axes = (boxes[0]?.start ?? []).map((_, axis) => axis).filter((axis) => differOn(boxes, axis));
  const cells = boxes.map((box): Cell => {
    return { box, from: axes.map((axis) => startOf(box, axis)), to: axes.map((axis) => endOf(box, axis)) };
  });
  return pairAmong(cells);
}

const startOf = ({ start }: Box, axis: number): number => start[axis] as number;
const endOf = ({ start, shape }: Box, axis: number): number => (start[axis] as number) + (shape[axis] as number);

function differOn(boxes: readonly Box[], axis: number): boolean {
  const [first] = boxes as [Box];
  return boxes.some((box) => startOf(box, axis) !== startOf(first, axis) || endOf(box, axis) !== endOf(first, axis));
}

/** The axis on which the boxes start at the most places; -1 where all start at one. */
function busiestAxis(boxes: readonly Box[]): number {
  const places = (boxes[0]?.start ?? []).map((_, axis) => new Set(boxes.map((box) => startOf(box, axis))).size);
  const most = places.reduce((a, b) => Math.max(a, b), 1);
  return most === 1 ? -1 : places.indexOf(most);
}

/** Compares boxes that meet on the axis that tells most of them apart. */
function sweep(boxes: readonly Box[]): BoxPair | 'too many' | undefined {
  const axis = busiestAxis(boxes);
  const sorted = axis < 0 ? boxes : [...boxes].sort((a, b) => startOf(a, axis) - startOf(b, axis));
  let left = sorted.length * MOST_COMPARED;
  for (const [i, box] of sorted.entries()) {
    for (let j = i + 1; j < sorted.length; j++) {
      const next = sorted[j] as Box;
      if (axis >= 0 && startOf(next, axis) >= endOf(box, axis)) break;
      if (boxesOverlap(box, next)) return [box, next];
      if (--left < 0) return 'too many';
    }
  }
  return undefined;
}

/** A box, or what of it lies in a region. */
interface Cell {
  readonly box: Box;
  readonly from: Shape;
  readonly to: Shape;
}

interface Halves {
  readonly axis: number;
  readonly at: number;
  /** Cells that lie in both. */
  readonly crossing: number;
}

function pairAmong(cells: readonly Cell[]): BoxPair | undefined {
  if (cells.length <= FEW) {
    for (const [i, { box }] of cells.entries()) {
      for (const other of cells.slice(i + 1)) if (boxesOverlap(box, other.box)) return [box, other.box];
    }
    return undefined;
  }
  const cut = bestCut(cells);
  if (cut === undefined) return [(cells[0] as Cell).box, (cells[1] as Cell).box]; // all fill the same place
  const [low, high] = [clipped(cells, cut, 'below'), clipped(cells, cut, 'above')];
  const [first, second] = isCrowded(high) || (!isCrowded(low) && high.length < low.length) ? [high, low] : [low, high];
  return pairAmong(first) ?? pairAmong(second);
}

/** Whether the cells hold more elements than the place that they lie in, so that two of them must overlap. */
function isCrowded(cells: readonly Cell[]): boolean {
  const [first] = cells;
  if (first === undefined) return false;
  const from = [...first.from];
  const to = [...first.to];
  let held = 0;
  for (const cell of cells) {
    let volume = 1;
    for (let axis = 0; axis < from.length; axis++) {
      from[axis] = Math.min(from[axis] as number, cell.from[axis] as number);
      to[axis] = Math.max(to[axis] as number, cell.to[axis] as number);
      volume *= (cell.to[axis] as number) - (cell.from[axis] as number);
    }
    held += volume;
  }
  const place = from.reduce((product, start, axis) => product * ((to[axis] as number) - start), 1);
  return held > place * 1.001;
}

/** The cut near the middle that leaves the fewest cells on both sides; undefined where no cell has an edge inside. */
function bestCut(cells: readonly Cell[]): Halves | undefined {
  let best: Halves | undefined;
  for (let axis = 0; axis < ((cells[0] as Cell).from.length as number); axis++) {
    const edges = edgesInside(cells, axis);
    for (const at of new Set(edges.length === 0 ? [] : CUTS.map((part) => edges[Math.floor(edges.length * part)]))) {
      const crossing = cells.reduce((count, { from, to }) => {
        return (from[axis] as number) < (at as number) && (to[axis] as number) > (at as number) ? count + 1 : count;
      }, 0);
      if (best === undefined || crossing < best.crossing) best = { axis, at: at as number, crossing };
    }
  }
  return best;
}

/** Where cells begin or end on an axis, short of the outermost places, in order. */
function edgesInside(cells: readonly Cell[], axis: number): Float64Array {
  const edges = new Float64Array(2 * cells.length);
  for (const [i, { from, to }] of cells.entries()) {
    edges[2 * i] = from[axis] as number;
    edges[2 * i + 1] = to[axis] as number;
  }
  edges.sort();
  const [least, most] = [edges[0], edges.at(-1)];
  return edges.filter((edge) => edge !== least && edge !== most);
}

function clipped(cells: readonly Cell[], { axis, at }: Halves, side: 'below' | 'above'): Cell[] {
  const kept: Cell[] = [];
  for (const cell of cells) {
    const from = cell.from[axis] as number;
    const to = cell.to[axis] as number;
    if (side === 'below' ? from >= at : to <= at) continue;
    if (from >= at || to <= at) kept.push(cell);
    else if (side === 'below') kept.push({ ...cell, to: cell.to.with(axis, at) });
    else kept.push({ ...cell, from: cell.from.with(axis, at) });
  }
  return kept;
}
