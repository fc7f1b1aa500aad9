/** Commands over a tensor of which only some rows are stored, as TensorFlow saves slots of partitioned variables. */
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { dtypeOf, tensorOfBytes, writeCheckpoint } from '../../src/index.ts';
import { inRows } from '../in-rows.ts';
import { lines } from './run.ts';
import { type Folder, folderWith } from './surgery-folder.ts';

let folder: Folder;
beforeAll(async () => {
  folder = folderWith();
  const whole = tensorOfBytes(dtypeOf('float32'), [2], new Uint8Array(8));
  const slot = inRows(6, { 0: [1, 2, 3, 4], 4: [5, 6] });
  await writeCheckpoint(
    join(folder.path, 'm'),
    new Map([
      ['w', whole],
      ['w/Adam', slot],
    ]),
  );
});

it('stats, diff and latest take what is there', () => {
  expect(folder.ckpt(['stats', 'm', '--tsv']).stdout).toMatch(/^w\/Adam\tfloat32\t\[6,2\]\t6\t1\t6\t3.5\t/m);
  expect(folder.ckpt(['stats', 'm', '--fail-on', 'nan,inf']).code).toBe(0);
  expect(folder.ckpt(['diff', 'm', 'm', '--values'])).toMatchObject({ stdout: lines('2 alike'), code: 0 });
  expect(folder.ckpt(['latest', '--finite', '.'])).toMatchObject({ stdout: lines('m'), code: 0 });
});

it('what cannot hold it is told so, and can leave it out', () => {
  const refused = folder.ckpt(['convert', 'm', '-o', 'm.npz']);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toBe(
    lines(
      'ckpt: NumPy .npz cannot hold tensors of which only some slices are stored: w/Adam; leave it out with --drop-unsupported',
    ),
  );
  const { stderr, code } = folder.ckpt(['convert', 'm', '-o', 'm.npz', '--drop-unsupported']);
  expect(stderr).toContain('left out, for NumPy .npz cannot hold tensors of which only some slices are stored: w/Adam');
  expect(code).toBe(0);
  expect(folder.ckpt(['list', 'm.npz', '--names']).stdout).toBe(lines('w'));
});

it('dump wants one of its slices', () => {
  const { stderr, code } = folder.ckpt(['dump', 'm', 'w/Adam', '--to', 'csv']);
  expect([stderr, code]).toEqual([
    lines('ckpt: dump takes one tensor, and w/Adam selects 2: w/Adam[0:2,:], w/Adam[4:5,:]'),
    2,
  ]);
  expect(folder.ckpt(['dump', 'm', 'w/Adam[4:5]', '--to', 'csv']).stdout).toBe(lines('5.0,6.0'));
});
