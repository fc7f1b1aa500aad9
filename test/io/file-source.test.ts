/** Files as sources: what the system refuses is told with the name of the file. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { readBytes } from '../../src/bytes/source.ts';
import { UnreadableError } from '../../src/errors.ts';
import { FileSource } from '../../src/io/file-source.ts';
import { scratch } from '../scratch.ts';

const disk = vi.hoisted(() => ({ broken: false }));
vi.mock('node:fs', async (importOriginal) => {
  const fs = await importOriginal<typeof import('node:fs')>();
  const readSync: typeof fs.readSync = (...args: unknown[]) => {
    if (disk.broken) throw Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO', syscall: 'read' });
    return (fs.readSync as (...all: unknown[]) => number)(...args);
  };
  return { ...fs, readSync };
});

it('a disk that fails is told of with the file on it', () => {
  const path = join(scratch(), 'file');
  writeFileSync(path, 'abc');
  const source = new FileSource(path);
  expect(readBytes(source, 1, 2)).toEqual(Uint8Array.of(0x62, 0x63));
  disk.broken = true;
  expect(() => readBytes(source, 1, 2)).toThrow(UnreadableError);
  expect(() => readBytes(source, 1, 2)).toThrow(`${path} cannot be read: i/o error`);
  source.close();
});

it('a file that became shorter is told of', () => {
  disk.broken = false;
  const path = join(scratch(), 'file');
  writeFileSync(path, 'abc');
  const source = new FileSource(path);
  writeFileSync(path, 'a');
  expect(() => readBytes(source, 0, 3)).toThrow(`${path} ended at byte 1; it became shorter while it was read`);
  source.close();
});
