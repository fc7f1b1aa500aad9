/**
 * Roles in checkpoints that others made: the truths of ../shared/faults, and that nothing of an optimizer is a trained weight in
 * any checkpoint of ../shared/zoo. Skipped where these are not there.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openCheckpoint } from '../src/checkpoints/checkpoint.ts';
import type { TensorRole } from '../src/roles/role.ts';
import { rolesOf } from '../src/roles/roles-of.ts';
import type { Truth } from './roles/optimizers.ts';
import { ZOO } from './zoo.ts';

const SHARED = dirname(ZOO);

function* filesIn(folder: string): Generator<string> {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) yield* filesIn(path);
    else yield path;
  }
}

async function toldOf(prefix: string): Promise<Map<string, TensorRole>> {
  const checkpoint = await openCheckpoint(prefix);
  const { roleOf } = await rolesOf(checkpoint);
  const told = new Map([...checkpoint.tensors].map(([name, tensor]) => [name, roleOf(name, tensor)]));
  checkpoint.close();
  return told;
}

interface TruthFile {
  readonly prefix: string;
  readonly truth: Readonly<
    Record<string, Truth | { readonly role: string; readonly trainable: string; readonly of?: string }>
  >;
}

/** Every checkpoint that a truth speaks of: below the folder that is called like it, or beside it. */
function truths(): [string, TruthFile['truth']][] {
  return [...filesIn(join(SHARED, 'faults'))].flatMap((path) => {
    if (!path.endsWith('.json')) return [];
    const { prefix, truth } = JSON.parse(readFileSync(path, 'utf8')) as Partial<TruthFile>;
    if (prefix === undefined || truth === undefined) return [];
    const named = path.slice(0, -'.json'.length);
    const below = [...filesIn(existsSync(named) ? named : dirname(path))];
    return below
      .filter((file) => file.endsWith(`/${prefix}.index`))
      .map((file): [string, TruthFile['truth']] => [file.slice(0, -6), truth]);
  });
}

const faults = truths();
describe.skipIf(faults.length === 0)('truths of others', () => {
  it.each(faults)('%s', async (prefix, truth) => {
    const told = await toldOf(prefix);
    for (const [name, wanted] of Object.entries(truth)) {
      const { role, trainable, of } = told.get(name) as TensorRole;
      const where = `${name}: ${role} ${trainable} ${of}`;
      if (wanted.role !== '?') expect(role, where).toBe(wanted.role);
      if (trainable !== 'unknown') expect(trainable, where).toBe(wanted.trainable);
      if (wanted.of !== undefined) expect(of, where).toBe(wanted.of);
    }
  });
});

/** Names that only what an optimizer keeps has. */
const OF_OPTIMIZERS =
  /(?:^|\/)(?:Adam|Momentum|RMSProp|Adagrad|Ftrl|Adadelta)(?:_\d+)?$|\.OPTIMIZER_SLOT|beta[12]_power|optimizer\/(?:iter|_iterations|_variables|learning_rate|_learning_rate|beta)|global_step|adam_[mv]$/;

const real = [...filesIn(ZOO)].filter((path) => path.endsWith('.index')).map((path) => path.slice(0, -6));
describe.skipIf(real.length === 0)('checkpoints of others', () => {
  it('have no state of an optimizer among their trained weights', async () => {
    let state = 0;
    for (const prefix of real) {
      for (const [name, { role, trainable }] of await toldOf(prefix)) {
        if (!OF_OPTIMIZERS.test(name)) continue;
        state++;
        expect(role !== 'weight' && trainable === 'no', `${prefix}: ${name}`).toBe(true);
      }
    }
    expect(state).toBeGreaterThan(500);
  }, 60_000);
});
