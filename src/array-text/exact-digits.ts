/**
 * Decimal digits of a binary float by exact integer arithmetic, the way Steele and White's free-format algorithm
 * ("How to Print Floating-Point Numbers Accurately", 1990) makes them and numpy's printing does: digits are drawn from
 * the exact value until the rest cannot matter. Slow; the quick ways in `rounded-digits.ts` and `shortest-digits.ts`
 * come here for the cases they cannot settle.
 */
import { type FloatLayout, hasNarrowBelow, spacingExponent } from './float-layout.ts';

/** Decimal digits: `digits` are d₀d₁d₂… and stand for d₀.d₁d₂… × 10^exponent. */
export interface Decimal {
  readonly digits: string;
  readonly exponent: number;
}

/** When to stop drawing digits. Positions are powers of ten: position -2 is the hundredths digit. */
export interface DigitLimits {
  /** Draw no digit after this position; -Infinity for no limit. */
  readonly last: number;
  /** Where digits that read back as the value suffice: do not stop before this position. Undefined: draw up to `last`. */
  readonly least?: number | undefined;
}

/** The exact value as numerator / denominator, and half the spacing to either side over the same denominator. */
interface Ratio {
  numerator: bigint;
  denominator: bigint;
  below: bigint;
  above: bigint;
  /** Whether the bounds themselves read back as the value. */
  readonly closed: boolean;
}

function toRatio(value: number, layout: FloatLayout): Ratio {
  // Counted in quarters of the spacing, the value and both margins are whole.
  const spacing = spacingExponent(value, layout);
  const unit = spacing - 2;
  const significand = BigInt(unit < -1000 ? value * 2 ** 600 * 2 ** (-spacing - 600) : value * 2 ** -spacing);
  const scale = unit > 0 ? 1n << BigInt(unit) : 1n;
  return {
    numerator: 4n * significand * scale,
    denominator: unit > 0 ? 1n : 1n << BigInt(-unit),
    below: (hasNarrowBelow(value, layout) ? 1n : 2n) * scale,
    above: 2n * scale,
    closed: significand % 2n === 0n,
  };
}

/** Moves the decimal point so that the digit at `position` becomes the ones digit. */
function shiftPoint(ratio: Ratio, position: number): void {
  const power = 10n ** BigInt(Math.abs(position));
  if (position >= 0) {
    ratio.denominator *= power;
    return;
  }
  ratio.numerator *= power;
  ratio.below *= power;
  ratio.above *= power;
}

/** floor(log10(value)), exactly. */
function decimalExponent(value: number, ratio: Ratio): number {
  const guess = Math.floor(Math.log10(value));
  for (let exponent = guess + 1; ; exponent--) {
    const power = 10n ** BigInt(Math.abs(exponent));
    const reaches =
      exponent >= 0 ? ratio.numerator >= ratio.denominator * power : ratio.numerator * power >= ratio.denominator;
    if (reaches) return exponent;
  }
}

function roundUp(digits: number[]): boolean {
  for (let i = digits.length - 1; i >= 0; i--) {
    if (digits[i]! < 9) {
      digits[i]!++;
      return false;
    }
    digits[i] = 0;
  }
  digits.unshift(1);
  return true;
}

/** The rest after the last digit decides: towards the side that reads back, else to nearest, else to the even digit. */
function roundsDown(ratio: Ratio, lastDigit: number, low: boolean, high: boolean): boolean {
  if (low !== high) return low;
  const twice = 2n * ratio.numerator;
  return twice === ratio.denominator ? lastDigit % 2 === 0 : twice < ratio.denominator;
}

function drawDigits(ratio: Ratio, start: number, limits: DigitLimits): { digits: number[]; roundDown: boolean } {
  const { closed } = ratio;
  const digits: number[] = [];
  for (let position = start; ; position--) {
    const digit = Number(ratio.numerator / ratio.denominator);
    ratio.numerator %= ratio.denominator;
    digits.push(digit);
    let low = false;
    let high = false;
    if (limits.least !== undefined) {
      const toNext = ratio.denominator - ratio.numerator;
      low = closed ? ratio.numerator <= ratio.below : ratio.numerator < ratio.below;
      high = closed ? toNext <= ratio.above : toNext < ratio.above;
    }
    const suffices = (low || high) && position <= limits.least!;
    const ended = limits.least === undefined && ratio.numerator === 0n;
    if (suffices || ended || position === limits.last) {
      return { digits, roundDown: roundsDown(ratio, digit, low, high) };
    }
    ratio.numerator *= 10n;
    ratio.below *= 10n;
    ratio.above *= 10n;
  }
}

/**
 * Digits of a positive finite float of a type within limits. `relative` limits count from the first digit (-2: two
 * digits after it), absolute ones from the decimal point. A value that rounds to nothing gives the digit 0.
 */
export function exactDigits(value: number, layout: FloatLayout, limits: DigitLimits, relative = false): Decimal {
  const ratio = toRatio(value, layout);
  const first = decimalExponent(value, ratio);
  const offset = relative ? first : 0;
  const last = limits.last + offset;
  const least = limits.least === undefined ? undefined : limits.least + offset;
  const start = Math.max(first, last);
  shiftPoint(ratio, start);
  const { digits, roundDown } = drawDigits(ratio, start, { last, least });
  const carried = !roundDown && roundUp(digits);
  const text = digits.join('').replace(/0+$/, '');
  return text === '' ? { digits: '0', exponent: 0 } : { digits: text, exponent: start + (carried ? 1 : 0) };
}
