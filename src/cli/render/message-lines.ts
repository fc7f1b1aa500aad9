/** Tensors whose bytes are a message: the object graph, the configuration of an object, variants. They print decoded. */

import { decodeObjectGraph, OBJECT_GRAPH_KEY, type ObjectNode } from '../../graph.ts';
import type { Tensor } from '../../index.ts';
import {
  arrayText,
  arrayValuesOf,
  bytesText,
  decodeText,
  formatShape,
  readStrings,
  type VariantValue,
  variantValues,
} from '../../text.ts';
import { escapeText, jsonText } from '../terminal/escape.ts';
import { graphLines } from './graph-lines.ts';
import { jsonLines } from './json-lines.ts';

function stringOf(tensor: Tensor): Uint8Array {
  return readStrings(tensor.source, 1)[0] as Uint8Array;
}

function* variantLines({ typeName, metadata, tensors }: VariantValue, index: number): Generator<string> {
  const about = metadata.length === 0 ? '' : `, metadata ${bytesText(metadata)}`;
  yield `element ${index}: ${escapeText(typeName)}${about}`;
  for (const tensor of tensors) {
    yield `  ${tensor.dtype.name} ${formatShape(tensor.shape)}`;
    if (tensor.problem !== undefined) continue;
    const text = [...arrayText(arrayValuesOf(tensor), { linewidth: 71 })].join('');
    for (const line of text.split('\n')) yield `    ${line}`;
  }
}

function* allVariantLines(tensor: Tensor): Generator<string> {
  let index = 0;
  for (const value of variantValues(tensor)) yield* variantLines(value, index++);
}

/** Texts are handed on when they have so many characters. */
const PIECE = 1 << 16;
const EMPTY_NODE = '{"children":[],"attributes":[],"slotVariables":[]}';

/** The JSON of a list in pieces. */
function* listJson<T>(items: readonly T[], dataOf: (item: T) => object): Generator<string> {
  let text = '[';
  for (const [i, item] of items.entries()) {
    text += (i === 0 ? '' : ',') + jsonText(dataOf(item));
    if (text.length < PIECE) continue;
    yield text;
    text = '';
  }
  yield `${text}]`;
}

function* nodeJson({ children, attributes, slotVariables }: ObjectNode): Generator<string> {
  if (children.length + attributes.length + slotVariables.length === 0) {
    yield EMPTY_NODE;
    return;
  }
  yield '{"children":';
  yield* listJson(children, ({ nodeId, localName }) => ({ nodeId, localName }));
  yield ',"attributes":';
  yield* listJson(attributes, ({ name, fullName, checkpointKey }) => ({ name, fullName, checkpointKey }));
  yield ',"slotVariables":';
  yield* listJson(slotVariables, ({ originalVariableNodeId, slotName, slotVariableNodeId }) => {
    return { originalVariableNodeId, slotName, slotVariableNodeId };
  });
  yield '}';
}

/** The JSON of the object graph in pieces: there may be millions of objects. Throws at the first for one that cannot be decoded. */
export function* graphJson(tensor: Tensor): Generator<string> {
  const { nodes } = decodeObjectGraph(stringOf(tensor));
  yield '{"nodes":[';
  for (const [id, node] of nodes.entries()) {
    if (id > 0) yield ',';
    yield* nodeJson(node);
  }
  yield ']}';
}

/** The lines of a message; undefined for a text that should be JSON and is not. Throws for one that cannot be decoded. */
export function messageLines(name: string, tensor: Tensor): Iterable<string> | undefined {
  if (tensor.dtype.kind === 'variant') return allVariantLines(tensor);
  if (name === OBJECT_GRAPH_KEY) return graphLines(decodeObjectGraph(stringOf(tensor)));
  return jsonLines(decodeText(stringOf(tensor)))?.split('\n');
}
