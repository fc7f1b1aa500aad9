/** Tables: TensorFlow's bytes, its separators and its blocks; look-ups against a linear search; tables that lie. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemorySink, MemorySource } from '../../src/bytes/source.ts';
import { CkptError, CorruptError, NameError } from '../../src/errors.ts';
import { BlockCursor } from '../../src/sstable/block.ts';
import { BlockBuilder } from '../../src/sstable/block-builder.ts';
import { entryOf } from '../../src/sstable/format.ts';
import { TableReader } from '../../src/sstable/table-reader.ts';
import { separatorBetween, successorOf, TableWriter } from '../../src/sstable/table-writer.ts';
import { RecordingSource } from '../recording-source.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

type Pair = readonly [Uint8Array, Uint8Array];

function tableOf(pairs: readonly Pair[], blockBytes?: number): Uint8Array {
  const sink = new MemorySink();
  const table = new TableWriter(sink, blockBytes);
  for (const [key, value] of pairs) table.add(key, value);
  expect(table.finish()).toBe(sink.byteLength);
  return sink.toBytes();
}

function pairsIn(table: TableReader): [string, string][] {
  const pairs: [string, string][] = [];
  for (const cursor of table.entries()) {
    const value = cursor.bytes.subarray(cursor.valueStart, cursor.valueEnd);
    pairs.push([hex(cursor.key.subarray(0, cursor.keyLength)), hex(value)]);
  }
  return pairs;
}

/** Sorted pairs with keys that share long prefixes, as names do. */
const sortedPairs = fc
  .uniqueArray(fc.array(fc.constantFrom(0x00, 0x61, 0x62, 0xfe, 0xff), { maxLength: 7 }), {
    maxLength: 60,
    selector: (key) => key.join(),
  })
  .map((keys) => keys.map((key) => Uint8Array.from(key)).sort(Buffer.compare))
  .chain((keys) =>
    fc
      .array(fc.uint8Array({ maxLength: 30 }), { minLength: keys.length, maxLength: keys.length })
      .map((values) => keys.map((key, i): Pair => [key, values[i] as Uint8Array])),
  );

/** The index of TensorFlow's own half_plus_two: a header and three scalars. */
const HALF_PLUS_TWO = [
  '000006 08011a020801 00010b 61 080112002804350638271f 00010d 62 08011200200428043510fd784f',
  '00010d 63 080112002008280435efd682c3 0000000001000000 00 e415b6bc',
  '0000000001000000 00 c0f2a1b0 000102 64 0042 0000000001000000 00 58b2e9f7 4708540e',
  `${'00'.repeat(36)} 57fb808b247547db`,
]
  .join('')
  .replaceAll(' ', '');

describe('the bytes of a table', () => {
  const pairs: Pair[] = [
    ['', '08011a020801'],
    ['a', '080112002804350638271f'],
    ['b', '08011200200428043510fd784f'],
    ['c', '080112002008280435efd682c3'],
  ].map(([key, value]) => [bytesOf(key as string), Buffer.from(value as string, 'hex')]);

  it('are TensorFlow’s', () => {
    expect(hex(tableOf(pairs))).toBe(HALF_PLUS_TWO);
  });

  it('read back', () => {
    const table = new TableReader(new MemorySource(Buffer.from(HALF_PLUS_TWO, 'hex')));
    expect(pairsIn(table)).toEqual(pairs.map(([key, value]) => [hex(key), hex(value)]));
    expect([...table.blocks()]).toEqual([{ separator: bytesOf('d'), handle: { offset: 0, length: 66 } }]);
  });

  it('of no entries are a table too', () => {
    const table = new TableReader(new MemorySource(tableOf([])));
    expect(pairsIn(table)).toEqual([]);
    expect(table.get(bytesOf('a'))).toBeUndefined();
  });
});

describe('separators', () => {
  it.each([
    ['a', 'k', 'b'],
    ['a', 'b', 'a'],
    ['abc', 'abe', 'abd'],
    ['abc', 'abd', 'abc'],
    ['ab', 'abc', 'ab'],
    ['a\xfe', 'a\xff\xff', 'a\xfe'],
    ['layer_05609/kernel/w', 'layer_0562', 'layer_0561'],
  ])('between %j and %j', (last, next, separator) => {
    const [a, b] = [last, next].map((text) => Uint8Array.from(Buffer.from(text, 'latin1'))) as [Uint8Array, Uint8Array];
    expect(Buffer.from(separatorBetween(a, b)).toString('latin1')).toBe(separator);
  });

  it.each([
    ['c', 'd'],
    ['zz', '{'],
    ['\xff\x01a', '\xff\x02'],
    ['\xff\xff', '\xff\xff'],
    ['', ''],
  ])('after %j', (last, successor) => {
    expect(Buffer.from(successorOf(Buffer.from(last, 'latin1'))).toString('latin1')).toBe(successor);
  });

  it('lie between the keys that they part', () => {
    fc.assert(
      fc.property(
        sortedPairs.filter((pairs) => pairs.length > 1),
        (pairs) => {
          for (const [i, [key]] of pairs.slice(1).entries()) {
            const before = pairs[i]?.[0] as Uint8Array;
            const separator = separatorBetween(before, key);
            expect(Buffer.compare(before, separator)).toBeLessThanOrEqual(0);
            expect(Buffer.compare(separator, key)).toBeLessThan(0);
            expect(Buffer.compare(successorOf(key), key)).toBeGreaterThanOrEqual(0);
          }
        },
      ),
    );
  });

  it('are TensorFlow’s for a key of 600,000 bytes', () => {
    const keys = ['a', 'k'.repeat(600_000), 'z', 'zz'];
    const table = new TableReader(new MemorySource(tableOf(keys.map((key): Pair => [bytesOf(key), bytesOf('v')]))));
    expect([...table.blocks()].map(({ separator }) => Buffer.from(separator).toString())).toEqual(['b', 'l', '{']);
  });
});

describe('any table', () => {
  it('reads back in order, however small its blocks', () => {
    fc.assert(
      fc.property(sortedPairs, fc.constantFrom(1, 16, 40, 200, 262144), (pairs, blockBytes) => {
        const table = new TableReader(new MemorySource(tableOf(pairs, blockBytes)));
        expect(pairsIn(table)).toEqual(pairs.map(([key, value]) => [hex(key), hex(value)]));
      }),
      { numRuns: 300 },
    );
  });

  it('finds exactly the keys that it holds', () => {
    const probe = fc
      .array(fc.constantFrom(0x00, 0x61, 0x62, 0xff), { maxLength: 7 })
      .map((key) => Uint8Array.from(key));
    fc.assert(
      fc.property(
        sortedPairs,
        fc.constantFrom(1, 40, 200, 262144),
        fc.array(probe, { maxLength: 10 }),
        (pairs, size, probes) => {
          const table = new TableReader(new MemorySource(tableOf(pairs, size)));
          for (const key of [...pairs.map(([held]) => held), ...probes]) {
            const expected = pairs.find(([held]) => Buffer.compare(held, key) === 0)?.[1];
            const found = table.get(key);
            const value = found === undefined ? undefined : hex(found.bytes.subarray(found.at, found.end));
            expect(value).toBe(expected === undefined ? undefined : hex(expected));
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('is read a block at a time', () => {
    const pairs = Array.from(
      { length: 2000 },
      (_, i): Pair => [bytesOf(`key_${String(i).padStart(5, '0')}`), bytesOf('value')],
    );
    const source = new RecordingSource(tableOf(pairs, 1000));
    const table = new TableReader(source);
    const opening = source.bytesRead;
    source.reads.length = 0;
    table.get(bytesOf('key_01000'));
    table.get(bytesOf('key_01001'));
    expect(source.reads.length).toBe(1);
    expect(opening).toBeLessThan(6000);
    expect(source.bytesRead).toBeLessThan(1500);
  });
});

describe('a block', () => {
  function commonLength(a: string, b = ''): number {
    let length = 0;
    while (length < b.length && a[length] === b[length]) length++;
    return length;
  }

  function blockOf(count: number, interval: number): { keys: string[]; contents: Uint8Array } {
    const keys = Array.from(
      { length: count },
      (_, i) => `name/${createHash('md5').update(`${i}`).digest('hex')}`,
    ).sort();
    const builder = new BlockBuilder(interval);
    for (const [i, key] of keys.entries())
      builder.add(entryOf(bytesOf(key), bytesOf('v')), commonLength(key, keys[i - 1]));
    return { keys, contents: builder.finish().slice() };
  }

  it.each([1, 2, 16, 1000])('with a restart every %d entries is searched over its restarts', (interval) => {
    const { keys, contents } = blockOf(100, interval);
    const restarts = new DataView(contents.buffer, contents.length - 4).getUint32(0, true);
    expect(restarts).toBe(Math.ceil(100 / interval));
    for (const wanted of [...keys, 'a', 'name/', 'name/8', 'z']) {
      const cursor = new BlockCursor(contents, 'block');
      const expected = keys.find((key) => key >= wanted);
      expect(cursor.seek(bytesOf(wanted))).toBe(expected !== undefined);
      if (expected !== undefined) expect(cursor.keyText()).toBe(expected);
    }
  });

  it('can be used again after it is finished', () => {
    const builder = new BlockBuilder(16);
    builder.add(entryOf(bytesOf('abc'), bytesOf('1')), 0);
    builder.finish();
    builder.add(entryOf(bytesOf('abd'), bytesOf('2')), 2);
    const cursor = new BlockCursor(builder.finish(), 'block');
    expect([cursor.next(), cursor.keyText(), cursor.next()]).toEqual([true, 'abd', false]);
  });

  it('of any bytes is walked and searched, or refused with a CkptError', () => {
    const contents = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.tuple(fc.uint8Array({ maxLength: 40 }), fc.nat(9), fc.nat(50)).map(([entries, restart, count]) => {
        return Uint8Array.from([...entries, restart, 0, 0, 0, count % 3, 0, 0, 0]);
      }),
    );
    fc.assert(
      fc.property(contents, fc.uint8Array({ maxLength: 4 }), (bytes, key) => {
        for (const use of [
          (cursor: BlockCursor) => cursor.seek(key),
          (cursor: BlockCursor) => {
            while (cursor.next()) cursor.keyText();
          },
        ]) {
          try {
            use(new BlockCursor(bytes, 'block'));
          } catch (error) {
            expect(error).toBeInstanceOf(CkptError);
          }
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('what is no table', () => {
  it.each([0, 1, 47])('%d bytes are too few', (length) => {
    expect(() => new TableReader(new MemorySource(new Uint8Array(length)), 'x.index')).toThrow(/x\.index: .* too few/);
  });

  it('lacks the magic number', () => {
    expect(() => new TableReader(new MemorySource(new Uint8Array(200)))).toThrow(/magic/);
  });

  it('cannot be written: keys must ascend, each once', () => {
    const table = new TableWriter(new MemorySink());
    table.add(bytesOf('b'), bytesOf(''));
    for (const key of ['b', 'a', '']) expect(() => table.add(bytesOf(key), bytesOf(''))).toThrow(NameError);
  });

  it('has blocks whose keys do not ascend, within or across', () => {
    const sound = tableOf(
      [
        [bytesOf('a'), bytesOf('1')],
        [bytesOf('b'), bytesOf('2')],
      ],
      1,
    );
    const [first, second] = [...new TableReader(new MemorySource(sound)).blocks()].map(({ handle }) => handle);
    const swapped = sound.slice();
    const at = first?.offset as number;
    const length = (first?.length as number) + 5;
    swapped.set(sound.subarray(second?.offset, (second?.offset as number) + length), at);
    swapped.set(sound.subarray(at, at + length), second?.offset);
    expect(() => pairsIn(new TableReader(new MemorySource(swapped)))).toThrow(CorruptError);
  });
});
