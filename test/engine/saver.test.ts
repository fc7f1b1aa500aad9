import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { readGraphFacts } from '../../src/graph.ts';
import {
  ChecksumError,
  CkptError,
  checkpointExists,
  checkpointsIterator,
  device,
  fixedSizePartitioner,
  getVariable,
  globalVariables,
  initializeAllVariables,
  latestCheckpoint,
  MismatchError,
  NameError,
  NotACheckpointError,
  ones,
  resetDefaultGraph,
  restoreInto,
  type Saveable,
  Saver,
  trainableVariables,
  UninitializedError,
  UsageError,
  Variable,
  variableScope,
  zeros,
} from '../../src/index.ts';
import { type DTypeName, dtypeOf } from '../../src/tensor/dtype.ts';
import { scratch } from '../scratch.ts';

let folder = '';
beforeEach(() => {
  resetDefaultGraph();
  folder = scratch();
});
const at = (name: string): string => join(folder, name);
const clear = (...variables: Variable[]): void => {
  for (const v of variables) v.assign(new Array(v.shape.reduce((a, b) => a * b, 1)).fill(0) as never);
};

function twoLayers(): [Variable<'float32'>, Variable<'float32'>] {
  const w = new Variable(
    [
      [1, 2],
      [3, 4],
    ],
    { name: 'w' },
  );
  const b = new Variable([5, 6], { name: 'b', trainable: false });
  initializeAllVariables();
  return [w, b];
}

describe('a saver', () => {
  it('saves all variables and restores them', async () => {
    const [w, b] = twoLayers();
    const saver = new Saver();
    const path = await saver.save(at('model.ckpt'));
    expect(path).toBe(at('model.ckpt'));
    clear(w, b);
    expect(await saver.restore(path)).toEqual({ restored: ['b', 'w'], missing: [], unused: [], mismatched: [] });
    expect([w.read(), b.read()]).toEqual([Float32Array.of(1, 2, 3, 4), Float32Array.of(5, 6)]);
    expect(latestCheckpoint(folder)).toBe(path);
    expect(checkpointExists(path)).toBe(true);
    expect(checkpointExists(at('other'))).toBe(false);
    expect(latestCheckpoint(at('nowhere'))).toBeUndefined();
  });

  it('restores variables that were never initialized', async () => {
    twoLayers();
    const path = await new Saver().save(at('m'), { globalStep: 3 });
    expect(path).toBe(at('m-3'));
    resetDefaultGraph();
    const w = new Variable(zeros([2, 2]), { name: 'w' });
    await new Saver().restore(path);
    expect(w.read()).toEqual(Float32Array.of(1, 2, 3, 4));
  });

  it('takes lists, names, and a function that is asked when it saves', async () => {
    const [w, b] = twoLayers();
    const named = await new Saver({ my_w: w }).save(at('named'));
    const mapped = await new Saver(new Map([['x/b', b]])).save(at('mapped'));
    const listed = await new Saver(trainableVariables()).save(at('listed'));
    const asking = new Saver(() => globalVariables());
    new Variable(7, { name: 'late' }).assign(7);
    const asked = await asking.save(at('asked'));
    const names = await Promise.all(
      [named, mapped, listed, asked].map((path) => new Saver([w, b]).restore(path, { partial: true })),
    );
    expect(names.map(({ unused, restored }) => [...unused, ...restored])).toEqual([
      ['my_w'],
      ['x/b'],
      ['w'],
      ['late', 'b', 'w'],
    ]);
  });

  it('refuses what it cannot save, in words', async () => {
    expect(() => new Saver()).toThrow('there are no variables to save');
    expect(await new Saver(undefined, { allowEmpty: true }).save(at('m'))).toBeUndefined();
    expect(readdirSync(folder)).toEqual([]);
    const v = new Variable([1], { name: 'v' });
    await expect(new Saver().save(at('m'))).rejects.toThrow(UninitializedError);
    await expect(new Saver().save(at('m'))).rejects.toThrow('variable v cannot be saved without a value');
    expect(readdirSync(folder)).toEqual([]);
    expect(() => new Saver({ a: v, b: v })).toThrow(NameError);
    expect(() => new Saver([v, v])).toThrow('variable v is in the list twice');
    expect(() => new Saver([{} as Saveable])).toThrow('element 0 of the list is object');
    expect(() => new Saver(v as never)).toThrow(UsageError);
    expect(() => new Saver([v], { maxToKeep: -1 })).toThrow(UsageError);
    expect(() => new Saver([v], { writeVersion: 'v3' as 'v2' })).toThrow(UsageError);
    v.assign([1]);
    const saver = new Saver([v]);
    for (const path of ['', 5, undefined]) await expect(saver.save(path as string)).rejects.toThrow(UsageError);
    await expect(saver.save(at('checkpoint'))).rejects.toThrow('choose another name');
    await expect(saver.save(at('m'), { latestFilename: 'a/b' })).rejects.toThrow(UsageError);
    await expect(saver.save(at('m'), { globalStep: 1.5 })).rejects.toThrow(UsageError);
    await expect(saver.restore(undefined)).rejects.toThrow(UsageError);
    await expect(saver.restore(at('none'))).rejects.toThrow(NotACheckpointError);
  });

  it('reads the step from a variable', async () => {
    twoLayers();
    const step = new Variable(41n, { name: 'step' });
    step.assign(41n).assignAdd(1n);
    expect(await new Saver([step]).save(at('m'), { globalStep: step })).toBe(at('m-42'));
    expect(await new Saver([step], { padStepNumber: true }).save(at('m'), { globalStep: 7 })).toBe(at('m-00000007'));
  });

  it('saves where its filename says', async () => {
    const [w] = twoLayers();
    const saver = new Saver([w], { filename: at('fixed') });
    expect(await saver.save()).toBe(at('fixed'));
    clear(w);
    await saver.restore();
    expect(w.read()[3]).toBe(4);
  });

  it('keeps the newest checkpoints, and deletes whole sets that it wrote', async () => {
    const [w] = twoLayers();
    const saver = new Saver([w], { maxToKeep: 2 });
    writeFileSync(at('m-0.index'), 'of somebody else');
    for (let step = 1; step <= 4; step++) await saver.save(at('m'), { globalStep: step });
    expect(saver.lastCheckpoints).toEqual([at('m-3'), at('m-4')]);
    expect(readdirSync(folder).sort()).toEqual(
      [
        'checkpoint',
        'm-0.index',
        ...['m-3', 'm-4'].flatMap((m) => ['.data-00000-of-00001', '.index', '.meta'].map((end) => m + end)),
      ].sort(),
    );
    const resumed = new Saver([w], { maxToKeep: 2 });
    resumed.recoverLastCheckpoints([at('m-1'), at('m-3'), at('m-4')]);
    expect(resumed.lastCheckpoints).toEqual([at('m-3'), at('m-4')]);
    await resumed.save(at('m'), { globalStep: 5 });
    expect(checkpointExists(at('m-3'))).toBe(false);
    expect(existsSync(at('m-3.meta'))).toBe(false);
    await resumed.save(at('aside'), { writeState: false, writeMetaGraph: false });
    expect([latestCheckpoint(folder), existsSync(at('aside.meta')), resumed.lastCheckpoints.length]).toEqual([
      at('m-5'),
      false,
      2,
    ]);
  });

  it('saves what the variables hold when it is called', async () => {
    const [w] = twoLayers();
    const saver = new Saver([w]);
    const saves = [1, 2].map((globalStep) => {
      const saved = saver.save(at('m'), { globalStep });
      w.assignAdd(10);
      return saved;
    });
    for (const [i, path] of (await Promise.all(saves)).entries()) {
      await saver.restore(path);
      expect(w.read()[0]).toBe(1 + 10 * i);
    }
  });

  it('runs one save after the other', async () => {
    const [w] = twoLayers();
    const saver = new Saver([w], { maxToKeep: 2 });
    await Promise.all([1, 2, 3].map((globalStep) => saver.save(at('m'), { globalStep })));
    expect(saver.lastCheckpoints).toEqual([at('m-2'), at('m-3')]);
  });

  it('reads every checkpoint that the formats read: shards, parts, V1, objects by full name', async () => {
    const make = (): Variable[] => [
      device('/cpu:1', () => getVariable('p', { shape: [5, 3], partitioner: fixedSizePartitioner(2) })),
      device('/cpu:0', () => getVariable('s', { shape: [2], initializer: ones() })),
    ];
    const made = make();
    initializeAllVariables();
    const values = made.map((v) => v.read());
    for (const options of [
      {},
      { sharded: true },
      { writeVersion: 'v1' },
      { writeVersion: 'v1', sharded: true },
    ] as const) {
      const saver = new Saver(made, options);
      const path = await saver.save(at('m'));
      clear(...made);
      await saver.restore(path);
      expect(made.map((v) => v.read())).toEqual(values);
      resetDefaultGraph();
      const whole = new Variable(zeros([5, 3]), { name: 'p' });
      await new Saver([whole]).restore(path);
      expect(whole.read()).toEqual(values[0]);
    }
  });

  it('restores a tensor of another shape where it is told to', async () => {
    const [w] = twoLayers();
    const path = await new Saver([w]).save(at('m'));
    const flat = new Variable(zeros([4]), { name: 'flat' });
    await expect(new Saver({ w: flat }).restore(path)).rejects.toThrow(MismatchError);
    await new Saver({ w: flat }, { reshape: true }).restore(path);
    expect(flat.read()).toEqual(Float32Array.of(1, 2, 3, 4));
  });
});

describe('a restore that fails', () => {
  it('changes nothing, and lists all that is missing or does not fit', async () => {
    const [w, b] = twoLayers();
    const path = await new Saver().save(at('m'));
    const extra = new Variable([9], { name: 'weihgts_w' });
    const wrong = new Variable(new Int32Array(2), { name: 'wrong' });
    initializeAllVariables();
    clear(w);
    const saver = new Saver({ w, b: wrong, bb: extra });
    await expect(saver.restore(path)).rejects.toThrow(NameError);
    await expect(saver.restore(path)).rejects.toThrow(
      'none was changed: there is no bb (near: b, w); b is float32[2], the variable int32[2]',
    );
    expect([w.read()[0], extra.read()[0]]).toEqual([0, 9]);
    expect(await saver.restore(path, { partial: true })).toEqual({
      restored: ['w'],
      missing: ['bb'],
      unused: [],
      mismatched: [{ name: 'b', expected: 'int32[2]', actual: 'float32[2]' }],
    });
    expect([w.read()[0], extra.read()[0], b.read()[0]]).toEqual([1, 9, 5]);
  });

  it('by damage in the last tensor leaves the first as it was', async () => {
    const [w, b] = twoLayers();
    const saver = new Saver();
    const path = await saver.save(at('m'));
    const data = readFileSync(`${path}.data-00000-of-00001`);
    data[data.length - 1] = (data.at(-1) ?? 0) ^ 1;
    writeFileSync(`${path}.data-00000-of-00001`, data);
    clear(w, b);
    await expect(saver.restore(path)).rejects.toThrow(ChecksumError);
    rmSync(`${path}.data-00000-of-00001`);
    await expect(saver.restore(path)).rejects.toThrow(CkptError);
    expect([w.read(), b.read()]).toEqual([new Float32Array(4), new Float32Array(2)]);
  });
});

describe('a save that fails', () => {
  it.skipIf(process.getuid?.() === 0)(
    'because the directory may not be written leaves the last checkpoint and the state',
    async () => {
      const [w] = twoLayers();
      const saver = new Saver([w]);
      const path = await saver.save(at('m'), { globalStep: 1 });
      const before = readFileSync(at('checkpoint'), 'utf8');
      chmodSync(folder, 0o500);
      await expect(saver.save(at('m'), { globalStep: 2 })).rejects.toThrow(CkptError);
      chmodSync(folder, 0o700);
      expect([readFileSync(at('checkpoint'), 'utf8'), latestCheckpoint(folder)]).toEqual([before, path]);
    },
  );

  it('because a directory stands in its place leaves nothing, and the next one goes on', async () => {
    const [w] = twoLayers();
    const saver = new Saver([w]);
    await saver.save(at('m'), { globalStep: 1 });
    mkdirSync(at('m-2.index'));
    const before = readdirSync(folder);
    await expect(saver.save(at('m'), { globalStep: 2 })).rejects.toThrow(CkptError);
    expect(readdirSync(folder)).toEqual(before);
    await saver.save(at('m'), { globalStep: 3 });
    expect(saver.lastCheckpoints).toEqual([at('m-1'), at('m-3')]);
  });
});

describe('the .meta beside a checkpoint', () => {
  it('says exactly what is trained, under the names of the checkpoint', async () => {
    const [w, b] = twoLayers();
    const p = getVariable('p', { shape: [4], partitioner: fixedSizePartitioner(2), trainable: false });
    const mine = new Variable([1], { name: 'mine', collections: ['mine'] });
    initializeAllVariables();
    mine.assign([1]);
    const path = await new Saver({ 'x/w': w, b, p, mine }).save(at('m'));
    const facts = await readGraphFacts({ prefix: path });
    expect(
      [...(facts?.variables.values() ?? [])].map(({ key, trainable, collections }) => [key, trainable, collections]),
    ).toEqual([
      ['b', false, ['variables']],
      ['mine', true, ['mine', 'trainable_variables']],
      ['p', false, ['variables']],
      ['x/w', true, ['trainable_variables', 'variables']],
    ]);
    expect(facts?.notes).toEqual([]);
  });
});

describe('restoreInto', () => {
  it('goes by names, variables and scopes', async () => {
    variableScope('old', () => [
      getVariable('w', { initializer: [1, 2] }),
      getVariable('deep/b', { initializer: [3] }),
    ]);
    getVariable('top', { initializer: [4] });
    initializeAllVariables();
    const path = await new Saver().save(at('m'));
    resetDefaultGraph();
    const [w, b] = variableScope('new', () => [
      getVariable('w', { shape: [2] }),
      getVariable('deep/b', { shape: [1] }),
    ]);
    const mine = new Variable(zeros([1]), { name: 'mine' });
    const report = await restoreInto(path, { 'old/': 'new/', top: mine });
    expect(report.restored).toEqual(['old/deep/b', 'old/w', 'top']);
    expect([w?.read(), b?.read(), mine.read()]).toEqual([
      Float32Array.of(1, 2),
      Float32Array.of(3),
      Float32Array.of(4),
    ]);
    clear(mine, w as Variable);
    await restoreInto(path, [
      ['top', 'mine'],
      ['old/w', 'new/w'],
    ]);
    expect([w?.read(), mine.read()]).toEqual([Float32Array.of(1, 2), Float32Array.of(4)]);
    resetDefaultGraph();
    const copy = variableScope('copy', () => [
      variableScope('old', () => getVariable('w', { shape: [2], partitioner: fixedSizePartitioner(2) })),
      getVariable('top', { shape: [1] }),
    ]);
    await restoreInto(path, { '/': 'copy/' });
    expect(copy.map((v) => [...v.read()])).toEqual([[1, 2], [4]]);
    await expect(restoreInto(path, { 'old/': 'none/' })).rejects.toThrow('there is no scope none/');
    await expect(restoreInto(path, { 'old/w': 'none' })).rejects.toThrow(NameError);
    await expect(restoreInto(path, { none: copy[1] as Variable })).rejects.toThrow('there is no none');
    await expect(restoreInto(path, 'x' as never)).rejects.toThrow(UsageError);
  });
});

describe('checkpointsIterator', () => {
  it('yields each new checkpoint as it appears, and ends when none comes', async () => {
    const [w] = twoLayers();
    const saver = new Saver([w]);
    const seen: string[] = [];
    for await (const path of checkpointsIterator(folder, { timeout: 0.3 })) {
      seen.push(path);
      if (seen.length < 3) await saver.save(at('m'), { globalStep: seen.length + 1 });
    }
    expect(seen).toEqual([]);
    await saver.save(at('m'), { globalStep: 1 });
    for await (const path of checkpointsIterator(folder, { timeout: 0.3 })) {
      seen.push(path);
      if (seen.length < 3) setTimeout(() => void saver.save(at('m'), { globalStep: seen.length + 1 }), 20);
    }
    expect(seen).toEqual([1, 2, 3].map((step) => at(`m-${step}`)));
  });
});

it('what is saved and restored is equal, whatever the variables', async () => {
  const dtypes = fc.constantFrom<DTypeName>(
    'float32',
    'float64',
    'bfloat16',
    'int8',
    'int64',
    'uint16',
    'bool',
    'complex64',
    'string',
  );
  const one = fc.record({
    dtype: dtypes,
    shape: fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 3 }),
    seed: fc.nat(200),
    parts: fc.integer({ min: 1, max: 3 }),
  });
  const options = fc.record({ sharded: fc.boolean(), writeVersion: fc.constantFrom<'v1' | 'v2'>('v2', 'v2', 'v1') });
  await fc.assert(
    fc.asyncProperty(fc.array(one, { minLength: 1, maxLength: 5 }), options, async (all, chosen) => {
      resetDefaultGraph();
      const variables = all.map(({ dtype, shape, seed, parts }, i) => {
        const count = shape.reduce((a, b) => a * b, 1) * (dtype.startsWith('complex') ? 2 : 1);
        const values = Array.from({ length: count }, (_, k) => {
          const n = (k * 31 + seed) % 100;
          return dtype === 'string' ? `t${n}` : dtype === 'bool' ? n % 2 === 0 : n;
        });
        const cut =
          (shape[0] ?? 0) >= parts && dtypeOf(dtype).kind !== 'complex' ? fixedSizePartitioner(parts) : undefined;
        const make = (): Variable =>
          getVariable(`v${i}`, { initializer: () => values as number[], shape, dtype, partitioner: cut });
        return device(`/cpu:${seed % 2}`, make);
      });
      initializeAllVariables();
      const before = variables.map((v) => v.read());
      const saver = new Saver(
        variables,
        chosen.writeVersion === 'v1' && all.some(({ dtype }) => dtype === 'bfloat16')
          ? { sharded: chosen.sharded }
          : chosen,
      );
      const path = await saver.save(at('m'), { writeMetaGraph: false });
      for (const [i, v] of variables.entries()) {
        const zero = all[i]?.dtype === 'string' ? '' : all[i]?.dtype === 'bool' ? false : 0;
        if (before[i]?.length) v.assign(new Array(before[i]?.length).fill(zero) as never);
      }
      await saver.restore(path);
      expect(variables.map((v) => v.read())).toEqual(before);
    }),
    { numRuns: 25 },
  );
});
