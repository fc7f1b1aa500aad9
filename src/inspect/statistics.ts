/** Statistics of tensors: one pass over the content, a chunk at a time. */
import { type ByteSource, CHUNK_BYTES } from '../bytes/source.ts';
import type { DType } from '../tensor/dtype.ts';
import { floatCast } from '../tensor/float-cast.ts';
import { elementCount, type Shape } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { decodeValues } from '../tensor/values.ts';
import { checkStored } from './digest.ts';
import { EXACT_COUNT, NumberSummarizer, type NumberSummary } from './number-summary.ts';
import { liePlain } from './plain-floats.ts';
import { storedContent } from './stored-content.ts';

/** What is known of a tensor's numbers. Those of a complex one are its parts, one after the other. */
export interface TensorStatistics extends NumberSummary {
  readonly name: string;
  readonly dtype: string;
  readonly shape: Shape;
}

/** A tensor under its name. */
type Pair = readonly [name: string, tensor: Tensor];

interface StatisticsOptions {
  /** Whether percentiles and histograms are wanted, which cost a sort, or counts. */
  readonly distribution?: boolean | undefined;
  /** Hears how many bytes more were read. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

const IS_FLOAT = /^(?:float|bfloat)/;

/** Turns the bytes of a dtype into float64. */
export function widening(dtype: DType): (bytes: Uint8Array) => Float64Array {
  if (!IS_FLOAT.test(dtype.name) || dtype.bits < 8) {
    return (bytes) => Float64Array.from(decodeValues(dtype, bytes) as ArrayLike<number | bigint>, Number);
  }
  const cast = floatCast(dtype.name as 'float32', 'float64');
  return (bytes) => {
    const values = new Float64Array(bytes.length / dtype.width);
    cast(bytes, new Uint8Array(values.buffer));
    return values;
  };
}

/** Whether statistics are made of a dtype: not of strings and variants. */
export function hasNumbers({ width, kind }: DType): boolean {
  return width > 0 && kind !== 'string' && kind !== 'variant';
}

/** Content in chunks of whole elements. */
export function* chunksOfElements(source: ByteSource, width: number): Generator<Uint8Array> {
  const size = CHUNK_BYTES - (CHUNK_BYTES % width);
  const buffer = new Uint8Array(Math.min(size, source.byteLength));
  for (let at = 0; at < source.byteLength; at += size) {
    const chunk = buffer.subarray(0, Math.min(size, source.byteLength - at));
    source.readInto(chunk, at);
    yield chunk;
  }
}

/** What float64 lost of integers that are too long for it; undefined where it lost nothing. */
function restsOf(dtype: DType, chunk: Uint8Array, values: Float64Array): Float64Array | undefined {
  const isLong = dtype.width === 8 && (dtype.kind === 'int' || dtype.kind === 'uint');
  if (!isLong || values.every(Number.isSafeInteger)) return undefined;
  const exact = decodeValues(dtype, chunk) as unknown as ArrayLike<bigint>;
  return Float64Array.from(values, (value, i) => Number((exact[i] as bigint) - BigInt(value)));
}

const breath = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const BREATH_CHUNKS = 16;

/** Adds the numbers of a tensor; `onBytes` hears of each chunk. Throws `ChecksumError` where the content is damaged. */
export async function summarize(
  name: string,
  tensor: Tensor,
  into: NumberSummarizer,
  onBytes: (bytes: number) => void = () => {},
): Promise<void> {
  checkStored(name, tensor);
  const widen = widening(tensor.dtype);
  let chunks = 0;
  const { source } = storedContent(name, tensor);
  for (const chunk of chunksOfElements(source, tensor.dtype.width)) {
    const values = widen(chunk);
    into.add(values, restsOf(tensor.dtype, chunk, values));
    onBytes(chunk.length);
    if (++chunks % BREATH_CHUNKS === 0) await breath();
  }
}

/** The statistics of a tensor; undefined for one that holds no numbers. */
export async function statisticsOf(
  name: string,
  tensor: Tensor,
  onBytes?: (bytes: number) => void,
  options?: { readonly distribution?: boolean },
): Promise<TensorStatistics | undefined> {
  if (!hasNumbers(tensor.dtype)) return undefined;
  const summarizer = new NumberSummarizer();
  await summarize(name, tensor, summarizer, onBytes);
  return { name, dtype: tensor.dtype.name, shape: tensor.shape, ...summarizer.summary(options) };
}

/** Says what the rows of some tensors come to: those that threads can take first, all others one after the other. */
async function eachSummary(
  pairs: readonly Pair[],
  { distribution = true, onBytes }: StatisticsOptions,
  intoOf: (index: number) => NumberSummarizer,
  done: (index: number, into: NumberSummarizer) => void,
): Promise<void> {
  const numbers = pairs.flatMap(([, tensor], index) => (hasNumbers(tensor.dtype) ? [index] : []));
  const quick = new Set(numbers.filter((index) => isQuick((pairs[index] as Pair)[1], distribution)));
  if (quick.size > 0) {
    const { momentsOf } = await import('./quick-figures.ts');
    const taken = [...quick].map((index) => pairs[index] as Pair);
    let at = 0;
    const indexes = [...quick];
    for await (const { moments, counts } of momentsOf(taken, distribution, onBytes)) {
      const index = indexes[at++] as number;
      const into = intoOf(index);
      into.addMoments(moments, counts);
      done(index, into);
    }
  }
  for (const index of numbers) {
    if (quick.has(index)) continue;
    const [name, tensor] = pairs[index] as Pair;
    const into = intoOf(index);
    await summarize(name, tensor, into, onBytes);
    done(index, into);
  }
}

/** The statistics of tensors, in their order; undefined for those that hold no numbers. */
export async function statisticsOfAll(
  pairs: readonly Pair[],
  options: StatisticsOptions = {},
): Promise<(TensorStatistics | undefined)[]> {
  const found = new Array<TensorStatistics | undefined>(pairs.length).fill(undefined);
  const { distribution } = options;
  await eachSummary(
    pairs,
    options,
    () => new NumberSummarizer({ distribution }),
    (index, into) => {
      const [name, { dtype, shape }] = pairs[index] as Pair;
      found[index] = { name, dtype: dtype.name, shape, ...into.summary() };
    },
  );
  return found;
}

/** The figures of all numbers of some tensors together. */
export async function totalStatisticsOf(
  pairs: readonly Pair[],
  options: StatisticsOptions = {},
): Promise<NumberSummary> {
  const total = new NumberSummarizer({ distribution: options.distribution });
  await eachSummary(
    pairs,
    options,
    () => total,
    () => {},
  );
  return total.summary();
}

/** Whether threads take the moments of a tensor. Of few numbers percentiles are exact, which takes the numbers themselves. */
function isQuick(tensor: Tensor, distribution: boolean): boolean {
  return liePlain(tensor) && !(distribution && elementCount(tensor.shape) <= EXACT_COUNT);
}

/** Where the first number of some kinds stands, as the index along each axis; undefined where there is none. */
export function firstNonFinite(
  tensor: Tensor,
  kinds: readonly ('nan' | 'inf')[],
): { readonly index: readonly number[]; readonly value: number } | undefined {
  const isSought = (value: number): boolean => kinds.includes(Number.isNaN(value) ? 'nan' : 'inf');
  const { dtype } = tensor;
  const { source, indexOf } = storedContent('', tensor);
  const widen = widening(dtype);
  let before = 0;
  for (const chunk of chunksOfElements(source, dtype.width)) {
    const values = widen(chunk);
    const at = values.findIndex((value) => value - value !== 0 && isSought(value));
    const elements = chunk.length / dtype.width;
    if (at >= 0) {
      const element = before + Math.floor((at * elements) / values.length);
      return { index: indexOf(element), value: values[at] as number };
    }
    before += elements;
  }
  return undefined;
}
