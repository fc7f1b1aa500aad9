/** Names out of objects, and objects filled by name. */
import { describe, expect, it } from 'vitest';
import { openCheckpoint } from '../../src/checkpoints/checkpoint.ts';
import { MismatchError, NameError, UsageError } from '../../src/errors.ts';
import { encodeObjectGraph } from '../../src/object-graph/encode-object-graph.ts';
import { OBJECT_GRAPH_KEY, type ObjectGraph } from '../../src/object-graph/object-graph.ts';
import { namesToObjects } from '../../src/surgery/names-to-objects.ts';
import { objectsToNames } from '../../src/surgery/objects-to-names.ts';
import { dtypeOf } from '../../src/tensor/dtype.ts';
import { type Tensor, tensorOfBytes, tensorOfStrings } from '../../src/tensor/tensor.ts';
import { soundCheckpoints } from '../fixtures.ts';
import { graphOf, keysOf, type Named, VALUE } from '../object-graph/small-graphs.ts';
import { digestsOf, fillsOf, mapOf, marked } from './small-maps.ts';

type Slots = readonly (readonly [variable: string, optimizer: string, name: string])[];

/** A checkpoint of these objects; variables and slots have the full names that are given by path or by key. */
function objects(
  root: Named,
  fullNames: Readonly<Record<string, string>> = {},
  slots: Slots = [],
): Map<string, Tensor> {
  const bare = graphOf(root, slots);
  const nodes = bare.nodes.map((node) => ({
    ...node,
    attributes: node.attributes.map((attribute) => {
      const key = attribute.checkpointKey;
      return { ...attribute, fullName: fullNames[key.slice(0, -VALUE.length)] ?? '' };
    }),
  }));
  const graph: ObjectGraph = { nodes };
  const bytes = [encodeObjectGraph(graph)];
  return mapOf(...keysOf(graph)).set(OBJECT_GRAPH_KEY, tensorOfStrings(dtypeOf('string'), [], bytes));
}

const namesOf = (tensors: Map<string, Tensor>): string[] => [...objectsToNames(tensors).tensors.keys()].sort();
const slot = (path: string, optimizer: string, name: string): string => `${path}/.OPTIMIZER_SLOT/${optimizer}/${name}`;

describe('objects to names', () => {
  it('takes full names, and shares the tensors', () => {
    const before = objects({ net: { k: null, b: null } }, { 'net/k': 'dense/kernel', 'net/b': 'dense/bias' });
    const { tensors, newNameOf } = objectsToNames(before);
    expect(fillsOf(tensors)).toEqual([
      ['dense/kernel', 0],
      ['dense/bias', 1],
    ]);
    expect(tensors.get('dense/kernel')).toBe(before.get(`net/k${VALUE}`));
    expect([`net/k${VALUE}`, OBJECT_GRAPH_KEY, 'none'].map(newNameOf)).toEqual(['dense/kernel', undefined, undefined]);
  });

  it('takes the path, unescaped, where there is no full name or several have it, and says so', () => {
    const before = objects({ net: { 'a/b': null, 'x.y': null, w: null } }, { 'net/x..y': 'same', 'net/w': 'same' });
    const { tensors, notes } = objectsToNames(before);
    expect([...tensors.keys()]).toEqual(['net/a/b', 'net/x.y', 'net/w']);
    expect(notes[1]).toMatch(/^net\/a\/b, net\/x\.y, net\/w: .*named by the path/);
  });

  it('never merges: a path that is the full name of another is numbered', () => {
    const before = objects({ a: { w: null }, b: null, c: { w_1: null } }, { b: 'a/w', 'c/w_1': 'a/w_1' });
    expect(fillsOf(objectsToNames(before).tensors).sort()).toEqual([
      ['a/w', 0],
      ['a/w_1', 2],
      ['a/w_2', 1],
    ]);
  });

  it('leaves out what means nothing to a Saver, by name', () => {
    const before = objects({ w: null, save_counter: null }, { w: 'w', save_counter: 'save_counter' });
    before.set('state/.ATTRIBUTES/py_state', marked(9)).set('l/.ATTRIBUTES/OBJECT_CONFIG_JSON', marked(8));
    const { tensors, notes } = objectsToNames(before);
    expect([...tensors.keys()]).toEqual(['w']);
    expect(notes).toEqual([
      `save_counter${VALUE}, ${OBJECT_GRAPH_KEY}, state/.ATTRIBUTES/py_state, l/.ATTRIBUTES/OBJECT_CONFIG_JSON: left out, means nothing where checkpoints go by names`,
    ]);
  });

  it('never gives a tensor the name of the object graph', () => {
    const before = objects({ w: null, [OBJECT_GRAPH_KEY]: null }, { w: OBJECT_GRAPH_KEY });
    expect(namesOf(before)).toEqual([`${OBJECT_GRAPH_KEY}_1`, 'w']);
  });

  it('names slots by their full names, else after their variables: as TensorFlow 1 does, or by the slot', () => {
    const slots: Slots = ['a', 'b', 'c'].flatMap((variable) => [
      [variable, 'o', 'm'],
      [variable, 'o', 'v'],
    ]);
    const tree: Named = { o: {}, a: null, b: null, c: null };
    const own = { a: 'w', [slot('a', 'o', 'm')]: 'w/Adam', [slot('a', 'o', 'v')]: 'w/Adam_1' };
    expect(namesOf(objects(tree, own, slots))).toEqual(
      ['b', 'b/m', 'b/v', 'c', 'c/m', 'c/v', 'w', 'w/Adam', 'w/Adam_1'].sort(),
    );
    const shared = { a: 'w', b: 'w', [slot('b', 'o', 'm')]: 'w/Adam_2', [slot('b', 'o', 'v')]: 'w/Adam_3' };
    expect(namesOf(objects(tree, shared, slots))).toContain('b/Adam');
    expect(namesOf(objects(tree, shared, slots))).toContain('b/Adam_1');
  });

  it('gives what lies under no key of an object its own name', () => {
    expect(namesOf(objects({ w: null }).set('kernel', marked(7)))).toEqual(['kernel', 'w']);
  });

  it('is refused where there is no graph', () => {
    expect(() => objectsToNames(mapOf('w'))).toThrow(UsageError);
  });
});

describe('names to objects', () => {
  const TEMPLATE = objects({ net: { k: null, b: null }, save_counter: null }, { 'net/k': 'd/k', 'net/b': 'd/b' });
  const [K, B] = [`net/k${VALUE}`, `net/b${VALUE}`];
  const fills = (...args: Parameters<typeof namesToObjects>): Record<string, number> =>
    Object.fromEntries(fillsOf(namesToObjects(...args).tensors).filter(([name]) => name !== OBJECT_GRAPH_KEY));
  /** A map whose tensors are told apart from those of a template. */
  const given = (...names: readonly string[]): Map<string, Tensor> =>
    new Map(names.map((name, i) => [name, marked(100 + i)]));

  it.each([
    ['full names', ['d/k', 'd/b']],
    ['full names with :0', ['d/k:0', 'd/b:0']],
    ['paths', ['net/k', 'net/b']],
  ])('finds values by %s, keeps the counter and the graph', (_, names) => {
    const { tensors, notes, newNameOf } = namesToObjects(given(...names), TEMPLATE);
    expect([...tensors.keys()]).toEqual([...TEMPLATE.keys()]);
    expect(tensors.get(OBJECT_GRAPH_KEY)).toBe(TEMPLATE.get(OBJECT_GRAPH_KEY));
    expect(Object.fromEntries(fillsOf(tensors))).toMatchObject({ [`save_counter${VALUE}`]: 0, [K]: 100, [B]: 101 });
    expect(names.map(newNameOf)).toEqual([K, B]);
    expect(notes).toEqual([expect.stringMatching(/^kept from the template.*save_counter/)]);
  });

  it('prefers a full name to a path, and uses no tensor twice', () => {
    const template = objects({ a: null, b: null }, { a: 'b' });
    expect(() => namesToObjects(given('b'), template)).toThrow(/nothing for 1 of the template's values: b\/\.ATTR/);
    expect(fills(given('b', 'b:0'), template)).toEqual({ [`a${VALUE}`]: 100, [`b${VALUE}`]: 101 });
  });

  it('finds attributes of Keras without their underscores', () => {
    const template = objects({ model: { _kernel: null, __x__: null } });
    expect(fills(given('model/kernel', 'model/x__'), template)).toEqual({
      [`model/_kernel${VALUE}`]: 100,
      [`model/__x__${VALUE}`]: 101,
    });
  });

  it('is told the rest: by key, by path, by full name', () => {
    for (const place of [K, 'net/k', 'd/k']) {
      const map = new Map([['other', place]]);
      expect(fills(given('other', 'd/b', 'd/k'), TEMPLATE, { map })[K]).toBe(100);
    }
    const same = new Map([
      ['x', 'net/k'],
      ['y', K],
    ]);
    expect(() => namesToObjects(given('x', 'y'), TEMPLATE, { map: same })).toThrow(/x and y would both become net\/k/);
    expect(() => namesToObjects(given('x'), TEMPLATE, { map: new Map([['z', K]]) })).toThrow(/no tensor is called z/);
    const nowhere = new Map([['x', 'net/kk']]);
    expect(() => namesToObjects(given('x'), TEMPLATE, { map: nowhere })).toThrow(
      /no one value called net\/kk; the nearest names are net\/k/,
    );
  });

  it('refuses what is missing, all of it by key and name, unless told to keep it', () => {
    expect(() => namesToObjects(given('d/k'), TEMPLATE)).toThrow(NameError);
    expect(() => namesToObjects(given('d/k'), TEMPLATE)).toThrow(
      `the input has nothing for 1 of the template's values: ${B} (d/b); say which`,
    );
    const { tensors, notes } = namesToObjects(given('d/k', 'more'), TEMPLATE, { allowMissing: true });
    expect(tensors.get(B)).toBe(TEMPLATE.get(B));
    expect(notes[0]).toBe(`kept from the template, for the input has nothing for them: ${B}`);
    expect(notes.at(-1)).toBe('left out, for the template has no place for them: more');
    expect(() => namesToObjects(given('other'), TEMPLATE, { allowMissing: true })).toThrow(
      /no tensor of the input fits/,
    );
  });

  it('refuses other dtypes and shapes, all of them with both sides', () => {
    const input = new Map([
      ['d/k', tensorOfBytes(dtypeOf('uint8'), [3], new Uint8Array(3))],
      ['d/b', tensorOfBytes(dtypeOf('int8'), [2], new Uint8Array(2))],
    ]);
    const refused = (): unknown => namesToObjects(input, TEMPLATE, { allowMissing: true });
    expect(refused).toThrow(MismatchError);
    expect(refused).toThrow(`d/k is uint8 [3], but ${K} wants uint8 [2]`);
    expect(refused).toThrow(`d/b is int8 [2], but ${B} wants uint8 [2]`);
  });

  it('knows which side has the objects', () => {
    expect(() => namesToObjects(given('d/k'), mapOf('d/k'))).toThrow(/template has no object graph/);
    expect(() => namesToObjects(TEMPLATE, TEMPLATE)).toThrow(/convert --names/);
  });

  describe('and slots', () => {
    const two = (first: string, second: string): Slots => [
      ['w', 'o', first],
      ['w', 'o', second],
    ];
    const ADAM = [slot('w', 'o', 'm'), slot('w', 'o', 'v')].map((path) => path + VALUE);
    const slotFills = (template: Map<string, Tensor>, ...names: string[]): (number | undefined)[] => {
      const found = fills(given(...names), template, { allowMissing: true });
      return ADAM.map((key) => found[key]);
    };
    const template = objects({ o: {}, w: null }, { w: 'x' }, two('m', 'v'));

    it.each([
      [['x/Adam', 'x/Adam_1']],
      [['x/adam_m', 'x/adam_v']],
      [['x/AdaMax', 'x/AdaMax_1']],
      [['x/m', 'x/v']],
      [['x/Adam:0', 'x/Adam_1:0']],
    ])('finds %j', (names) => {
      expect(slotFills(template, 'x', ...names)).toEqual([101, 102]);
    });

    it('leaves open what could be either of two', () => {
      const kept = slotFills(template, 'x', 'x/Adam', 'x/Adam_1', 'x/adam_m', 'x/adam_v');
      expect(kept.every((fill) => fill !== undefined && fill < 100)).toBe(true);
    });

    it('trusts the order of the slots more than numbers in full names, for one optimizer', () => {
      const numbered = { w: 'x', [slot('w', 'o', 'm')]: 'x/Adam_1', [slot('w', 'o', 'v')]: 'x/Adam_2' };
      const counted = objects({ o: {}, w: null }, numbered, two('m', 'v'));
      expect(slotFills(counted, 'x', 'x/Adam', 'x/Adam_1')).toEqual([101, 102]);
    });

    it('goes by full names where several optimizers of a kind keep slots', () => {
      const second = { w: 'x', [slot('w', 'o', 'm')]: 'x/Adam_2', [slot('w', 'o', 'v')]: 'x/Adam_3' };
      const of = objects({ o: {}, w: null }, second, two('m', 'v'));
      expect(slotFills(of, 'x', 'x/Adam', 'x/Adam_1', 'x/Adam_2', 'x/Adam_3')).toEqual([103, 104]);
    });
  });

  it('undoes what objects to names did, for every fixture', async () => {
    let count = 0;
    for (const { prefix, title, expected } of soundCheckpoints('v2')) {
      if (expected.objectGraph === undefined) continue;
      const checkpoint = await openCheckpoint(prefix);
      const named = objectsToNames(checkpoint.tensors).tensors;
      const back = namesToObjects(named, checkpoint.tensors).tensors;
      expect(await digestsOf(back), title).toEqual(await digestsOf(checkpoint.tensors));
      checkpoint.close();
      count++;
    }
    expect(count).toBeGreaterThan(3);
  });
});

describe('slots of another generation', () => {
  const lists = { _variables: {}, _trainable_variables: { 0: '@model/w' }, _iterations: null, _learning_rate: null };
  const KERAS_3 = objects(
    { model: { w: null }, optimizer: { ...lists, _momentums: { 0: null }, _velocities: { 0: null } } },
    {
      'model/w': 'net/dense/kernel',
      'optimizer/_iterations': 'adam/iteration',
      'optimizer/_learning_rate': 'adam/learning_rate',
      'optimizer/_momentums/0': 'adam/net_dense_kernel_momentum',
      'optimizer/_velocities/0': 'adam/net_dense_kernel_velocity',
    },
  );
  const filled = (
    names: readonly string[],
    options: Parameters<typeof namesToObjects>[2] = {},
  ): Record<string, string | undefined> => {
    const input = new Map(names.map((name, i) => [name, marked(i)]));
    const { tensors } = namesToObjects(input, KERAS_3, options);
    return Object.fromEntries(
      ['model/w', 'optimizer/_momentums/0', 'optimizer/_velocities/0', 'optimizer/_iterations'].map((path) => [
        path,
        names[[...input.values()].indexOf(tensors.get(path + VALUE) as Tensor)],
      ]),
    );
  };

  it.each([
    ['Keras 2.10', ['dense/kernel', 'Adam/dense/kernel/m', 'Adam/dense/kernel/v', 'Adam/iter', 'Adam/learning_rate']],
    ['Keras 2.11', ['dense/kernel', 'Adam/m/dense/kernel', 'Adam/v/dense/kernel', 'iteration', 'learning_rate']],
    ['BERT', ['dense/kernel', 'dense/kernel/adam_m', 'dense/kernel/adam_v', 'global_step']],
  ])('%s fill those of Keras 3, by variable and kind', (_, names) => {
    const [variable, m, v] = names;
    const told = filled(names, { addPrefix: 'net/', allowMissing: true });
    expect(told).toMatchObject({ 'model/w': variable, 'optimizer/_momentums/0': m, 'optimizer/_velocities/0': v });
  });

  it('are not taken where two might be meant', () => {
    const names = ['dense/kernel', 'Adam/dense/kernel/m', 'dense/kernel/adam_m'];
    expect(filled(names, { addPrefix: 'net/', allowMissing: true })['optimizer/_momentums/0']).toBeUndefined();
  });

  it('leave a prefix to be named, and say which', () => {
    const input = mapOf('a/dense/kernel', 'a/dense/bias');
    const template = objects({ k: null, b: null }, { k: 'net/a/dense/kernel', b: 'net/a/dense/bias' });
    expect(() => namesToObjects(input, template)).toThrow(/with --add-prefix net\/ 2 names would fit/);
    expect(() => namesToObjects(mapOf('x/net/a/dense/kernel', 'x/net/a/dense/bias'), template)).toThrow(
      /with --strip-prefix x\/ 2 names would fit/,
    );
    const stripped = namesToObjects(mapOf('x/net/a/dense/kernel', 'x/net/a/dense/bias'), template, {
      stripPrefix: 'x/',
    });
    expect(stripped.newNameOf('x/net/a/dense/bias')).toBe(`b${VALUE}`);
  });
});
