/** CRC-32 as zip has it (polynomial 0x04C11DB7, bit-reversed): by table, and of two joined pieces. */

const POLYNOMIAL = 0xedb88320;

let table: Int32Array | undefined;

function makeTable(): Int32Array {
  return Int32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
    return crc;
  });
}

/** The CRC-32 of `bytes` following data whose checksum is `seed`. */
export function tableCrc32(bytes: Uint8Array, seed = 0): number {
  table ??= makeTable();
  let crc = ~seed;
  for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ table[(crc ^ bytes[i]!) & 255]!;
  return ~crc >>> 0;
}

/** The product of two polynomials modulo that of the checksum, all bit-reversed. */
function multiply(a: number, b: number): number {
  let product = 0;
  for (; a !== 0; a <<= 1) {
    if (a < 0) product ^= b;
    b = (b >>> 1) ^ (b & 1 ? POLYNOMIAL : 0);
  }
  return product;
}

/** The checksum of a followed by b, from both checksums and the length of b in bytes (up to 2^53). */
export function crc32Combine(crcA: number, crcB: number, lengthB: number): number {
  let shifted = crcA | 0;
  // b moves a up by 8 * lengthB bits: bit i of lengthB stands for x^(2^(i + 3)), and 0x00800000 is x^8.
  let power = 0x00800000;
  for (let rest = lengthB; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) shifted = multiply(power, shifted);
    power = multiply(power, power);
  }
  return (shifted ^ crcB) >>> 0;
}
