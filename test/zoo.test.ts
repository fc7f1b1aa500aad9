/**
 * Real checkpoints from public repositories, with what TensorFlow says of each. They are no part of this repository: they
 * lie beside it, or where the environment variable CKPT_ZOO says.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CkptError } from '../src/errors.ts';
import { openCheckpoint, verifyCheckpoint } from '../src/formats/checkpoint.ts';
import type { Finding } from '../src/formats/finding.ts';
import { sha256Of } from '../src/inspect/digest.ts';
import { rolesOf } from '../src/roles/roles-of.ts';
import type { Tensor } from '../src/tensor/tensor.ts';
import { REPOSITORY } from './fixtures.ts';

interface ZooTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly sha256?: string;
  readonly error?: string;
}

const ZOO = process.env.CKPT_ZOO ?? join(REPOSITORY, '..', 'shared', 'zoo');

const CHECKPOINTS = (existsSync(ZOO) ? readdirSync(ZOO) : []).flatMap((set) => {
  const file = join(ZOO, set, 'expected.json');
  if (!existsSync(file)) return [];
  const checkpoints = JSON.parse(readFileSync(file, 'utf8')) as Record<string, { entries: Record<string, ZooTensor> }>;
  return Object.entries(checkpoints).map(([path, { entries }]) => ({
    title: `${set}: ${path}`,
    path: join(ZOO, set, path),
    entries,
  }));
});
async function damageAt(path: string): Promise<Finding[]> {
  const found: Finding[] = [];
  for await (const finding of verifyCheckpoint(path)) if (finding.severity === 'damage') found.push(finding);
  return found;
}

describe.skipIf(CHECKPOINTS.length === 0)(`the zoo${CHECKPOINTS.length === 0 ? ` (not there: ${ZOO})` : ''}`, () => {
  it.each(CHECKPOINTS)('$title: TensorFlow’s names, dtypes, shapes and digests', async ({ path, entries }) => {
    const checkpoint = openCheckpoint(path);
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

  it.each(CHECKPOINTS)(
    '$title: every tensor has a role, and a slot that of a tensor that is there',
    async ({ path }) => {
      const checkpoint = openCheckpoint(path);
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

  it.each(CHECKPOINTS)('$title: verifies clean where its data is there', async ({ path, entries }) => {
    const damage = await damageAt(path);
    const readable = Object.values(entries).every(({ error }) => error === undefined);
    if (readable) expect(damage).toEqual([]);
    else expect(damage.map(({ kind }) => kind)).toEqual([expect.stringMatching(/^(shard-missing|foreign-file)$/)]);
  });
});
