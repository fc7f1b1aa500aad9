/**
 * The fewest decimal digits that read back as the same float of a type, and of those the ones closest to it. float64 is
 * what JavaScript itself prints; float32 and float16 are found here by scaling the value and its bounds to nine digits
 * in float64, and left to exact arithmetic where float64 cannot tell.
 */
import { type Decimal, type DigitLimits, exactDigits } from './exact-digits.ts';
import { FLOAT64, type FloatLayout, isPowerOfTwo, spacingExponent } from './float-layout.ts';

/** Nine digits tell any two float32 apart. */
const MOST_DIGITS = 9;
const POWERS_OF_TEN: readonly number[] = Array.from({ length: 64 }, (_, i) => Number(`1e${i}`));

/** Up to this scale a float32 bound (25 bits) times 10^scale fits the 53 bits of a float64 exactly: 5^12 has 28 bits. */
const EXACT_SCALE = 12;

/** Above this scale's reach, products are within this of the truth: they stay below 2^31 with a relative error of 2^-52. */
const SLACK = 2 ** -20;

function scaled(value: number, scale: number): number {
  return scale >= 0 ? value * POWERS_OF_TEN[scale]! : value / POWERS_OF_TEN[-scale]!;
}

/** The reals that read back as a value, all times 10^scale. */
interface Range {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly closed: boolean;
  /** How far the numbers above may be off. */
  readonly slack: number;
}

type Verdict = 'inside' | 'outside' | 'unclear';

function judge(candidate: number, { low, high, closed, slack }: Range): Verdict {
  if (candidate > low + slack && candidate < high - slack) return 'inside';
  if (candidate < low - slack || candidate > high + slack) return 'outside';
  if (slack > 0) return 'unclear';
  return closed ? 'inside' : 'outside';
}

/** Whether a multiple of `step` lies in the range. */
function holdsMultiple(range: Range, step: number): Verdict {
  let multiple = Math.floor(range.high / step) * step;
  if (multiple > range.high) multiple -= step;
  if (range.slack > 0 && multiple + step - range.high < range.slack) return 'unclear';
  if (multiple === range.high && range.slack === 0 && !range.closed) multiple -= step;
  return judge(multiple, range);
}

/** The multiple of `step` closest to the value among those in the range; undefined when that cannot be told. */
function closestMultiple(range: Range, step: number): number | undefined {
  const floor = Math.floor(range.value / step) * step;
  const rest = range.value - floor;
  if (Math.abs(rest - step / 2) <= range.slack) return undefined;
  const nearest = rest < step / 2 ? floor : floor + step;
  const other = rest < step / 2 ? floor + step : floor;
  const verdict = judge(nearest, range);
  if (verdict === 'inside') return nearest;
  return verdict === 'outside' && judge(other, range) === 'inside' ? other : undefined;
}

function rangeOf(value: number, layout: FloatLayout, scale: number): Range {
  const spacing = 2 ** spacingExponent(value, layout);
  return {
    value: scaled(value, scale),
    low: scaled(value - spacing / 2, scale),
    high: scaled(value + spacing / 2, scale),
    closed: (value / spacing) % 2 === 0,
    slack: scale >= 0 && scale <= EXACT_SCALE ? 0 : SLACK,
  };
}

/** The shortest digits of a float that is no power of two, or undefined where float64 arithmetic cannot tell. */
function quickShortest(value: number, layout: FloatLayout): Decimal | undefined {
  let scale = MOST_DIGITS - 1 - Math.floor(Math.log10(value));
  if (scaled(value, scale) >= POWERS_OF_TEN[MOST_DIGITS]!) scale--;
  const range = rangeOf(value, layout, scale);
  let dropped = 0;
  for (; dropped < MOST_DIGITS - 1; dropped++) {
    const verdict = holdsMultiple(range, POWERS_OF_TEN[dropped + 1]!);
    if (verdict === 'unclear') return undefined;
    if (verdict === 'outside') break;
  }
  const step = POWERS_OF_TEN[dropped]!;
  const multiple = closestMultiple(range, step);
  if (multiple === undefined) return undefined;
  const digits = String(Math.round(multiple / step));
  const exponent = digits.length - 1 + dropped - scale;
  return { digits: digits.endsWith('0') ? digits.replace(/0+$/, '') : digits, exponent };
}

/** JavaScript's own shortest digits. */
function shortestFloat64(value: number): Decimal {
  const text = value.toExponential();
  const end = text.indexOf('e');
  return { digits: text[0]! + text.slice(2, end), exponent: Number(text.slice(end + 1)) };
}

const ZERO: Decimal = { digits: '0', exponent: 0 };
const NO_LIMIT: DigitLimits = { last: Number.NEGATIVE_INFINITY, least: Number.POSITIVE_INFINITY };

/** Enough for all powers of two, and for whatever few values an array repeats. */
const MEMO_LIMIT = 4096;
const memos = new Map<FloatLayout, Map<number, Decimal>>();

function slowShortest(value: number, layout: FloatLayout): Decimal {
  let memo = memos.get(layout);
  if (memo === undefined || memo.size >= MEMO_LIMIT) {
    memo = new Map();
    memos.set(layout, memo);
  }
  let digits = memo.get(value);
  if (digits === undefined) {
    digits = exactDigits(value, layout, NO_LIMIT);
    memo.set(value, digits);
  }
  return digits;
}

/** The shortest digits of a finite float ≥ 0 of a type. */
export function shortestDigits(value: number, layout: FloatLayout): Decimal {
  if (value === 0) return ZERO;
  if (isPowerOfTwo(value)) return slowShortest(value, layout);
  if (layout === FLOAT64) return shortestFloat64(value);
  return quickShortest(value, layout) ?? slowShortest(value, layout);
}
