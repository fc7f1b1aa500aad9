import { renameSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { MemorySource, RegionSource } from '../../src/bytes/source.ts';
import { CorruptError } from '../../src/errors.ts';
import { FileSource } from '../../src/io/file-source.ts';
import { ReadAhead } from '../../src/io/read-ahead.ts';
import { scratch } from '../scratch.ts';

const BYTES = Uint8Array.from({ length: 1000 }, (_, i) => i % 251);

function file(): { path: string; source: FileSource } {
  const path = join(scratch(), 'data');
  writeFileSync(path, BYTES);
  return { path, source: new FileSource(path) };
}

it('gives the bytes of a stretch of a file, however it is nested', async () => {
  const source = new RegionSource(new RegionSource(file().source, 100, 800), 50, 700);
  const ahead = ReadAhead.of(source) as ReadAhead;
  const [first, second] = [new Uint8Array(300), new Uint8Array(400)];
  ahead.begin(first, 0);
  await ahead.arrived();
  ahead.begin(second, 300);
  await ahead.arrived();
  await ahead.close();
  expect([first, second]).toEqual([BYTES.slice(150, 450), BYTES.slice(450, 850)]);
});

it('leaves to the source what is no file of this machine, is gone, or is another by now', () => {
  expect(ReadAhead.of(new MemorySource(BYTES))).toBeUndefined();
  expect(ReadAhead.of(new RegionSource(new MemorySource(BYTES), 1, 2))).toBeUndefined();
  const { path, source } = file();
  renameSync(path, `${path}-before`);
  expect(ReadAhead.of(source)).toBeUndefined();
  writeFileSync(path, BYTES);
  expect(ReadAhead.of(source)).toBeUndefined();
});

it('fails as the source does where the file became shorter, and waits for what is on its way', async () => {
  const { path, source } = file();
  const ahead = ReadAhead.of(source) as ReadAhead;
  truncateSync(path, 10);
  ahead.begin(new Uint8Array(100), 0);
  await expect(ahead.arrived()).rejects.toThrow(CorruptError);
  await expect(ahead.arrived()).rejects.toThrow('ended at byte 10; it became shorter while it was read');
  ahead.begin(new Uint8Array(5), 0);
  await ahead.close();
});
