/** Real checkpoints from public repositories (zoo.ts): names, dtypes, shapes and content, as TensorFlow has them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openCheckpoint, verifyCheckpoint, writeCheckpoint } from '../src/checkpoints/checkpoint.ts';
import { CkptError } from '../src/errors.ts';
import type { Finding } from '../src/formats/finding.ts';
import { sha256Of } from '../src/inspect/digest.ts';
import { rolesOf } from '../src/roles/roles-of.ts';
import type { Tensor } from '../src/tensor/tensor.ts';
import { scratch } from './scratch.ts';
import { HAS_ZOO, isReadable, NO_ZOO, ZOO, ZOO_CHECKPOINTS } from './zoo.ts';

const V1 = ZOO_CHECKPOINTS.filter(({ path }) => !path.endsWith('.index'));
/** Its writer spelt out the extents of every slice; a whole tensor is written without them. */
const EXPLICIT_EXTENTS = 'v1-tensorboard-estimator';

async function damageAt(path: string): Promise<Finding[]> {
  const found: Finding[] = [];
  for await (const finding of verifyCheckpoint(path)) if (finding.severity === 'damage') found.push(finding);
  return found;
}

describe.skipIf(!HAS_ZOO)(`the zoo${NO_ZOO}`, () => {
  it.each(ZOO_CHECKPOINTS)('$title: TensorFlow’s names, dtypes, shapes and digests', async ({ path, entries }) => {
    const checkpoint = await openCheckpoint(path);
    const listed = [...checkpoint.tensors].map(([name, { dtype, shape }]) => [name, dtype.name, shape]);
    const wanted = Object.entries(entries).map(([name, { dtype, shape }]) => [name, dtype, shape]);
    expect(listed.sort()).toEqual(wanted.sort());
    for (const [name, { sha256, error }] of Object.entries(entries)) {
      const tensor = checkpoint.tensors.get(name) as Tensor;
      if (error === undefined) expect(await sha256Of(name, tensor), name).toBe(sha256);
      else await expect(sha256Of(name, tensor), name).rejects.toThrow(CkptError);
    }
    checkpoint.close();
  });

  it.each(ZOO_CHECKPOINTS)(
    '$title: every tensor has a role, and a slot that of a tensor that is there',
    async ({ path }) => {
      const checkpoint = await openCheckpoint(path);
      const { roleOf } = await rolesOf(checkpoint);
      for (const [name, tensor] of checkpoint.tensors) {
        const { role, of, slot, trainable } = roleOf(name, tensor);
        if (of !== undefined) expect(checkpoint.tensors.get(of)?.shape, name).toEqual(tensor.shape);
        if (/\/(?:Adam|Momentum|Ftrl)(?:_\d+)?$|\.OPTIMIZER_SLOT/.test(name))
          expect({ name, role }).toEqual({ name, role: 'slot' });
        expect(slot === undefined || trainable === 'no', name).toBe(true);
      }
      checkpoint.close();
    },
  );

  it.each(ZOO_CHECKPOINTS)('$title: verifies clean where its data is there', async (checkpoint) => {
    const damage = await damageAt(checkpoint.path);
    if (isReadable(checkpoint)) expect(damage).toEqual([]);
    else expect(damage.map(({ kind }) => kind)).toEqual([expect.stringMatching(/^(shard-missing|foreign-file)$/)]);
  });

  it.each(V1)('$title: V2 of it turns into the same V1', async ({ path, entries }) => {
    const directory = scratch();
    const [v1, v2] = [join(directory, 'v1'), join(directory, 'v2')];
    const original = await openCheckpoint(path);
    await writeCheckpoint(v2, original.tensors, { format: 'v2' });
    original.close();
    const converted = await openCheckpoint(v2);
    expect(converted.format).toBe('v2');
    for (const [name, tensor] of converted.tensors)
      expect(await sha256Of(name, tensor), name).toBe(entries[name]?.sha256);
    await writeCheckpoint(v1, converted.tensors, { format: 'v1' });
    converted.close();
    const back = await openCheckpoint(v1);
    expect([back.format, [...back.tensors.keys()].sort()]).toEqual(['v1', Object.keys(entries).sort()]);
    for (const [name, tensor] of back.tensors) expect(await sha256Of(name, tensor), name).toBe(entries[name]?.sha256);
    back.close();
    if (!path.includes(EXPLICIT_EXTENTS)) expect(readFileSync(v1).equals(readFileSync(path))).toBe(true);
  });

  it.each([
    'v1-coriander-savedmodel-sharded',
    'v1-coriander-savedmodel-sharded/saved_model.pb',
    'v1-coriander-savedmodel-sharded/variables',
    'v1-coriander-savedmodel-sharded/variables/variables',
  ])('%s leads to the V1 variables of a SavedModel', async (path) => {
    const checkpoint = await openCheckpoint(join(ZOO, path));
    expect([checkpoint.format, checkpoint.path]).toEqual([
      'v1',
      join(ZOO, 'v1-coriander-savedmodel-sharded/variables/variables-?????-of-00001'),
    ]);
    expect(checkpoint.tensors.size).toBe(2);
    checkpoint.close();
  });
});
