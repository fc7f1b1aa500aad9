/** Tensors whose bytes are a message: the object graph, the configuration of an object, variants. They print decoded. */

import { decodeObjectGraph, OBJECT_GRAPH_KEY } from '../../graph.ts';
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
import { escapeText } from '../terminal/escape.ts';
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

/** The object graph as plain data for JSON. */
export function graphOf(tensor: Tensor): unknown {
  const { nodes } = decodeObjectGraph(stringOf(tensor));
  return {
    nodes: nodes.map(({ children, attributes, slotVariables }) => ({
      children: children.map(({ nodeId, localName }) => ({ nodeId, localName })),
      attributes: attributes.map(({ name, fullName, checkpointKey }) => ({ name, fullName, checkpointKey })),
      slotVariables: slotVariables.map(({ originalVariableNodeId, slotName, slotVariableNodeId }) => ({
        originalVariableNodeId,
        slotName,
        slotVariableNodeId,
      })),
    })),
  };
}

/** The lines of a message; undefined for a text that should be JSON and is not. Throws for one that cannot be decoded. */
export function messageLines(name: string, tensor: Tensor): Iterable<string> | undefined {
  if (tensor.dtype.kind === 'variant') return allVariantLines(tensor);
  if (name === OBJECT_GRAPH_KEY) return graphLines(decodeObjectGraph(stringOf(tensor)));
  return jsonLines(decodeText(stringOf(tensor)))?.split('\n');
}
