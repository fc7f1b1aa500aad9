/** What the tensors of a checkpoint are for, in sums; and what optimizer left its slots there. */
import { EVIDENCE, type Evidence, ROLES, type Role, type RoleOf, type Trainable } from '../roles/role.ts';
import type { Tensor } from '../tensor/tensor.ts';
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
  /** Names of slots, sorted: what an optimizer keeps for each variable. */
  readonly slots: readonly string[];
}

const TRAINABLE: readonly Trainable[] = ['yes', 'no', 'unknown'];

function add(totals: Totals, tensor: Tensor): void {
  totals.tensors++;
  totals.parameters += parametersOf(tensor);
  totals.bytes += tensor.byteLength;
}

const none = (): Totals => ({ tensors: 0, parameters: 0, bytes: 0 });

/** Sums up tensors by their roles, and the weights among them by whether they are trained and how that is known. */
export function roleSummaryOf(pairs: Iterable<readonly [string, Tensor]>, roleOf: RoleOf): RoleSummary {
  const roles = ROLES.map((role): RoleTotals => ({ role, ...none() }));
  const weights = TRAINABLE.flatMap((trainable) =>
    EVIDENCE.map((evidence): WeightTotals => ({ trainable, evidence, ...none() })),
  );
  const slots = new Set<string>();
  for (const [name, tensor] of pairs) {
    const { role, trainable, evidence, slot } = roleOf(name, tensor);
    add(roles[ROLES.indexOf(role)] as RoleTotals, tensor);
    if (slot !== undefined && role === 'slot') slots.add(slot);
    if (role !== 'weight') continue;
    add(weights[TRAINABLE.indexOf(trainable) * EVIDENCE.length + EVIDENCE.indexOf(evidence)] as WeightTotals, tensor);
  }
  const isThere = ({ tensors }: Totals): boolean => tensors > 0;
  return { roles: roles.filter(isThere), weights: weights.filter(isThere), slots: [...slots].sort() };
}

/**
 * Optimizers by the slots they keep; those of TF1 call a slot by their own name. AdamW and Nadam of Keras keep the slots of
 * Adam, and Lion that of SGD, so there the slots do not tell which it is.
 */
const BY_SLOTS: readonly (readonly [slots: string, optimizer: string])[] = [
  ['m v vhat', 'Adam'],
  ['m v', 'Adam or a variant'],
  ['momentum velocity velocity_hat', 'Adam'],
  ['momentum velocity', 'Adam or a variant'],
  ['adam_m adam_v', 'Adam'],
  ['lamb_m lamb_v', 'LAMB'],
  ['accumulator linear', 'Ftrl'],
  ['accum_grad accum_var', 'Adadelta'],
  ['accumulated_delta_var accumulated_grad', 'Adadelta'],
  ['rms', 'RMSprop'],
  ['accumulator', 'Adagrad'],
  ['slot_vc slot_vr', 'Adafactor'],
  ['factor velocity', 'Adafactor'],
  ['momentum', 'SGD with momentum, or Lion'],
];

/** The optimizer that keeps such slots, where they tell; `Adam` of `Adam` and `Adam_1`. */
export function optimizerOf(slots: readonly string[]): string | undefined {
  const key = slots.join(' ');
  const known = BY_SLOTS.find(([names]) => names === key);
  if (known !== undefined) return known[1];
  const [first, ...others] = new Set(slots.map((slot) => slot.replace(/_\d+$/, '')));
  return others.length === 0 && first !== undefined && /^[A-Z]/.test(first) ? first : undefined;
}
