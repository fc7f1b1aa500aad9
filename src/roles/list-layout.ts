/** In which order the list of an optimizer of Keras holds what it keeps for its variables, as shapes tell (listed-slots.ts says more). */

/** How often each variable has something: before its slots, as slots that lie together, and behind the slots of all. */
interface Order {
  readonly before: number;
  readonly together: number;
  readonly after: number;
  readonly isFactored: boolean;
}

export interface Layout {
  /** The shape of each variable. */
  readonly shapes: readonly string[];
  /** For each element of the list, the number of its variable. */
  readonly variables: readonly number[];
  /** With how many averages the list begins. */
  readonly averages: number;
  /** Whether shapes tell which elements are of one variable. */
  readonly isTold: boolean;
}

const MOST_BEFORE = 2;
const MOST_AFTER = 1;
const MOST_ALONE = 5;
/** Factors for the last two dimensions, and the slot. */
const FACTORED = 3;

function* orders(): Generator<Order> {
  for (let before = 0; before <= MOST_BEFORE; before++) {
    for (let after = 0; after <= MOST_AFTER; after++) yield { before, together: 2, after, isFactored: false };
    yield { before, together: FACTORED, after: 0, isFactored: true };
  }
}

/** What Adafactor keeps for the rows and for the columns of a variable; of a vector it has no such factors. */
function areFactors(rows: string, columns: string, whole: string): boolean {
  const sizes = whole.split(',');
  if (sizes.length < 2) return rows === columns && (rows === '' || rows === '1');
  const outer = sizes.slice(0, -2);
  return rows === sizes.slice(0, -1).join() && columns === [...outer, sizes[sizes.length - 1]].join();
}

/**
 * Adafactor of Keras 2.11, which lists no factors for vectors, from a place on: the shape of each variable, and the number of the
 * variable of each element; undefined where the shapes are others.
 */
function readFactors(list: readonly string[], from: number): Pick<Layout, 'shapes' | 'variables'> | undefined {
  const shapes: string[] = [];
  const variables: number[] = [];
  for (let at = from; at < list.length; ) {
    const [rows = '', columns = '', whole] = list.slice(at, at + FACTORED);
    const isFactored = whole?.includes(',') === true && areFactors(rows, columns, whole);
    const count = isFactored ? FACTORED : 1;
    const shape = isFactored ? whole : rows;
    if (!isFactored && shape.includes(',')) return undefined;
    for (let i = 0; i < count; i++) variables.push(shapes.length);
    shapes.push(shape);
    at += count;
  }
  return shapes.some((shape) => shape.includes(',')) ? { shapes, variables } : undefined;
}

/** More places are not tried where such factors may begin behind averages. */
const MOST_TRIED = 64;

/** The same for a whole list, which may begin with averages. */
function* factoredLayouts(list: readonly string[]): Generator<Layout> {
  const plain = readFactors(list, 0);
  if (plain !== undefined) yield { ...plain, averages: 0, isTold: true };
  let tried = 0;
  for (let count = 1; count * 2 <= list.length && tried < MOST_TRIED; count++) {
    if (list[count] !== list[0] && list[count + 2] !== list[0]) continue;
    tried++;
    const behind = readFactors(list, count);
    if (behind?.shapes.length !== count || behind.shapes.some((shape, i) => shape !== list[i])) continue;
    const variables = [...behind.shapes.keys(), ...behind.variables];
    yield { shapes: behind.shapes, variables, averages: count, isTold: true };
  }
}

class Reading {
  readonly shapes: (string | undefined)[];
  readonly variables: number[] = [];

  constructor(
    readonly list: readonly string[],
    known: readonly (string | undefined)[],
    readonly count: number,
  ) {
    this.shapes = Array.from({ length: count }, (_, i) => known[i]);
  }

  /** Takes the next element for one of a variable; false where its shape is another. */
  #take(variable: number): boolean {
    const shape = this.list[this.variables.length];
    this.shapes[variable] ??= shape;
    this.variables.push(variable);
    return shape === this.shapes[variable];
  }

  #takeFactors(variable: number): boolean {
    const at = this.variables.length;
    const [rows = '', columns = '', whole = ''] = this.list.slice(at, at + FACTORED);
    if (!areFactors(rows, columns, whole)) return false;
    this.variables.push(variable, variable);
    return this.#take(variable);
  }

  #takeEach(times: number): boolean {
    for (let round = 0; round < times; round++) {
      for (let i = 0; i < this.count; i++) if (!this.#take(i)) return false;
    }
    return true;
  }

  #takeTogether({ together, isFactored }: Order): boolean {
    for (let i = 0; i < this.count; i++) {
      if (isFactored && !this.#takeFactors(i)) return false;
      for (let slot = 0; slot < together && !isFactored; slot++) if (!this.#take(i)) return false;
    }
    return true;
  }

  fits(order: Order): boolean {
    return this.#takeEach(order.before) && this.#takeTogether(order) && this.#takeEach(order.after);
  }
}

/** Whether what has gaps in the list of what is trained is there. */
function areThere(
  shapes: readonly (string | undefined)[],
  known: readonly unknown[],
  others: ReadonlyMap<string, number>,
): boolean {
  const used = new Map<string, number>();
  for (const [i, shape] of shapes.entries()) {
    if (known[i] !== undefined || shape === undefined) continue;
    const count = (used.get(shape) ?? 0) + 1;
    if (count > (others.get(shape) ?? 0)) return false;
    used.set(shape, count);
  }
  return true;
}

/**
 * The orders that a list of such shapes may have, for variables of which some shapes are known; `others` counts those, by shape,
 * that may be the rest. Those in which some lie together are no accident; where all are of one shape, nothing tells them.
 */
export function readList(
  list: readonly string[],
  known: readonly (string | undefined)[],
  others: ReadonlyMap<string, number>,
): readonly Layout[] {
  const read = (order: Order): Layout | undefined => {
    const each = order.before + order.together + order.after;
    const count = list.length / each;
    if (!Number.isInteger(count) || count < known.length) return undefined;
    const reading = new Reading(list, known, count);
    if (!reading.fits(order) || !areThere(reading.shapes, known, others)) return undefined;
    const shapes = order.isFactored ? list : (reading.shapes as string[]);
    const isTold = order.together > 0 && shapes.some((shape) => shape !== shapes[0]);
    const averages = isTold && order.before > 0 ? count : 0;
    return { shapes: reading.shapes as string[], variables: reading.variables, averages, isTold };
  };
  const together = [...orders()].map(read).filter((layout) => layout !== undefined);
  const fits = ({ shapes }: Layout): boolean =>
    shapes.length >= known.length &&
    shapes.every((shape, i) => known[i] === undefined || known[i] === shape) &&
    areThere(shapes, known, others);
  const told = [...together.filter(({ isTold }) => isTold), ...[...factoredLayouts(list)].filter(fits)];
  if (told.length > 0) return told;
  const alone = Array.from({ length: MOST_ALONE }, (_, i) => ({
    before: i + 1,
    together: 0,
    after: 0,
    isFactored: false,
  }));
  const inBlocks = alone.map(read).filter((layout) => layout !== undefined);
  return [...together, ...inBlocks];
}
