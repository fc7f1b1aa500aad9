/**
 * The roles of what each of Keras' optimizers saves, against what Keras itself knows of its variables. Needs a python that
 * has TensorFlow (fixtures/requirements.txt), named by the environment variable CKPT_TENSORFLOW_PYTHON; skipped without it.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openCheckpoint } from '../src/checkpoints/checkpoint.ts';
import { rolesOf } from '../src/roles/roles-of.ts';
import type { Tensor } from '../src/tensor/tensor.ts';
import { REPOSITORY } from './fixtures.ts';
import { NO_PYTHON, PYTHON } from './python.ts';
import { scratch } from './scratch.ts';

const DRIVER = join(REPOSITORY, 'test', 'tensorflow', 'roles.py');

/** By prefix and key: what a variable is, whether it is trained, and whose slot it is. `own` is all else of an optimizer. */
type Truth = Record<string, Record<string, readonly ['weight' | 'slot' | 'step' | 'own', 'yes' | 'no', string | null]>>;

const ROLES = {
  weight: ['weight'],
  slot: ['slot', 'ema'],
  step: ['step'],
  own: ['hyperparameter', 'bookkeeping', 'step'],
} as const;

const title = `Keras' optimizers${NO_PYTHON}`;

describe.skipIf(PYTHON === undefined)(title, () => {
  it('are seen through: what they train, whose slots they keep, and what is their own', async () => {
    const output = execFileSync(PYTHON ?? '', [DRIVER, scratch()], { maxBuffer: 1 << 28, stdio: 'pipe' });
    const truth = JSON.parse(output.toString()) as Truth;
    expect(Object.keys(truth).length).toBeGreaterThan(30);
    for (const [prefix, variables] of Object.entries(truth)) {
      const checkpoint = await openCheckpoint(prefix);
      const { roleOf, best } = await rolesOf(checkpoint);
      expect(best).toBe('object-graph');
      for (const [key, [kind, trainable, of]] of Object.entries(variables)) {
        const told = roleOf(key, checkpoint.tensors.get(key) as Tensor);
        const where = `${prefix}: ${key}`;
        expect(ROLES[kind], where).toContain(told.role);
        expect({ ...told, where }).toMatchObject({ trainable, evidence: 'object-graph' });
        expect({ of: told.of, where }).toEqual({ of: of ?? undefined, where });
      }
      checkpoint.close();
    }
  }, 300_000);
});

const names = `TF1's optimizers${PYTHON === undefined ? ' (skipped: CKPT_TENSORFLOW_PYTHON names no python)' : ''}`;

describe.skipIf(PYTHON === undefined)(names, () => {
  it('may have any name: a graph file tells their slots', async () => {
    const driver = join(REPOSITORY, 'test', 'tensorflow', 'slot_names.py');
    const output = execFileSync(PYTHON ?? '', [driver, scratch()], { stdio: 'pipe' });
    const truth = JSON.parse(output.toString()) as Record<string, Record<string, string>>;
    expect(Object.keys(truth).length).toBe(4);
    for (const [prefix, slots] of Object.entries(truth)) {
      const checkpoint = await openCheckpoint(prefix);
      const { roleOf } = await rolesOf(checkpoint);
      const told = [...checkpoint.tensors].flatMap(([name, tensor]): [string, string | undefined][] => {
        const { role, of, evidence } = roleOf(name, tensor);
        return role === 'slot' && evidence === 'declared' ? [[name, of]] : [];
      });
      expect(Object.fromEntries(told), prefix).toEqual(slots);
      checkpoint.close();
    }
  }, 120_000);
});
