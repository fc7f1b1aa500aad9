/**
 * The text of float32 in WebAssembly, in AssemblyScript: scripts/build-wasm.mjs compiles it. The digits are the fewest that read
 * back as the same number, and of those the closest to it, found as Raffaele Giulietti's Schubfach finds them: the number and the
 * ends of what rounds to it, times four and a power of ten, as whole numbers whose last bit says whether anything was cut off.
 */

/** What stands in a row of the table of powers: the power of ten as 64 bits, how far its products are shifted, the exponent. */
const ROW: usize = 16;
/** Rows of the table: by the exponent of a float32, then those of powers of two, below which floats lie closer. */
const IRREGULAR: usize = 256 * ROW;

/** Set where a power is not exact. */
const INEXACT: i32 = 0x100;

/** Whether a product was too close to a whole number to be told from it. */
let unclear = false;

/** A multiple of the power of ten in a row, as a whole number with the last bit set where anything was cut off. */
// @ts-ignore: decorator
@inline
function scaled(power: u64, shift: i32, multiple: u64): u32 {
  const low = multiple * (power & 0xffffffff);
  const high = multiple * (power >> 32) + (low >> 32);
  const mask = (<u64>1 << (shift & 0xff)) - 1;
  const rest = high & mask;
  const inexact = (shift & INEXACT) != 0;
  unclear = unclear || (inexact && rest == mask);
  const isCut = inexact || (rest | (low & 0xffffffff)) != 0;
  return <u32>(high >> (shift & 0xff)) | <u32>isCut;
}

/** Writes the last `count` digits of a number. */
// @ts-ignore: decorator
@inline
function digits(to: usize, value: u32, count: i32): void {
  for (let at = to + count - 1; at >= to; at--) {
    const tenth = value / 10;
    store<u8>(at, 48 + value - 10 * tenth);
    value = tenth;
  }
}

// @ts-ignore: decorator
@inline
function length(value: u32): i32 {
  if (value < 10) return 1;
  if (value < 100) return 2;
  if (value < 1000) return 3;
  if (value < 10000) return 4;
  if (value < 100000) return 5;
  if (value < 1000000) return 6;
  if (value < 10000000) return 7;
  if (value < 100000000) return 8;
  return value < 1000000000 ? 9 : 10;
}

// @ts-ignore: decorator
@inline
function powerOfTen(exponent: i32): u32 {
  let power: u32 = 1;
  for (let i = 0; i < exponent; i++) power *= 10;
  return power;
}

/** Writes `whole * 10^exponent` with a point; returns where it ends. */
function positional(to: usize, whole: u32, exponent: i32): usize {
  const count = length(whole);
  const point = count + exponent;
  if (exponent >= 0) {
    digits(to, whole, count);
    to += count;
    for (let i = 0; i < exponent; i++) store<u8>(to++, 48);
    store<u16>(to, 0x302e);
    return to + 2;
  }
  if (point <= 0) {
    store<u16>(to, 0x2e30);
    to += 2;
    for (let i = point; i < 0; i++) store<u8>(to++, 48);
    digits(to, whole, count);
    return to + count;
  }
  const unit = powerOfTen(-exponent);
  const upper = whole / unit;
  digits(to, upper, point);
  store<u8>(to + point, 46);
  digits(to + point + 1, whole - upper * unit, -exponent);
  return to + count + 1;
}

/** Writes `whole * 10^exponent` with one digit before the point, and an exponent. */
function scientific(to: usize, whole: u32, exponent: i32): usize {
  const count = length(whole);
  digits(to + 1, whole, count);
  store<u8>(to, load<u8>(to + 1));
  if (count > 1) {
    store<u8>(to + 1, 46);
    to += count + 1;
  } else to++;
  const power = exponent + count - 1;
  store<u8>(to, 101);
  store<u8>(to + 1, power < 0 ? 45 : 43);
  digits(to + 2, abs(power), 2);
  return to + 4;
}

/** Writes the text of the bits of a finite float32; returns where it ends, or 0 where that is unclear. */
function text(bits: u32, to: usize, table: usize): usize {
  if (bits >>> 31) store<u8>(to++, 45);
  const size = bits & 0x7fffffff;
  if (size == 0) {
    store<u32>(to, 0x302e30);
    return to + 3;
  }
  const exponent = size >>> 23;
  const stored = size & 0x7fffff;
  const significand = exponent == 0 ? stored : stored | 0x800000;
  const isIrregular = stored == 0 && exponent > 1;
  const row = table + (isIrregular ? IRREGULAR : 0) + exponent * ROW;
  const power = load<u64>(row);
  const shift = load<i32>(row, 8);
  const four = <u64>significand << 2;
  unclear = false;
  const middle = scaled(power, shift, four);
  const low = scaled(power, shift, isIrregular ? four - 1 : four - 2);
  const high = scaled(power, shift, four + 2);
  if (unclear) return 0;
  // Ends belong to what rounds to even significands.
  const out = significand & 1;
  let scale = load<i32>(row, 12);
  let whole = middle >>> 2;
  const tens = (whole / 10) * 10;
  const isLow = low + out <= tens << 2;
  const isHigh = ((tens + 10) << 2) + out <= high;
  if (whole >= 10 && isLow != isHigh) {
    whole = isLow ? tens : tens + 10;
  } else {
    const isDown = low + out <= whole << 2;
    const isUp = ((whole + 1) << 2) + out <= high;
    const half = (whole << 2) + 2;
    const isNearer = middle < half || (middle == half && (whole & 1) == 0);
    if (!(isDown != isUp ? isDown : isNearer)) whole++;
  }
  for (let tenth = whole / 10; tenth * 10 == whole; tenth = whole / 10) {
    whole = tenth;
    scale++;
  }
  const value = <f64>reinterpret<f32>(size);
  return value >= 1e-4 && value < 1e6 ? positional(to, whole, scale) : scientific(to, whole, scale);
}

/**
 * Writes `count` float32 at `from` as text to `to`. Before each stands the byte `separator`, before the first of every `columns` the
 * `between` bytes at `row`; nothing before the very first if `isFirst`. `column` is where the first stands in its row. The end of what was
 * written is left as a word at `end`. Stops behind what stands before a number that it cannot write: one that is not finite,
 * or whose digits are unclear. Returns how many were written.
 */
export function textOfFloat32(
  from: usize,
  count: usize,
  to: usize,
  column: u32,
  columns: u32,
  separator: u32,
  row: usize,
  between: u32,
  isFirst: bool,
  table: usize,
  end: usize,
): usize {
  let done: usize = 0;
  for (; done < count; done++) {
    if (isFirst) isFirst = false;
    else if (column != 0) store<u8>(to++, separator);
    else {
      for (let i: u32 = 0; i < between; i++) store<u8>(to++, load<u8>(row + i));
    }
    if (++column == columns) column = 0;
    const bits = load<u32>(from + (done << 2));
    if ((bits & 0x7fffffff) >= 0x7f800000) break;
    const next = text(bits, to, table);
    if (next == 0) break;
    to = next;
  }
  store<u32>(end, to);
  return done;
}
