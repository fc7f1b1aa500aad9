/**
 * Slots and settings that optimizers of several generations call each in its own way: what Keras up to 2.10 calls `m` is a
 * `momentum` in Keras 3. A variable has at most one slot of a kind, so the variable and the kind say which is which.
 * Source: tf_keras/optimizers, keras/src/optimizers, sonnet/src/optimizers.
 */

import { shellWord } from '../bytes/shell-word.ts';
import { TextMap } from '../bytes/text-map.ts';
import { lastName } from '../object-graph/checkpoint-key.ts';
import { rolesByNames } from '../roles/name-role.ts';
import { withoutNumber } from '../roles/role-words.ts';
import { sameShape } from '../tensor/shape.ts';
import type { Tensor, TensorMap } from '../tensor/tensor.ts';

/** Each line is one kind. */
const KINDS: readonly (readonly string[])[] = [
  [
    'm',
    'momentum',
    'momentums',
    'momenta',
    'mom',
    'accumulated_momentum',
    'adam_m',
    'lamb_m',
    'Adam',
    'AdaMax',
    'Momentum',
  ],
  ['v', 'velocity', 'velocities', 'rms', 'ms', 'norm', 'u', 'adam_v', 'lamb_v', 'Adam_1', 'AdaMax_1', 'RMSProp'],
  ['vhat', 'velocity_hat', 'velocity_hats'],
  ['mg', 'average_gradient', 'average_gradients'],
  ['accum', 'accum_grad', 'accumulated_grad', 'accumulated_grads'],
  ['accum_update', 'accum_var', 'accumulated_delta_var', 'accumulated_delta_vars'],
  ['accumulator', 'accumulators'],
  ['linear', 'linears'],
  ['average', 'ema', 'moving_average', 'ExponentialMovingAverage'],
];
/** What an optimizer has once. */
const SETTINGS: readonly (readonly string[])[] = [
  ['iter', 'iteration', 'iterations', '_iterations'],
  ['learning_rate', '_learning_rate', 'lr'],
];

const kindsByWord = (lists: readonly (readonly string[])[]): ReadonlyMap<string, number> =>
  new Map(lists.flatMap((words, kind) => words.map((word): [string, number] => [word, kind])));

let slotKinds: ReadonlyMap<string, number> | undefined;
let settingKinds: ReadonlyMap<string, number> | undefined;

/** The kind of a slot, whatever its optimizer calls it; undefined for one that has a name of its own. */
export function slotKind(slot: string): number | undefined {
  slotKinds ??= kindsByWord(KINDS);
  return slotKinds.get(slot) ?? slotKinds.get(withoutNumber(slot));
}

function settingOf(name: string): number | undefined {
  settingKinds ??= kindsByWord(SETTINGS);
  return settingKinds.get(lastName(name));
}

/** Names that stand once; undefined where there are several. */
class Unique {
  readonly #names = new TextMap<string | undefined>();

  add(key: string, name: string): void {
    this.#names.set(key, this.#names.has(key) ? undefined : name);
  }

  get(key: string): string | undefined {
    return this.#names.get(key);
  }
}

/** The slots, averages and settings of a checkpoint that goes by names. */
export class NamedState {
  readonly #slots = new Unique();
  readonly #settings = new Unique();

  constructor(readonly tensors: TensorMap) {
    const { roleOf } = rolesByNames(tensors);
    for (const [name, tensor] of tensors) {
      const { role, of, slot } = roleOf(name, tensor);
      const kind = slot === undefined ? undefined : slotKind(slot);
      if (of !== undefined && kind !== undefined) this.#slots.add(`${kind} ${of}`, name);
      const setting = role === 'step' || role === 'hyperparameter' ? settingOf(name) : undefined;
      if (setting !== undefined) this.#settings.add(`${setting}`, name);
    }
  }

  /** The slot of a variable that a template calls so, where exactly one may be meant and it has the template's form. */
  slotOf(variable: string, slot: string, wanted: Tensor): string | undefined {
    const kind = slotKind(slot);
    const name = kind === undefined ? undefined : this.#slots.get(`${kind} ${variable}`);
    return this.#fitting(name, wanted);
  }

  /** The counter or the learning rate of the only optimizer there is, for a path that ends as those do. */
  settingFor(path: string, wanted: Tensor): string | undefined {
    const setting = settingOf(path);
    return setting === undefined ? undefined : this.#fitting(this.#settings.get(`${setting}`), wanted);
  }

  #fitting(name: string | undefined, wanted: Tensor): string | undefined {
    const tensor = name === undefined ? undefined : this.tensors.get(name);
    const fits = tensor !== undefined && tensor.dtype === wanted.dtype && sameShape(tensor.shape, wanted.shape);
    return fits ? name : undefined;
  }
}

interface PrefixHint {
  /** What to put before the names, or to take off them. */
  readonly option: '--add-prefix' | '--strip-prefix';
  readonly prefix: string;
  readonly count: number;
}

const MOST_COMPARED = 20_000;

/** The prefix under which most names of variables would be wanted ones; undefined where none helps two or more. */
function fittingPrefix(names: Iterable<string>, wanted: Iterable<string>): PrefixHint | undefined {
  const wantedByEnd = new TextMap<string[]>();
  let compared = 0;
  for (const name of wanted) {
    if (++compared > MOST_COMPARED) break;
    const end = lastName(name);
    wantedByEnd.set(end, [...(wantedByEnd.get(end) ?? []), name].slice(-MOST_ALIKE));
  }
  const votes = new TextMap<number>();
  const vote = (text: string): void => void votes.set(text, (votes.get(text) ?? 0) + 1);
  compared = 0;
  for (const name of names) {
    if (++compared > MOST_COMPARED) break;
    for (const other of wantedByEnd.get(lastName(name)) ?? []) {
      if (other.endsWith(`/${name}`)) vote(`--add-prefix ${other.slice(0, -name.length)}`);
      else if (name.endsWith(`/${other}`)) vote(`--strip-prefix ${name.slice(0, -other.length)}`);
    }
  }
  const [best] = [...votes].sort(([, a], [, b]) => b - a);
  if (best === undefined || best[1] < 2) return undefined;
  const [option, ...prefix] = best[0].split(' ');
  return { option: option as PrefixHint['option'], prefix: prefix.join(' '), count: best[1] };
}

/** How names are to be changed on the way into a template. */
export interface PrefixChanges {
  readonly addPrefix?: string | undefined;
  readonly stripPrefix?: string | undefined;
}

/** What a name of a template is in the input, before prefixes were changed; first as it is where it never had one. */
export function unprefixed(name: string, { addPrefix = '', stripPrefix = '' }: PrefixChanges): string[] {
  const bare = name.startsWith(addPrefix) ? name.slice(addPrefix.length) : undefined;
  return bare === undefined ? [name] : stripPrefix === '' ? [bare, name] : [stripPrefix + bare, bare];
}

/** Which prefix would make names fit, as a part of a sentence; empty where none would. */
export function prefixHint(names: Iterable<string>, wanted: Iterable<string>): string {
  const hint = fittingPrefix(names, wanted);
  return hint === undefined ? '' : `; with ${hint.option} ${shellWord(hint.prefix)} ${hint.count} names would fit`;
}

/** Layers are alike, and their variables have few names. */
const MOST_ALIKE = 256;
