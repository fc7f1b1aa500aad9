/**
 * The `.meta` of a checkpoint: a MetaGraphDef with the variables of a graph, their initial values, and the operations that save and
 * restore them, so that `tf.compat.v1.train.import_meta_graph` needs no code of the model.
 * Source: tensorflow/core/protobuf/{meta_graph,saver}.proto, tensorflow/core/framework/{graph,variable}.proto.
 */

import type { ByteSource } from '../bytes/source.ts';
import { UsageError } from '../errors.ts';
import { writeFileAtOnce } from '../io/write-file.ts';
import { constantHead, writeNode } from '../meta-graph/encode-node.ts';
import { MessageWriter } from '../proto/message-writer.ts';
import { dtypeOf } from '../tensor/dtype.ts';
import { describedValues } from './described-values.ts';
import { formatDevice, parseDevice } from './device-spec.ts';
import type { Graph } from './graph.ts';
import { GraphKeys } from './graph-keys.ts';
import { InitialNodes } from './initial-nodes.ts';
import type { Described } from './initial-value.ts';
import { freeScope, type SavedNode, SaveNodes } from './save-nodes.ts';
import { isSaveable, type Saveable } from './saveable.ts';
import type { SavedVariable } from './saved-variables.ts';

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

/** Content of constants that is copied; the rest is written from where it lies. */
const MOST_COPIED_BYTES = 4096;

/** What can stand in the name of an operation. */
const NOT_IN_NAMES = /[^A-Za-z0-9_.\\/>-]/g;

/** The name of a variable's operation; that of a foreign one may hold what a graph refuses. */
function opName({ name }: Saveable): string {
  const clean = name.replace(NOT_IN_NAMES, '_');
  return /^[A-Za-z0-9.]/.test(clean) ? clean : `v${clean}`;
}

/** The operations of a variable: that holds it, that give it its initial value, and that reads it. */
interface Operations {
  readonly name: string;
  readonly assign: string;
  readonly read: string;
  readonly value: string;
}

class MetaGraph {
  readonly #graph: MessageWriter;
  readonly #operations = new Map<Saveable, Operations>();

  /** Nodes of larger constants: what stands before the content of each, and its content. */
  readonly #large: (Uint8Array | ByteSource)[] = [];
  /** Names of variables and of what is above them: no operation takes one of these. */
  readonly #taken = new Set<string>();

  constructor(variables: Iterable<Saveable>) {
    let bytes = 1 << 12;
    for (const variable of variables) {
      bytes += BYTES_A_VARIABLE + NAMES_A_VARIABLE * variable.name.length;
      for (let at = opName(variable); at !== ''; at = at.slice(0, Math.max(0, at.lastIndexOf('/')))) {
        if (this.#taken.has(at)) break;
        this.#taken.add(at);
      }
    }
    this.#graph = new MessageWriter(bytes);
  }

  /** A name for an operation of a variable, another than that of any variable. */
  #free(wanted: string): string {
    let name = wanted;
    for (let i = 1; this.#taken.has(name); i++) name = `${wanted}_${i}`;
    return name;
  }

  addVariables(variables: readonly Saveable[]): void {
    const described = describedValues(variables);
    for (const [i, variable] of variables.entries()) this.#addVariable(variable, described[i] as Described);
  }

  /** The nodes of an initial value; gives the name of the last one. */
  #addInitial(variable: Saveable, described: Described): string {
    const dtype = dtypeOf(variable.dtype);
    const scope = `${this.#free(`${opName(variable)}/Initializer`)}/`;
    const { tensor } = described;
    if (tensor !== undefined && dtype.width > 0 && tensor.byteLength > MOST_COPIED_BYTES) {
      const name = `${scope}initial_value`;
      this.#large.push(constantHead(name, dtype.number, variable.shape, tensor.source.byteLength), tensor.source);
      return name;
    }
    const initialOf = (operand: unknown): string => this.#operations.get(operand as Saveable)?.value ?? '';
    const nodes = InitialNodes.of(scope, dtype, variable.shape, described, initialOf);
    for (const node of nodes) writeNode(this.#graph, node);
    return nodes.at(-1)?.name ?? '';
  }

  #addVariable(variable: Saveable, described: Described): void {
    const name = opName(variable);
    const dtype = dtypeOf(variable.dtype);
    const { device } = variable;
    const shape = variable.validatesShape === false ? undefined : variable.shape;
    const type = { type: dtype.number };
    const value = this.#addInitial(variable, described);
    const [assign, read] = [this.#free(`${name}/Assign`), `${this.#free(`${name}/Read`)}/ReadVariableOp`];
    const attributes = { dtype: type, shape: { shape }, shared_name: { text: name } };
    writeNode(this.#graph, { name, op: 'VarHandleOp', device, attributes });
    const ofType = { dtype: type };
    writeNode(this.#graph, { name: assign, op: 'AssignVariableOp', inputs: [name, value], device, attributes: ofType });
    writeNode(this.#graph, { name: read, op: 'ReadVariableOp', inputs: [name], device, attributes: ofType });
    this.#operations.set(variable, { name, assign, read, value });
  }

  has(variable: Saveable): boolean {
    return this.#operations.has(variable);
  }

  addSaver(variables: readonly SavedVariable[], scope: string, options: MetaGraphOptions): SaveNodes {
    const { sharded = false, writeVersion: version = 'v2', reshape = false, filename = 'model' } = options;
    const saved = variables.flatMap((each) =>
      savedNodes(each, (variable) => this.#operations.get(variable)?.read ?? ''),
    );
    const nodes = new SaveNodes(scope, saved, { sharded, version, reshape, filename });
    for (const node of nodes.nodes) writeNode(this.#graph, node);
    return nodes;
  }

  /** A collection, field 4 of the whole; nothing for one that holds what a graph cannot. */
  writeCollection(whole: MessageWriter, key: string, values: readonly unknown[]): void {
    const write = this.#listOf(key, values);
    if (write !== undefined) whole.message(4, (entry) => entry.text(1, key).message(2, write));
  }

  #define(writer: MessageWriter, variable: Saveable): void {
    writeDefinition(writer, this.#operations.get(variable) as Operations, variable);
  }

  #listOf(key: string, values: readonly unknown[]): ((collection: MessageWriter) => void) | undefined {
    const variables = values.filter((value): value is Saveable => isSaveable(value) && this.has(value));
    if (variables.length === values.length && values.length > 0) {
      if (!OF_VARIABLES.has(key))
        return (collection) =>
          collection.message(1, (list) => {
            for (const v of variables) list.text(1, `${opName(v)}:0`);
          });
      return (collection) =>
        collection.message(2, (list) => {
          for (const v of variables) list.message(1, (definition) => this.#define(definition, v));
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
    const pieces = [this.#graph.view(), ...this.#large];
    return [new MessageWriter(16).delimited(2, lengthOf(pieces)).toBytes(), ...pieces];
  }
}

function lengthOf(pieces: readonly (Uint8Array | ByteSource)[]): number {
  return pieces.reduce((sum, { byteLength }) => sum + byteLength, 0);
}

/** A VariableDef: by which operations a variable is known. */
function writeDefinition(
  writer: MessageWriter,
  operations: Operations,
  { trainable, saveSlice, shape }: Saveable,
): void {
  const { name, assign, read, value } = operations;
  writer.text(1, `${name}:0`).text(2, assign).text(3, `${read}:0`);
  if (saveSlice !== undefined) {
    writer.message(4, (slice) => {
      slice
        .text(1, saveSlice.fullName)
        .packedInts(2, saveSlice.fullShape)
        .packedInts(3, saveSlice.start)
        .packedInts(4, shape);
    });
  }
  writer.bool(5, true).text(6, `${value}:0`);
  if (trainable) writer.bool(7, true);
}

/** What the saver's operations know of a variable, or of each part of one. */
function savedNodes({ name, variables }: SavedVariable, readOf: (variable: Saveable) => string): SavedNode[] {
  return variables.map((variable) => {
    const { saveSlice, shape } = variable;
    const spans = shape.map((length, axis) => `${saveSlice?.start[axis] ?? 0},${length}`);
    const slice = saveSlice === undefined ? '' : `${saveSlice.fullShape.join(' ')} ${spans.join(':')}`;
    const handle = opName(variable);
    const device = formatDevice(parseDevice(variable.device));
    return {
      name,
      slice,
      handle,
      read: readOf(variable),
      dtype: dtypeOf(variable.dtype).number,
      shape,
      device,
    };
  });
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
