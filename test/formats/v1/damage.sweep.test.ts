/**
 * Damage of every kind that a disk or a transfer does to V1 files: truncations, and bytes changed three ways. What is read
 * afterwards is what was written or a `CkptError`; and a check finds every change that touches anything that counts.
 */
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { copyOf, spoil } from '../damage-tools.ts';

/** Small files, spoilt at every so many places: every encoding, parts over shards, compressed blocks, many blocks. */
const SUBJECTS = [
  ['v1/empty-and-scalar/model.ckpt', 1],
  ['v1/no-versions/model.ckpt', 1],
  ['v1/partitioned-across-shards/m-?????-of-00003', 1],
  ['v1/duplicate-slices/model.ckpt', 1],
  ['v1/every-dtype/model.ckpt', 5],
  ['v1/unpacked/mixed.ckpt', 7],
  ['v1/snappy/one.ckpt', 17],
  ['v1/snappy/small.ckpt', 53],
  ['v1/snappy/plain.ckpt', 61],
] as const;

const isTable = (name: string): boolean => !/\.json$|^checkpoint$/.test(name);

describe.each(SUBJECTS)('%s', (name, stride) => {
  const subject = copyOf(name, isTable);

  it.each(subject.files.map(({ path, bytes }) => [basename(path), path, bytes] as const))(
    'is never misread, and always found out, when %s is cut or changed',
    async (_, path, bytes) => {
      expect(await spoil(subject, path, bytes, stride)).toEqual([]);
    },
  );
});
