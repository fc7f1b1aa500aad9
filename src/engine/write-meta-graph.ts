/**
 * The `.meta` of a checkpoint: a MetaGraphDef with the variables of a graph, their initial values, and the operations that save and
 * restore them, so that `tf.compat.v1.train.import_meta_graph` needs no code of the model.
 * Source: tensorflow/core/protobuf/{meta_graph,saver}.proto, tensorflow/core/framework/{graph,variable}.proto.
 */
import { UsageError } from '../errors.ts';
import { writeFileAtOnce } from '../io/write-file.ts';
import { writeNode } from '../meta-graph/encode-node.ts';
import { MessageWriter } from '../proto/message-writer.ts';
import { dtypeOf } from '../tensor/dtype.ts';
import { formatDevice, parseDevice } from './device-spec.ts';
import type { Graph } from './graph.ts';
import { GraphKeys } from './graph-keys.ts';
import { InitialNodes } from './initial-nodes.ts';
import type { Described } from './initial-value.ts';
import { InitialRun } from './initialization.ts';
import { type SavedNode, SaveNodes } from './save-nodes.ts';
import { isSaveable, type Saveable } from './saveable.ts';
import type { SavedVariable } from './saved-variables.ts';
import { MOST_DESCRIBED_BYTES, Variable } from './variable.ts';

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

/** What can stand in the name of an operation. */
const NOT_IN_NAMES = /[^A-Za-z0-9_.\\/>-]/g;

/** The name of a variable's operation; that of a foreign one may hold what a graph refuses. */
function opName({ name }: Saveable): string {
  const clean = name.replace(NOT_IN_NAMES, '_');
  return /^[A-Za-z0-9.]/.test(clean) ? clean : `v${clean}`;
}

const byteLengthOf = (variable: Saveable): number =>
  variable.shape.reduce((a, b) => a * b, dtypeOf(variable.dtype).width || 1);

/** How a variable begins; an expression is worked out where its value is small. */
function described(variable: Saveable): Described {
  if (!(variable instanceof Variable)) return { recipe: { kind: 'fill', value: variable.dtype === 'string' ? '' : 0 } };
  const known = variable.describeInitialValue();
  const { recipe, tensor } = known;
  if (tensor !== undefined) return tensor.byteLength <= MOST_DESCRIBED_BYTES ? known : { recipe };
  if (recipe.kind !== 'computed' && recipe.kind !== 'value') return known;
  if (byteLengthOf(variable) > MOST_DESCRIBED_BYTES) return known;
  try {
    return { recipe, tensor: new InitialRun([variable]).make(variable).tensor };
  } catch {
    // A value that cannot be made is one that this variable never began with: it was assigned or restored.
    return known;
  }
}

class MetaGraph {
  readonly #graph = new MessageWriter(1 << 16);
  readonly #definitions = new Map<Saveable, Uint8Array>();

  addVariable(variable: Saveable): void {
    const name = opName(variable);
    const dtype = dtypeOf(variable.dtype);
    const { device } = variable;
    const shape = variable.validatesShape === false ? undefined : variable.shape;
    const type = { type: dtype.number };
    const initial = InitialNodes.of(`${name}/Initializer/`, dtype, variable.shape, described(variable));
    for (const node of initial) writeNode(this.#graph, node);
    const value = initial.at(-1)?.name ?? '';
    const attributes = { dtype: type, shape: { shape }, shared_name: { text: name }, container: { text: '' } };
    writeNode(this.#graph, { name, op: 'VarHandleOp', device, attributes });
    writeNode(this.#graph, {
      name: `${name}/IsInitialized/VarIsInitializedOp`,
      op: 'VarIsInitializedOp',
      inputs: [name],
      device,
    });
    writeNode(this.#graph, {
      name: `${name}/Assign`,
      op: 'AssignVariableOp',
      inputs: [name, value],
      device,
      attributes: { dtype: type, validate_shape: { bool: false } },
    });
    writeNode(this.#graph, {
      name: `${name}/Read/ReadVariableOp`,
      op: 'ReadVariableOp',
      inputs: [name],
      device,
      attributes: { dtype: type },
    });
    this.#definitions.set(variable, definitionOf(name, variable, value));
  }

  has(variable: Saveable): boolean {
    return this.#definitions.has(variable);
  }

  addSaver(variables: readonly SavedVariable[], scope: string, options: MetaGraphOptions): SaveNodes {
    const { sharded = false, writeVersion: version = 'v2', reshape = false, filename = 'model' } = options;
    const nodes = new SaveNodes(scope, variables.flatMap(savedNodes), { sharded, version, reshape, filename });
    for (const node of nodes.nodes) writeNode(this.#graph, node);
    return nodes;
  }

  /** A collection, field 4 of the whole; nothing for one that holds what a graph cannot. */
  writeCollection(whole: MessageWriter, key: string, values: readonly unknown[]): void {
    const write = this.#listOf(key, values);
    if (write !== undefined) whole.message(4, (entry) => entry.text(1, key).message(2, write));
  }

  #listOf(key: string, values: readonly unknown[]): ((collection: MessageWriter) => void) | undefined {
    const variables = values.filter((value): value is Saveable => isSaveable(value) && this.has(value));
    if (variables.length === values.length && values.length > 0) {
      if (!OF_VARIABLES.has(key))
        return (collection) => collection.message(1, (list) => each(variables, (v) => list.text(1, `${opName(v)}:0`)));
      return (collection) =>
        collection.message(2, (list) => each(variables, (v) => list.bytes(1, this.#definitions.get(v) as Uint8Array)));
    }
    if (values.every((value) => typeof value === 'string'))
      return (collection) => collection.message(2, (list) => each(values, (text) => list.text(1, text)));
    if (values.every((value) => typeof value === 'bigint' || Number.isInteger(value)))
      return (collection) => collection.message(3, (list) => list.packedInts(1, values as number[]));
    if (values.every((value) => typeof value === 'number'))
      return (collection) => collection.message(4, (list) => list.packedFloats(1, values as number[]));
    return undefined;
  }

  write(whole: MessageWriter): void {
    this.#graph.message(4, (versions) => versions.int(1, PRODUCER));
    whole.bytes(2, this.#graph.view());
  }
}

function each<T>(values: readonly T[], act: (value: T) => void): void {
  for (const value of values) act(value);
}

/** A VariableDef: by which operations a variable is known. */
function definitionOf(name: string, { trainable, saveSlice, shape }: Saveable, initialValue: string): Uint8Array {
  const writer = new MessageWriter();
  writer.text(1, `${name}:0`).text(2, `${name}/Assign`).text(3, `${name}/Read/ReadVariableOp:0`);
  if (saveSlice !== undefined) {
    writer.message(4, (slice) => {
      slice
        .text(1, saveSlice.fullName)
        .packedInts(2, saveSlice.fullShape)
        .packedInts(3, saveSlice.start)
        .packedInts(4, shape);
    });
  }
  writer.bool(5, true).text(6, `${initialValue}:0`);
  if (trainable) writer.bool(7, true);
  return writer.toBytes();
}

/** What the saver's operations know of a variable, or of each part of one. */
function savedNodes({ name, variables }: SavedVariable): SavedNode[] {
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
      read: `${handle}/Read/ReadVariableOp`,
      dtype: dtypeOf(variable.dtype).number,
      shape,
      device,
    };
  });
}

/** `save/`, or `save_1/` where a variable is called so. */
function freeScope(variables: Iterable<Saveable>): string {
  const taken = new Set([...variables].map(({ name }) => name.split('/')[0]));
  let scope = 'save';
  for (let i = 1; taken.has(scope); i++) scope = `save_${i}`;
  return `${scope}/`;
}

/** Every variable of a graph, and those that are saved besides. */
function variablesOf(graph: Graph, saved: readonly SavedVariable[]): Set<Saveable> {
  return new Set([...(graph.variables as unknown as Saveable[]), ...saved.flatMap(({ variables }) => variables)]);
}

/** A graph and a saver as a MetaGraphDef. */
export function encodeMetaGraph(graph: Graph, saved: readonly SavedVariable[], options: MetaGraphOptions): Uint8Array {
  const meta = new MetaGraph();
  const variables = variablesOf(graph, saved);
  for (const variable of variables) meta.addVariable(variable);
  const saver = meta.addSaver(saved, freeScope(variables), options);
  const whole = new MessageWriter(1 << 16);
  meta.write(whole);
  whole.message(3, (def) => {
    def.text(1, `${saver.filename}:0`).text(2, `${saver.saved}:0`).text(3, saver.restored).int(4, options.maxToKeep);
    if (options.sharded === true) def.bool(5, true);
    def.float(6, options.keepEverySeconds / 3600).int(7, options.writeVersion === 'v1' ? 1 : 2);
  });
  const foreign = [...variables].filter((variable) => !(graph.variables as readonly unknown[]).includes(variable));
  for (const key of new Set([
    ...graph.collections.keys(),
    ...(foreign.length > 0 ? [GraphKeys.GLOBAL_VARIABLES, GraphKeys.TRAINABLE_VARIABLES] : []),
  ])) {
    const more =
      key === GraphKeys.GLOBAL_VARIABLES
        ? foreign
        : key === GraphKeys.TRAINABLE_VARIABLES
          ? foreign.filter(({ trainable }) => trainable)
          : [];
    meta.writeCollection(whole, key, [...graph.collections.get(key), ...more]);
  }
  return whole.toBytes();
}

/** The most that TensorFlow reads as one message. */
const MOST_BYTES = 2 ** 31 - 1;

/** Writes the `.meta` at `path`, in the place of an older one, in one atomic step. */
export function writeMetaGraph(
  path: string,
  graph: Graph,
  saved: readonly SavedVariable[],
  options: MetaGraphOptions,
): void {
  const bytes = encodeMetaGraph(graph, saved, options);
  if (bytes.length > MOST_BYTES)
    throw new UsageError(
      `the graph of ${path} takes ${bytes.length} bytes, more than TensorFlow reads; save with { writeMetaGraph: false }`,
    );
  writeFileAtOnce(path, bytes);
}
