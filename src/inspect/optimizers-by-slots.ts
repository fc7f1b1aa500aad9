/** Which optimizer keeps slots of some names. */
import { isOfAnyOptimizer } from '../roles/role-words.ts';

/**
 * Optimizers by the slots they keep; those of TF1 call a slot by their own name. AdamW and Nadam of Keras keep the slots of
 * Adam, and Lion that of SGD, so there the slots do not tell which it is.
 */
const BY_SLOTS: readonly (readonly [slots: string, optimizer: string])[] = [
  ['m v vhat', 'Adam'],
  ['momenta velocities', 'Adam'],
  ['momenta', 'SGD with momentum'],
  ['accumulators linears', 'Ftrl'],
  ['accumulators', 'Adagrad'],
  ['accumulators momenta velocities', 'Adagrad with momentum'],
  ['m v', 'Adam or a variant'],
  ['momentum velocity velocity_hat', 'Adam'],
  ['momentum velocity', 'Adam or a variant'],
  ['adam_m adam_v', 'Adam'],
  ['lamb_m lamb_v', 'LAMB'],
  ['accumulator linear', 'Ftrl'],
  ['accum_grad accum_var', 'Adadelta'],
  ['accumulated_delta_var accumulated_grad', 'Adadelta'],
  ['rms', 'RMSprop'],
  ['mom ms', 'RMSprop'],
  ['mg mom ms', 'RMSprop'],
  ['momentum rms', 'RMSprop'],
  ['mg rms', 'RMSprop'],
  ['mg momentum rms', 'RMSprop'],
  ['velocity', 'RMSprop'],
  ['average_gradient momentum velocity', 'RMSprop'],
  ['average_gradient velocity', 'RMSprop'],
  ['accumulated_momentum', 'SGD with momentum'],
  ['accumulator', 'Adagrad'],
  ['slot_vc slot_vr', 'Adafactor'],
  ['slot_v', 'Adafactor'],
  ['slot_v slot_vc slot_vr', 'Adafactor'],
  ['slot_m slot_v', 'Adam'],
  ['adafactor_vc adafactor_vr', 'Adafactor'],
  ['m u', 'AdaMax'],
  ['factor velocity', 'Adafactor'],
  ['m', 'SGD with momentum, or Lion'],
  ['momentum', 'SGD with momentum, or Lion'],
];

/** The optimizer that keeps such slots, where they tell; `Adam` of `Adam` and `Adam_1`. */
export function optimizerOf(slots: readonly string[]): string | undefined {
  const own = slots.filter((slot) => !isOfAnyOptimizer(slot));
  // Adadelta calls a slot as others call accumulated gradients.
  const keys = [slots.join(' '), own.join(' ')];
  const known = BY_SLOTS.find(([names]) => keys.includes(names));
  if (known !== undefined) return known[1];
  const [first, ...others] = new Set(own.map((slot) => slot.replace(/_\d+$/, '')));
  return others.length === 0 && first !== undefined && /^[A-Z]/.test(first) ? first : undefined;
}
