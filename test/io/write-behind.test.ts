import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { WriteBehind } from '../../src/io/write-behind.ts';
import { scratch } from '../scratch.ts';

const MIB = 1 << 20;

function emptyFile(): string {
  const path = join(scratch(), 'data');
  writeFileSync(path, '');
  return path;
}

function content(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 1021) bytes[at] = 1 + (at % 255);
  return bytes;
}

it.each([
  ['at the start of the file', 0, 9 * MIB + 7],
  ['beside the pages of the system', 12_345, 9 * MIB],
  ['one byte before a mebibyte', MIB - 1, 2 * MIB + 1],
  ['less than a mebibyte', 100, MIB - 100],
])('writes what is much in pieces: %s', async (_, position, length) => {
  const path = emptyFile();
  const bytes = content(length);
  const behind = new WriteBehind(path);
  await behind.write(bytes, position);
  await behind.end();
  const written = readFileSync(path);
  expect(written.length).toBe(position + length);
  expect(written.subarray(position).equals(bytes)).toBe(true);
  expect(written.subarray(0, position).every((byte) => byte === 0)).toBe(true);
  rmSync(path);
});

it('writes one after the other, and tells at the end, with the path, what the system would not take', async () => {
  const path = emptyFile();
  const behind = new WriteBehind(path);
  await behind.write(content(100), 0);
  behind.follow(content(50), 100);
  behind.follow(content(2 * MIB), 150);
  await behind.arrived();
  expect(readFileSync(path).length).toBe(150 + 2 * MIB);
  await behind.end();
  const full = '/dev/full';
  try {
    closeSync(openSync(full, 'r+'));
  } catch {
    return; // No such device on this system.
  }
  const failing = new WriteBehind(full);
  await failing.write(content(3 * MIB), 0);
  failing.follow(content(10), 0);
  await expect(failing.arrived()).rejects.toThrow('ENOSPC');
  await expect(failing.end()).rejects.toMatchObject({ code: 'ENOSPC', path: full });
});
