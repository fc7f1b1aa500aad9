/** The roles of checkpoints that TensorFlow wrote, against what the programs that wrote them know. */
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeText } from '../../src/bytes/text.ts';
import { openCheckpoint } from '../../src/checkpoints/checkpoint.ts';
import { CorruptError, NotACheckpointError } from '../../src/errors.ts';
import type { ObjectNode } from '../../src/object-graph/object-graph.ts';
import { columnsOf } from '../../src/object-graph/read-columns.ts';
import { objectGraphOf } from '../../src/object-graph/stored-object-graph.ts';
import { roleByGraph, rolesByGraph } from '../../src/roles/object-graph-role.ts';
import { EVIDENCE, type Roles, type TensorRole } from '../../src/roles/role.ts';
import { type RolesOptions, rolesOf } from '../../src/roles/roles-of.ts';
import { scanTensors } from '../../src/tensor/scan.ts';
import { fixture, soundCheckpoints } from '../fixtures.ts';
import { savedGraphs } from '../meta-graph/saved-graphs.ts';

const VALUE = '/.ATTRIBUTES/VARIABLE_VALUE';

interface Told extends Pick<Roles, 'best' | 'notes'> {
  readonly roles: Readonly<Record<string, TensorRole>>;
}

async function told(path: string, options: RolesOptions = {}): Promise<Told> {
  const checkpoint = await openCheckpoint(path);
  const { roleOf, best, notes } = await rolesOf(checkpoint, options);
  const roles = Object.fromEntries([...checkpoint.tensors].map(([name, tensor]) => [name, roleOf(name, tensor)]));
  checkpoint.close();
  return { roles, best, notes };
}

const trainedBy = (roles: Told['roles'], evidence: string): string[] =>
  Object.keys(roles).filter((name) => roles[name]?.trainable === 'yes' && roles[name]?.evidence === evidence);

describe('a graph file', () => {
  it.each(savedGraphs())('$title: tells exactly what is trained', async ({ prefix, path, expected }) => {
    const { roles, notes } = await told(prefix, { graph: path, weakest: 'declared' });
    expect(notes).toEqual([]);
    for (const [key, { trainable, known }] of Object.entries(expected.variables)) {
      if (roles[key] === undefined) continue;
      const wanted = known ? (trainable ? 'yes' : 'no') : 'unknown';
      expect({ key, trainable: roles[key].trainable }).toEqual({ key, trainable: wanted });
      if (known && trainable) expect(roles[key].role).toBe('weight');
    }
  });

  it('is found beside the checkpoint, or around it', async () => {
    expect((await told(fixture('graphs/tf1-ref-variables/model.ckpt'))).best).toBe('declared');
    expect((await told(fixture('v2/saved-model'))).best).toBe('declared');
    expect((await told(fixture('v2/object-based/ckpt-2'))).best).toBe('object-graph');
    expect((await told(fixture('v2/sharded'))).best).toBe('names');
  });

  it('knows slots and averages whatever their optimizer is called', async () => {
    const { roles } = await told(fixture('graphs/tf1-partitioned/model.ckpt'));
    expect(roles['ref/embedding/Adam_ref_1']).toEqual({
      role: 'slot',
      of: 'ref/embedding',
      slot: 'Adam_ref_1',
      trainable: 'no',
      evidence: 'declared',
      because: 'it is not in trainable_variables of model.ckpt.meta',
    });
    const { roles: nested } = await told(fixture('graphs/tf1-ref-variables/model.ckpt'));
    expect(nested['net/output/bias/ExponentialMovingAverage']).toMatchObject({ role: 'ema', of: 'net/output/bias' });
    expect(nested.global_step).toMatchObject({ role: 'step', trainable: 'no' });
    expect(nested['net/encoder/norm/moving_mean']).toMatchObject({ role: 'weight', trainable: 'no' });
  });

  it('that is that of another checkpoint is not used, and a note says so', async () => {
    const graph = fixture('graphs/tf1-ref-variables/model.ckpt.meta');
    const { best, notes } = await told(fixture('v2/sharded'), { graph });
    expect(best).toBe('names');
    expect(notes).toEqual([`${graph} is the graph of other variables: none is in the checkpoint`]);
  });

  it('that was named must be one', async () => {
    const graph = fixture('v2/sharded/sharded.ckpt.index');
    await expect(told(fixture('v2/sharded'), { graph })).rejects.toThrow(NotACheckpointError);
    await expect(told(fixture('v2/sharded'), { graph: fixture('none') })).rejects.toThrow(NotACheckpointError);
  });
});

describe('an object graph', () => {
  const cases = readdirSync(fixture('graphs')).flatMap((name) => {
    const { checkpoints } = JSON.parse(readFileSync(fixture(`graphs/${name}/expected.json`), 'utf8')) as {
      checkpoints: Record<string, { variables: Record<string, { trainable: boolean }> }>;
    };
    return Object.entries(checkpoints).map(([prefix, { variables }]) => ({ name, prefix, variables }));
  });
  const keras = cases.filter(({ name }) => name.startsWith('keras-'));

  it.each(keras)(
    '$name: is right wherever it tells, and tells of the whole model',
    async ({ name, prefix, variables }) => {
      const checkpoint = await openCheckpoint(fixture(`graphs/${name}/${prefix}`));
      const roleOf = roleByGraph(objectGraphOf(checkpoint.tensors)!, checkpoint.tensors);
      const hasOptimizer = [...checkpoint.tensors.keys()].some((key) => key.includes('_trainable_variables'));
      for (const [key, tensor] of checkpoint.tensors) {
        const { trainable, evidence } = roleOf(key, tensor);
        const truth = variables[key]?.trainable;
        if (truth === undefined) continue;
        if (evidence === 'object-graph' && trainable !== 'unknown')
          expect({ key, trainable }).toEqual({ key, trainable: truth ? 'yes' : 'no' });
        if (hasOptimizer && !key.startsWith('table/'))
          expect({ key, evidence }).toEqual({ key, evidence: 'object-graph' });
      }
      checkpoint.close();
    },
  );

  it.each(keras)('$name: tells of the bytes of a key what it tells of the key', async ({ name, prefix }) => {
    const checkpoint = await openCheckpoint(fixture(`graphs/${name}/${prefix}`));
    const { tensors } = checkpoint;
    const { nodes } = objectGraphOf(tensors)!;
    const none: ObjectNode = { children: [], attributes: [], slotVariables: [] };
    const { roleOf, quick } = rolesByGraph(columnsOf({ nodes: [...nodes, ...Array(2 ** 12).fill(none)] }), tensors);
    let told = 0;
    scanTensors(tensors, (facts) => {
      const role = quick!(facts);
      if (role !== undefined) expect(role).toEqual(roleOf(decodeText(facts.nameBytes, 0, facts.nameLength), facts));
      if (role !== undefined) told++;
    });
    if ([...tensors.keys()].some((key) => key.includes('optimizer/'))) expect(told).toBeGreaterThan(0);
    checkpoint.close();
  });

  it('tells what an optimizer of TF1 keeps in an object graph', async () => {
    const { roles } = await told(fixture('v2/object-based/ckpt-2'));
    expect(roles[`shared/bias/.OPTIMIZER_SLOT/optimizer/v${VALUE}`]).toEqual({
      role: 'slot',
      of: `shared/bias${VALUE}`,
      slot: 'v',
      trainable: 'no',
      evidence: 'object-graph',
      because: 'it is the slot v of an optimizer',
    });
    expect(trainedBy(roles, 'object-graph')).toEqual([
      `net/layers/0/bias${VALUE}`,
      `net/layers/0/kernel${VALUE}`,
      `shared/bias${VALUE}`,
      `shared/kernel${VALUE}`,
    ]);
    expect(roles[`net/tables/a.Sb${VALUE}`]).toMatchObject({ trainable: 'unknown', evidence: 'object-graph' });
    expect(roles[`optimizer/beta1_power${VALUE}`]).toMatchObject({ role: 'hyperparameter', evidence: 'object-graph' });
    expect(roles[`save_counter${VALUE}`]).toMatchObject({ role: 'bookkeeping', trainable: 'no' });
    // After the first save only one layer had been trained, and nothing says that the other would not be.
    const { roles: before } = await told(fixture('v2/object-based/ckpt-1'));
    expect(trainedBy(before, 'object-graph')).toEqual([`net/layers/0/bias${VALUE}`, `net/layers/0/kernel${VALUE}`]);
    expect(before[`shared/kernel${VALUE}`]).toMatchObject({ trainable: 'unknown' });
  });

  it('does not take a setting of the user for one of an optimizer', async () => {
    const { roles } = await told(fixture('graphs/keras-adam/model'));
    expect(roles[`table/learning_rate${VALUE}`]).toMatchObject({ role: 'weight', trainable: 'no' });
    expect(roles[`optimizer/_learning_rate${VALUE}`]).toMatchObject({ role: 'hyperparameter' });
    expect(roles[`optimizer/_trainable_variables/0${VALUE}`]).toMatchObject({ role: 'weight', trainable: 'yes' });
    expect(roles[`optimizer/_variables/3${VALUE}`]).toMatchObject({
      role: 'slot',
      slot: 'velocity',
      of: `optimizer/_trainable_variables/0${VALUE}`,
    });
  });
});

describe('the weakest evidence', () => {
  it('turns what is known by less into unknown, and leaves the roles', async () => {
    for (const path of ['v2/object-based/ckpt-2', 'graphs/keras-adam/model', 'graphs/tf1-ref-variables/model.ckpt']) {
      const { roles: all } = await told(fixture(path));
      for (const [rank, weakest] of EVIDENCE.entries()) {
        const { roles } = await told(fixture(path), { weakest });
        for (const [name, role] of Object.entries(all)) {
          const isKept = EVIDENCE.indexOf(role.evidence) <= rank;
          expect(roles[name]).toEqual(isKept ? role : { ...role, trainable: 'unknown' });
        }
      }
    }
  });
});

describe('every sound checkpoint', () => {
  it.each(soundCheckpoints('v2'))(
    '$title: every tensor has a role, and a slot that of one that is there',
    async ({ prefix }) => {
      const { roles, notes } = await told(prefix);
      expect(notes).toEqual([]);
      for (const { of, role, trainable } of Object.values(roles)) {
        if (of !== undefined) expect(roles[of]).toBeDefined();
        if (role === 'slot') expect(trainable).toBe('no');
      }
    },
  );
});

describe('evidence that cannot be read', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'ckpt-roles-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const copy = (from: string, files: readonly string[]): void => {
    for (const file of files) copyFileSync(fixture(`${from}/${file}`), join(folder, file));
  };

  it('beside a checkpoint is told, and the names are asked', async () => {
    copy('graphs/tf1-ref-variables', ['model.ckpt.index', 'model.ckpt.data-00000-of-00001']);
    const meta = join(folder, 'model.ckpt.meta');
    writeFileSync(meta, new Uint8Array([0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x00]));
    const { roles, best, notes } = await told(join(folder, 'model.ckpt'));
    expect(best).toBe('names');
    expect(notes).toEqual([expect.stringMatching(/model\.ckpt\.meta.*; roles are told without it$/)]);
    expect(roles['net/output/bias/Adam']).toMatchObject({ role: 'slot', of: 'net/output/bias', evidence: 'names' });
    await expect(told(join(folder, 'model.ckpt'), { graph: meta })).rejects.toThrow(CorruptError);
  });

  it('in a checkpoint is told, and the keys are asked', async () => {
    copy('v2/object-based', ['ckpt-2.index', 'ckpt-2.data-00000-of-00001']);
    truncateSync(join(folder, 'ckpt-2.data-00000-of-00001'), 100);
    const { roles, best, notes } = await told(join(folder, 'ckpt-2'));
    expect(best).toBe('names');
    expect(notes).toEqual([expect.stringMatching(/^the object graph cannot be read, and tells no roles: /)]);
    expect(roles[`shared/bias/.OPTIMIZER_SLOT/optimizer/v${VALUE}`]).toMatchObject({
      role: 'slot',
      of: `shared/bias${VALUE}`,
    });
  });
});
