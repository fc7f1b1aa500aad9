/**
 * The scopes in which optimizers keep their state, by what they are called: `training/Adam/...` on TensorFlow 1,
 * `Adam/m/...` in Keras 2.11, `adam_w/...` in Keras 3, `rms_prop/...` in Sonnet. Whatever lies there is the optimizer's.
 */
import { withoutNumber } from './role-words.ts';

/** A graph of Keras has its optimizers in this scope. */
export const TRAINING_SCOPE = 'training';

const NAMES = `AdaBound Adadelta Adafactor Adagrad AdagradDA Adam AdamW AdamWeightDecay AdaMax AdaBelief AddSign AMSGrad COCOB
  ConditionalGradient Ftrl LAMB LARS LazyAdam Lion Lookahead LossScale MADGRAD Momentum MovingAverage Muon Nadam NovoGrad
  PowerSign ProximalAdagrad ProximalYogi RAdam RectifiedAdam RMSprop ScheduleFreeAdamW SGD SGDW SM3 SWA Yogi`;

/** Letters alone, small: `rms_prop`, `rm_sprop` and `RMSProp` are one; so are `LAMBOptimizer` and `lamb`. */
const plain = (name: string): string =>
  withoutNumber(name)
    .replaceAll('_', '')
    .toLowerCase()
    .replace(/optimizer(?:v[123])?$/, '');

let names: ReadonlyMap<string, string> | undefined;

/** What an optimizer is called that calls itself so in names: `AdamW` for `adam_w_1`; undefined for any other name. */
export function optimizerCalled(name: string): string | undefined {
  names ??= new Map(NAMES.split(/\s+/).map((known) => [plain(known), known]));
  return names.get(plain(name));
}

/** Those that pass gradients on to another, whose scope may lie in theirs. */
const WRAPPERS: ReadonlySet<string> = new Set(['LossScale', 'Lookahead', 'MovingAverage', 'SWA']);

/** So programs of JAX call the tree of what their optimizer knows. */
const STATE = /^opt(?:im(?:izer)?)?_states?\//;
/** So a `.h5` of Keras 2 calls the group of what its optimizer knows. */
const TRAINING = new RegExp(`^(?:${TRAINING_SCOPE}(?:_\\d+)?|optimizer_weights)/`);
const NAMELESS = /^([^/]+\/)Variable(?:_\d+)?$/;
const NAMELESS_STATE = new RegExp(`^${TRAINING_SCOPE}(?:_\\d+)?/Variable(?:_\\d+)?$`);
const KERAS_VARIABLE = /^optimizer\/vars\/\d+$/;

/** Whether a name is that of a variable of the optimizer in a weights file of Keras 3, which numbers them. */
export function isKerasVariable(name: string): boolean {
  return KERAS_VARIABLE.test(name);
}

/** Whether a name is one of those that Keras on TensorFlow 1 gives the state of an optimizer without a scope: `training/Variable_3`. */
export function isNamelessState(name: string): boolean {
  return NAMELESS_STATE.test(name);
}

/** Whether the first step of a name is one that {@link namedScope} or {@link isKerasVariable} looks behind. */
export function isOptimizerStep(step: string): boolean {
  return step === 'optimizer' || TRAINING.test(`${step}/`) || namedScope(`${step}/`) !== undefined;
}

/**
 * The scope of an optimizer that a name begins with, the inner one where one wraps another, and whether it can be nothing
 * else; undefined where it begins with none.
 */
export function namedScope(name: string): { readonly scope: string; readonly isCertain: boolean } | undefined {
  const state = STATE.exec(name);
  if (state !== null) return { scope: state[0], isCertain: true };
  const start = TRAINING.exec(name)?.[0].length ?? 0;
  let scope = start;
  for (let end = name.indexOf('/', scope); end > scope; end = name.indexOf('/', scope)) {
    const called = optimizerCalled(name.slice(scope, end));
    if (called === undefined) break;
    scope = end + 1;
    if (!WRAPPERS.has(called)) break;
  }
  // Keras on TensorFlow 1 gives most of its optimizers' variables no names: `training/my_opt/Variable_3`.
  if (scope === start) scope += start === 0 ? 0 : (NAMELESS.exec(name.slice(start))?.[1]?.length ?? 0);
  return scope === start ? undefined : { scope: name.slice(0, scope), isCertain: start > 0 };
}
