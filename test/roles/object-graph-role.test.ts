/** Roles by object graphs of every make: those of old optimizers, odd ones, and such as no program writes. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ObjectGraph, ObjectNode } from '../../src/object-graph/object-graph.ts';
import { roleByGraph } from '../../src/roles/object-graph-role.ts';
import type { TensorRole } from '../../src/roles/role.ts';
import { dtypeOf } from '../../src/tensor/dtype.ts';
import { type Tensor, type TensorMap, tensorOfBytes } from '../../src/tensor/tensor.ts';
import { graphOf, type Named, VALUE } from '../object-graph/small-graphs.ts';

const SCALARS = /(?:learning_rate|decay|iter|momentum|beta_\d|total|count|power|scale|steps|step|_iterations)$/;

/** A tensor for each value of a graph: integers for counters, scalars for what is one by its name. */
function tensorsOf({ nodes }: ObjectGraph): TensorMap {
  const keys = nodes.flatMap(({ attributes }) => attributes.map(({ checkpointKey }) => checkpointKey));
  return new Map(
    keys.map((key): [string, Tensor] => {
      const name = key.replace(VALUE, '');
      const dtype = dtypeOf(/(?:iter|_iterations|steps|step|counter)$/.test(name) ? 'int64' : 'float32');
      const shape = SCALARS.test(name) && !name.includes('.OPTIMIZER_SLOT') ? [] : [1];
      return [key, tensorOfBytes(dtype, shape, new Uint8Array(dtype.width))];
    }),
  );
}

/** What is told of each value: role and whether it is trained, by its path. */
function told(root: Named, slots: readonly (readonly [string, string, string])[] = []): Record<string, string> {
  const graph = graphOf(root, slots);
  const tensors = tensorsOf(graph);
  const roleOf = roleByGraph(graph, tensors);
  const words = ({ role, trainable, evidence }: TensorRole): string => `${role} ${trainable} ${evidence}`;
  return Object.fromEntries([...tensors].map(([key, tensor]) => [key.replace(VALUE, ''), words(roleOf(key, tensor))]));
}

const DENSE = { kernel: null, bias: null };

describe('the optimizers of Keras 2', () => {
  const settings = { iter: null, beta_1: null, decay: null, learning_rate: null };

  it('are known by their slots and their settings', () => {
    const root = { model: { 'layer-0': DENSE, frozen: DENSE, learning_rate: null }, optimizer: settings };
    expect(told(root, [['model/layer-0/kernel', 'optimizer', 'm']])).toEqual({
      'model/layer-0/kernel': 'weight yes object-graph',
      'model/layer-0/kernel/.OPTIMIZER_SLOT/optimizer/m': 'slot no object-graph',
      'model/layer-0/bias': 'weight unknown object-graph',
      'model/frozen/kernel': 'weight no object-graph',
      'model/frozen/bias': 'weight no object-graph',
      'model/learning_rate': 'weight no names',
      'optimizer/iter': 'step no object-graph',
      'optimizer/beta_1': 'hyperparameter no object-graph',
      'optimizer/decay': 'hyperparameter no object-graph',
      'optimizer/learning_rate': 'hyperparameter no object-graph',
    });
  });

  it('leave open what no layer shows: another optimizer may train it, and modules are trained in parts', () => {
    const layers = { 'layer-0': DENSE, frozen: DENSE };
    const second = told({ model: layers, optimizer: settings, other: settings }, [
      ['model/layer-0/kernel', 'optimizer', 'm'],
    ]);
    expect(second['model/frozen/kernel']).toBe('weight unknown object-graph');
    const module = told({ net: { a: DENSE, b: DENSE }, optimizer: settings }, [['net/a/kernel', 'optimizer', 'm']]);
    expect(module['net/b/kernel']).toBe('weight unknown object-graph');
  });

  it('tell nothing of what they train where they keep no slots', () => {
    expect(told({ model: DENSE, optimizer: settings })).toMatchObject({
      'model/kernel': 'weight yes names',
      'optimizer/iter': 'step no object-graph',
    });
  });

  it('may be wrapped in one that scales the loss', () => {
    const scale = { current_loss_scale: null, good_steps: null };
    const root = { model: DENSE, optimizer: { base_optimizer: settings, loss_scale: scale } };
    expect(told(root, [['model/kernel', 'optimizer/base_optimizer', 'momentum']])).toMatchObject({
      'model/kernel': 'weight yes object-graph',
      'optimizer/base_optimizer/learning_rate': 'hyperparameter no object-graph',
      'optimizer/loss_scale/current_loss_scale': 'bookkeeping no object-graph',
      'optimizer/loss_scale/good_steps': 'bookkeeping no object-graph',
    });
  });
});

describe('what only a name calls an optimizer', () => {
  it('has settings and slots, and leaves open who is trained where nothing tells whose they are', () => {
    const optimizer = { learning_rate: null, v_dvar: { 0: null }, slots: { first: { m: null } } };
    expect(told({ model: DENSE, optimizer, ema: { shadow: { 0: null } } })).toEqual({
      'model/kernel': 'weight unknown object-graph',
      'model/bias': 'weight unknown object-graph',
      'optimizer/learning_rate': 'hyperparameter no names',
      'optimizer/v_dvar/0': 'slot no names',
      'optimizer/slots/first/m': 'slot no names',
      'ema/shadow/0': 'ema no names',
    });
  });
});

describe('tables with slots beside them', () => {
  it('say nothing of who trains the rest', () => {
    const user = { user: null, 'user/momenta': null, video: null };
    const optimizer = { _variables: {}, _trainable_variables: { 0: '@model/kernel' } };
    const beside = told({ model: { ...DENSE, embedding: user }, optimizer });
    expect(beside['model/embedding/video']).toBe('weight unknown object-graph');
    expect(beside['model/bias']).toBe('weight no object-graph');
    const root = { model: DENSE, embedding: { user: null, 'user/momenta': null } };
    expect(told(root)).toMatchObject({
      'model/kernel': 'weight unknown object-graph',
      'embedding/user': 'weight yes object-graph',
    });
  });
});

describe('the optimizers of Keras 3', () => {
  const lists = { _variables: {}, _trainable_variables: { 0: '@model/a/kernel', 1: '@model/a/bias' } };

  it('list what they train, and their slots in the same order', () => {
    const optimizer = {
      ...lists,
      _iterations: null,
      _momentums: { 0: null, 1: null },
      _velocities: { 0: null, 1: null },
    };
    const graph = graphOf({ model: { a: DENSE, b: DENSE }, other: DENSE, optimizer });
    const tensors = tensorsOf(graph);
    const roleOf = roleByGraph(graph, tensors);
    const roleAt = (path: string): TensorRole => roleOf(path + VALUE, tensors.get(path + VALUE) as Tensor);
    expect(roleAt('model/a/kernel')).toMatchObject({ role: 'weight', trainable: 'yes', evidence: 'object-graph' });
    expect(roleAt('model/b/kernel')).toMatchObject({ role: 'weight', trainable: 'no', evidence: 'object-graph' });
    expect(roleAt('optimizer/_velocities/1')).toMatchObject({
      role: 'slot',
      slot: 'velocities',
      of: `model/a/bias${VALUE}`,
    });
    // An optimizer may know nothing of what does not hang together with what it trains.
    expect(roleAt('other/kernel')).toMatchObject({ trainable: 'unknown' });
  });

  it('keep the keys of what they train, and what is called its target is a copy', () => {
    const optimizer = { _variables: {}, _trainable_variables: { 0: null } };
    const model = { a: { kernel: '@optimizer/_trainable_variables/0' } };
    const root = {
      optimizer,
      q_network: model,
      target_network: { a: { kernel: null } },
      other: { a: { kernel: null } },
    };
    expect(told(root)).toMatchObject({
      'target_network/a/kernel': 'weight no object-graph',
      'other/a/kernel': 'weight unknown object-graph',
    });
  });

  it('that were not built say nothing', () => {
    const second = { _variables: {}, _trainable_variables: {}, _iterations: null };
    const root = { model: { a: DENSE, b: DENSE }, first: lists, second };
    expect(told(root)).toMatchObject({
      'model/a/kernel': 'weight yes object-graph',
      'model/b/kernel': 'weight unknown object-graph',
    });
  });

  it('may be all that was saved', () => {
    const root = { optimizer: { _variables: {}, _trainable_variables: DENSE_LIST, _iterations: null, m: DENSE_LIST } };
    expect(told(root)).toEqual({
      'optimizer/_trainable_variables/0': 'weight yes object-graph',
      'optimizer/_iterations': 'step no object-graph',
      'optimizer/m/0': 'slot no object-graph',
    });
  });
});

const DENSE_LIST = { 0: null };

describe('what is known by what it holds', () => {
  it('is kept apart from the weights', () => {
    const average = { _counter: null, _hidden: null, average: null };
    const root = { net: { norm: { mean: average } }, metric: { total: null, count: null }, save_counter: null };
    expect(told(root)).toEqual({
      'net/norm/mean/_counter': 'weight no object-graph',
      'net/norm/mean/_hidden': 'weight no object-graph',
      'net/norm/mean/average': 'weight no object-graph',
      'metric/total': 'bookkeeping no object-graph',
      'metric/count': 'bookkeeping no object-graph',
      save_counter: 'bookkeeping no object-graph',
    });
  });
});

describe('graphs that no program writes', () => {
  const id = fc.nat(12);
  const name = fc.constantFrom(
    '0',
    '1',
    'a',
    '_trainable_variables',
    '_variables',
    '_iterations',
    'iter',
    'decay',
    'metrics',
  );
  const node: fc.Arbitrary<ObjectNode> = fc.record({
    children: fc.array(fc.record({ nodeId: id, localName: name }), { maxLength: 5 }),
    attributes: fc.array(
      fc.record({
        name: fc.constantFrom('VARIABLE_VALUE', 'OBJECT_CONFIG_JSON'),
        fullName: fc.constantFrom('', 'a/kernel', 'adam/a_kernel_m', '_'),
        checkpointKey: fc.constantFrom('a', 'b', 'c', `a${VALUE}`, `b${VALUE}`, ''),
      }),
      { maxLength: 2 },
    ),
    slotVariables: fc.array(
      fc.record({ originalVariableNodeId: id, slotName: fc.constantFrom('m', ''), slotVariableNodeId: id }),
      { maxLength: 2 },
    ),
  });

  it('have an answer for every name, and slots of tensors that are there', () => {
    const tensors = tensorsOf(graphOf({ a: null, b: null, c: { d: null } }));
    fc.assert(
      fc.property(fc.array(node, { maxLength: 10 }), (nodes) => {
        const roleOf = roleByGraph({ nodes }, tensors);
        for (const [key, tensor] of tensors) {
          const { of, because } = roleOf(key, tensor);
          expect(because).not.toBe('');
          if (of !== undefined) expect(tensors.has(of)).toBe(true);
        }
      }),
    );
  });

  it('may have a variable whose full name begins with an underscore, or is one', () => {
    const tensors = tensorsOf(graphOf({ a: null, b: null }));
    const variable = (checkpointKey: string): ObjectNode => {
      const attributes = [{ name: 'VARIABLE_VALUE', fullName: '_', checkpointKey }];
      return { children: [], attributes, slotVariables: [] };
    };
    const lists = ['_trainable_variables', '_variables'].map((localName, i) => ({ nodeId: 2 + i, localName }));
    const list = (nodeId: number): ObjectNode => ({
      children: [{ nodeId, localName: '0' }],
      attributes: [],
      slotVariables: [],
    });
    const root = { children: lists, attributes: [], slotVariables: [] };
    const nodes = [root, variable(`a${VALUE}`), list(1), list(4), variable(`b${VALUE}`)];
    expect(() => roleByGraph({ nodes }, tensors)).not.toThrow();
  });
});
