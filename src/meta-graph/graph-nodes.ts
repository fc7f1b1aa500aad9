/**
 * The nodes of a TF1 graph that lead from what was saved to the variables: variables, what reads them, and save operations.
 * All others, and above all the constants with their values, are passed over.
 */

import { decodeText } from '../bytes/text.ts';
import { TextMap, TextSet } from '../bytes/text-map.ts';
import { readVarint } from '../bytes/varint.ts';
import type { EncodedMessage } from '../proto/encoded-message.ts';
import type { MessageOf } from '../proto/message-type.ts';
import { WordTable } from '../proto/word-table.ts';
import { anyGraph, type GraphLimit } from './graph-limit.ts';
import {
  GRAPH,
  NODE,
  NODE_ATTRIBUTES,
  NODE_NAME,
  NODE_OP,
  type SHAPE,
  type TENSOR,
  valueDType,
} from './meta-graph-types.ts';

/** `Variable` is the oldest; its shape is unknown where it is empty. */
const VARIABLE_OPS: ReadonlySet<string> = new Set(['Variable', 'VariableV2', 'AutoReloadVariable', 'VarHandleOp']);
export const RESOURCE_OP = 'VarHandleOp';
/** Their first input comes out unchanged. */
const READING_OPS: ReadonlySet<string> = new Set(['Identity', 'RefIdentity', 'ReadVariableOp', 'Snapshot']);
/** Where the names and the first tensor stand among the inputs; SaveV2 and SaveSlices have slices between them. */
export const SAVE_OPS: ReadonlyMap<string, { readonly slices: number | undefined; readonly tensors: number }> = new Map(
  [
    ['SaveV2', { slices: 2, tensors: 3 }],
    ['SaveSlices', { slices: 2, tensors: 3 }],
    ['Save', { slices: undefined, tensors: 2 }],
  ],
);
/** They stand between a save operation and the tensor that a saver is known by. */
const AFTER_SAVING: ReadonlySet<string> = new Set([
  'Identity',
  'NoOp',
  'Pack',
  'MergeV2Checkpoints',
  'ShardedFilespec',
]);
/** What a lookup table is saved by. */
const TABLE_OPS: ReadonlySet<string> = new Set(['LookupTableExport', 'LookupTableExportV2']);
const OPS_OF_INTEREST = new WordTable([
  ...VARIABLE_OPS,
  ...SAVE_OPS.keys(),
  ...AFTER_SAVING,
  ...READING_OPS,
  ...TABLE_OPS,
]);

/** The node of a variable; what it is made with is read when somebody asks. */
export class VariableNode {
  #attributes: { readonly dtype: number | undefined; readonly shape: readonly number[] | undefined } | undefined;

  constructor(
    readonly op: string,
    readonly encoded: EncodedMessage,
  ) {}

  /** Throws `CorruptError`. */
  get attributes(): { readonly dtype: number | undefined; readonly shape: readonly number[] | undefined } {
    this.#attributes ??= attributesOf(this.op, this.encoded);
    return this.#attributes;
  }
}

export interface SaveNode {
  readonly op: string;
  readonly inputs: readonly string[];
}

/** A tensor or control input without `^` and `:0`. */
export function operationName(input: string): string {
  return input.startsWith('^') || input.includes(':') ? input.replace(/^\^|:\d+$/g, '') : input;
}

/** The sizes of a shape; undefined where even their number is unknown. */
export function sizesOf(shape: MessageOf<typeof SHAPE.fields> | undefined): readonly number[] | undefined {
  return shape === undefined || shape.unknownRank ? undefined : shape.dim.map(({ size }) => size);
}

function attributesOf(op: string, node: EncodedMessage): VariableNode['attributes'] {
  const { attr } = node.decode(NODE_ATTRIBUTES);
  const attribute = (wanted: string) => attr.find(({ key }) => key === wanted)?.value;
  const dtype = attribute('dtype')?.type ?? 0;
  const shape = sizesOf(attribute('shape')?.shape);
  const isKnown = op !== 'Variable' || (shape !== undefined && shape.length > 0);
  return { dtype: dtype === 0 ? undefined : valueDType(dtype), shape: isKnown ? shape : undefined };
}

/**
 * The strings of a constant: a list of them, or all in one after their lengths. Fewer than the shape has are as good as
 * all: the last is repeated.
 */
function stringsOf(tensor: MessageOf<typeof TENSOR.fields> | undefined): readonly string[] {
  if (tensor === undefined) return [];
  const { tensorContent: bytes, stringVal, tensorShape } = tensor;
  if (bytes.length === 0) return stringVal.map((value) => decodeText(value));
  const cursor = { bytes, at: 0, end: bytes.length };
  const count = sizesOf(tensorShape)?.reduce((product, size) => product * size, 1) ?? 0;
  const lengths: number[] = [];
  while (lengths.length < count) lengths.push(readVarint(cursor));
  return lengths.map((length) => {
    cursor.at += length;
    return decodeText(bytes, cursor.at - length, cursor.at);
  });
}

export class GraphNodes {
  readonly variables = new TextMap<VariableNode>();
  readonly saves = new TextMap<SaveNode>();
  /** Nodes that stand between variables and what saves them; there are many, and mostly nobody asks for one. */
  readonly #between: EncodedMessage[] = [];
  /** Of those nodes: the inputs that count. */
  #inputs: Map<string, readonly string[]> | undefined;
  readonly #tables = new TextSet();
  /** What was found behind nodes on the way to a variable, so that none is passed twice. */
  readonly #behind = new TextMap<string | undefined>();

  constructor(
    readonly graph: EncodedMessage,
    readonly limit: GraphLimit = anyGraph,
  ) {
    graph.find(GRAPH, NODE_OP, OPS_OF_INTEREST, (op, node) => this.#add(op, node));
  }

  #add(op: string, encoded: EncodedMessage): void {
    if (AFTER_SAVING.has(op) || READING_OPS.has(op)) this.#between.push(encoded);
    else if (SAVE_OPS.has(op)) {
      const { name, input } = encoded.decode(NODE);
      this.saves.set(name, { op, inputs: input });
    } else {
      const { name } = encoded.decode(NODE_NAME);
      if (VARIABLE_OPS.has(op)) this.variables.set(name, new VariableNode(op, encoded.kept()));
      else this.#tables.add(name);
    }
    this.limit(this.variables.size + this.saves.size + this.#between.length + this.#tables.size);
  }

  #inputsOf(name: string): readonly string[] {
    if (this.#inputs === undefined) {
      this.#inputs = new Map();
      for (const encoded of this.#between) {
        const node = encoded.decode(NODE);
        this.#inputs.set(node.name, node.input);
      }
    }
    return this.#inputs.get(name) ?? [];
  }

  /** The variable that a tensor is the value of; undefined where it is computed. */
  variableBehind(tensor: string): string | undefined {
    if (this.variables.has(tensor)) return tensor;
    const passed = new TextSet();
    let found: string | undefined;
    for (let name = operationName(tensor); !passed.has(name); ) {
      found = this.variables.has(name) ? name : this.#behind.get(name);
      if (found !== undefined || this.#behind.has(name)) break;
      passed.add(name);
      const [first] = this.#inputsOf(name);
      if (first === undefined || first.startsWith('^')) break;
      name = operationName(first);
    }
    for (const name of passed) this.#behind.set(name, found);
    return found;
  }

  /** Whether a tensor comes from a lookup table, which nothing trains. */
  isTable(tensor: string): boolean {
    return this.#tables.has(operationName(tensor));
  }

  /** The save operations that run before a tensor is there. */
  savesBefore(tensor: string): SaveNode[] {
    const passed = new TextSet();
    const queue = [operationName(tensor)];
    for (const name of queue) {
      if (passed.has(name)) continue;
      passed.add(name);
      const inputs = this.saves.has(name) ? [] : this.#inputsOf(name);
      for (const input of inputs) queue.push(operationName(input));
    }
    return [...this.saves].filter(([name]) => passed.has(name)).map(([, save]) => save);
  }

  /** The elements of the string constants of these names. */
  constants(names: Iterable<string>): Map<string, readonly string[]> {
    const found = new TextMap<readonly string[]>();
    this.graph.find(GRAPH, NODE_NAME, new WordTable(names), (name, node) => {
      if (node.decode(NODE).op !== 'Const') return;
      found.set(name, stringsOf(node.decode(NODE_ATTRIBUTES).attr.find(({ key }) => key === 'value')?.value?.tensor));
    });
    return found;
  }
}
