/**
 * The words at the end of names that say what a tensor is for: one table for all that goes by names. Another one of a
 * kind has `_1`, `_2` after its word. Source: the optimizers of tensorflow/python/training, of Keras, of tensor2tensor,
 * Mesh TensorFlow and BERT, which name what they make.
 */

/**
 * - `slot` and `ema`: unmistakable;
 * - `belongs`: a slot where the name before it is a variable too, and a name like any other where not;
 * - `step`, `hyperparameter`: scalars only; `count`: integer scalars only;
 * - `statistic`: part of the model that training changes without a gradient.
 */
export type WordMeaning =
  | 'slot'
  | 'ema'
  | 'belongs'
  | 'step'
  | 'count'
  | 'hyperparameter'
  | 'bookkeeping'
  | 'statistic';

const WORDS: Readonly<Record<WordMeaning, string>> = {
  slot: `Adam AdamW AdaMax Adamax AdaBelief AMSGrad Nadam NAdam RAdam LazyAdam AdamOptimizer LAMB LAMBOptimizer LARS
    LARSOptimizer Momentum MomentumW MomentumOptimizer RMSProp RMSPropOptimizer Adagrad AdagradDA AdagradOptimizer Adadelta
    Adafactor AdafactorOptimizer Ftrl FtrlOptimizer ProximalAdagrad AddSignOptimizer PowerSignOptimizer adam_m adam_v lamb_m
    lamb_v`,
  ema: 'ExponentialMovingAverage MovingAverage SWA',
  belongs: 'biased local_step m v vhat vr vc rms accumulator velocity',
  step: 'global_step',
  count: 'step train_step training_step iter iteration iterations _iterations',
  hyperparameter: `beta1_power beta2_power beta_1 beta_2 rho learning_rate _learning_rate lr decay momentum
    learning_rate_power l1_regularization_strength l2_regularization_strength`,
  bookkeeping: `save_counter loss_scale current_loss_scale dynamic_scale step_counter good_steps num_good_steps
    seed_generator_state`,
  statistic: `moving_mean moving_variance moving_var moving_avg moving_average running_mean running_variance running_var
    population_mean population_variance pop_mean pop_variance pop_var renorm_mean renorm_mean_weight renorm_stddev
    renorm_stddev_weight EMA`,
};

let meanings: ReadonlyMap<string, WordMeaning> | undefined;

/** Every word with its meaning; the table is made when it is first asked for. */
export function wordMeanings(): ReadonlyMap<string, WordMeaning> {
  meanings ??= new Map(
    Object.entries(WORDS).flatMap(([meaning, words]) =>
      words.split(/\s+/).map((word): [string, WordMeaning] => [word, meaning as WordMeaning]),
    ),
  );
  return meanings;
}

/** Mesh TensorFlow does not put a slot below its variable: `kernel_slot_vr`. */
export const JOINED_SLOT_ENDS: readonly string[] = ['_slot_vr', '_slot_vc', '_slot_v', '_slot_m'];

/** A graph of Keras has the slots of all variables in the scope of the optimizer: `training/Adam/dense/kernel/m`. */
export const TRAINING_SCOPE = 'training';
export const OPTIMIZER_SCOPES: readonly string[] = [
  'Adadelta',
  'Adagrad',
  'Adam',
  'Adamax',
  'Ftrl',
  'Nadam',
  'RMSprop',
  'SGD',
];

const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;

/** A word without its number: `Adam` of `Adam_1`. */
export function withoutNumber(word: string): string {
  let end = word.length;
  while (end > 0 && isDigit(word.charCodeAt(end - 1))) end--;
  return end < word.length && word[end - 1] === '_' ? word.slice(0, end - 1) : word;
}
