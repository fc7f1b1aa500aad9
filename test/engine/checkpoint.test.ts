/** Checkpoints of objects: what is saved under which key, and what comes back. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openCheckpoint, writeCheckpoint } from '../../src/checkpoints/checkpoint.ts';
import { Checkpoint } from '../../src/engine/checkpoint.ts';
import { CheckpointManager } from '../../src/engine/checkpoint-manager.ts';
import { Graph } from '../../src/engine/graph.ts';
import { initializeVariables } from '../../src/engine/initialization.ts';
import { slotVariables } from '../../src/engine/trackable.ts';
import { Variable } from '../../src/engine/variable.ts';
import { MismatchError, NameError, UninitializedError, UsageError } from '../../src/errors.ts';
import { OBJECT_GRAPH_KEY } from '../../src/object-graph/object-graph.ts';
import { scratch } from '../scratch.ts';

/** A variable with a value, in no graph that matters. */
function variable(value: number | readonly number[], name = 'v', dtype: 'float32' | 'int64' = 'float32'): Variable {
  const made = new Variable(value as number[], { name, dtype, graph: new Graph() });
  initializeVariables([made]);
  return made;
}
const valuesOf = (one: Variable): number[] => [...(one.read() as Float32Array)].map(Number);

async function keysOf(path: string): Promise<string[]> {
  const checkpoint = await openCheckpoint(path);
  const keys = [...checkpoint.tensors.keys()];
  checkpoint.close();
  return keys;
}
const VALUE = '/.ATTRIBUTES/VARIABLE_VALUE';

class Momentum {
  readonly rate = variable(0.5, 'rate');
  readonly kept: Variable[];
  constructor(readonly variables: readonly Variable[]) {
    this.kept = variables.map((_, i) => variable(i + 10, `momentum_${i}`));
  }
  *[slotVariables]() {
    for (const [i, one] of this.variables.entries()) {
      yield { variable: one, slotName: 'momentum', slot: this.kept[i] as Variable };
    }
  }
}

describe('a tree of objects', () => {
  it('is saved under the paths of its variables, escaped as TensorFlow escapes them', async () => {
    const shared = { bias: variable(1), list: [variable(2), { 'k.e/y': variable(3) }] };
    const accents = new Map<string, unknown>([['é', variable(4)]]);
    const path = await new Checkpoint({ b: variable(5), a: shared, c: shared, map: accents }).save(
      join(scratch(), 'ck'),
    );
    expect(await keysOf(path)).toEqual([
      OBJECT_GRAPH_KEY,
      `a/bias${VALUE}`,
      `a/list/0${VALUE}`,
      `a/list/1/k..e.Sy${VALUE}`,
      `b${VALUE}`,
      `map/é${VALUE}`,
      `save_counter${VALUE}`,
    ]);
  });

  it('may be cyclic, and holds what is no object of the program besides', async () => {
    const node: Record<string, unknown> = {
      w: variable(1),
      when: new Date(),
      data: new Float32Array(2),
      none: null,
      n: 5,
    };
    node.self = node;
    const path = await new Checkpoint({ node }).write(join(scratch(), 'ck'));
    expect(await keysOf(path)).toEqual([OBJECT_GRAPH_KEY, `node/w${VALUE}`]);
    const fresh: Record<string, unknown> = { w: variable(0) };
    fresh.self = fresh;
    (await new Checkpoint({ node: fresh }).read(path)).assertConsumed();
    expect(valuesOf(fresh.w as Variable)).toEqual([1]);
  });

  it('begins at the object under root, and has the others beside its own', async () => {
    const root: Record<string, unknown> = { w: variable(1), list: [variable(2)] };
    root.self = root;
    const checkpoint = new Checkpoint({ root, optimizer: { rate: variable(3), of: root }, a: variable(4) });
    const path = await checkpoint.save(join(scratch(), 'ck'));
    const names = ['a', 'list/0', 'optimizer/rate', 'save_counter', 'w'];
    expect(await keysOf(path)).toEqual([OBJECT_GRAPH_KEY, ...names.map((name) => name + VALUE)]);
    const [w, rate] = [variable(0), variable(0)];
    const again = new Checkpoint({ root: { w, list: [variable(0)] }, optimizer: { rate }, a: variable(0) });
    (await again.restore(path)).assertConsumed();
    expect([valuesOf(w), valuesOf(rate), again.saveCounter.read()[0]]).toEqual([[1], [3], 1n]);
    for (const wrong of [w, [w]]) expect(() => new Checkpoint({ root: wrong })).toThrow(UsageError);
    await expect(new Checkpoint({ root: { a: w }, a: rate }).write(path)).rejects.toThrow('root has another a');
  });

  it('has slots behind their variables, and not under the objects that keep them', async () => {
    const model = { w: variable([1, 2], 'w') };
    const optimizer = new Momentum([model.w]);
    const path = await new Checkpoint({ model, optimizer }).write(join(scratch(), 'ck'));
    expect(await keysOf(path)).toEqual([
      OBJECT_GRAPH_KEY,
      `model/w${VALUE}`,
      `model/w/.OPTIMIZER_SLOT/optimizer/momentum${VALUE}`,
      `optimizer/rate${VALUE}`,
    ]);
    const again = { w: variable([0, 0], 'w') };
    const restored = new Momentum([again.w]);
    restored.kept[0]?.assign(0);
    (await new Checkpoint({ model: again, optimizer: restored }).read(path)).assertConsumed();
    expect(valuesOf(restored.kept[0] as Variable)).toEqual([10]);
  });

  it('comes back whole, whatever its form', async () => {
    const leaf = fc.float({ noNaN: true }).map((value) => ({ leaf: value }));
    const name = fc.string({ minLength: 1, maxLength: 5, unit: 'grapheme' });
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(name, tie('tree'), { maxKeys: 3 }),
      ),
    }));
    type Tree = { leaf: number } | Tree[] | { [name: string]: Tree };
    const isLeaf = (form: Tree): form is { leaf: number } => typeof (form as { leaf?: unknown }).leaf === 'number';
    const build = (form: Tree, take: (value: number) => number): object => {
      if (isLeaf(form)) return variable(take(form.leaf));
      if (Array.isArray(form)) return form.map((inner) => build(inner, take));
      return new Map(Object.entries(form).map(([key, inner]) => [key, build(inner, take)]));
    };
    const read = (built: unknown): unknown => {
      if (built instanceof Variable) return valuesOf(built as Variable);
      if (Array.isArray(built)) return built.map(read);
      return Object.fromEntries([...(built as Map<string, unknown>)].map(([key, inner]) => [key, read(inner)]));
    };
    const folder = scratch();
    await fc.assert(
      fc.asyncProperty(tree as fc.Arbitrary<Tree>, async (form) => {
        const before = { tree: build(form, (value) => value) };
        const path = await new Checkpoint(before).write(join(folder, 'ck'));
        const after = { tree: build(form, () => 0) };
        (await new Checkpoint(after).read(path)).assertConsumed();
        expect(isLeaf(form) ? valuesOf(after.tree as Variable) : read(after.tree)).toEqual(
          isLeaf(form) ? valuesOf(before.tree as Variable) : read(before.tree),
        );
      }),
      { numRuns: 20 },
    );
  });
});

describe('restoring', () => {
  it('changes nothing where anything does not fit, and names all of it', async () => {
    const path = await new Checkpoint({ a: variable([1, 2], 'a'), b: variable(1, 'b'), c: variable(3, 'c') }).write(
      join(scratch(), 'ck'),
    );
    const objects = { a: variable([0, 0, 0], 'a'), b: variable(0, 'b', 'int64'), c: variable(0, 'c') };
    await expect(new Checkpoint(objects).read(path)).rejects.toThrow(MismatchError);
    await expect(new Checkpoint(objects).read(path)).rejects.toThrow(
      `nothing was restored: variable a is float32[3], and a${VALUE} is float32[2]; variable b is int64[], and b${VALUE} is float32[]`,
    );
    expect(valuesOf(objects.c)).toEqual([0]);
  });

  it('says what is missing and what is left over', async () => {
    const path = await new Checkpoint({ a: variable(1, 'kernel'), b: variable(2, 'bias') }).write(
      join(scratch(), 'ck'),
    );
    const status = await new Checkpoint({ a: variable(0, 'kernel'), x: variable(0, 'kernels') }).read(path);
    expect(status.report).toEqual({
      restored: [`a${VALUE}`],
      missing: ['kernels'],
      unused: [`b${VALUE}`],
      mismatched: [],
    });
    expect(() => status.assertConsumed()).toThrow(NameError);
    expect(() => status.assertExistingObjectsMatched()).toThrow(
      'the checkpoint has no value for kernels; the checkpoint has kernel',
    );
    expect(status.assertNontrivialMatch().expectPartial()).toBe(status);
  });

  it('waits for variables that do not exist yet', async () => {
    const path = await new Checkpoint({ model: { first: variable(1), second: variable(2) } }).save(
      join(scratch(), 'ck'),
    );
    const model: Record<string, Variable> = {};
    const checkpoint = new Checkpoint({ model });
    const status = await checkpoint.restore(path);
    expect(() => status.assertConsumed()).toThrow(NameError);
    model.second = new Variable([0], { shape: [], name: 'late', graph: new Graph() });
    checkpoint.sync();
    expect(valuesOf(model.second)).toEqual([2]);
    model.second.assign(7);
    model.first = variable(0);
    checkpoint.sync();
    expect([valuesOf(model.first), valuesOf(model.second)]).toEqual([[1], [7]]);
    status.assertConsumed();
  });

  it('takes variables by their names from a checkpoint that goes by names', async () => {
    const path = join(scratch(), 'named');
    await writeCheckpoint(path, new Map([['w', variable([1, 2]).tensor()]]));
    const model = { w: variable([0, 0], 'w') };
    (await new Checkpoint({ model }).restore(path)).assertExistingObjectsMatched();
    expect(valuesOf(model.w)).toEqual([1, 2]);
  });

  it('counts saves, and goes on counting where it left off', async () => {
    const prefix = join(scratch(), 'ck');
    const checkpoint = new Checkpoint({ v: variable(1) });
    expect(await checkpoint.save(prefix)).toBe(`${prefix}-1`);
    const second = await checkpoint.save(prefix);
    const other = new Checkpoint({ v: variable(0) });
    (await other.restore(second)).assertConsumed();
    expect(await other.save(prefix)).toBe(`${prefix}-3`);
    expect(readFileSync(join(prefix, '../checkpoint'), 'utf8')).toBe(
      'model_checkpoint_path: "ck-3"\nall_model_checkpoint_paths: "ck-3"\n',
    );
  });

  it('of nothing restores nothing, and says so when it is asked', async () => {
    expect((await new Checkpoint({ v: variable(1) }).restore(null)).report.restored).toEqual([]);
    const status = await new Checkpoint({}).restore(undefined);
    expect(() => status.assertConsumed()).toThrow('assertConsumed: there was no checkpoint to restore');
  });
});

describe('what makes no sense', () => {
  it('is refused in words', async () => {
    expect(() => new Checkpoint([] as never)).toThrow(UsageError);
    for (const value of [5, 'x', null, undefined, new Float32Array(2), () => 1])
      expect(() => new Checkpoint({ value } as never)).toThrow('value is ');
    expect(() => new Checkpoint({ save_counter: {} })).toThrow(
      "save_counter is the checkpoint's own; give it another name",
    );
    const oddMap = new Map([[{}, variable(1)]]);
    await expect(new Checkpoint({ map: oddMap }).write(join(scratch(), 'ck'))).rejects.toThrow(
      'a Map that is saved has texts for keys',
    );
    const empty = new Variable([1], { name: 'empty', graph: new Graph() });
    const folder = scratch();
    const checkpoint = new Checkpoint({ empty });
    await expect(checkpoint.save(join(folder, 'ck'))).rejects.toThrow(UninitializedError);
    expect(readdirSync(folder)).toEqual([]);
    expect(checkpoint.saveCounter.read()[0]).toBe(0n);
  });
});

describe('a manager', () => {
  it('keeps the newest, and one every so many hours for good', async () => {
    const folder = scratch();
    let now = 1_000_000;
    const options = { maxToKeep: 2, keepCheckpointEveryNHours: 1, now: () => now };
    const manager = new CheckpointManager(new Checkpoint({ v: variable(1) }), folder, options);
    for (let i = 0; i < 6; i++) {
      now += 1500;
      await manager.save();
    }
    expect(manager.checkpoints).toEqual([`${folder}/ckpt-5`, `${folder}/ckpt-6`]);
    expect(
      readdirSync(folder)
        .filter((name) => name.endsWith('.index'))
        .sort(),
    ).toEqual(['ckpt-3.index', 'ckpt-5.index', 'ckpt-6.index']);
    const again = new CheckpointManager(new Checkpoint({ v: variable(1) }), folder, options);
    expect([again.latestCheckpoint, again.checkpoints]).toEqual([manager.latestCheckpoint, manager.checkpoints]);
  });

  it('saves no sooner than the interval, and restores or begins', async () => {
    const folder = scratch();
    const step = variable(0, 'step', 'int64') as Variable<'int64'>;
    let begun = 0;
    const options = { maxToKeep: 1, stepCounter: step, checkpointInterval: 10, initFn: () => begun++ };
    const manager = new CheckpointManager(new Checkpoint({ step }), folder, {
      ...options,
      initFn: () => void options.initFn(),
    });
    expect(await manager.restoreOrInitialize()).toBeUndefined();
    expect(begun).toBe(1);
    const saved: (string | undefined)[] = [];
    for (const at of [0, 5, 10, 12, 25]) {
      step.assign(BigInt(at));
      saved.push(await manager.save());
    }
    expect(saved.map((path) => path?.slice(folder.length))).toEqual([
      '/ckpt-1',
      undefined,
      '/ckpt-2',
      undefined,
      '/ckpt-3',
    ]);
    step.assign(0n);
    expect(await manager.restoreOrInitialize()).toBe(`${folder}/ckpt-3`);
    expect(step.read()[0]).toBe(25n);
    expect(existsSync(join(folder, 'ckpt-2.index'))).toBe(false);
  });
});
