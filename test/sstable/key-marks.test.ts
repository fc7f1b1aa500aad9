/** Blocks in which many entries lie behind one restart, or that are too large to be held: a search does not walk them again. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { MemorySink, readBytes } from '../../src/bytes/source.ts';
import { CorruptError } from '../../src/errors.ts';
import { BlockCursor } from '../../src/sstable/block.ts';
import { TableReader } from '../../src/sstable/table-reader.ts';
import { TableValues } from '../../src/sstable/table-values.ts';
import { TableWriter } from '../../src/sstable/table-writer.ts';
import { RecordingSource } from '../recording-source.ts';
import { RawTable, rawBlock } from './raw-table.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const keyOf = (i: number): string => `key_${String(i).padStart(6, '0')}`;

afterEach(() => {
  vi.restoreAllMocks();
});

/** The contents of a block with one restart, whatever it holds. */
const withOneRestart = (keys: readonly string[]): Uint8Array =>
  rawBlock(keys.map((key) => ({ key: bytesOf(key), value: Uint8Array.of(7) })));

describe('a block with one restart for all of its entries', () => {
  const keys = Array.from({ length: 20_000 }, (_, i) => keyOf(2 * i));

  it('finds every key, and no other, in any order', () => {
    const contents = withOneRestart(keys);
    const next = vi.spyOn(BlockCursor.prototype, 'next');
    const found = (key: string): string | undefined => {
      const cursor = new BlockCursor(contents, 'block');
      return cursor.seek(bytesOf(key)) ? cursor.keyText() : undefined;
    };
    for (let i = 0; i < keys.length; i += 13) {
      const key = (i * 7919) % keys.length;
      expect(found(keyOf(2 * key))).toBe(keys[key]);
      expect(found(keyOf(2 * key + 1))).toBe(keys[key + 1]);
    }
    expect(found('a')).toBe(keys[0]);
    // A walk of all for each of the searches would be sixty million.
    expect(next.mock.calls.length).toBeLessThan(2_000_000);
  });

  it('refuses what breaks the order where a search meets it, and finds what stands before', () => {
    const contents = withOneRestart([...keys.slice(0, 15_000), 'a', ...keys.slice(15_000)]);
    const cursor = (): BlockCursor => new BlockCursor(contents, 'block');
    expect(cursor().seek(bytesOf(keyOf(100)))).toBe(true);
    expect(() => cursor().seek(bytesOf(keyOf(39_000)))).toThrow(CorruptError);
  });
});

it('a large block is walked once for all of its values', () => {
  const sink = new MemorySink();
  const table = new TableWriter(sink, 1 << 30);
  const count = 8_000;
  for (let i = 0; i < count; i++) table.add(bytesOf(keyOf(i)), new Uint8Array(60).fill(i));
  table.finish();
  const source = new RecordingSource(sink.toBytes());
  const values = new TableValues(new TableReader(source));
  let read = 0;
  for (let i = 0; i < count; i++) {
    const number = (i * 7919) % count;
    const found = values.find(bytesOf(keyOf(number)));
    expect(readBytes(found?.source as RecordingSource, 0, 60)[0]).toBe(number % 256);
    read = source.reads.splice(0).reduce((sum, { length }) => sum + length, read);
  }
  expect(values.find(bytesOf('key_'))).toBeUndefined();
  expect(values.find(bytesOf(`${keyOf(5)}x`))).toBeUndefined();
  expect(values.find(bytesOf('l'))).toBeUndefined();
  // Each search reads what lies between two marks, and not the block.
  expect(read).toBeLessThan(count * 8192);
});

it('an index that names one block again and again is refused before it is walked', () => {
  const raw = new RawTable();
  const block = raw.block(withOneRestart(['a']));
  const source = new RecordingSource(raw.finish(Array.from({ length: 10_000 }, (_, i) => [bytesOf(keyOf(i)), block])));
  const table = new TableReader(source);
  expect(() => [...table.blocks()]).toThrow(/its blocks overlap/);
});

describe('keys that share nearly all with each other', () => {
  /** Keys of so many bytes, of which all but the first are written in a few. */
  function shared(length: number, count: number, value: number): Uint8Array {
    const key = new Uint8Array(length).fill(97);
    const rest = Array.from({ length: count }, (_, i) => {
      const own = Uint8Array.of(98 + (i >> 14), (i >> 7) & 0x7f, i & 0x7f);
      return { key: own, value: new Uint8Array(value), shared: length };
    });
    // Each shares with the one before what the first of them shares with the first key.
    return rawBlock([{ key, value: new Uint8Array(value) }, ...rest]);
  }

  it('are refused before they take a thousand times the bytes of their block', () => {
    const contents = shared(50_000, 20_000, 1);
    const cursor = new BlockCursor(contents, 'block');
    let bytes = 0;
    expect(() => {
      while (cursor.next()) bytes += cursor.keyLength;
    }).toThrow(/share too much/);
    expect(bytes).toBeLessThan(65 * contents.length);
  });

  it('are refused in a block that is read in pieces', () => {
    const raw = new RawTable();
    const block = raw.block(shared(100_000, 30_000, 40));
    const values = new TableValues(new TableReader(new RecordingSource(raw.finish([[bytesOf('z'), block]]))));
    expect(values.isReadInPieces(block)).toBe(true);
    expect(() => values.find(bytesOf(`${'a'.repeat(100_000)}c`))).toThrow(/share too much/);
  });

  it('are read where each sixteenth is written out', () => {
    const sink = new MemorySink();
    const table = new TableWriter(sink);
    const names = Array.from({ length: 200 }, (_, i) => `${'scope/'.repeat(2000)}${keyOf(i)}`);
    for (const name of names) table.add(bytesOf(name), Uint8Array.of(1));
    table.finish();
    const reader = new TableReader(new RecordingSource(sink.toBytes()));
    expect([...reader.entries()].length).toBe(200);
    expect(reader.has(bytesOf(names[150] as string))).toBe(true);
  });
});
