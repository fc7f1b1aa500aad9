/** Reading front to back through a window: numbers and words across its edges, skips, and ends. */
import { describe, expect, it } from 'vitest';
import { ByteWriter } from '../../src/bytes/byte-writer.ts';
import { MemorySource } from '../../src/bytes/source.ts';
import { SourceReader } from '../../src/bytes/source-reader.ts';
import { CorruptError } from '../../src/errors.ts';

describe('a source reader', () => {
  it('reads numbers one after another, over many windows', () => {
    const writer = new ByteWriter();
    const values = Array.from({ length: 60_000 }, (_, i) => (i * 7919) % 2 ** (i % 50));
    for (const value of values) writer.varint(value);
    const reader = new SourceReader(new MemorySource(writer.toBytes()));
    expect(values.every((value) => reader.varint() === value)).toBe(true);
    expect(reader.position).toBe(writer.length);
    expect(() => reader.varint()).toThrow(CorruptError);
  });

  it('skips within its window and far beyond it', () => {
    const bytes = Uint8Array.from({ length: 200_000 }, (_, i) => i % 251);
    const reader = new SourceReader(new MemorySource(bytes), 10, 199_000);
    expect([...reader.bytes(3)]).toEqual([10, 11, 12]);
    reader.skip(5);
    expect(reader.position).toBe(18);
    reader.skip(150_000);
    expect([...reader.bytes(2)]).toEqual([150_018 % 251, 150_019 % 251]);
    reader.skip(199_000 - reader.position);
    expect(() => reader.bytes(1)).toThrow(CorruptError);
    expect(() => reader.skip(1)).toThrow(CorruptError);
    expect(() => reader.skip(-1)).toThrow(CorruptError);
  });

  it('gives a word that lies across two windows', () => {
    const bytes = Uint8Array.from({ length: 70_000 }, (_, i) => i % 251);
    const reader = new SourceReader(new MemorySource(bytes));
    reader.bytes(1);
    reader.skip(65_533);
    expect([...reader.bytes(8)]).toEqual(Array.from({ length: 8 }, (_, i) => (65_534 + i) % 251));
  });
});
