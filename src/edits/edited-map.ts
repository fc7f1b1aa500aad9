/** A map in which some tensors are others: changed in their place, taken away, or added at the end. */
import { DerivedMap } from '../tensor/derived-map.ts';
import { follows } from '../tensor/origin.ts';
import type { Tensor, TensorMap } from '../tensor/tensor.ts';

/** What an edit did to one tensor, for whoever wants to know before it is written. */
export interface TensorChange {
  readonly name: string;
  /** What it was; undefined for a tensor that is new. */
  readonly before?: Tensor | undefined;
  /** What it is now; undefined for one that is gone. */
  readonly after?: Tensor | undefined;
}

/** What an edit gives: the new map, what changed in it, and sentences that the user should read. */
export interface Edited {
  readonly tensors: TensorMap;
  readonly changes: readonly TensorChange[];
  readonly notes: readonly string[];
}

class EditedMap extends DerivedMap {
  constructor(
    readonly tensors: TensorMap,
    readonly edited: ReadonlyMap<string, Tensor | undefined>,
    /** Names that `tensors` does not have. */
    readonly added: readonly string[],
  ) {
    super();
  }

  override *entries(): MapIterator<[string, Tensor]> {
    for (const pair of this.tensors) {
      if (!this.edited.has(pair[0])) yield pair;
      else {
        const tensor = this.edited.get(pair[0]);
        if (tensor !== undefined) yield [pair[0], tensor];
      }
    }
    for (const name of this.added) yield [name, this.edited.get(name) as Tensor];
  }

  override get(name: string): Tensor | undefined {
    return this.edited.has(name) ? this.edited.get(name) : this.tensors.get(name);
  }
}

/** The map with other tensors under some names; undefined takes one away, a name that it does not have adds one. */
export function withEdits(
  tensors: TensorMap,
  edits: ReadonlyMap<string, Tensor | undefined>,
  notes: readonly string[] = [],
): Edited {
  const changes: TensorChange[] = [];
  const added: string[] = [];
  for (const [name, after] of edits) {
    const before = tensors.get(name);
    if (before === undefined && after === undefined) continue;
    if (before === undefined) added.push(name);
    changes.push({ name, before, after });
    if (before !== undefined && after !== undefined) follows(after, before);
  }
  return { tensors: edits.size === 0 ? tensors : new EditedMap(tensors, edits, added), changes, notes };
}
