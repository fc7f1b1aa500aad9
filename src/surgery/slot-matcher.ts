/** What slots of an object graph may be called in a name-based checkpoint, whose optimizer may be of TensorFlow 1. */
import { TextMap, TextSet } from '../bytes/text-map.ts';
import type { GraphColumns } from '../object-graph/graph-columns.ts';
import type { TensorMap } from '../tensor/tensor.ts';
import { endingOf, type GraphSlot, GraphSlots } from './slot-families.ts';

interface Candidates {
  /** Comes before the full name of the slot. */
  readonly byOrder?: string | undefined;
  /** Comes after it. */
  readonly bySlotName?: string;
}

export class SlotMatcher {
  readonly #slots = new TextMap<{ readonly slot: GraphSlot; readonly variableKey: string }>();

  constructor(graph: GraphColumns, keys: readonly string[]) {
    const { attributes } = graph;
    const there = new TextSet(keys);
    const keyOf = (id: number): string | undefined => {
      for (let i = attributes.start(id); i < attributes.end(id); i++) {
        const key = graph.keyAt(i);
        if (there.has(key)) return key;
      }
      return undefined;
    };
    const slots = new GraphSlots(graph);
    for (let id = 0; id < graph.count; id++) {
      const key = keyOf(id);
      const slot = key === undefined ? undefined : slots.get(id);
      const variableKey = slot === undefined ? undefined : keyOf(slot.variable);
      if (key !== undefined && slot !== undefined && variableKey !== undefined)
        this.#slots.set(key, { slot, variableKey });
    }
  }

  isSlot(key: string): boolean {
    return this.#slots.has(key);
  }

  /** The slot under a key: the key of its variable, and what TensorFlow calls it. */
  slotOf(key: string): { readonly variableKey: string; readonly name: string } | undefined {
    const found = this.#slots.get(key);
    return found === undefined ? undefined : { variableKey: found.variableKey, name: found.slot.name };
  }

  /**
   * Names for the slot under a key; `nameOf` gives what the input calls a variable. Where the input has the slots of one
   * optimizer for it, their order tells what they are: full names count through all optimizers that a program ever made.
   */
  namesOf(key: string, input: TensorMap, nameOf: (key: string) => string | undefined): Candidates {
    const found = this.#slots.get(key);
    const variable = found === undefined ? undefined : nameOf(found.variableKey)?.replace(/:0$/, '');
    if (found === undefined || variable === undefined) return {};
    const { name } = found.slot;
    const isThere = (ending: string): boolean =>
      input.has(`${variable}/${ending}`) || input.has(`${variable}/${ending}:0`);
    const [family, ...others] = found.slot.families.filter(
      ({ endings }) => endings.every(isThere) && !isThere(`${endings[0]}_${endings.length}`),
    );
    const ending = others.length > 0 || family === undefined ? undefined : endingOf(family, name);
    return { byOrder: ending === undefined ? undefined : `${variable}/${ending}`, bySlotName: `${variable}/${name}` };
  }
}
