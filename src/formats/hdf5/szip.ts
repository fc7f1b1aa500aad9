/**
 * The filter szip: the lossless coder of CCSDS 121.0-B, as HDF5 calls libaec. A chunk is its length (4 bytes), then one row of samples
 * behind the other, cut into blocks of which each says how it is coded: as zeros, in pairs, as a count of zeros and some bits for
 * each sample, or plainly. The first sample of a row stands as it is; others are distances from the sample before. Of elements of 4
 * and 8 bytes the bytes are samples: all first bytes of a chunk, then all second ones.
 *
 * Source: CCSDS 121.0-B-3, "Lossless Data Compression"; szlib.h for the options; chunks that h5py 3.14 wrote.
 */
import { CorruptError, UnsupportedError } from '../../errors.ts';
import { BitReader } from './bit-reader.ts';

/** What the filter's values say of a dataset. */
interface Coding {
  /** Bits of a sample, and of what says how a block is coded. */
  readonly bits: 8 | 16;
  readonly wayBits: 3 | 4;
  readonly blockSamples: number;
  readonly rowSamples: number;
  /** Blocks of a row, the last of which is filled up. */
  readonly rowBlocks: number;
  readonly isForetold: boolean;
  /** Bytes of an element that are samples of their own. */
  readonly planes: number;
  readonly isBigEndian: boolean;
}

const LENGTH_BYTES = 4;
/** Bits of the options: samples are distances; the high byte of a sample comes first. */
const [FORETOLD, HIGH_FIRST] = [32, 16];
const MOST_BLOCK = 32;
const MOST_ROW_BLOCKS = 4096;
/** Zero blocks are counted in groups of so many; a count of five says all to the end of the group. */
const [GROUP_BLOCKS, TO_THE_END] = [64, 5];

function codingOf(values: readonly number[]): Coding {
  const [options = 0, blockSamples = 0, elementBits = 0, rowSamples = 0] = values;
  if (![8, 16, 32, 64].includes(elementBits)) {
    const what = `it is packed with szip, in samples of ${elementBits} bits; of 8, 16, 32 and 64 they are read`;
    throw new UnsupportedError(what, 'HDF5 filters');
  }
  const rowBlocks = Math.ceil(rowSamples / blockSamples);
  const isSound = blockSamples > 0 && blockSamples <= MOST_BLOCK && blockSamples % 2 === 0;
  if (!isSound || rowBlocks < 1 || rowBlocks > MOST_ROW_BLOCKS) {
    const what = `its filter szip has blocks of ${blockSamples} samples, and rows of ${rowSamples}`;
    throw new CorruptError(what, { where: 'dataset' });
  }
  return {
    bits: elementBits === 16 ? 16 : 8,
    wayBits: elementBits === 16 ? 4 : 3,
    blockSamples,
    rowSamples,
    rowBlocks,
    isForetold: (options & FORETOLD) !== 0,
    planes: elementBits > 16 ? elementBits / 8 : 1,
    isBigEndian: (options & HIGH_FIRST) !== 0,
  };
}

/** Unpacks a chunk of at most `most` bytes. Throws {@link CorruptError} for what is no such chunk. */
export function unpackSzip(packed: Uint8Array, values: readonly number[], most: number): Uint8Array {
  const coding = codingOf(values);
  const { bits, rowSamples, rowBlocks, blockSamples, planes, isBigEndian } = coding;
  const reader = new BitReader(packed, LENGTH_BYTES, 'szip');
  if (packed.length < LENGTH_BYTES) throw reader.damaged();
  const byteLength = new DataView(packed.buffer, packed.byteOffset).getUint32(0, true);
  if (byteLength > most) throw reader.damaged();
  const samples = bits === 16 ? new Uint16Array(byteLength >> 1) : new Uint8Array(byteLength);
  const row = new Uint32Array(rowBlocks * blockSamples);
  for (let at = 0; at < samples.length; at += rowSamples) {
    const count = Math.min(rowSamples, samples.length - at);
    readRow(reader, coding, row, Math.ceil(count / blockSamples));
    if (coding.isForetold) addUp(row, bits);
    samples.set(row.subarray(0, count), at);
  }
  if (samples instanceof Uint16Array) return bytesOf(samples, byteLength, isBigEndian);
  return planes === 1 ? samples : woven(samples, planes);
}

/** Reads the blocks of a row, as they are coded. */
function readRow(reader: BitReader, coding: Coding, row: Uint32Array, blocks: number): void {
  const { bits, wayBits, blockSamples, rowBlocks, isForetold } = coding;
  for (let block = 0; block < blocks; ) {
    const start = block * blockSamples;
    const end = start + blockSamples;
    const way = reader.bits(wayBits);
    const isPlain = way === 2 ** wayBits - 1;
    const isPairs = way === 0 && reader.bits(1) === 1;
    let at = start;
    if (isForetold && block === 0 && !isPlain) row[at++] = reader.bits(bits);
    block++;
    if (isPlain) for (; at < end; at++) row[at] = reader.bits(bits);
    else if (isPairs) readPairs(reader, row, at, end);
    else if (way === 0) {
      const zeros = zeroBlocks(reader.zeros() + 1, block - 1, rowBlocks);
      block += zeros - 1;
      row.fill(0, at, start + zeros * blockSamples);
    } else readSplit(reader, row, at, end, way - 1);
  }
}

/** How many blocks of zeros a count means, from a block of a row on. */
function zeroBlocks(count: number, block: number, rowBlocks: number): number {
  if (count < TO_THE_END) return count;
  if (count > TO_THE_END) return count - 1;
  return Math.min(rowBlocks - block, GROUP_BLOCKS - (block % GROUP_BLOCKS));
}

/** One number for two samples: those before it are the pairs of smaller sums. The first of a pair may have been read already. */
function readPairs(reader: BitReader, row: Uint32Array, start: number, end: number): void {
  for (let at = start - (start % 2); at < end; at += 2) {
    const number = reader.zeros();
    const sum = Math.floor((Math.sqrt(8 * number + 1) - 1) / 2);
    const second = number - (sum * (sum + 1)) / 2;
    if (at >= start) row[at] = sum - second;
    row[at + 1] = second;
  }
}

/** The high parts of all samples, as counts of zeros, then their low bits. */
function readSplit(reader: BitReader, row: Uint32Array, start: number, end: number, low: number): void {
  for (let at = start; at < end; at++) row[at] = reader.zeros() * 2 ** low;
  for (let at = start; at < end && low > 0; at++) row[at] = (row[at] as number) + reader.bits(low);
}

/** Distances become samples: even ones go up, odd ones down, and where one side has no more room all others go to the other. */
function addUp(row: Uint32Array, bits: number): void {
  const most = 2 ** bits - 1;
  let sample = row[0] as number;
  for (let at = 1; at < row.length; at++) {
    const distance = row[at] as number;
    const isHigh = sample > most >> 1;
    const room = isHigh ? most - sample : sample;
    if (Math.ceil(distance / 2) > room) sample = isHigh ? most - distance : distance;
    else sample += distance % 2 === 0 ? distance / 2 : -(distance + 1) / 2;
    row[at] = sample;
  }
}

function bytesOf(samples: Uint16Array, byteLength: number, isBigEndian: boolean): Uint8Array {
  const bytes = new Uint8Array(byteLength);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at + 1 < byteLength; at += 2) view.setUint16(at, samples[at >> 1] as number, !isBigEndian);
  return bytes;
}

/** Elements from their bytes, which lie in planes; what is no whole element is not kept by the library, and zeros here. */
function woven(samples: Uint8Array, planes: number): Uint8Array {
  const bytes = new Uint8Array(samples.length);
  const count = Math.floor(samples.length / planes);
  for (let plane = 0; plane < planes; plane++) {
    for (let from = plane * count, to = plane; to < count * planes; from++, to += planes)
      bytes[to] = samples[from] as number;
  }
  return bytes;
}
