/**
 * Arrays as numpy prints them: `str(array)`, digit for digit. Typed values go in and lines come out; nothing here does
 * input or output. The elements that show are visited twice, first to find the common width and precision and then to
 * print, so memory holds a chunk of them at a time.
 */

import type { ArrayValues } from '../tensor/values.ts';
import { elementFormat, formatScalar } from './element-format.ts';
import { type Chunk, type Edges, keptAxis, keptChunks, WHOLE } from './kept-elements.ts';
import { LineFlow } from './line-flow.ts';
import { type PrintOptions, type ResolvedPrintOptions, resolvePrintOptions } from './print-options.ts';
import type { WordFormat } from './word-format.ts';

export { formatScalar } from './element-format.ts';
export type { FloatMode, PrintOptions, SignMode } from './print-options.ts';

/** Hands out the words of the elements in chunks one at a time. */
class WordSource {
  readonly #chunks: Iterator<Chunk, unknown>;
  readonly #format: WordFormat;
  #chunk: Chunk | undefined;
  #index = 0;

  constructor(chunks: Iterator<Chunk, unknown>, format: WordFormat) {
    this.#chunks = chunks;
    this.#format = format;
  }

  next(): string {
    while (this.#chunk === undefined || this.#index >= this.#chunk.count) {
      const { done, value } = this.#chunks.next();
      if (done) throw new RangeError('more words were asked for than the array has elements');
      this.#chunk = value;
      this.#index = 0;
    }
    return this.#format.word(this.#chunk.values, this.#index++);
  }
}

/** Prints one row, the last axis. */
function* rowText(length: number, edges: Edges, words: WordSource, flow: LineFlow): Generator<string> {
  const { before, gap, after } = keptAxis(length, edges);
  flow.beginRow();
  for (let i = 0; i < before; i++) {
    if (i > 0) flow.separate();
    flow.word(words.next());
    if (flow.isFull) yield flow.take();
  }
  if (!gap) return;
  if (before > 0) flow.separate();
  flow.word('...');
  for (let i = 0; i < after; i++) {
    flow.separate();
    flow.word(words.next());
    if (flow.isFull) yield flow.take();
  }
}

/** Prints an array of rank 1 or more: brackets, and blank lines that grow with the depth they separate. */
function* nestedText(shape: readonly number[], edges: Edges, words: WordSource, flow: LineFlow): Generator<string> {
  const rank = shape.length;
  function* visit(axis: number): Generator<string> {
    flow.write('[');
    if (axis === rank - 1) {
      yield* rowText(shape[axis]!, edges, words, flow);
    } else {
      const { before, gap, after } = keptAxis(shape[axis]!, edges);
      const between = '\n'.repeat(rank - axis - 1) + ' '.repeat(axis + 1);
      const items = before + (gap ? 1 + after : 0);
      for (let item = 0; item < items; item++) {
        if (item > 0) flow.write(between);
        if (gap && item === before) flow.write('...');
        else yield* visit(axis + 1);
        if (flow.isFull) yield flow.take();
      }
    }
    flow.write(']');
  }
  yield* visit(0);
  yield flow.take();
}

/** What a summary shows and what it measures; with no edge items numpy shows the last item and measures all. */
function summaryEdges({ edgeitems: edge }: ResolvedPrintOptions): { shown: Edges; measured: Edges } {
  const shown = { edge, before: edge, after: Math.max(edge, 1) };
  return { shown, measured: edge === 0 ? WHOLE : shown };
}

/**
 * The text of an array in pieces of bounded size, whatever the length of its lines; lines end in '\n' except the last.
 * Throws {@link UsageError} for print options that make no sense.
 */
export function* arrayText(array: ArrayValues, options?: PrintOptions): Generator<string> {
  const resolved = resolvePrintOptions(options);
  const { dtype, shape } = array;
  const rank = shape.length;
  const size = shape.reduce((product, length) => product * length, 1);
  if (rank === 0) {
    yield formatScalar(dtype, array.read(0, 1));
    return;
  }
  if (size === 0) {
    yield '[]';
    return;
  }
  const { shown, measured } = size > resolved.threshold ? summaryEdges(resolved) : { shown: WHOLE, measured: WHOLE };
  const format = elementFormat(dtype, resolved);
  for (const { values, count } of keptChunks(array, measured)) format.observe(values, count);
  format.finish();
  const words = new WordSource(keptChunks(array, shown), format);
  yield* nestedText(shape, shown, words, new LineFlow(resolved.linewidth - rank, rank));
}

/** The lines of an array's text, without line ends. A line is held in memory whole; {@link arrayText} holds none. */
export function* arrayLines(array: ArrayValues, options?: PrintOptions): Generator<string> {
  let open = '';
  for (const piece of arrayText(array, options)) {
    const lines = piece.split('\n');
    lines[0] = open + lines[0]!;
    open = lines.pop()!;
    yield* lines;
  }
  yield open;
}
