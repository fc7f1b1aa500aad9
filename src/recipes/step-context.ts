/** What the steps of a recipe work on: maps by name, what was done to their names, and what the world outside gives. */

import type { TensorChange } from '../edits/edited-map.ts';
import { UsageError } from '../errors.ts';
import type { RoleOf } from '../roles/role.ts';
import type { FurtherNames } from '../surgery/name-patterns.ts';
import type { Tensor, TensorMap } from '../tensor/tensor.ts';

/** What a recipe asks for that is not in its inputs. */
export interface RecipeSurroundings {
  /** The text of a file that a step names: a vocabulary, a list of names. */
  readText(path: string): string | Promise<string>;
  /** The tensor that `@FILE` or `@FILE:NAME` means, for the tensor `name`. */
  readTensor(reference: string, name: string): Promise<{ readonly name: string; readonly tensor: Tensor }>;
  /** What the tensors of an input are for, if more is known than they themselves tell. */
  readonly rolesOf?: ((input: string) => RoleOf | undefined) | undefined;
  /** Check content against the checksums it carries; true unless said otherwise. */
  readonly verify?: boolean | undefined;
}

/** A map as the steps so far have left it. */
export interface Working {
  readonly tensors: TensorMap;
  /** What a tensor of the input of a number is called here now. */
  readonly newNameOf: (name: string, input: number) => string | undefined;
  /** Tensors with other content, dtype or shape, and what they were, by the names they have now. */
  readonly before: ReadonlyMap<string, Tensor | undefined>;
  /** Tensors whose content went into others. */
  readonly gone: readonly TensorChange[];
  /** What else the tensors are called by their object graph; found before each step. */
  readonly others?: FurtherNames | undefined;
  /** Known while the names are those of the input. */
  readonly roleOf?: RoleOf | undefined;
  /** Whose object graph it has, and whether a step took that away. */
  readonly graphFrom: number;
  readonly dropGraph: boolean;
}

/** What a step makes, and a few words about it. */
export interface StepResult {
  readonly working: Working;
  /** `2 of 14 tensors resized` */
  readonly summary: string;
  readonly notes: readonly string[];
  /** What the step did to names, and whose object graph repeats them; nothing and the map's own when left out. */
  readonly names?: { readonly before: TensorMap; readonly newNameOf: (name: string) => string | undefined };
}

export class StepContext {
  readonly maps: Map<string, Working>;

  constructor(
    inputs: ReadonlyMap<string, TensorMap>,
    readonly surroundings: RecipeSurroundings,
  ) {
    this.maps = new Map(
      [...inputs].map(([name, tensors], number): [string, Working] => [
        name,
        {
          tensors,
          newNameOf: (tensor, input) => (input === number && tensors.has(tensor) ? tensor : undefined),
          before: new Map(),
          gone: [],
          roleOf: surroundings.rolesOf?.(name),
          graphFrom: number,
          dropGraph: false,
        },
      ]),
    );
  }

  /** The name that a step without one means. */
  get first(): string {
    const [name] = this.maps.keys();
    if (name === undefined) throw new UsageError('a recipe works on checkpoints; name one or more after it');
    return name;
  }

  at(name: string): Working {
    const found = this.maps.get(name);
    if (found !== undefined) return found;
    const there = `there ${this.maps.size === 1 ? 'is' : 'are'} ${[...this.maps.keys()].join(', ')}`;
    throw new UsageError(`no input is called ${name}; ${there}`);
  }
}
