/** Files as sources: what the system refuses is told with the name of the file. */
import { existsSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readBytes } from '../../src/bytes/source.ts';
import { UnreadableError } from '../../src/errors.ts';
import { FileSource } from '../../src/io/file-source.ts';
import { scratch } from '../scratch.ts';

it('a read that fails is told of with the name of the file', () => {
  const path = join(scratch(), 'file');
  writeFileSync(path, 'abc');
  const source = new FileSource(path);
  rmSync(path);
  expect(() => readBytes(source, 1, 2)).toThrow(UnreadableError);
  expect(() => readBytes(source, 1, 2)).toThrow(`${path} cannot be read: no such file or directory`);
});

it('a file that became shorter is told of', () => {
  const path = join(scratch(), 'file');
  writeFileSync(path, 'abc');
  const source = new FileSource(path);
  writeFileSync(path, 'a');
  expect(() => readBytes(source, 0, 3)).toThrow(`${path} ended at byte 1; it became shorter while it was read`);
  source.close();
});

it('a file that was replaced before it was read is not taken for the one that it was', () => {
  const path = join(scratch(), 'file');
  writeFileSync(path, 'abc');
  const source = new FileSource(path);
  writeFileSync(`${path}.new`, 'xyz');
  renameSync(`${path}.new`, path);
  expect(() => readBytes(source, 0, 3)).toThrow(`${path} was replaced by another file while it was read`);
});

it('a thousand files are read by turns with few handles', () => {
  const directory = scratch();
  const sources = Array.from({ length: 1000 }, (_, i) => {
    const path = join(directory, `${i}`);
    writeFileSync(path, `${i}`.padStart(4));
    return new FileSource(path);
  });
  for (let round = 0; round < 2; round++) {
    for (const [i, source] of sources.entries()) {
      expect(new TextDecoder().decode(readBytes(source, 0, 4))).toBe(`${i}`.padStart(4));
    }
  }
  if (existsSync('/proc/self/fd')) expect(readdirSync('/proc/self/fd').length).toBeLessThan(200);
  for (const source of sources) source.close();
});
