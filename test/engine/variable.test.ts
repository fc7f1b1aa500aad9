import { beforeEach, describe, expect, it } from 'vitest';
import {
  addToCollection,
  constant,
  device,
  fill,
  fixedSizePartitioner,
  Graph,
  GraphKeys,
  getCollection,
  getDefaultGraph,
  globalVariables,
  initializeAllVariables,
  initializeLocalVariables,
  initializeVariables,
  linspace,
  MismatchError,
  NameError,
  ones,
  range,
  replicaDeviceSetter,
  reportUninitialized,
  resetDefaultGraph,
  trainableVariables,
  UninitializedError,
  UsageError,
  Variable,
  zeros,
} from '../../src/index.ts';

beforeEach(() => resetDefaultGraph());

const namesOf = (variables: readonly unknown[]): string[] => (variables as Variable[]).map(({ name }) => name);
const text = (bytes: readonly Uint8Array[]): string[] => bytes.map((each) => new TextDecoder().decode(each));

describe('a variable', () => {
  it('has no value until it is initialized', () => {
    const weights = new Variable(ones([2, 2]), { name: 'weights' });
    expect(weights.isInitialized).toBe(false);
    for (const use of [() => weights.read(), () => weights.tensor(), () => weights.assignAdd(1)]) {
      expect(use).toThrow(UninitializedError);
      expect(use).toThrow('variable weights has no value yet; call initializeAllVariables()');
    }
    expect(reportUninitialized()).toEqual(['weights']);
    initializeAllVariables();
    expect(weights.isInitialized).toBe(true);
    expect(weights.read()).toEqual(Float32Array.of(1, 1, 1, 1));
    expect(reportUninitialized()).toEqual([]);
  });

  it('is initialized by an assignment too', () => {
    const v = new Variable(zeros([2]), { name: 'v' });
    v.assign([1, 2]).assignAdd(1);
    v.assignSub(Float32Array.of(0, 1));
    expect(v.read()).toEqual(Float32Array.of(2, 2));
    expect(v.shape).toEqual([2]);
  });

  it('is read as a copy, and its tensor stays as it is', () => {
    const v = new Variable([1, 2]);
    initializeAllVariables();
    const tensor = v.tensor();
    v.read()[0] = 9;
    v.assignAdd(1);
    expect(v.read()).toEqual(Float32Array.of(2, 3));
    expect(new Variable(tensor).assign(tensor).read()).toEqual(Float32Array.of(1, 2));
  });

  it('begins anew when it is initialized again, with the values that it was made of', () => {
    const values = Float32Array.of(1, 2);
    const v = new Variable(values);
    values[0] = 9;
    initializeAllVariables();
    v.assign([5, 5]);
    initializeVariables([v]);
    expect(v.read()).toEqual(Float32Array.of(1, 2));
  });

  it('refuses values of another shape or dtype, and says which variable', () => {
    const v = new Variable(zeros([2]), { name: 'v' });
    expect(() => v.assign([1, 2, 3])).toThrow(MismatchError);
    expect(() => v.assign([1, 2, 3])).toThrow(/^variable v: /);
    expect(() => v.assign([[1], [2]])).toThrow(MismatchError);
    expect(() => v.assign('x' as never)).toThrow(/^variable v: /);
    expect(v.isInitialized).toBe(false);
    const step = new Variable(0n, { name: 'step', dtype: 'int64' });
    initializeAllVariables();
    expect(() => step.assignAdd(0.5)).toThrow(MismatchError);
    expect(step.assignAdd(1).read()).toEqual(BigInt64Array.of(1n));
  });

  it('takes what another variable reads, flat or as it is, where it takes values', () => {
    const [v, w] = [
      new Variable(zeros([2, 2]), { name: 'v' }),
      new Variable([
        [1, 2],
        [3, 4],
      ]),
    ];
    initializeAllVariables();
    expect([...v.assignAdd(w.read()).read()]).toEqual([1, 2, 3, 4]);
    expect([...v.assignSub([1, 1, 1, 1]).read()]).toEqual([0, 1, 2, 3]);
    expect([...v.assignAdd([10, 20]).read()]).toEqual([10, 21, 12, 23]); // as many as there are columns: broadcast
    expect([...v.assign(w).assignAdd(1).read()]).toEqual([2, 3, 4, 5]);
    expect([...w.assignSub(w).read()]).toEqual([0, 0, 0, 0]);
    expect(() => v.assign(new Variable(zeros([3]), { name: 'x' }))).toThrow(UninitializedError);
    const sum = new Variable(
      w
        .initializedValue()
        .add(new Float32Array([1, 2, 3, 4]))
        .mul(v),
    );
    initializeVariables([sum]);
    expect([...sum.read()]).toEqual([2, 6, 12, 20]);
  });

  it('takes values of another shape where validateShape is false', () => {
    const v = new Variable([1, 2], { validateShape: false });
    v.assign([[1, 2, 3]]);
    expect(v.shape).toEqual([1, 3]);
  });

  it('holds every kind of value', () => {
    const flag = new Variable(true);
    const names = new Variable(['a', 'é']);
    const half = new Variable([0.5, 1.5], { dtype: 'float16' });
    const complex = new Variable([[1, 2]], { dtype: 'complex64' });
    initializeAllVariables();
    expect(flag.read()).toEqual(Uint8Array.of(1));
    expect(text(names.read())).toEqual(['a', 'é']);
    expect(half.read()).toEqual(Float32Array.of(0.5, 1.5));
    expect([half.dtype, half.tensor().byteLength]).toEqual(['float16', 4]);
    expect([complex.shape, complex.read()]).toEqual([[1], Float32Array.of(1, 2)]);
  });

  it('is a scalar where a single constant is all that is known', () => {
    expect(new Variable(constant(5)).shape).toEqual([]);
    expect(new Variable(() => constant(5n)).shape).toEqual([]);
    expect(new Variable(constant(5), { shape: [2] }).shape).toEqual([2]);
  });

  it('needs a shape that somebody says', () => {
    expect(() => new Variable(zeros(), { name: 'v' })).toThrow('variable v needs a shape');
    expect(new Variable(zeros(), { shape: [3] }).shape).toEqual([3]);
    expect(() => new Variable(zeros([2]), { shape: [3] })).toThrow(MismatchError);
    expect(() => new Variable(undefined as never)).toThrow(UsageError);
  });
});

describe('initial values', () => {
  it('are constants and sequences as TensorFlow makes them', () => {
    const all = [
      new Variable(zeros([2], { dtype: 'int32' })),
      new Variable(fill([2], 7n)),
      new Variable(fill([1], true)),
      new Variable(fill([2], 'x')),
      new Variable(constant(2, { shape: [3] })),
      new Variable(constant([1, 2, 3, 4], { shape: [2, 2], dtype: 'float64' })),
      new Variable(linspace(0, 1, 5)),
      new Variable(range(3, 18, 5)),
      new Variable(range(3n)),
      new Variable(range(3, 1, -0.5)),
    ];
    initializeAllVariables();
    expect(text(all[3]?.read() as Uint8Array[])).toEqual(['x', 'x']);
    expect([...all.slice(0, 3), ...all.slice(4)].map((v) => v.read())).toEqual([
      Int32Array.of(0, 0),
      BigInt64Array.of(7n, 7n),
      Uint8Array.of(1),
      Float32Array.of(2, 2, 2),
      Float64Array.of(1, 2, 3, 4),
      Float32Array.of(0, 0.25, 0.5, 0.75, 1),
      Float32Array.of(3, 8, 13),
      BigInt64Array.of(0n, 1n, 2n),
      Float32Array.of(3, 2.5, 2, 1.5),
    ]);
  });

  it('are computed from those of other variables, whatever the order', () => {
    const w = new Variable(
      [
        [1, 2],
        [3, 4],
      ],
      { name: 'w' },
    );
    const twice = new Variable(w.initializedValue().mul(2), { name: 'w_twice' });
    const same = new Variable(w, { name: 'same' });
    const all = new Variable(
      twice
        .initializedValue()
        .sub(w.initializedValue())
        .add([10, 20])
        .div(2)
        .neg()
        .map((x) => x - 1),
    );
    initializeVariables([all, same, twice, w]);
    expect(twice.read()).toEqual(Float32Array.of(2, 4, 6, 8));
    expect(same.read()).toEqual(w.read());
    expect(all.read()).toEqual(Float32Array.of(-6.5, -12, -7.5, -13));
    w.assign([0, 0, 0, 0]);
    initializeVariables([twice]);
    expect(twice.read()).toEqual(Float32Array.of(0, 0, 0, 0));
    initializeAllVariables();
    expect(twice.read()).toEqual(Float32Array.of(2, 4, 6, 8));
  });

  it('take one that was not initialized as it would begin', () => {
    const a = new Variable([1, 2], { name: 'a' });
    const b = new Variable(a.initializedValue().add(1), { name: 'b' });
    initializeVariables([b]);
    expect(b.read()).toEqual(Float32Array.of(2, 3));
    expect(a.isInitialized).toBe(false);
  });

  it('wrap as integers do, and divide into floats', () => {
    const a = new Variable([2 ** 31 - 1, 7], { dtype: 'int32', name: 'a' });
    const b = new Variable(a.initializedValue().add(1));
    const c = new Variable(a.initializedValue().div(2));
    const d = new Variable(new Variable(2n ** 63n - 1n).initializedValue().mul(3n));
    initializeAllVariables();
    expect([b.read(), c.read(), c.dtype]).toEqual([
      Int32Array.of(-(2 ** 31), 8),
      Float64Array.of((2 ** 31 - 1) / 2, 3.5),
      'float64',
    ]);
    expect(d.read()).toEqual(BigInt64Array.of(BigInt.asIntN(64, (2n ** 63n - 1n) * 3n)));
    expect(() => a.initializedValue().mul(0.5)).toThrow(MismatchError);
    expect(() => a.initializedValue().add(c.initializedValue() as never)).toThrow(
      'int32 and float64 cannot be combined',
    );
    expect(() => a.initializedValue().add([1, 2, 3])).toThrow(MismatchError);
    expect(() => new Variable(a.initializedValue(), { shape: [3] })).toThrow(MismatchError);
  });

  it('come from functions, which are asked when they are needed', () => {
    let calls = 0;
    const v = new Variable(
      () => {
        calls++;
        return [1, 2, 3];
      },
      { name: 'v' },
    );
    expect(calls).toBe(0);
    initializeAllVariables();
    expect([calls, v.shape, v.read()]).toEqual([1, [3], Float32Array.of(1, 2, 3)]);
    expect(() => new Variable((async () => 1) as never).shape).toThrow('is a promise');
  });

  it('that need one another in a circle are an error that shows it', () => {
    const a: Variable = new Variable(() => c.initializedValue(), { name: 'a', shape: [], dtype: 'float32' });
    const b = new Variable(a.initializedValue().add(1), { name: 'b' });
    const c: Variable = new Variable(b.initializedValue(), { name: 'c' });
    expect(() => initializeAllVariables()).toThrow('in a circle: a -> c -> b -> a');
    expect([a, b, c].map(({ isInitialized }) => isInitialized)).toEqual([false, false, false]);
    const d: Variable = new Variable(() => d.initializedValue(), { name: 'd' });
    expect(() => d.shape).toThrow('in a circle: d -> d');
  });

  it('are all made before any is assigned', () => {
    const a = new Variable([1], { name: 'a' });
    new Variable(() => {
      throw new Error('no');
    });
    expect(() => initializeAllVariables()).toThrow('no');
    expect(a.isInitialized).toBe(false);
  });
});

describe('names, collections and graphs', () => {
  it('makes names unique as TensorFlow does, which takes W for w', () => {
    const names = ['w', 'w', 'W', 'w_1', 'w', undefined, undefined, 'w/Assign'].map(
      (name) => new Variable(0, { name }).name,
    );
    expect(names).toEqual(['w', 'w_1', 'W_2', 'w_1_1', 'w_3', 'Variable', 'Variable_1', 'w/Assign_1']);
    for (const name of ['', '_x', 'a b', 'é', 'a:0']) {
      expect(() => new Variable(0, { name }), name).toThrow(name === '' ? UsageError : NameError);
    }
  });

  it('puts variables into the collections that TensorFlow puts them into', () => {
    new Variable(0, { name: 'a' });
    new Variable(0, { name: 'b', trainable: false });
    new Variable(ones([5]), { name: 'frozen', trainable: false, collections: ['mine'] });
    new Variable(0, { name: 'c', collections: ['mine', 'mine'] });
    const local = new Variable(0, { name: 'd', trainable: false, collections: [GraphKeys.LOCAL_VARIABLES] });
    expect(namesOf(globalVariables())).toEqual(['a', 'b']);
    expect(namesOf(trainableVariables())).toEqual(['a', 'c']);
    expect(namesOf(getCollection('mine'))).toEqual(['frozen', 'c']);
    expect(namesOf(getCollection('mine', 'fro'))).toEqual(['frozen']);
    addToCollection('mine', 3);
    expect(getCollection('mine')).toHaveLength(3);
    expect(getCollection('mine', 'f')).toHaveLength(1);
    initializeAllVariables();
    expect(reportUninitialized()).toEqual(['d']);
    initializeLocalVariables();
    expect(local.isInitialized).toBe(true);
    expect(() => (getCollection('mine')[0] as Variable).read()).toThrow('initializeVariables([...])');
    expect(() => new Variable(0, { collections: 'mine' as never })).toThrow(UsageError);
  });

  it('says what is wrong with a pattern of a scope', () => {
    expect(() => globalVariables('(')).toThrow(UsageError);
    expect(() => globalVariables('(')).toThrow("the scope '(' is no regular expression");
  });

  it('keeps graphs apart', () => {
    const graph = new Graph();
    const inside = graph.asDefault(() => [new Variable(0, { name: 'w' }), getDefaultGraph()] as const);
    const given = new Variable(0, { name: 'w', graph });
    const outside = new Variable(0, { name: 'w' });
    expect([inside[0].name, given.name, outside.name]).toEqual(['w', 'w_1', 'w']);
    expect(inside[1]).toBe(graph);
    expect(namesOf(globalVariables())).toEqual(['w']);
    expect(() => graph.asDefault(async () => 1)).toThrow('returned a promise');
    expect(() => graph.asDefault(() => resetDefaultGraph())).toThrow(UsageError);
    expect(getDefaultGraph()).not.toBe(graph);
  });
});

describe('devices', () => {
  it('merge, the inner ones first', () => {
    const at = (): string => new Variable(0).device;
    expect(at()).toBe('');
    expect(device('/job:ps/task:7', at)).toBe('/job:ps/task:7');
    expect(device('/job:ps', () => device('/gpu:0', at))).toBe('/job:ps/device:GPU:0');
    expect(device('/job:a/task:1', () => device('/job:b', at))).toBe('/job:b/task:1');
    expect(device('/job:a', () => device(null, () => device('/cpu:*', at)))).toBe('/device:CPU:*');
    expect(device(({ name, type }) => `/job:${type === 'VarHandleOp' ? name : ''}`, at)).toBe('/job:Variable_5');
    for (const spec of ['ps', '/job', '/task:x', '/cpu:0/gpu:0', '/device:GPU']) {
      expect(() => device(spec, at), spec).toThrow(UsageError);
    }
    expect(() => device('/job:ps', async () => at())).toThrow('returned a promise');
    expect(at()).toBe('');
  });

  it('are dealt out round robin', () => {
    const devices = device(replicaDeviceSetter({ psTasks: 2 }), () =>
      [0, 1, 2].map((i) => new Variable(zeros([i])).device),
    );
    expect(devices).toEqual(['/job:ps/task:0', '/job:ps/task:1', '/job:ps/task:0']);
    expect(device(replicaDeviceSetter({ psTasks: 2 }), () => device('/task:5', () => new Variable(0).device))).toBe(
      '/job:ps/task:5',
    );
  });
});

describe('a partitioned variable', () => {
  it('is the whole of its parts', () => {
    const values = range(0, 10);
    const v = new Variable(
      constant([
        [0, 1, 2],
        [3, 4, 5],
      ]),
      { name: 'v', partitioner: fixedSizePartitioner(2, 1) },
    );
    expect(v.parts?.map(({ name, shape }) => [name, shape])).toEqual([
      ['v/part_0', [2, 2]],
      ['v/part_1', [2, 1]],
    ]);
    expect(namesOf(globalVariables())).toEqual(['v/part_0', 'v/part_1']);
    expect(() => v.read()).toThrow('v/part_0');
    initializeAllVariables();
    expect(v.parts?.map((part) => part.read())).toEqual([Float32Array.of(0, 1, 3, 4), Float32Array.of(2, 5)]);
    expect(v.read()).toEqual(Float32Array.of(0, 1, 2, 3, 4, 5));
    v.assignAdd(1);
    expect(v.parts?.[1]?.read()).toEqual(Float32Array.of(3, 6));
    initializeVariables([v]);
    expect(v.read()).toEqual(Float32Array.of(0, 1, 2, 3, 4, 5));
    const uneven = new Variable(values, { partitioner: fixedSizePartitioner(3) });
    expect(uneven.parts?.map(({ shape, saveSlice }) => [shape[0], saveSlice?.start[0]])).toEqual([
      [4, 0],
      [3, 4],
      [3, 7],
    ]);
  });
});
