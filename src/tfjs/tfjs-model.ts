/**
 * A LayersModel of TensorFlow.js under the object paths of Keras: those of Keras 2 (`layer_with_weights-0/kernel`), under which
 * its values are stored, and beside them those of Keras 3 (`_operations/1/_kernel`), so that either finds its way.
 * Source: keras/src/engine/functional.py (2.15, `_trackable_children`); object graphs that Keras 3.15 wrote.
 */
import type * as tf from '@tensorflow/tfjs';
import type { Saveable } from '../engine/saveable.ts';
import { type HasTrackedChildren, trackedChildren } from '../engine/trackable.ts';
import { type FromTfjsOptions, TfjsVariable } from './tfjs-variable.ts';

type Layer = tf.layers.Layer;
type Named = readonly (readonly [name: string, child: unknown])[];

/** An object whose children are told. */
export class TrackedNode implements HasTrackedChildren {
  constructor(readonly children: () => Named) {}
  [trackedChildren](): Named {
    return this.children();
  }
}

/** Objects by their place in a list. */
export const listNode = (children: readonly unknown[]): TrackedNode =>
  new TrackedNode(() => children.map((child, i) => [String(i), child] as const));

/** Weights that Keras 3 calls by a private name. */
const PRIVATE = new Set(['kernel', 'embeddings']);
/** What Keras 3 calls weights that Keras 2 and TensorFlow.js call otherwise, by class. */
const RENAMED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  DepthwiseConv2D: { depthwise_kernel: 'kernel' },
};

const isModel = (layer: Layer): layer is tf.LayersModel => 'layers' in layer && Array.isArray(layer.layers);
/** The layers of a wrapper and the cell of a recurrent layer, by the names that Keras gives them. */
function wrapped(layer: Layer): Named {
  const inner = layer as unknown as Record<string, Layer | undefined>;
  const names = [
    ['layer', 'layer'],
    ['cell', 'cell'],
    ['forwardLayer', 'forward_layer'],
    ['backwardLayer', 'backward_layer'],
  ] as const;
  const found = names.filter(([key]) => inner[key]?.getClassName !== undefined);
  return found.map(([key, name]) => [name, layerNode(inner[key] as Layer)] as const);
}

/** Nodes by their layer: a layer that two models share is one object. */
const nodes = new WeakMap<Layer, TrackedNode>();

function layerNode(layer: Layer): TrackedNode {
  let node = nodes.get(layer);
  if (node === undefined) {
    node = new TrackedNode(() => (isModel(layer) ? modelChildren(layer) : layerChildren(layer)));
    nodes.set(layer, node);
  }
  return node;
}

function layerChildren(layer: Layer): Named {
  const inner = wrapped(layer);
  if (inner.length > 0) return inner;
  const { cells } = layer as unknown as { readonly cells?: readonly Layer[] };
  if (cells !== undefined) return [['cells', cellsNode(layer, cells)]];
  const weights = layer.weights.map((weight) => {
    const name = weight.originalName.slice(weight.originalName.lastIndexOf('/') + 1);
    return [name, TfjsVariable.of(variableOf(weight))] as const;
  });
  const renamed = RENAMED[layer.getClassName()] ?? {};
  const aliases = weights.flatMap(([name, variable]) => {
    const other = renamed[name] ?? (PRIVATE.has(name) ? `_${name}` : undefined);
    return other === undefined ? [] : [[other, variable] as const];
  });
  return [...weights, ...aliases];
}

const lists = new WeakMap<Layer, TrackedNode>();

/** The cells of one that is a stack of them. */
function cellsNode(stack: Layer, cells: readonly Layer[]): TrackedNode {
  const node = lists.get(stack) ?? listNode(cells.map(layerNode));
  lists.set(stack, node);
  return node;
}

/** The variable behind a weight of a layer. */
export function variableOf(weight: unknown): tf.Variable {
  return (weight as { readonly val: tf.Variable }).val;
}

const operationsOf = new WeakMap<tf.LayersModel, readonly [operations: TrackedNode, functional: TrackedNode]>();

/** Keras counts the input as a layer; a Sequential of TensorFlow.js does not. */
function modelChildren(model: tf.LayersModel): Named {
  const layers = model.layers.map((layer) => [layer, layerNode(layer)] as const);
  const weighted = layers.filter(([layer]) => layer.weights.length > 0);
  const numbered = (prefix: string, some: typeof layers): Named =>
    some.map(([, node], i) => [`${prefix}${i}`, node] as const);
  const isSequential = model.getClassName() === 'Sequential';
  let kept = operationsOf.get(model);
  if (kept === undefined) {
    const input = model.layers[0]?.getClassName() === 'InputLayer' ? [] : [new TrackedNode(() => [])];
    const operations = listNode([...input, ...layers.map(([, node]) => node)]);
    kept = [operations, new TrackedNode(() => [['_operations', operations]])];
    operationsOf.set(model, kept);
  }
  const [operations, functional] = kept;
  return [
    ...numbered('layer_with_weights-', weighted),
    ...numbered('layer-', layers),
    isSequential ? (['_functional', functional] as const) : (['_operations', operations] as const),
  ];
}

/** A model as a list of its weights, for a Saver, that a Checkpoint takes for Keras' object. */
export class TfjsModel extends Array<Saveable> implements HasTrackedChildren {
  static override readonly [Symbol.species] = Array;
  readonly #children: () => Named;

  constructor(model: tf.LayersModel, options: FromTfjsOptions) {
    super();
    for (const weight of model.weights) {
      const variable = TfjsVariable.of(variableOf(weight), options);
      this.push(variable.trainedIf(() => model.trainableWeights.includes(weight)));
    }
    this.#children = () => modelChildren(model);
  }

  [trackedChildren](): Named {
    return this.#children();
  }
}
