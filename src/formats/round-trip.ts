/**
 * What another format cannot hold of a checkpoint, as a record beside its tensors, so that the way back is exact: the parts of
 * partitioned variables, dtypes that lie there as plain numbers of the same bits, the object graph of TF2, and texts beside the
 * tensors where the format has no other place for them. JSON under the name {@link RECORD_KEY} in the metadata of a file:
 * {"partitions": {name: ["0,4:-", ...]}, "dtypes": {name: dtype}, "object_graph": base64, "metadata": {text: text}}.
 */

import { membersOf, parseStrictJson } from '../bytes/strict-json.ts';
import { TextMap } from '../bytes/text-map.ts';
import { CkptError, CorruptError } from '../errors.ts';
import { DerivedMap } from '../tensor/derived-map.ts';
import { type DType, dtypeOf } from '../tensor/dtype.ts';
import { inParts } from '../tensor/in-parts.ts';
import { readStrings } from '../tensor/strings.ts';
import type { Tensor, TensorMap } from '../tensor/tensor.ts';
import { type Extent, formatTensorSlice, type TensorSlice } from '../tensor/tensor-slice.ts';
import { OBJECT_GRAPH_KEY } from './recorded-graph.ts';

/** What the record is called in the metadata of a file. */
export const RECORD_KEY = 'ckpt';

/** A larger graph stays behind: it would make every listing of the file slow. */
const MOST_GRAPH_BYTES = 4 << 20;

export interface RoundTrip {
  readonly partitions: ReadonlyMap<string, readonly TensorSlice[]>;
  readonly dtypes: ReadonlyMap<string, DType>;
  /** The object graph's bytes. */
  readonly objectGraph: Uint8Array | undefined;
  /** Texts beside the tensors; undefined for none. */
  readonly metadata: ReadonlyMap<string, string> | undefined;
}

/** Whether a tensor is the object graph, which no other format holds. */
export function isObjectGraph(name: string, { dtype, shape }: Tensor): boolean {
  return name === OBJECT_GRAPH_KEY && dtype.kind === 'string' && shape.length === 0;
}

/** Whether the object graph of a map is small enough for a record. */
export function keepsGraph(tensors: TensorMap): boolean {
  return (tensors.get(OBJECT_GRAPH_KEY)?.byteLength ?? 0) <= MOST_GRAPH_BYTES;
}

function graphBytes(tensors: TensorMap): Uint8Array | undefined {
  const tensor = tensors.get(OBJECT_GRAPH_KEY);
  if (tensor === undefined || !isObjectGraph(OBJECT_GRAPH_KEY, tensor)) return undefined;
  if (tensor.byteLength > MOST_GRAPH_BYTES) return undefined;
  try {
    return readStrings(tensor.source, 1)[0];
  } catch (error) {
    if (error instanceof CkptError) return undefined;
    throw error;
  }
}

function base64(bytes: Uint8Array): string {
  let binary = '';
  for (let at = 0; at < bytes.length; at += 8192) binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(binary);
}

/**
 * The record of a map as text; undefined where nothing is lost. `isKept` says whether a tensor's dtype is in the file itself,
 * `metadata` are texts that have no other place in it.
 */
export function recordOf(
  tensors: TensorMap,
  isKept: (tensor: Tensor) => boolean,
  metadata: ReadonlyMap<string, string> = new Map(),
): string | undefined {
  const partitions: [string, string[]][] = [];
  const dtypes: [string, string][] = [];
  for (const [name, tensor] of tensors) {
    const { parts, dtype } = tensor;
    if (parts !== undefined) partitions.push([name, parts.map(({ slice }) => formatTensorSlice(slice))]);
    if (!isKept(tensor) && !isObjectGraph(name, tensor)) dtypes.push([name, dtype.name]);
  }
  const graph = graphBytes(tensors);
  const texts = [...metadata].filter(([key]) => key !== RECORD_KEY);
  if (partitions.length + dtypes.length + texts.length === 0 && graph === undefined) return undefined;
  return JSON.stringify({
    ...(partitions.length > 0 && { partitions: Object.fromEntries(partitions) }),
    ...(dtypes.length > 0 && { dtypes: Object.fromEntries(dtypes) }),
    ...(graph !== undefined && { object_graph: base64(graph) }),
    ...(texts.length > 0 && { metadata: Object.fromEntries(texts) }),
  });
}

/** Reads a record; undefined for a text that is none, which another program may have left under the same name. */
export function parseRecord(text: string | undefined): RoundTrip | undefined {
  if (text === undefined) return undefined;
  try {
    const members = new TextMap(membersOf(parseStrictJson(text, RECORD_KEY), RECORD_KEY));
    const [partitions, dtypes] = ['partitions', 'dtypes'].map((key) => membersOf(members.get(key) ?? {}, key));
    const graph = members.get('object_graph');
    const texts = membersOf(members.get('metadata') ?? {}, 'metadata').filter(([, text]) => typeof text === 'string');
    return {
      partitions: new TextMap(partitions?.map(([name, slices]) => [name, (slices as string[]).map(parseSlice)])),
      dtypes: new TextMap(dtypes?.map(([name, dtype]) => [name, dtypeOf(dtype as string)])),
      objectGraph: typeof graph === 'string' ? Uint8Array.from(atob(graph), (c) => c.charCodeAt(0)) : undefined,
      metadata: texts.length === 0 ? undefined : new TextMap(texts as [string, string][]),
    };
  } catch {
    return undefined;
  }
}

function parseSlice(text: string): TensorSlice {
  if (text === '') return [];
  return text.split(':').map((axis): Extent => {
    const match = /^(?:-|(\d+),(\d+))$/.exec(axis);
    if (match === null) throw new CorruptError(`${text} is no slice`, { where: RECORD_KEY });
    return match[1] === undefined
      ? { start: 0, length: undefined }
      : { start: Number(match[1]), length: Number(match[2]) };
  });
}

/** A tensor as the record says that it was: of the dtype it had, in the parts it had. What does not fit is left as it is. */
export function restored(name: string, tensor: Tensor, { partitions, dtypes }: RoundTrip): Tensor {
  const dtype = dtypes.get(name);
  const same = dtype === undefined || dtype.width !== tensor.dtype.width ? tensor : { ...tensor, dtype };
  const slices = partitions.get(name);
  if (slices === undefined) return same;
  try {
    return inParts(name, same, slices);
  } catch (error) {
    if (error instanceof CkptError) return same;
    throw error;
  }
}

/** A map of tensors in one piece each, as formats want them that know no parts; the object graph stays behind. */
export class WholeTensors extends DerivedMap {
  constructor(
    readonly tensors: TensorMap,
    /** What a tensor is in the format. */
    readonly encode: (name: string, tensor: Tensor) => Tensor,
  ) {
    super();
  }

  override *entries(): MapIterator<[string, Tensor]> {
    for (const [name, tensor] of this.tensors) {
      if (!isObjectGraph(name, tensor)) yield [name, this.#whole(name, tensor)];
    }
  }

  override get(name: string): Tensor | undefined {
    const tensor = this.tensors.get(name);
    return tensor === undefined || isObjectGraph(name, tensor) ? undefined : this.#whole(name, tensor);
  }

  #whole(name: string, tensor: Tensor): Tensor {
    if (tensor.problem !== undefined || tensor.parts === undefined) return this.encode(name, tensor);
    const { dtype, shape, byteLength } = tensor;
    return this.encode(name, {
      dtype,
      shape,
      byteLength,
      get source() {
        return tensor.source;
      },
    });
  }
}
