/**
 * What the lists of Keras' optimizers tell where keys are all there is: `_variables` holds what an optimizer keeps in the order
 * in which it was made, `_trainable_variables` of Keras 3 what it trains, but for variables that a shorter path leads to.
 *
 * An optimizer makes an average of each variable (`use_ema`), then a place for the gradients of each that it accumulates, then
 * its slots: all of the first variable, all of the second and so on, or one of each, and again one of each (`amsgrad`). Adafactor
 * has two factors and a slot of each. Where nothing but lists of one of each is there, nobody can tell averages from slots, nor
 * averages alone from gradients: these must not be lost. Source: keras/src/optimizers/base_optimizer.py, build, and the others.
 */
import { VALUE_ENDING } from '../object-graph/object-graph-key.ts';
import type { KnownNames } from './known-names.ts';

import { type Layout, readList } from './list-layout.ts';
import type { RoleOf, Trainable } from './role.ts';
import { judgeByLayers } from './trained-layers.ts';

const IN_LIST = /^(.*\/)?_(trainable_)?variables\/(\d+)\/\.ATTRIBUTES\/VARIABLE_VALUE$/;
/** Keys come from a file, and no program's are longer. */
const LONGEST_KEY = 1024;
/** The counter that every optimizer of Keras has, whether it keeps anything else or not. */
const COUNTER = /^(.*\/)?_iterations\/\.ATTRIBUTES\/VARIABLE_VALUE$/;
const ANY_LENGTH = Number.POSITIVE_INFINITY;
/** Where an optimizer has its counter and its rate, if they are in its list. */
const SETTINGS_AT = 2;

interface Element {
  readonly name: string;
  readonly place: number;
  readonly shape: string;
}

/** The two lists of an optimizer. */
interface Lists {
  readonly own: Element[];
  /** By number; with gaps where a shorter path leads to a variable. */
  readonly trained: Element[];
}

/** What is known of an element of `_variables`. */
export interface ListedSlot {
  readonly isAverage: boolean;
  /** The key of its variable, where there is but one answer. */
  readonly of: string | undefined;
}

const pathLength = (name: string): number => name.slice(0, -VALUE_ENDING.length).split('/').length;

/** How long the paths of the elements of lists are. */
const listLength = (owner: string): number => owner.split('/').length + 1;

/** The object that keeps a list, without what it is called. */
const wrapperOf = (owner: string): string => owner.slice(0, owner.lastIndexOf('/', owner.length - 2) + 1);

function countsOf(shapes: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const shape of shapes) counts.set(shape, (counts.get(shape) ?? 0) + 1);
  return counts;
}

/** Weights that no list has, whose paths are short enough, by shape. */
class Others {
  readonly counts = new Map<string, number>();
  /** The only one of a shape. */
  readonly only = new Map<string, string | undefined>();
  size = 0;

  add(name: string, shape: string): void {
    this.size++;
    this.counts.set(shape, (this.counts.get(shape) ?? 0) + 1);
    this.only.set(shape, this.only.has(shape) ? undefined : name);
  }
}

export class ListedSlots {
  readonly #slots = new Map<string, ListedSlot>();
  /** Weights that no list has, by name, with their shapes. */
  readonly #others = new Map<string, { readonly shape: string; readonly length: number }>();
  readonly #near = new Map<number, Others>();
  readonly #trained = new Map<string, Trainable>();
  /** The optimizers that count, by their paths with a slash. */
  readonly #counting = new Set<string>();

  constructor(names: Pick<KnownNames, 'each'>, roleOf: RoleOf) {
    const lists = new Map<string, Lists>();
    names.each((name, facts) => {
      const found = name.length > LONGEST_KEY || !name.endsWith(VALUE_ENDING) ? null : IN_LIST.exec(name);
      const shape = facts.shape.join();
      if (found === null) {
        const counter = name.length > LONGEST_KEY || !name.endsWith(VALUE_ENDING) ? null : COUNTER.exec(name);
        if (counter !== null) this.#counting.add(counter[1] ?? '');
        const { role, trainable } = roleOf(name, facts);
        if (role === 'weight' && trainable === 'yes') this.#others.set(name, { shape, length: pathLength(name) });
        return;
      }
      const [, owner = '', isTrained, place] = found;
      const { own, trained } = lists.get(owner) ?? { own: [], trained: [] };
      lists.set(owner, { own, trained });
      if (isTrained !== undefined) trained.push({ name, place: Number(place), shape });
      else if (Number(place) >= SETTINGS_AT || shape !== '') own.push({ name, place: Number(place), shape });
    });
    this.#read(lists);
  }

  /** Whether a list begins with averages, and whose each element is; undefined for what is in none, or tells nothing. */
  slot(name: string): ListedSlot | undefined {
    return this.#slots.get(name);
  }

  /** Whether a variable that no list has is trained; undefined where lists do not tell. */
  trained(name: string): Trainable | undefined {
    return this.#trained.get(name);
  }

  #read(lists: ReadonlyMap<string, Lists>): void {
    const missing: (readonly string[] | undefined)[] = [];
    const read = new Set<string>();
    const wrappers = new Set([...lists.keys()].map(wrapperOf));
    const counting = new Set([...this.#counting].map(wrapperOf));
    let [isKeras3, depth] = [false, 0];
    for (const [owner, { own, trained }] of lists) {
      own.sort((a, b) => a.place - b.place);
      // One that scales the loss lists what is trained, the one that it wraps what it keeps.
      const listed = trained.length > 0 ? trained : (lists.get(wrapperOf(owner))?.trained ?? []);
      isKeras3 ||= listed.length > 0;
      read.add(owner);
      if (own.length === 0 && wrappers.has(owner)) continue;
      depth = Math.max(depth, listLength(owner));
      const [first] = listed;
      missing.push(this.#readOne(own, listed, this.#nearTo(first === undefined ? ANY_LENGTH : pathLength(first.name))));
    }
    // One without slots has no lists, where shorter paths lead to all that it trains.
    for (const owner of this.#counting) {
      depth = Math.max(depth, listLength(owner));
      if (!read.has(owner) && !counting.has(owner)) missing.push(undefined);
    }
    // Before Keras 3 nothing lists what is trained.
    this.#judgeOthers(missing, isKeras3 ? depth : ANY_LENGTH);
  }

  /** What may be in a list though it has another key: no longer path than that of an element. */
  #nearTo(most: number): Others {
    const known = this.#near.get(most);
    if (known !== undefined) return known;
    const near = new Others();
    this.#near.set(most, near);
    for (const [name, { shape, length }] of this.#others) if (length <= most) near.add(name, shape);
    return near;
  }

  /** The shapes of what an optimizer trains and no list has; undefined where that is not known. */
  #readOne(own: readonly Element[], listed: readonly Element[], near: Others): readonly string[] | undefined {
    const known: Element[] = [];
    for (const element of listed) {
      if (element.place >= listed.length + near.size) return undefined;
      known[element.place] = element;
    }
    if (own.length === 0) return known.length === listed.length && near.size === 0 ? [] : undefined;
    const shapes = Array.from(known, (element) => element?.shape);
    const layouts = readList(
      own.map(({ shape }) => shape),
      shapes,
      near.counts,
    );
    const [first] = layouts;
    if (first === undefined) return undefined;
    const variables = layouts.map((layout) => this.#variablesOf(layout, known, near));
    for (const [i, { name }] of own.entries()) {
      const of = variables[0]?.[first.variables[i] as number];
      const isSure = layouts.every((layout, at) => variables[at]?.[layout.variables[i] as number] === of);
      this.#slots.set(name, { isAverage: layouts.every(({ averages }) => i < averages), of: isSure ? of : undefined });
    }
    const left = layouts.map(({ shapes: all }) => all.filter((_, i) => known[i] === undefined));
    return left.every((one) => one.slice().sort().join(' ') === left[0]?.slice().sort().join(' '))
      ? left[0]
      : undefined;
  }

  /** The key of each trained variable, where it is listed, or the only one of its shape that may be. */
  #variablesOf({ shapes }: Layout, known: readonly Element[], { only }: Others): (string | undefined)[] {
    return shapes.map((shape, i) => known[i]?.name ?? only.get(shape));
  }

  #judgeOthers(missing: readonly (readonly string[] | undefined)[], depth: number): void {
    const isKnown = missing.every((shapes) => shapes !== undefined);
    const trained = countsOf(missing.flatMap((shapes) => shapes ?? []));
    const { counts } = this.#nearTo(depth);
    const isOneModel = this.#isOneModel;
    if (isOneModel && isKnown) {
      const near = [...this.#others].filter(([, { length }]) => length <= depth);
      const trainedOf = (shape: string): number => trained.get(shape) ?? 0;
      judgeByLayers(
        near.map(([name, { shape }]) => [name, shape]),
        trainedOf,
        this.#trained,
      );
    }
    for (const [name, { shape, length }] of this.#others) {
      if (this.#trained.has(name)) continue;
      const isNear = length <= depth;
      const count = trained.get(shape) ?? 0;
      if (isNear && isKnown && count === counts.get(shape)) this.#trained.set(name, 'yes');
      else if (isOneModel && (!isNear || (isKnown && count === 0))) this.#trained.set(name, 'no');
    }
  }

  /** Whether all that no list has lies in one model: optimizers may train another one than a variable is in. */
  get #isOneModel(): boolean {
    return new Set([...this.#others.keys()].map(modelOf)).size < 2;
  }
}

/** The layers of a model of Keras, which is the root of all or not. */
const LAYERS = /^(?:_(?:functional|operations|layers)|layer(?:_with_weights)?-\d+)\//;

/** What the model that a key leads into is called; empty for the root. */
function modelOf(key: string): string {
  return LAYERS.test(key) ? '' : key.slice(0, key.indexOf('/'));
}
