/** The operations of variables in a graph for Python: what holds each, what gives it its initial value, and what reads it. */
import type { ByteSource } from '../bytes/source.ts';
import { constantHead, writeNode } from '../meta-graph/encode-node.ts';
import { NamedFields } from '../meta-graph/named-fields.ts';
import type { MessageWriter } from '../proto/message-writer.ts';
import { type DType, dtypeOf } from '../tensor/dtype.ts';
import type { Shape } from '../tensor/shape.ts';
import { InitialNodes } from './initial-nodes.ts';
import type { Described } from './initial-value.ts';
import type { Saveable } from './saveable.ts';

/** Content of constants that is copied; the rest is written from where it lies. */
const MOST_COPIED_BYTES = 4096;

/** What can stand in the name of an operation. */
const NOT_IN_NAMES = /[^A-Za-z0-9_.\\/>-]/g;

/** The name of a variable's operation; that of a foreign one may hold what a graph refuses. */
export function opName({ name }: Saveable): string {
  const clean = name.replace(NOT_IN_NAMES, '_');
  return /^[A-Za-z0-9.]/.test(clean) ? clean : `v${clean}`;
}

/** The operations of a variable by their names: that holds it, that assigns, that reads, and that gives the initial value. */
export interface Operations {
  readonly name: string;
  readonly assign: string;
  readonly read: string;
  readonly value: string;
}

const INITIAL = '/Initializer/initial_value';

/** The operations of a variable under whose name there is no other variable. */
function plainOperations(name: string): Operations {
  return { name, assign: `${name}/Assign`, read: `${name}/Read/ReadVariableOp`, value: name + INITIAL };
}

/** What the operations of a variable depend on besides their names. */
interface Facts {
  readonly dtype: DType;
  readonly shape: Shape | undefined;
  readonly device: string;
}

function writeOperations(writer: MessageWriter, operations: Operations, { dtype, shape, device }: Facts): void {
  const { name, assign, read, value } = operations;
  const type = { type: dtype.number };
  const attributes = { dtype: type, shape: { shape }, shared_name: { text: name } };
  writeNode(writer, { name, op: 'VarHandleOp', device, attributes });
  const ofType = { dtype: type };
  writeNode(writer, { name: assign, op: 'AssignVariableOp', inputs: [name, value], device, attributes: ofType });
  writeNode(writer, { name: read, op: 'ReadVariableOp', inputs: [name], device, attributes: ofType });
}

/** A VariableDef: by which operations a variable is known. */
function writeDefinition(writer: MessageWriter, operations: Operations, variable: Saveable): void {
  const { name, assign, read, value } = operations;
  const { trainable, saveSlice, shape } = variable;
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

/** Says all that the nodes of an initial value depend on besides names; undefined where they are as those of no other variable. */
function kindOfInitial({ recipe, tensor, expression }: Described): string | undefined {
  if (recipe.kind === 'fill') {
    const { value } = recipe;
    return `${typeof value} ${Object.is(value, -0) ? '-0' : value}`;
  }
  return tensor !== undefined || expression !== undefined || 'seed' in recipe ? undefined : '';
}

function parentOf(name: string): string {
  return name.slice(0, Math.max(0, name.lastIndexOf('/')));
}

export class VariableNodes {
  /** Nodes of larger constants: what stands before the content of each, and its content. */
  readonly large: (Uint8Array | ByteSource)[] = [];
  readonly #operations = new Map<Saveable, Operations>();
  readonly #fields = new NamedFields();
  /** Names of variables, and of what is above them: no other operation takes one of these. */
  readonly #taken = new Set<string>();
  readonly #above = new Set<string>();

  /** Of all variables of a graph; nodes are written to `graph`. */
  constructor(
    readonly graph: MessageWriter,
    variables: Iterable<Saveable>,
  ) {
    for (const variable of variables) {
      const name = opName(variable);
      this.#taken.add(name);
      for (let at = parentOf(name); at !== '' && !this.#above.has(at); at = parentOf(at)) this.#above.add(at);
    }
  }

  has(variable: Saveable): boolean {
    return this.#operations.has(variable);
  }

  of(variable: Saveable): Operations | undefined {
    return this.#operations.get(variable);
  }

  /** A name for an operation of a variable, another than that of any variable. */
  #free(wanted: string): string {
    let name = wanted;
    for (let i = 1; this.#taken.has(name) || this.#above.has(name); i++) name = `${wanted}_${i}`;
    return name;
  }

  add(variable: Saveable, described: Described): void {
    const name = opName(variable);
    const facts = {
      dtype: dtypeOf(variable.dtype),
      shape: variable.validatesShape === false ? undefined : variable.shape,
      device: variable.device,
    };
    if (this.#above.has(name)) {
      const value = this.#addInitial(this.#free(`${name}/Initializer`), variable, described);
      const [assign, read] = [this.#free(`${name}/Assign`), `${this.#free(`${name}/Read`)}/ReadVariableOp`];
      const operations = { name, assign, read, value };
      writeOperations(this.graph, operations, facts);
      this.#operations.set(variable, operations);
      return;
    }
    const kind = `${variable.dtype} ${facts.shape} ${facts.device}`;
    const initial = kindOfInitial(described);
    if (initial === undefined) this.#addInitial(`${name}/Initializer`, variable, described);
    else {
      this.#fields.write(this.graph, `${variable.dtype} ${variable.shape} ${initial}`, name, (writer, any) =>
        this.#writeInitial(writer, `${any}/Initializer/`, variable, described),
      );
    }
    this.#fields.write(this.graph, kind, name, (writer, any) => writeOperations(writer, plainOperations(any), facts));
    this.#operations.set(variable, plainOperations(name));
  }

  /** The nodes of an initial value; gives the name of the last one. */
  #addInitial(scope: string, variable: Saveable, described: Described): string {
    const dtype = dtypeOf(variable.dtype);
    const { tensor } = described;
    if (tensor !== undefined && dtype.width > 0 && tensor.byteLength > MOST_COPIED_BYTES) {
      const name = `${scope}/initial_value`;
      this.large.push(constantHead(name, dtype.number, variable.shape, tensor.source.byteLength), tensor.source);
      return name;
    }
    return this.#writeInitial(this.graph, `${scope}/`, variable, described);
  }

  #writeInitial(writer: MessageWriter, scope: string, variable: Saveable, described: Described): string {
    const initialOf = (operand: unknown): string => this.#operations.get(operand as Saveable)?.value ?? '';
    const nodes = InitialNodes.of(scope, dtypeOf(variable.dtype), variable.shape, described, initialOf);
    for (const node of nodes) writeNode(writer, node);
    return nodes.at(-1)?.name ?? '';
  }

  /** Writes the VariableDef of a variable, a field of its own, to a collection. */
  define(list: MessageWriter, variable: Saveable): void {
    const operations = this.#operations.get(variable) as Operations;
    const write = (writer: MessageWriter, by: Operations): unknown =>
      writer.message(1, (definition) => writeDefinition(definition, by, variable));
    const { name } = operations;
    if (variable.saveSlice !== undefined || this.#above.has(name)) write(list, operations);
    else {
      const kind = variable.trainable ? 'trained' : 'not trained';
      this.#fields.write(list, kind, name, (writer, any) => write(writer, plainOperations(any)));
    }
  }
}
