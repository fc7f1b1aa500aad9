/** The truths of fixtures/optimizers: what programs know of the variables that they save beside an optimizer. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { GraphFacts } from '../../src/meta-graph/graph-facts.ts';
import { decodeObjectGraph, OBJECT_GRAPH_KEY } from '../../src/object-graph/object-graph.ts';
import type { Role, Trainable } from '../../src/roles/role.ts';
import { dtypeOf } from '../../src/tensor/dtype.ts';
import { elementCount } from '../../src/tensor/shape.ts';
import { type Tensor, type TensorMap, tensorOfBytes, tensorOfStrings } from '../../src/tensor/tensor.ts';
import { REPOSITORY } from '../fixtures.ts';

export interface Truth {
  readonly role: Role | '?';
  readonly trainable: Trainable;
  readonly of?: string;
}

interface StoredCase {
  readonly tensors: Readonly<Record<string, Truth & { readonly dtype: string; readonly shape: readonly number[] }>>;
  /** A serialized object graph, in base64. */
  readonly graph?: string;
  /** The collections of TF1 that each variable is in. */
  readonly collections?: Readonly<Record<string, readonly string[]>>;
}

/** The same variables with all that tells of them, and with less. */
export interface OptimizerCase {
  readonly name: string;
  readonly setting: 'object graph' | 'keys alone' | 'meta' | 'names alone';
  readonly tensors: TensorMap;
  readonly truth: ReadonlyMap<string, Truth>;
  readonly facts?: GraphFacts;
}

function mapOf({ tensors }: StoredCase, nameOf: (key: string) => string = (key) => key): Map<string, Tensor> {
  const map = new Map<string, Tensor>();
  for (const [key, { dtype, shape }] of Object.entries(tensors)) {
    const type = dtypeOf(dtype);
    const empty = Array.from({ length: elementCount(shape) }, () => new Uint8Array(0));
    const tensor =
      type.width === 0
        ? tensorOfStrings(type, shape, empty)
        : tensorOfBytes(type, shape, new Uint8Array(elementCount(shape) * type.width));
    map.set(nameOf(key), tensor);
  }
  return new Map([...map].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function factsOf(collections: NonNullable<StoredCase['collections']>): GraphFacts {
  const variables = Object.entries(collections).map(([key, names]) => {
    const trainable = names.includes('trainable_variables');
    return [key, { key, variableName: key, trainable, collections: names }] as const;
  });
  return { kind: 'meta', path: 'model.ckpt.meta', tags: [], notes: [], variables: new Map(variables) };
}

/** The case under full names; undefined where a variable has none of its own. */
function byFullName(stored: StoredCase, bytes: Uint8Array): Pick<OptimizerCase, 'tensors' | 'truth'> | undefined {
  const names = new Map<string, string>();
  for (const { attributes } of decodeObjectGraph(bytes).nodes) {
    for (const { checkpointKey, fullName } of attributes) if (fullName !== '') names.set(checkpointKey, fullName);
  }
  const keys = Object.keys(stored.tensors);
  if (new Set(keys.map((key) => names.get(key))).size < keys.length) return undefined;
  const nameOf = (key: string): string => names.get(key) ?? key;
  const truth = Object.entries(stored.tensors).map(([key, row]): [string, Truth] => [
    nameOf(key),
    row.of === undefined ? row : { ...row, of: nameOf(row.of) },
  ]);
  return { tensors: mapOf(stored, nameOf), truth: new Map(truth) };
}

function settingsOf(name: string, stored: StoredCase): OptimizerCase[] {
  const truth = new Map(Object.entries(stored.tensors));
  const tensors = mapOf(stored);
  if (stored.graph === undefined) {
    const named = { name, setting: 'names alone', tensors, truth } as const;
    return [named, { ...named, setting: 'meta', facts: factsOf(stored.collections ?? {}) }];
  }
  const bytes = Buffer.from(stored.graph, 'base64');
  const graph = tensorOfStrings(dtypeOf('string'), [], [bytes]);
  const cases: OptimizerCase[] = [
    { name, setting: 'object graph', tensors: new Map([[OBJECT_GRAPH_KEY, graph], ...tensors]), truth },
    { name, setting: 'keys alone', tensors, truth },
  ];
  const named = byFullName(stored, bytes);
  return named === undefined ? cases : [...cases, { name, setting: 'names alone', ...named }];
}

/** Every case in each setting, by family. */
export function optimizerCases(): Map<string, OptimizerCase[]> {
  const folder = join(REPOSITORY, 'fixtures', 'optimizers');
  const families = new Map<string, OptimizerCase[]>();
  for (const file of readdirSync(folder)) {
    const cases = JSON.parse(gunzipSync(readFileSync(join(folder, file))).toString()) as Record<string, StoredCase>;
    const all = Object.entries(cases).flatMap(([name, stored]) => settingsOf(name, stored));
    families.set(file.replace('.json.gz', ''), all);
  }
  return families;
}
