/** Variables of tens of megabytes: they are restored into the memory that they have. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import type { MemorySource } from '../../src/bytes/source.ts';
import { zeros } from '../../src/engine/constants.ts';
import { resetDefaultGraph } from '../../src/engine/graph.ts';
import { Saver } from '../../src/engine/saver.ts';
import { Variable } from '../../src/engine/variable.ts';
import { ChecksumError } from '../../src/errors.ts';
import { scratch } from '../scratch.ts';

beforeEach(() => resetDefaultGraph());

it('reads large values over those that variables have, unless somebody holds them', async () => {
  const size = 9 << 20;
  const [a, b] = [new Variable(zeros([size]), { name: 'a' }), new Variable(zeros([size]), { name: 'b' })];
  const saver = new Saver([a, b]);
  for (const v of [a, b]) v.assign(new Float32Array(size).fill(1));
  const path = await saver.save(join(scratch(), 'm'), { writeMetaGraph: false });
  for (const v of [a, b]) v.assign(new Float32Array(size).fill(2));
  const held = b.tensor();
  const memory = a.memory();
  await saver.restore(path);
  expect([a.read()[5], b.read()[5], memory === a.memory(), b.memory() !== undefined]).toEqual([1, 1, true, true]);
  expect(new Float32Array((held.source as MemorySource).bytes.buffer)[5]).toBe(2);
  const data = readFileSync(`${path}.data-00000-of-00001`);
  data[data.length - 1] = 1;
  writeFileSync(`${path}.data-00000-of-00001`, data);
  for (const v of [a, b]) v.assignAdd(1);
  await expect(saver.restore(path)).rejects.toThrow(ChecksumError);
  expect([a.read()[5], b.read()[5]]).toEqual([2, 2]);
});
