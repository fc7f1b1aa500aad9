/** Tensors without elements, however many rows of nothing their shape has. */
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { dtypeOf, tensorOfBytes, writeCheckpoint } from '../../src/index.ts';
import { scratch } from '../scratch.ts';
import { ckpt } from './run.ts';

let prefix: string;
beforeAll(async () => {
  prefix = join(scratch(), 'empty');
  const empty = (shape: readonly number[]) => tensorOfBytes(dtypeOf('float32'), shape, new Uint8Array(0));
  const tensors = new Map([
    ['few', empty([3, 0])],
    ['many', empty([2 ** 40, 0])],
    ['none', empty([0, 2 ** 40])],
  ]);
  await writeCheckpoint(prefix, tensors);
});

it.each(['--json', '--tsv'])(
  'are printed as the rows that there are, and refused in words where those are too many: %s',
  (form) => {
    expect(ckpt(['print', prefix, 'few', form]).code).toBe(0);
    expect(ckpt(['print', prefix, 'none', form]).code).toBe(0);
    const many = ckpt(['print', prefix, 'many', form]);
    expect(many.code).toBe(2);
    expect(many.stdout + many.stderr).toMatch(/1,099,511,627,776 empty rows.*slice/);
    expect(many.stdout + many.stderr).not.toMatch(/internal error|\n {4}at /);
    expect(ckpt(['print', prefix, 'many[:2]', form]).code).toBe(0);
  },
);
