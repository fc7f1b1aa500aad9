/**
 * Damage of every kind that a disk or a transfer does to files: truncations, and bytes changed three ways. What
 * is read afterwards is what was written or a `CkptError`; and a check finds every change that touches anything that counts.
 */
import { basename } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { copyOf, spoil } from '../damage-tools.ts';

/** Small bundles that among them hold every dtype, strings, variants, parts, shards, big-endian and compressed tables. */
const SUBJECTS = [
  'v2/every-dtype/dtypes.ckpt',
  'v2/variant/variants.ckpt',
  'v2/big-endian/model.ckpt',
  'v2/partitioned-across-shards/across.ckpt',
  'v2/object-based-cyclic/cyclic',
  'v2/slices-with-garbage-full-entry/model.ckpt',
  'v2/unknown-fields/model.ckpt',
  'v2/merged-shard-numbering/model.ckpt',
];
/** Indexes that are cut and changed, but at every seventh byte only: they are longer. */
const LONGER = ['v2/small-blocks/snappy.ckpt', 'v2/snappy-index/model.ckpt'];

describe.each(SUBJECTS)('%s', (name) => {
  const subject = copyOf(name);

  it.each(subject.files.map(({ path, bytes }) => [basename(path), path, bytes] as const))(
    'is never misread, and always found out, when %s is cut or changed',
    async (_, path, bytes) => {
      expect(await spoil(subject, path, bytes, 1)).toEqual([]);
    },
  );
});

describe.each(LONGER)('%s', (name) => {
  const subject = copyOf(name);

  it('is never misread, and always found out, when its index is cut or changed', async () => {
    const index = subject.files.find(({ path }) => path.endsWith('.index'));
    expect(await spoil(subject, index?.path as string, index?.bytes as Uint8Array, 7)).toEqual([]);
  });
});

// The process may have run other files before this one.
const before = process.resourceUsage().maxRSS;

afterAll(() => {
  // A length read from a damaged file must not be believed: nothing large was held beside what other tests had held before.
  expect(process.resourceUsage().maxRSS - before).toBeLessThan(1024 * 1024);
});
