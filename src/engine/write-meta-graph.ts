/**
 * The `.meta` of a checkpoint: a MetaGraphDef with the variables of a graph, their initial values, and the operations that save and
 * restore them, so that `tf.compat.v1.train.import_meta_graph` needs no code of the model.
 * Source: tensorflow/core/protobuf/{meta_graph,saver}.proto, tensorflow/core/framework/{graph,variable}.proto.
 */

import type { ByteSource } from '../bytes/source.ts';
import { UsageError } from '../errors.ts';
import { writeFileAtOnce } from '../io/write-file.ts';
import { writeNode } from '../meta-graph/encode-node.ts';
import { MessageWriter } from '../proto/message-writer.ts';
import { dtypeOf } from '../tensor/dtype.ts';
import type { Shape } from '../tensor/shape.ts';
import { describedValues } from './described-values.ts';
import { formatDevice, parseDevice } from './device-spec.ts';
import type { Graph } from './graph.ts';
import { GraphKeys } from './graph-keys.ts';
import type { Described } from './initial-value.ts';
import { freeScope, type SavedNode, SaveNodes } from './save-nodes.ts';
import { isSaveable, type Saveable, type SaveSlice } from './saveable.ts';
import type { SavedVariable } from './saved-variables.ts';
import { opName, VariableNodes } from './variable-nodes.ts';

export interface MetaGraphOptions {
  readonly maxToKeep: number;
  readonly keepEverySeconds: number;
  readonly sharded?: boolean | undefined;
  readonly writeVersion?: 'v1' | 'v2' | undefined;
  readonly reshape?: boolean | undefined;
  readonly filename?: string | undefined;
}

/** `TF_GRAPH_DEF_VERSION` of TensorFlow 2.21. */
const PRODUCER = 2474;
/** Collections whose variables stand as VariableDef; those of any other stand by name. */
const OF_VARIABLES: ReadonlySet<string> = new Set([
  GraphKeys.GLOBAL_VARIABLES,
  GraphKeys.TRAINABLE_VARIABLES,
  GraphKeys.LOCAL_VARIABLES,
  GraphKeys.MODEL_VARIABLES,
  GraphKeys.MOVING_AVERAGE_VARIABLES,
  GraphKeys.METRIC_VARIABLES,
  GraphKeys.GLOBAL_STEP,
]);

class MetaGraph {
  readonly #graph: MessageWriter;
  readonly #nodes: VariableNodes;

  constructor(variables: ReadonlySet<Saveable>) {
    let bytes = 1 << 12;
    for (const { name } of variables) bytes += BYTES_A_VARIABLE + NAMES_A_VARIABLE * name.length;
    this.#graph = new MessageWriter(bytes);
    this.#nodes = new VariableNodes(this.#graph, variables);
  }

  addVariables(variables: readonly Saveable[]): void {
    const described = describedValues(variables);
    for (const [i, variable] of variables.entries()) this.#nodes.add(variable, described[i] as Described);
  }

  addSaver(variables: readonly SavedVariable[], scope: string, options: MetaGraphOptions): SaveNodes {
    const { sharded = false, writeVersion: version = 'v2', reshape = false, filename = 'model' } = options;
    const devices = new Map<string, string>();
    const saved = variables.flatMap((each) => savedNodes(each, this.#nodes, devices));
    const nodes = new SaveNodes(scope, saved, { sharded, version, reshape, filename });
    for (const node of nodes.nodes) writeNode(this.#graph, node);
    return nodes;
  }

  /** A collection, field 4 of the whole; nothing for one that holds what a graph cannot. */
  writeCollection(whole: MessageWriter, key: string, values: readonly unknown[]): void {
    const write = this.#listOf(key, values);
    if (write !== undefined) whole.message(4, (entry) => entry.text(1, key).message(2, write));
  }

  #listOf(key: string, values: readonly unknown[]): ((collection: MessageWriter) => void) | undefined {
    const variables = values.filter((value): value is Saveable => isSaveable(value) && this.#nodes.has(value));
    if (variables.length === values.length && values.length > 0) {
      if (!OF_VARIABLES.has(key))
        return (collection) =>
          collection.message(1, (list) => {
            for (const v of variables) list.text(1, `${opName(v)}:0`);
          });
      return (collection) =>
        collection.message(2, (list) => {
          for (const v of variables) this.#nodes.define(list, v);
        });
    }
    if (values.every((value) => typeof value === 'string'))
      return (collection) =>
        collection.message(2, (list) => {
          for (const text of values) list.text(1, text);
        });
    if (values.every((value) => typeof value === 'bigint' || Number.isInteger(value)))
      return (collection) => collection.message(3, (list) => list.packedInts(1, values as number[]));
    if (values.every((value) => typeof value === 'number'))
      return (collection) => collection.message(4, (list) => list.packedFloats(1, values as number[]));
    return undefined;
  }

  /** The graph, field 2 of the whole: what stands before it, and itself. */
  finish(): (Uint8Array | ByteSource)[] {
    this.#graph.message(4, (versions) => versions.int(1, PRODUCER));
    const pieces = [this.#graph.view(), ...this.#nodes.large];
    return [new MessageWriter(16).delimited(2, lengthOf(pieces)).toBytes(), ...pieces];
  }
}

function lengthOf(pieces: readonly (Uint8Array | ByteSource)[]): number {
  return pieces.reduce((sum, { byteLength }) => sum + byteLength, 0);
}

/** What the saver's operations know of a variable, or of each part of one; `devices` holds how each is spelled. */
function savedNodes(
  { name, variables }: SavedVariable,
  nodes: VariableNodes,
  devices: Map<string, string>,
): SavedNode[] {
  return variables.map((variable) => {
    const { saveSlice, shape } = variable;
    const { name: handle, read } = nodes.of(variable) ?? { name: opName(variable), read: '' };
    let device = devices.get(variable.device);
    if (device === undefined) {
      device = formatDevice(parseDevice(variable.device));
      devices.set(variable.device, device);
    }
    return {
      name,
      slice: saveSlice === undefined ? '' : spelled(saveSlice, shape),
      handle,
      read,
      dtype: dtypeOf(variable.dtype).number,
      shape,
      device,
    };
  });
}

/** A part of a whole as TensorFlow spells it. */
function spelled({ fullShape, start }: SaveSlice, shape: Shape): string {
  return `${fullShape.join(' ')} ${shape.map((length, axis) => `${start[axis] ?? 0},${length}`).join(':')}`;
}

/** Every variable of a graph, and those that are saved besides. */
function variablesOf(graph: Graph, saved: readonly SavedVariable[]): Set<Saveable> {
  return new Set([...(graph.variables as unknown as Saveable[]), ...saved.flatMap(({ variables }) => variables)]);
}

/** The collections of a graph; variables of no graph, which are saved all the same, count as global ones. */
function collectionsOf(graph: Graph, variables: ReadonlySet<Saveable>): Map<string, readonly unknown[]> {
  const known = new Set<unknown>(graph.variables);
  const foreign = [...variables].filter((variable) => !known.has(variable));
  const collections = new Map<string, readonly unknown[]>(
    graph.collections.keys().map((key) => [key, graph.collections.get(key)]),
  );
  if (foreign.length === 0) return collections;
  const add = (key: string, more: readonly Saveable[]): unknown =>
    collections.set(key, [...(collections.get(key) ?? []), ...more]);
  add(GraphKeys.GLOBAL_VARIABLES, foreign);
  add(
    GraphKeys.TRAINABLE_VARIABLES,
    foreign.filter(({ trainable }) => trainable),
  );
  return collections;
}

/** A graph and a saver as a MetaGraphDef, in pieces that follow one another. */
export function encodeMetaGraph(
  graph: Graph,
  saved: readonly SavedVariable[],
  options: MetaGraphOptions,
): (Uint8Array | ByteSource)[] {
  const variables = variablesOf(graph, saved);
  const meta = new MetaGraph(variables);
  meta.addVariables([...variables]);
  const saver = meta.addSaver(saved, freeScope(variables), options);
  const rest = new MessageWriter(1 << 12);
  rest.message(3, (def) => {
    def.text(1, `${saver.filename}:0`).text(2, `${saver.saved}:0`).text(3, saver.restored).int(4, options.maxToKeep);
    if (options.sharded === true) def.bool(5, true);
    def.float(6, options.keepEverySeconds / 3600).int(7, options.writeVersion === 'v1' ? 1 : 2);
  });
  for (const [key, values] of collectionsOf(graph, variables)) meta.writeCollection(rest, key, values);
  return [...meta.finish(), rest.view()];
}

/** About what a variable takes in the graph: so many bytes, and so many times its name. */
const BYTES_A_VARIABLE = 512;
const NAMES_A_VARIABLE = 14;

/** The most that TensorFlow reads as one message. */
const MOST_BYTES = 2 ** 31 - 1;

/** Writes the `.meta` at `path`, in the place of an older one, in one atomic step; large values chunk by chunk. */
export function writeMetaGraph(
  path: string,
  graph: Graph,
  saved: readonly SavedVariable[],
  options: MetaGraphOptions,
): void {
  const pieces = encodeMetaGraph(graph, saved, options);
  const byteLength = lengthOf(pieces);
  if (byteLength > MOST_BYTES)
    throw new UsageError(
      `the graph of ${path} takes ${byteLength} bytes, more than TensorFlow reads; save with { writeMetaGraph: false }`,
    );
  writeFileAtOnce(path, ...pieces);
}
