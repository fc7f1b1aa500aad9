/**
 * One restoring of a checkpoint into objects: which value goes into which variable, what is left over on either side, and what
 * waits for objects that do not exist yet. The graphs are followed side by side from their roots, by the names of the children.
 * Source: tensorflow/python/checkpoint/restore.py.
 */

import { readBytes } from '../bytes/source.ts';
import type { OpenedCheckpoint } from '../checkpoints/checkpoint.ts';
import { ChecksumError, MismatchError, NameError } from '../errors.ts';
import { checkReferences, type ObjectGraph, type ObjectNode } from '../object-graph/object-graph.ts';
import { VARIABLE_VALUE } from '../object-graph/object-graph-key.ts';
import { objectGraphOf } from '../object-graph/stored-object-graph.ts';
import { nearestNames } from '../surgery/nearest-names.ts';
import { storedChecksum } from '../tensor/checksum.ts';
import { elementCount, formatShape, sameShape } from '../tensor/shape.ts';
import { type Tensor, tensorOfBytes } from '../tensor/tensor.ts';
import { assignAll } from './assign-all.ts';
import type { RestoreReport } from './restore.ts';
import { checkThere, isSaveable, type Saveable, takesDType } from './saveable.ts';
import { childrenOf, type MakesSlots, slotFor, slotsOf } from './trackable.ts';
import { type Root, type TrackedGraph, trackedGraph, variablesOf } from './tracked-graph.ts';

interface Assignment {
  readonly variable: Saveable;
  readonly key: string;
}

/** An object of OBJECT_CONFIG_JSON describes itself; nothing needs to take it. */
const SELF_DESCRIPTION = 'OBJECT_CONFIG_JSON';

export class Restoration {
  readonly #graph: ObjectGraph | undefined;
  /** Variables that have their value, by its key. */
  readonly #done = new Map<string, Saveable>();
  /** Objects of the program by their number in the checkpoint. */
  #bound: ReadonlyMap<number, object> = new Map();

  constructor(
    readonly checkpoint: OpenedCheckpoint,
    readonly root: Root,
    /** Variables that need no value in the checkpoint. */
    readonly isOptional: (variable: Saveable) => boolean = () => false,
  ) {
    this.#graph = objectGraphOf(checkpoint.tensors);
    if (this.#graph !== undefined) checkReferences(this.#graph);
  }

  /** Restores what fits; everything is checked, and read, before anything is assigned. */
  async run(): Promise<void> {
    const waiting = this.#waiting();
    const incoming = waiting.map(({ key, variable }) => ({ name: key, variable, tensor: this.#tensor(key) }));
    await assignAll(incoming, this.checkpoint);
    for (const { key, variable } of waiting) this.#done.set(key, variable);
  }

  /** The same at once, for variables that have joined the tree meanwhile. */
  runNow(): void {
    const waiting = this.#waiting();
    checkThere(waiting.map(({ variable }) => variable));
    const values = waiting.map(({ key }) => readNow(key, this.#tensor(key)));
    for (const [i, { variable, key }] of waiting.entries()) {
      variable.assign(values[i] as Tensor);
      this.#done.set(key, variable);
    }
  }

  #tensor(key: string): Tensor {
    return this.checkpoint.tensors.get(key) as Tensor;
  }

  /** What can be assigned now and was not; throws where some of it does not fit. */
  #waiting(): Assignment[] {
    const all = this.#graph === undefined ? this.#byName() : this.#byObject(this.#graph);
    const waiting = all.filter(({ key, variable }) => this.#done.get(key) !== variable);
    const misfits = waiting.flatMap(({ variable, key }) => misfit(variable, key, this.checkpoint.tensors.get(key)));
    const [first] = misfits;
    if (first === undefined) return waiting;
    const more = misfits.slice(1).map(({ message }) => `; ${message}`);
    throw new MismatchError(
      `nothing was restored: ${first.message}${more.join('')}`,
      first.key,
      first.expected,
      first.actual,
    );
  }

  /** A checkpoint that goes by names: variables take what has their own. */
  #byName(): Assignment[] {
    const variables = variablesOf(trackedGraph(this.root));
    return variables
      .filter(({ name }) => this.checkpoint.tensors.has(name))
      .map((variable) => ({ variable, key: variable.name }));
  }

  #byObject(graph: ObjectGraph): Assignment[] {
    const { root } = this;
    const bound = new Map<number, object>([[0, root.object]]);
    const taken = new Set<object>([root.object]);
    const queue = [0];
    const bind = (id: number, object: object): void => {
      if (bound.has(id) || taken.has(object)) return;
      bound.set(id, object);
      taken.add(object);
      queue.push(id);
    };
    for (let id = queue.shift(); id !== undefined; id = queue.shift()) {
      const children = new Map(id === 0 ? root.children() : childrenOf(bound.get(id) as object));
      for (const { localName, nodeId } of (graph.nodes[id] as ObjectNode).children) {
        const child = children.get(localName);
        if (child !== undefined) bind(nodeId, child);
      }
    }
    for (const [id, { slotVariables: references }] of graph.nodes.entries()) {
      const optimizer = bound.get(id);
      if (references.length === 0 || optimizer === undefined) continue;
      const slots = slotsOf(optimizer);
      for (const { originalVariableNodeId, slotName, slotVariableNodeId } of references) {
        const variable = bound.get(originalVariableNodeId);
        if (variable === undefined || !isSaveable(variable)) continue;
        const found = slots.find((slot) => slot.variable === variable && slot.slotName === slotName)?.slot;
        const slot =
          found ?? (slotFor in optimizer ? (optimizer as MakesSlots)[slotFor](variable, slotName) : undefined);
        if (slot !== undefined) bind(slotVariableNodeId, slot);
      }
    }
    this.#bound = bound;
    return [...bound].flatMap(([id, object]) => {
      const key = valueKey(graph.nodes[id] as ObjectNode);
      return key !== undefined && isSaveable(object) ? [{ variable: object, key }] : [];
    });
  }

  /** Keys of the checkpoint that are in variables now or that none took, and the names of variables it has no value for. */
  get report(): RestoreReport {
    const restored = [...this.#done.keys()];
    const has = new Set(this.#done.values());
    const missing = variablesOf(this.#tracked()).filter((variable) => !has.has(variable) && !this.isOptional(variable));
    return { restored, missing: missing.map(({ name }) => name), unused: this.#unused(), mismatched: [] };
  }

  #tracked(): TrackedGraph {
    return trackedGraph(this.root);
  }

  #unused(): string[] {
    if (this.#graph === undefined) {
      return [...this.checkpoint.tensors.keys()].filter((name) => !this.#done.has(name));
    }
    return this.#graph.nodes.flatMap((node, id) => {
      const values = node.attributes.filter(({ name, optionalRestore }) => {
        return name !== SELF_DESCRIPTION && !(optionalRestore === true && this.#bound.has(id));
      });
      return values.map(({ checkpointKey }) => checkpointKey).filter((key) => !this.#done.has(key));
    });
  }

  /** Whether every value of the checkpoint has found its variable. */
  get isWhole(): boolean {
    return this.#unused().length === 0;
  }

  /** Names that are like one that is missing. */
  nearest(name: string): string[] {
    const names = this.#graph?.nodes.flatMap(({ attributes }) => attributes.map(({ fullName }) => fullName));
    return nearestNames(name, names?.filter((full) => full !== '') ?? this.checkpoint.tensors.keys());
  }
}

function valueKey({ attributes }: ObjectNode): string | undefined {
  return attributes.find(({ name }) => name === VARIABLE_VALUE)?.checkpointKey;
}

interface Misfit {
  readonly key: string;
  readonly message: string;
  readonly expected: string;
  readonly actual: string;
}

function misfit(variable: Saveable, key: string, tensor: Tensor | undefined): Misfit[] {
  if (tensor === undefined)
    throw new NameError(`the object graph names ${key}, and the checkpoint has no such tensor`, { missing: [key] });
  if (tensor.problem !== undefined) throw tensor.problem;
  const expected = `${variable.dtype}${formatShape(variable.shape)}`;
  const actual = `${tensor.dtype.name}${formatShape(tensor.shape)}`;
  if (takesDType(variable, tensor.dtype.name) && sameShape(variable.shape, tensor.shape)) return [];
  return [{ key, message: `variable ${variable.name} is ${expected}, and ${key} is ${actual}`, expected, actual }];
}

/** Content in memory, held against its checksum. */
function readNow(key: string, tensor: Tensor): Tensor {
  const { dtype, shape, source, crc32c } = tensor;
  if (crc32c !== undefined) {
    const actual = storedChecksum(dtype, source, elementCount(shape));
    if (actual !== crc32c) {
      throw new ChecksumError(
        `tensor ${key}: its bytes do not match their checksum, so nothing is restored`,
        key,
        crc32c,
        actual,
      );
    }
  }
  return tensorOfBytes(dtype, shape, readBytes(source, 0, source.byteLength));
}
