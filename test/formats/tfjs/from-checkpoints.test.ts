/** What TensorFlow wrote, in TensorFlow.js' shards and back: of either byte order, cut anywhere. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openCheckpoint, writeCheckpoint } from '../../../src/checkpoints/checkpoint.ts';
import { tfjs } from '../../../src/formats/tfjs/index.ts';
import { sha256Of } from '../../../src/inspect/digest.ts';
import type { Tensor } from '../../../src/tensor/tensor.ts';
import { soundCheckpoints } from '../../fixtures.ts';
import { scratch } from '../../scratch.ts';

const digests = (map: Iterable<readonly [string, Tensor]>): Promise<string[]> =>
  Promise.all([...map].map(async ([name, tensor]) => `${name} ${await sha256Of(name, tensor)}`));

it.each(soundCheckpoints('v2').map(({ title, prefix }) => [title, prefix] as const))('%s', async (_, prefix) => {
  const checkpoint = await openCheckpoint(prefix);
  const held = new Map(
    [...checkpoint.tensors].filter(([, { dtype, problem }]) => problem === undefined && tfjs.holds(dtype)),
  );
  const bytes = [...held.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);
  const maxShardBytes = Math.ceil(bytes / 7) + 1;
  const { path } = await writeCheckpoint(join(scratch(), 'web'), held, { format: 'tfjs', maxShardBytes });
  const copy = await openCheckpoint(path);
  const wanted = new Map([...held].filter(([name]) => copy.tensors.has(name)));
  expect((await digests(copy.tensors)).sort()).toEqual((await digests(wanted)).sort());
  copy.close();
  checkpoint.close();
});
