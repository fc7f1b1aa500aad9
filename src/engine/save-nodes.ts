/** The operations of a Saver in a graph for Python, under the names that TensorFlow gives them: `save/restore_all`, `save/Const`. */

import type { Node } from '../meta-graph/encode-node.ts';
import { dtypeOf } from '../tensor/dtype.ts';
import type { Shape } from '../tensor/shape.ts';
import { formatDevice, parseDevice } from './device-spec.ts';
import { constantNode, integersNode } from './initial-nodes.ts';

const STRING = dtypeOf('string').number;
const INT32 = dtypeOf('int32');

const NOT_VALIDATED = { bool: false };

/** A variable that is saved: one, or a part of one. */
export interface SavedNode {
  /** Name in the checkpoint. */
  readonly name: string;
  /** Which part of the whole it is, as TensorFlow spells it: `5 4 0,2:0,4`; empty for a whole. */
  readonly slice: string;
  /** Name of the operation that holds it, and of the one that reads it. */
  readonly handle: string;
  readonly read: string;
  /** Enum number of the dtype. */
  readonly dtype: number;
  readonly shape: Shape;
  readonly device: string;
}

export interface SaveNodesOptions {
  readonly sharded: boolean;
  readonly version: 'v1' | 'v2';
  readonly reshape: boolean;
  readonly filename: string;
}

/** The same device, but its first CPU (`set_cpu0`). */
function firstCpu(device: string): string {
  return formatDevice({ ...parseDevice(device), deviceType: 'CPU', deviceIndex: 0 });
}

export class SaveNodes {
  readonly nodes: Node[] = [];
  readonly #numbers = new Map<string, number>();
  /** The output that gives the path of what was saved. */
  readonly saved: string;

  constructor(
    /** `save/`. */
    readonly scope: string,
    readonly variables: readonly SavedNode[],
    readonly options: SaveNodesOptions,
  ) {
    const attributes = { dtype: { type: STRING }, shape: { shape: [] } };
    const input = this.#add(constantNode('filename/input', STRING, [], [options.filename]));
    const filename = this.#add({ name: 'filename', op: 'PlaceholderWithDefault', inputs: [input], attributes });
    const path = this.#add({ name: 'Const', op: 'PlaceholderWithDefault', inputs: [filename], attributes });
    this.saved = options.sharded ? this.#saveShards(path) : this.#save(path, variables, '');
    this.#restore(path);
  }

  get filename(): string {
    return `${this.scope}Const`;
  }

  get restored(): string {
    return `${this.scope}restore_all`;
  }

  /** The full name of a node of this scope, numbered where it is not the first. */
  #named(local: string): string {
    const number = this.#numbers.get(local) ?? 0;
    this.#numbers.set(local, number + 1);
    return this.scope + (number === 0 ? local : `${local}_${number}`);
  }

  /** Adds a node of this scope, whose inputs are named in full; gives its full name. */
  #add(node: Node): string {
    const name = this.#named(node.name);
    this.nodes.push({ ...node, name });
    return name;
  }

  #texts(name: string, texts: readonly string[], device: string): string {
    return this.#add({ ...constantNode(name, STRING, [texts.length], texts), device });
  }

  /** Saves variables to a file; gives the name of the file once that is done. */
  #save(file: string, variables: readonly SavedNode[], device: string): string {
    const v2 = this.options.version === 'v2';
    const op = v2 ? 'SaveV2' : 'SaveSlices';
    const names = this.#texts(
      `${op}/tensor_names`,
      variables.map(({ name }) => name),
      device,
    );
    const slices = this.#texts(
      `${op}/${v2 ? 'shape_and_slices' : 'shapes_and_slices'}`,
      variables.map(({ slice }) => slice),
      device,
    );
    const inputs = [file, names, slices, ...variables.map(({ read }) => read)];
    const types = { types: variables.map(({ dtype }) => dtype) };
    const save = this.#add({ name: op, op, inputs, device, attributes: v2 ? { dtypes: types } : { T: types } });
    return this.#add({
      name: 'control_dependency',
      op: 'Identity',
      inputs: [file, `^${save}`],
      device,
      attributes: { T: { type: STRING } },
    });
  }

  #saveShards(path: string): string {
    const devices = [...new Set(this.variables.map(({ device }) => device))].sort();
    const v2 = this.options.version === 'v2';
    const count = this.#add(integersNode('num_shards', INT32, [], [devices.length]));
    const prefix = v2 ? this.#temporary(path) : path;
    const done = devices.map((device, shard) => {
      const where = firstCpu(device);
      const number = this.#add({ ...integersNode('ShardedFilename/shard', INT32, [], [shard]), device: where });
      const file = this.#add({
        name: 'ShardedFilename',
        op: 'ShardedFilename',
        inputs: [prefix, number, count],
        device: where,
      });
      return this.#save(
        file,
        this.variables.filter((each) => each.device === device),
        where,
      );
    });
    const controls = done.map((name) => `^${name}`);
    if (!v2) return this.#add({ name: 'ShardedFilespec', op: 'ShardedFilespec', inputs: [path, count, ...controls] });
    const device = firstCpu(devices.at(-1) ?? '');
    const pack = { T: { type: STRING }, N: { int: done.length }, axis: { int: 0 } };
    const prefixes = this.#add({
      name: 'MergeV2Checkpoints/checkpoint_prefixes',
      op: 'Pack',
      inputs: done,
      device,
      attributes: pack,
    });
    const merging = { delete_old_dirs: { bool: true }, allow_missing_files: { bool: false } };
    const merge = this.#add({
      name: 'MergeV2Checkpoints',
      op: 'MergeV2Checkpoints',
      inputs: [prefixes, path],
      device,
      attributes: merging,
    });
    return this.#add({
      name: 'Identity',
      op: 'Identity',
      inputs: [path, `^${merge}`],
      device,
      attributes: { T: { type: STRING } },
    });
  }

  /** Where the shards are written before they are merged. */
  #temporary(path: string): string {
    const ending = this.#add(constantNode('Const', STRING, [], ['_temp/part']));
    const attributes = { N: { int: 2 }, separator: { text: '' } };
    return this.#add({ name: 'StringJoin', op: 'StringJoin', inputs: [path, ending], attributes });
  }

  #restore(path: string): void {
    const { variables, options } = this;
    const names = this.#texts(
      'RestoreV2/tensor_names',
      variables.map(({ name }) => name),
      '',
    );
    const slices = this.#texts(
      'RestoreV2/shape_and_slices',
      variables.map(({ slice }) => slice),
      '',
    );
    const dtypes = { types: variables.map(({ dtype }) => dtype) };
    const tensors = this.#add({
      name: 'RestoreV2',
      op: 'RestoreV2',
      inputs: [path, names, slices],
      attributes: { dtypes },
    });
    const assigned = variables.map(({ handle, dtype, shape, device }, i) => {
      const output = i === 0 ? tensors : `${tensors}:${i}`;
      const value = options.reshape ? this.#reshaped(output, dtype, shape) : output;
      const name = this.#named('AssignVariableOp');
      const attributes = { dtype: { type: dtype }, validate_shape: NOT_VALIDATED };
      this.nodes.push({ name, op: 'AssignVariableOp', inputs: [handle, value], device, attributes });
      return `^${name}`;
    });
    this.#add({ name: 'restore_all', op: 'NoOp', inputs: assigned });
  }

  #reshaped(tensor: string, dtype: number, shape: Shape): string {
    const dims = this.#add(integersNode('Reshape/shape', INT32, [shape.length], shape));
    const attributes = { T: { type: dtype }, Tshape: { type: INT32.number } };
    return this.#add({ name: 'Reshape', op: 'Reshape', inputs: [tensor, dims], attributes });
  }
}

/** `save/`, or `save_1/` where a variable is called so. */
export function freeScope(variables: Iterable<{ readonly name: string }>): string {
  const taken = new Set<string | undefined>();
  for (const { name } of variables) if (name.startsWith('save')) taken.add(name.split('/')[0]);
  let scope = 'save';
  for (let i = 1; taken.has(scope); i++) scope = `save_${i}`;
  return `${scope}/`;
}
