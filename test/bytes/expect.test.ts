/** Sources that read from others pass on what will be read: bytes from afar come in one request, whatever wraps them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { SwappedSource } from '../../src/bytes/byte-order.ts';
import { JoinedSource } from '../../src/bytes/joined-source.ts';
import { PackedSource, UnpackedSource } from '../../src/bytes/packed-bits.ts';
import { type ByteSource, RegionSource, readBytes } from '../../src/bytes/source.ts';
import { SteadySource } from '../../src/bytes/steady-source.ts';
import { ElementSource } from '../../src/edits/element-source.ts';
import { PermutedSource } from '../../src/edits/permuted-source.ts';
import { RowSource } from '../../src/edits/row-source.ts';
import { NEW_ROW, Rows } from '../../src/edits/rows.ts';
import { FortranSource } from '../../src/formats/numpy/fortran-source.ts';
import { DequantizedSource } from '../../src/formats/tfjs/dequantized-source.ts';
import { QuantizedSource } from '../../src/formats/tfjs/quantize.ts';
import { crc32 } from '../../src/io/crc32.ts';
import { fetched, supply } from '../../src/io/store.ts';
import { DEFLATED } from '../../src/zip/format.ts';
import { memberSource } from '../../src/zip/member-source.ts';
import { REPOSITORY } from '../fixtures.ts';
import { MemoryOrigin } from '../memory-origin.ts';

let state = 1;
/** Numbers that deflate finds no order in. */
const BYTES = Uint8Array.from({ length: 1 << 20 }, () => {
  state = Math.imul(state, 1103515245) + 12345;
  return state >>> 16;
});
/** Numbers that are small and finite. */
const FLOATS = new Uint8Array(Float32Array.from({ length: 1 << 18 }, (_, i) => (i % 4096) / 16).buffer);
const PACKED = deflateRawSync(BYTES.map((byte) => byte & 15));
const uint8 = { dtype: 'uint8', scale: 1, min: 0 } as const;

const member = {
  name: 'a',
  method: DEFLATED,
  flags: 0,
  crc32: crc32(BYTES.map((byte) => byte & 15)),
  packedBytes: PACKED.length,
  byteLength: BYTES.length,
  headerAt: 0,
  comment: new Uint8Array(0),
};

/** Every other row of 1,000 bytes, back to front, with a new one between them. */
const ROWS = Rows.of(Array.from({ length: 2000 }, (_, i) => (i % 2 === 0 ? 998 - (i >> 1) : NEW_ROW)));
const zeros = (byteLength: number): ByteSource => ({ byteLength, readInto: (target) => void target.fill(0) });
const plain = (parent: ByteSource) => ({
  byteLength: parent.byteLength,
  readInto: (target: Uint8Array, offset: number) => parent.readInto(target, offset),
  expect: (runs: readonly { offset: number; length: number }[]) => parent.expect?.(runs),
  readBuffer: ({ buffer }: { buffer: Uint8Array }, offset: number, length: number) =>
    parent.readInto(buffer.subarray(0, length), offset),
});

const WRAPPED: readonly (readonly [string, Uint8Array, (parent: ByteSource) => ByteSource])[] = [
  ['a region', BYTES, (parent) => new RegionSource(parent, 5, 900_000)],
  ['swapped bytes', BYTES, (parent) => new SwappedSource(parent, 8)],
  ['steady bytes', BYTES, (parent) => new SteadySource(parent, () => new Error('changed'))],
  ['bits unpacked', BYTES, (parent) => new UnpackedSource(parent, 4, 2 * parent.byteLength)],
  ['bits packed', BYTES, (parent) => new PackedSource(parent, 6)],
  ['joined', BYTES, (parent) => new JoinedSource([parent, parent])],
  ['Fortran order', BYTES, (parent) => new FortranSource(parent, [1024, 256], 4)],
  ['Fortran order in bands', BYTES, (parent) => new FortranSource(parent, [1024, 256], 4, 1 << 16)],
  ['dequantized', BYTES, (parent) => new DequantizedSource(parent, uint8, false)],
  ['quantized', FLOATS, (parent) => new QuantizedSource(parent, uint8)],
  ['inflated', PACKED, (parent) => memberSource(parent, member, 0)],
  ['transposed', BYTES, (parent) => new PermutedSource(parent, [1024, 256], [1, 0], 4)],
  ['rows', BYTES, (parent) => new RowSource(parent, [1000, 1000], 0, ROWS, zeros(2_000_000), 1)],
  [
    'made of elements',
    BYTES,
    (parent) => new ElementSource([plain(parent)], 4, 4, 1 << 18, ([a], to) => to.set(a as Uint8Array)),
  ],
];

describe.each(WRAPPED)('%s', (_, bytes, wrap) => {
  it('asks once for what is read, and gives what it gives from memory', async () => {
    const origin = new MemoryOrigin(new Map([['file', bytes]]));
    const store = fetched(origin);
    const file = await supply(() => store.open('file'));
    const here = wrap({
      byteLength: bytes.length,
      readInto: (target, at) => target.set(bytes.subarray(at, at + target.length)),
    });
    const far = wrap(file);
    const [offset, length] = [here.byteLength >> 3, here.byteLength >> 1];
    let tries = 0;
    const read = await supply(() => {
      tries++;
      return readBytes(far, offset, length);
    });
    expect(Buffer.compare(read, readBytes(here, offset, length))).toBe(0);
    expect(tries).toBeLessThanOrEqual(2);
  });
});

describe('an inflated source', () => {
  it('goes on where packed bytes were missing, without asking for all', async () => {
    const origin = new MemoryOrigin(new Map([['file', PACKED]]));
    const store = fetched(origin);
    const file = await supply(() => store.open('file'));
    // Whoever does not say what it will read has it fetched piece by piece.
    const silent = {
      byteLength: PACKED.length,
      readInto: (target: Uint8Array, at: number) => file.readInto(target, at),
    };
    const far = memberSource(silent, member, 0);
    const target = new Uint8Array(member.byteLength);
    await supply(() => far.readInto(target, 0));
    expect(
      Buffer.compare(
        target,
        BYTES.map((byte) => byte & 15),
      ),
    ).toBe(0);
    expect(origin.reads.length).toBeGreaterThan(2);
  });
});

/** What a class that reads from another source calls it. */
const PARENT = /readonly (?:parent|packed|elements|input|inputs|parts|source|sources)\??: (?:readonly )?\w*Source\b/;

describe('every source that wraps another', () => {
  const files = readdirSync(join(REPOSITORY, 'src'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  const classes = files.flatMap((file) => {
    const text = readFileSync(join(REPOSITORY, 'src', file), 'utf8');
    const starts = [...text.matchAll(/^(?:export )?class (\w+)[^{]*implements \w*Source\b/gm)];
    return starts.map((match) => ({
      name: match[1] as string,
      body: text.slice(match.index, text.indexOf('\n}\n', match.index)),
    }));
  });
  const wrapping = classes.filter(({ body }) => PARENT.test(body));

  it('says what it will read', () => {
    expect(wrapping.length).toBeGreaterThan(14);
    expect(wrapping.filter(({ body }) => !body.includes('  expect(')).map(({ name }) => name)).toEqual([]);
  });
});
