/** Files as sources: what the system refuses is told with the name of the file. */
import { closeSync, writeFileSync } from 'node:fs';
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
  expect(readBytes(source, 1, 2)).toEqual(Uint8Array.of(0x62, 0x63));
  closeSync(source.fd); // the system refuses to read what is closed, as it would a disk that fails
  expect(() => readBytes(source, 1, 2)).toThrow(UnreadableError);
  expect(() => readBytes(source, 1, 2)).toThrow(`${path} cannot be read: bad file descriptor`);
});

it('a file that became shorter is told of', () => {
  const path = join(scratch(), 'file');
  writeFileSync(path, 'abc');
  const source = new FileSource(path);
  writeFileSync(path, 'a');
  expect(() => readBytes(source, 0, 3)).toThrow(`${path} ended at byte 1; it became shorter while it was read`);
  source.close();
});
