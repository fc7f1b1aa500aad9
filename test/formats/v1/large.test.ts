/** Values that are larger than a block: written and read in chunks, checked by the block they have to themselves. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MemorySink, readBytes } from '../../../src/bytes/source.ts';
import { encodeText } from '../../../src/bytes/text.ts';
import {
  openCheckpoint,
  planCheckpoint,
  verifyCheckpoint,
  writeCheckpoint,
} from '../../../src/checkpoints/checkpoint.ts';
import { UnsupportedError } from '../../../src/errors.ts';
import { BLOCK_BYTES } from '../../../src/sstable/format.ts';
import { TableReader } from '../../../src/sstable/table-reader.ts';
import { TableWriter } from '../../../src/sstable/table-writer.ts';
import { dtypeOf } from '../../../src/tensor/dtype.ts';
import { type Tensor, tensorOfBytes, tensorOfStrings } from '../../../src/tensor/tensor.ts';
import { scratch } from '../../scratch.ts';

const FLOATS = tensorOfBytes(
  dtypeOf('float32'),
  [700, 500],
  new Uint8Array(1_400_000).map((_, i) => i * 7),
);
/** Every length that a varint can have, in an order that no window or mark divides evenly. */
const INTS = tensorOfBytes(
  dtypeOf('int64'),
  [200_001],
  new Uint8Array(BigInt64Array.from({ length: 200_001 }, (_, i) => (-1n) ** BigInt(i) * 3n ** BigInt(i % 39)).buffer),
);
const STRINGS = tensorOfStrings(
  dtypeOf('string'),
  [5000],
  Array.from({ length: 5000 }, (_, i) => encodeText('x'.repeat((i * 37) % 700))),
);
const TENSORS = new Map<string, Tensor>([
  ['after', tensorOfBytes(dtypeOf('int32'), [1], Uint8Array.of(1, 0, 0, 0))],
  ['floats', FLOATS],
  ['ints', INTS],
  ['small', tensorOfBytes(dtypeOf('bool'), [3], Uint8Array.of(1, 0, 1))],
  ['strings', STRINGS],
]);

async function saved(): Promise<string> {
  const path = join(scratch(), 'model.ckpt');
  await writeCheckpoint(path, TENSORS, { format: 'v1' });
  return path;
}

const wholeOf = ({ source }: Tensor): Uint8Array => readBytes(source, 0, source.byteLength);

describe('tensors larger than a block', () => {
  it('are the same when they are read again, whole and in any part', async () => {
    const checkpoint = await openCheckpoint(await saved());
    for (const [name, wanted] of TENSORS) {
      const whole = wholeOf(wanted);
      const { source } = checkpoint.tensors.get(name) as Tensor;
      expect(Buffer.compare(readBytes(source, 0, source.byteLength), whole), name).toBe(0);
      for (let at = whole.length - 1; at > 0; at = Math.floor(at / 1.7)) {
        const length = Math.min(1013, whole.length - at);
        const part = readBytes(source, at, length);
        expect(Buffer.compare(part, whole.subarray(at, at + length)), `${name} at ${at}`).toBe(0);
      }
    }
    checkpoint.close();
  });

  it('are refused when a byte of their block changed, and the others are not', async () => {
    const path = await saved();
    const bytes = readFileSync(path);
    const sound = await openCheckpoint(path);
    const at = (sound.tensors.get('floats')?.stored?.offset ?? 0) + 700_000;
    sound.close();
    bytes[at] = (bytes[at] ?? 0) ^ 4;
    writeFileSync(path, bytes);
    const checkpoint = await openCheckpoint(path);
    expect(() => checkpoint.tensors.get('floats')?.source).toThrow(/tensor floats: .*checksum does not match/);
    for (const name of ['after', 'ints', 'small', 'strings']) wholeOf(checkpoint.tensors.get(name) as Tensor);
    checkpoint.close();
    const damage: unknown[] = [];
    for await (const { kind, tensor } of verifyCheckpoint(path)) damage.push([kind, tensor]);
    expect(damage).toEqual([['tensor-checksum', 'floats']]);
  });
});

describe('a table', () => {
  it('is the same, and as long as measured, whether its values come whole or in pieces', () => {
    const lengths = [0, 10, BLOCK_BYTES, 2 * BLOCK_BYTES - 4, 2 * BLOCK_BYTES - 3, 3, 3 * BLOCK_BYTES, 5];
    const [whole, pieces] = [new MemorySink(), new MemorySink()];
    const [first, second, measured] = [new TableWriter(whole), new TableWriter(pieces), new TableWriter(undefined)];
    const places: number[] = [];
    for (const [i, length] of lengths.entries()) {
      const key = encodeText(`k${i}x`);
      const value = new Uint8Array(length).map((_, at) => at * 31 + i);
      first.add(key, value);
      second.beginValue(key, length);
      for (let at = 0; at < length; at += 100_003) second.putValue(value.subarray(at, at + 100_003));
      places.push(measured.measure(key, length));
    }
    const length = first.finish();
    expect([second.finish(), measured.finish()]).toEqual([length, length]);
    expect(Buffer.compare(whole.toBytes(), pieces.toBytes())).toBe(0);
    const bytes = whole.toBytes();
    const source = {
      byteLength: bytes.length,
      readInto: (to: Uint8Array, at: number) => to.set(bytes.subarray(at, at + to.length)),
    };
    let i = 0;
    for (const cursor of new TableReader(source).entries()) {
      const value = cursor.bytes.slice(cursor.valueStart, cursor.valueEnd);
      const place = places[i++] as number;
      expect(Buffer.compare(value, bytes.subarray(place, place + value.length))).toBe(0);
    }
    expect(i).toBe(lengths.length);
  });

  it('takes no more and no fewer bytes than a value was said to have', () => {
    const table = new TableWriter(new MemorySink());
    table.beginValue(encodeText('a'), 3);
    expect(() => table.putValue(new Uint8Array(4))).toThrow(/more bytes/);
    expect(() => table.finish()).toThrow(/not complete/);
  });
});

describe('what V1 cannot hold is refused before the first byte', () => {
  /** A tensor that must not be read. */
  const unread = (dtype: string, shape: readonly number[]): Tensor => ({
    dtype: dtypeOf(dtype),
    shape,
    byteLength: shape.reduce((product, size) => product * size, dtypeOf(dtype).width),
    get source(): never {
      throw new Error('it was read');
    },
  });

  it.each(['bfloat16', 'qint16', 'quint16', 'uint32', 'uint64', 'float8_e5m2', 'int4'])('%s', async (dtype) => {
    const plan = planCheckpoint(join(scratch(), 'm'), new Map([['w', unread(dtype, [2])]]), { format: 'v1' });
    await expect(plan).rejects.toThrow(UnsupportedError);
    await expect(plan).rejects.toThrow(`tensor w: a V1 checkpoint cannot hold dtype ${dtype}; write it as V2: --to v2`);
  });

  it.each([
    ['float32', 536_870_654],
    ['float64', 268_435_327],
    ['int32', 214_748_261],
    ['complex128', 134_217_663],
  ])('a record of %s that is one element too large, as TensorFlow counts', async (dtype, most) => {
    const plan = (count: number) =>
      planCheckpoint(join(scratch(), 'm'), new Map([['w', unread(dtype, [count])]]), { format: 'v1' });
    await expect(plan(most + 1)).rejects.toThrow(
      /too large for a V1 checkpoint \(conservative estimate: 21474836\d\d bytes/,
    );
    if (dtype === 'int32') await expect(plan(most)).rejects.toThrow('it was read');
    else expect((await plan(most)).byteLength).toBeGreaterThan(2 ** 30);
  });
});
