/**
 * The full names of the variables in an object graph, and what those of slots say: `Adam/m/conv/kernel` and
 * `rms_prop/momentum/conv/w` hold the whole name of a variable after that of the slot, `adam/conv_kernel_momentum` holds it
 * before, with `_` for `/`, and `conv/kernel/m` before as it is.
 */
import { TextMap } from '../bytes/text-map.ts';
import { lastName } from '../object-graph/checkpoint-key.ts';
import type { GraphColumns } from '../object-graph/graph-columns.ts';
import { optimizerCalled } from './optimizer-scopes.ts';
import { slotWord } from './role-words.ts';

/** A variable, and what the slot is called that belongs to it. */
export interface NamedVariable {
  readonly of: number;
  readonly slot: string;
}

interface Found {
  readonly of: Holders;
  readonly slot: string;
}

/** Longer names are no names of slots, and take long to be looked through. */
const LONGEST_NAME = 4096;
/** No slot of Keras 3 has a longer name: `accumulated_delta_var`. */
const MOST_WORDS = 3;
/** Nobody makes an optimizer in a deeper scope. */
const MOST_SCOPES = 32;

type Holders = number | number[];

function addHolder(ids: Map<string, Holders>, name: string, id: number): void {
  const known = ids.get(name);
  if (known === undefined) ids.set(name, id);
  else if (typeof known === 'number') ids.set(name, [known, id]);
  else known.push(id);
}

export class FullNames {
  readonly #graph: GraphColumns;
  /** By full name, and by what Keras 3 makes of it: the variable, or the several of one name. Made when first asked for. */
  #ids: Map<string, Holders> | undefined;
  #joined: Map<string, Holders> | undefined;

  constructor(graph: GraphColumns) {
    this.#graph = graph;
  }

  #nameOf(id: number): string {
    return this.#graph.fullNameOf(id);
  }

  #holders(spell: (name: string) => string): Map<string, Holders> {
    const holders = new TextMap<Holders>();
    for (let id = 0; id < this.#graph.count; id++) {
      const name = this.#nameOf(id);
      if (name !== '' && name.length <= LONGEST_NAME) addHolder(holders, spell(name), id);
    }
    return holders;
  }

  #idsOf(name: string): Holders | undefined {
    this.#ids ??= this.#holders((text) => text);
    return this.#ids.get(name);
  }

  #joinedIdsOf(name: string): Holders | undefined {
    this.#joined ??= this.#holders((text) => text.replaceAll('/', '_'));
    return this.#joined.get(name);
  }

  /** The full name of a variable without its scopes; empty for what has none. */
  lastOf(id: number): string {
    return lastName(this.#nameOf(id));
  }

  /** What a slot is called by the end of its full name, whatever is before it: `momentum` of `adam/net_dense_kernel_momentum`. */
  slotEndOf(id: number): string | undefined {
    const words = this.lastOf(id).split('_').slice(-MOST_WORDS);
    for (let from = 0; from < words.length; from++) {
      const end = words.slice(from).join('_');
      if (slotWord(end) !== undefined) return end;
    }
    return undefined;
  }

  /** The variables whose name the full name of another holds: one, or several of one name; undefined where it holds none. */
  slotOf(id: number): { readonly of: readonly number[]; readonly slot: string } | undefined {
    const name = this.#nameOf(id);
    if (name.length > LONGEST_NAME) return undefined;
    const found = this.#after(name) ?? this.#before(name) ?? this.#joinedIn(name);
    if (found === undefined) return undefined;
    const holders = (typeof found.of === 'number' ? [found.of] : found.of).filter((holder) => holder !== id);
    return holders.length === 0 ? undefined : { of: holders, slot: found.slot };
  }

  #after(name: string): Found | undefined {
    for (let at = name.indexOf('/'), cut = 0; at >= 0 && cut < MOST_SCOPES; at = name.indexOf('/', at + 1), cut++) {
      const of = this.#idsOf(name.slice(at + 1));
      const slot = lastName(name.slice(0, at));
      if (of !== undefined && (slotWord(slot) !== undefined || optimizerCalled(slot) === undefined))
        return { of, slot };
    }
    return undefined;
  }

  #before(name: string): Found | undefined {
    const at = name.lastIndexOf('/');
    const slot = name.slice(at + 1);
    if (at <= 0 || slotWord(slot) === undefined) return undefined;
    const of = this.#idsOf(name.slice(0, at)) ?? this.#after(name.slice(0, at))?.of;
    return of === undefined ? undefined : { of, slot };
  }

  #joinedIn(name: string): Found | undefined {
    const rest = name.slice(name.indexOf('/') + 1);
    for (let at = rest.lastIndexOf('_'); at > 0; at = rest.lastIndexOf('_', at - 1)) {
      const of = this.#joinedIdsOf(rest.slice(0, at));
      if (of !== undefined) return { of, slot: rest.slice(at + 1) };
    }
    return undefined;
  }
}
