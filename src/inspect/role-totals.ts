/** What the tensors of a checkpoint are for, in sums; and what optimizer left its slots there. */

import { KnownTexts } from '../bytes/known-texts.ts';
import { TextMap, TextSet } from '../bytes/text-map.ts';
import { LastVariable } from '../roles/last-variable.ts';
import { SOME_SLOT } from '../roles/name-bytes.ts';
import { optimizerCalled } from '../roles/optimizer-scopes.ts';
import {
  EVIDENCE,
  type Evidence,
  type QuickRole,
  ROLES,
  type Role,
  type RoleOf,
  type Roles,
  type TensorRole,
  type Trainable,
} from '../roles/role.ts';
import { isOfAnyOptimizer } from '../roles/role-words.ts';
import { nameOfFacts } from '../tensor/named-facts.ts';
import { scanPairs } from '../tensor/scan.ts';
import type { Tensor, TensorFacts } from '../tensor/tensor.ts';
import { optimizerOf } from './optimizers-by-slots.ts';
import { parametersOf } from './tree.ts';

interface Totals {
  tensors: number;
  /** Elements that are numbers. */
  parameters: number;
  bytes: number;
}

export interface RoleTotals extends Totals {
  readonly role: Role;
}

/** The weights alone: slots and settings are never trained. */
export interface WeightTotals extends Totals {
  readonly trainable: Trainable;
  readonly evidence: Evidence;
}

export interface RoleSummary {
  /** In the order of {@link ROLES}, those that there are. */
  readonly roles: readonly RoleTotals[];
  /** Trained ones first, of each the best evidence first. */
  readonly weights: readonly WeightTotals[];
  /** What optimizers keep for variables; several sets of slots where several optimizers share a model. */
  readonly optimizers: readonly OptimizerSlots[];
}

export interface OptimizerSlots {
  /** The optimizer, by what it calls itself, or by such slots where they tell. */
  readonly optimizer: string | undefined;
  /** Names of the slots of each variable, sorted; none of an optimizer that keeps none. */
  readonly slots: readonly string[];
}

/** What wraps another optimizer, and scales the loss for it. */
const LOSS_SCALE = 'LossScale';
const LOSS_SCALE_WORDS = /(?:^|[/_])(?:current_loss_scale|loss_scale|dynamic_scale)(?=$|\/)/;

const TRAINABLE: readonly Trainable[] = ['yes', 'no', 'unknown'];

function add(totals: Totals, parameters: number, bytes: number): void {
  totals.tensors++;
  totals.parameters += parameters;
  totals.bytes += bytes;
}

const none = (): Totals => ({ tensors: 0, parameters: 0, bytes: 0 });

/** Sums up tensors by their roles, and the weights among them by whether they are trained and how that is known. */
export function roleSummaryOf(pairs: Iterable<readonly [string, Tensor]>, roleOf: RoleOf): RoleSummary {
  const totals = new RoleTotalsOf({ roleOf });
  scanPairs(pairs, (facts) => totals.add(facts));
  return totals.summary();
}

/** Sums up tensor after tensor. */
export class RoleTotalsOf {
  readonly #roles = new Map(ROLES.map((role) => [role, { role, ...none() }]));
  readonly #slots = this.#roles.get('slot') as RoleTotals;
  readonly #texts = new KnownTexts();
  readonly #weights = TRAINABLE.flatMap((trainable) =>
    EVIDENCE.map((evidence): WeightTotals => ({ trainable, evidence, ...none() })),
  );
  readonly #optimizers = new OptimizersByName();
  readonly #variable = new LastVariable();
  readonly #roleOf: RoleOf;
  readonly #quick: QuickRole;

  constructor({ roleOf, quick = () => undefined }: Pick<Roles, 'roleOf' | 'quick'>) {
    this.#roleOf = roleOf;
    this.#quick = quick;
  }

  add(facts: TensorFacts): void {
    const variable = this.#variable;
    const atOnce = this.#quick(facts);
    const parameters = parametersOf(facts);
    const { byteLength } = facts;
    if (atOnce === SOME_SLOT && variable.isOwnerOf(facts)) {
      add(this.#slots, parameters, byteLength);
      this.#optimizers.addSlotOfLast(this.#texts.of(facts.nameBytes, variable.slotStart, variable.slotEnd));
      return;
    }
    const told = atOnce === undefined || atOnce === SOME_SLOT ? this.#roleOf(nameOfFacts(facts), facts) : atOnce;
    const { role, trainable, evidence } = told;
    add(this.#roles.get(role) as RoleTotals, parameters, byteLength);
    if (role !== 'weight' && role !== 'ema') this.#optimizers.add(nameOfFacts(facts), told);
    if (atOnce !== undefined) {
      variable.name.keep(facts);
      this.#optimizers.endOfLast();
    }
    if (role !== 'weight') return;
    const at = TRAINABLE.indexOf(trainable) * EVIDENCE.length + EVIDENCE.indexOf(evidence);
    add(this.#weights[at] as WeightTotals, parameters, byteLength);
  }

  summary(): RoleSummary {
    this.#optimizers.endOfLast();
    const isThere = ({ tensors }: Totals): boolean => tensors > 0;
    return {
      roles: [...this.#roles.values()].filter(isThere),
      weights: this.#weights.filter(isThere),
      optimizers: this.#optimizers.all(),
    };
  }
}

/** Optimizers that call themselves something, each with its slots; those that do not, by the slots alone. */
class OptimizersByName {
  readonly #slots = new TextMap<Set<string>>();
  readonly #others = new SlotSets();
  #scalesLoss = false;

  add(name: string, { role, optimizer, slot, of }: TensorRole): void {
    this.#scalesLoss ||= role === 'bookkeeping' && LOSS_SCALE_WORDS.test(name);
    if (optimizer === undefined) {
      if (slot !== undefined && role === 'slot') this.#others.add(slot, of);
      return;
    }
    const slots = this.#slots.get(optimizer) ?? new TextSet();
    this.#slots.set(optimizer, slots);
    if (slot !== undefined && role === 'slot') slots.add(slot);
  }

  /** A slot of the variable that came last. */
  addSlotOfLast(slot: string): void {
    this.#others.addToRun(slot);
  }

  endOfLast(): void {
    this.#others.endRun();
  }

  all(): OptimizerSlots[] {
    const named = [...this.#slots].filter(([name, { size }]) => name !== LOSS_SCALE || size > 0);
    const scales = this.#scalesLoss || this.#slots.has(LOSS_SCALE);
    const all = [
      ...named
        .sort()
        .map(([name, slots]) => ({ optimizer: calledSo(name, [...slots].sort()), slots: [...slots].sort() })),
      ...this.#others.optimizers(),
    ];
    if (!scales) return all;
    if (all.length === 0) return [{ optimizer: LOSS_SCALE, slots: [] }];
    return all.map(({ optimizer, slots }) => ({
      optimizer: optimizer === undefined ? LOSS_SCALE : `${LOSS_SCALE} of ${optimizer}`,
      slots,
    }));
  }
}

/** A known name as it is; a program's own with what its slots tell. */
function calledSo(name: string, slots: readonly string[]): string {
  const known = optimizerCalled(name);
  const bySlots = known === undefined ? optimizerOf(slots) : undefined;
  return known ?? (bySlots === undefined ? name : `${bySlots}, called ${name}`);
}

const joined = (slots: Iterable<string>): string => [...new Set(slots)].sort().join('\0');

/** The slots of each variable, as sets: there are many variables and few sets. */
class SlotSets {
  readonly #all = new TextSet();
  /** Of each variable, which slots it has so far. */
  readonly #setOf = new TextMap<string>();
  /** Sets of variables whose slots came one after the other. */
  readonly #sets = new TextSet();
  readonly #run: string[] = [];
  /** The slots of the variable before, which are mostly the same. */
  #lastRun: readonly string[] = [];

  add(slot: string, variable: string | undefined): void {
    this.#all.add(slot);
    if (variable === undefined) return;
    const before = this.#setOf.get(variable);
    this.#setOf.set(variable, before === undefined ? slot : joined([...before.split('\0'), slot]));
  }

  /** A slot of the same variable as the one before. */
  addToRun(slot: string): void {
    this.#run.push(slot);
  }

  /** What comes is of another variable. */
  endRun(): void {
    if (this.#run.length === 0) return;
    if (this.#run.length === this.#lastRun.length && this.#run.every((slot, i) => slot === this.#lastRun[i])) {
      this.#run.length = 0;
      return;
    }
    this.#lastRun = [...this.#run];
    const set = this.#run.length === 1 ? (this.#run[0] as string) : this.#run.join('\0');
    if (!this.#sets.has(set)) {
      for (const slot of this.#run) this.#all.add(slot);
      this.#sets.add(set);
    }
    this.#run.length = 0;
  }

  /** One for each optimizer where every set of slots tells which keeps it; otherwise all slots together. */
  optimizers(): OptimizerSlots[] {
    if (this.#all.size === 0) return [];
    return this.#told() ?? [{ optimizer: optimizerOf([...this.#all].sort()), slots: [...this.#all].sort() }];
  }

  #told(): OptimizerSlots[] | undefined {
    const told = new TextMap<string>();
    const named = new TextSet();
    const sets = [...new Set([...this.#setOf.values(), ...this.#sets])].map((set) =>
      [...new Set(set.split('\0'))].sort(),
    );
    for (const slots of sets) {
      const optimizer = optimizerOf(slots);
      if (optimizer === undefined && !slots.every(isOfAnyOptimizer)) return undefined;
      for (const slot of slots) named.add(slot);
      if (optimizer === undefined || (/ or /.test(optimizer) && sets.some((other) => isPart(slots, other)))) continue;
      told.set(optimizer, joined([...(told.get(optimizer)?.split('\0') ?? []), ...slots]));
    }
    // A slot whose variable is not there may belong to any of them, or to another.
    if (told.size === 0 || named.size < this.#all.size) return undefined;
    return [...told].sort().map(([optimizer, set]) => ({ optimizer, slots: set.split('\0') }));
  }
}

/** Whether another set has all of these slots, and more. */
const isPart = (slots: readonly string[], other: readonly string[]): boolean =>
  slots.length < other.length && slots.every((slot) => other.includes(slot));
