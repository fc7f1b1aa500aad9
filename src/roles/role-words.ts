/**
 * The words at the end of names that say what a tensor is for: one table for all that goes by names. Another one of a
 * kind has `_1`, `_2` after its word. Source: the optimizers of tensorflow/python/training, of Keras, of tensor2tensor,
 * Mesh TensorFlow and BERT, which name what they make.
 */

/**
 * - `slot` and `ema`: unmistakable;
 * - `belongs`, `average`: a slot, or a moving average, where what the rest of the name says is a variable too;
 * - `master`: stands before the name of a variable of which it is a copy in higher precision;
 * - `step`, `hyperparameter`: scalars only; `count`: integer scalars only;
 * - `statistic`: part of the model that training changes without a gradient;
 * - `untrained`: part of the model, or of what was done to it, that has no gradient;
 * - `total`: what metrics have, where both of a pair are there; `moment`: what is counted together, where the count is
 *   there; `range`: of pairs, ends of a range.
 */
export type WordMeaning =
  | 'slot'
  | 'ema'
  | 'belongs'
  | 'average'
  | 'master'
  | 'step'
  | 'count'
  | 'hyperparameter'
  | 'bookkeeping'
  | 'statistic'
  | 'untrained'
  | 'total'
  | 'moment'
  | 'range';

const WORDS: Readonly<Record<WordMeaning, string>> = {
  slot: `Adam AdamW AdaMax Adamax AdaBelief AMSGrad Nadam NAdam RAdam LazyAdam AdamOptimizer LAMB LAMBOptimizer LARS
    LARSOptimizer Momentum MomentumW MomentumOptimizer RMSProp RMSPropOptimizer Adagrad AdagradDA AdagradOptimizer Adadelta
    Adafactor AdafactorOptimizer SM3 Yogi NovoGrad AdaBound RectifiedAdam Shampoo Ftrl FtrlOptimizer ProximalAdagrad AddSign AddSignOptimizer PowerSign PowerSignOptimizer
    AdamWOptimizer LazyAdamOptimizer NadamOptimizer AdadeltaOptimizer AdaMaxOptimizer ProximalAdagradOptimizer AdaBoundOptimizer
    exp_avg exp_avg_sq max_exp_avg_sq momentum_buffer square_avg adam_m adam_v lamb_m
    lamb_v gradient_accumulator gradient_accumulation grad_accum grad_acc accum_grad accum_grads accumulated_grads
    accumulated_gradient accumulated_gradients accumulated_grad accumulated_delta_var grads_accum grad_accums acc_grad acc_grads
    gradient_accumulators AccumGrad AccumGrads GradAccum GradientAccumulator adafactor_v adafactor_vr adafactor_vc`,
  ema: 'ExponentialMovingAverage MovingAverage SWA',
  belongs: `biased local_step m v r c vhat vr vc rms ms mg mom accumulator accumulators accum accum_update accum_var linear
    linears momenta momentum momentums velocity velocities velocity_hat velocity_hats velocity_max average_gradient norm slow
    squared_accumulator accumulated_momentum master_copy fp32_copy fp32 fp32_master master_weight master_weights`,
  average: `average averages ema ema_weights ema_model EMA swa avg moving_average exponential_moving_average averaged polyak
    shadow`,
  master: `FP32-master-copy fp32_master_copy master_copy fp32_master master_weights master_params fp32_weights fp32
    fp32_copy`,
  step: 'global_step',
  count: `step steps num_steps train_step train_steps training_step training_steps global_steps train_step_counter sync_rep_local_step iter iteration
    iterations _iterations`,
  hyperparameter: `beta1_power beta_1_power beta2_power beta_2_power beta_1 beta_2 rho learning_rate _learning_rate lr decay
    momentum learning_rate_power l1_regularization_strength l2_regularization_strength weight_decay momentum_cache u_product
    _u_product`,
  bookkeeping: `save_counter last_id episode_counter environment_steps number_episodes loss_scale current_loss_scale dynamic_loss_scale last_overflow_iteration dynamic_scale step_counter good_steps bad_steps num_good_steps
    num_bad_steps seed_generator_state rng_state _state_var StateVar total_samples true_positives true_negatives
    false_positives false_negatives confusion_matrix total_confusion_matrix total_cm weights_intermediate squared_sum num_samples
    return_accumulator length_accumulator
    total_tensor count_tensor true_positive_at_k false_positive_at_k false_negative_at_k`,
  statistic: `moving_mean moving_variance moving_stddev moving_var moving_avg moving_average running_mean running_variance running_var
    population_mean population_variance pop_mean pop_variance pop_var renorm_mean renorm_mean_weight renorm_stddev
    renorm_stddev_weight EMA ema_cluster_size ema_dw ema_w accu_mean accu_variance runningsum runningsumsq sumsq`,
  untrained: `mask kernel_mask weight_mask weights_mask threshold old_weight old_weights old_old_weight sn_u spectral_norm_u
    vector_u u u0 u_var u_vec u_vector kernel_u weight_u weights_u w_u accu_counter update_accus min_var max_var counter _counter hidden _hidden
    num_updates kernel_min kernel_max pre_activation_min
    pre_activation_max post_activation_min post_activation_max last_mask_update_step last_update_step pruning_step optimizer_step`,
  total: 'total count',
  moment: 'mean variance var std stddev',
  range: 'min max',
};

interface Words {
  readonly meanings: ReadonlyMap<string, WordMeaning>;
  readonly slots: ReadonlyMap<string, 'slot' | 'ema'>;
}

let words: Words | undefined;

/** What words make of a variable that they stand beside, whatever else they mean: `momentum` is a setting where it stands alone. */
const OF_VARIABLES: Partial<Readonly<Record<WordMeaning, 'slot' | 'ema'>>> = {
  slot: 'slot',
  belongs: 'slot',
  ema: 'ema',
  average: 'ema',
};

/** The tables are made when they are first asked for. */
function allWords(): Words {
  if (words !== undefined) return words;
  const meanings = new Map<string, WordMeaning>();
  const slots = new Map<string, 'slot' | 'ema'>();
  for (const meaning of Object.keys(WORDS) as WordMeaning[]) {
    const kind = OF_VARIABLES[meaning];
    WORDS[meaning].split(/\s+/).forEach((word) => {
      meanings.set(word, meaning);
      if (kind !== undefined) slots.set(word, kind);
    });
  }
  words = { meanings, slots };
  return words;
}

/** Every word with its meaning, of several the last in the table. */
export function wordMeanings(): ReadonlyMap<string, WordMeaning> {
  return allWords().meanings;
}

/** What a word makes of a variable that it stands beside; undefined for a word that names no slot. */
export function slotWord(word: string): 'slot' | 'ema' | undefined {
  const { slots } = allWords();
  return slots.get(word) ?? slots.get(withoutNumber(word));
}

/**
 * A word's meaning: the whole word is looked up first, and then without its number (`beta_1`, `Adam_1`), and without what makes
 * it private to Python (`_num_steps`).
 */
export function meaningOf(word: string): WordMeaning | undefined {
  const known = wordMeanings().get(word) ?? wordMeanings().get(withoutNumber(word));
  return known === undefined && word.startsWith('_') ? meaningOf(word.slice(1)) : known;
}

const OF_ANY =
  /^acc(?:um(?:ulated)?)?_?grad(?:s|ients?)?$|^grad(?:s|ient)?_?accum|^grad_acc$|^fp32|^master_|^biased$|^local_step$|^slow$/i;

/** Whether a slot says nothing of which optimizer keeps it: accumulated gradients, copies in higher precision, averages' own. */
export function isOfAnyOptimizer(slot: string): boolean {
  return OF_ANY.test(slot) && slot !== 'accumulated_grad';
}

/** Whether an integer of an optimizer that is called so counts, and is no setting: `iter`, `num_updates`, no `sync_period`. */
export function isCounter(word: string): boolean {
  return (
    /(?:^|[_/])(?:t|iter(?:ation)?s?|steps?|count(?:er)?|updates|\d+)$/.test(word) &&
    !/^(?:total|start|warmup|decay)_/.test(word)
  );
}

/** Mesh TensorFlow does not put a slot below its variable: `kernel_slot_vr`. */
export const JOINED_SLOT = '_slot_';
export const JOINED_SLOT_ENDS: readonly string[] = ['vr', 'vc', 'v', 'm'].map((end) => JOINED_SLOT + end);

/** What moving averages keep for themselves. */
export const OF_AVERAGES: ReadonlySet<string> = new Set(['biased', 'local_step']);

/** What a lookup table stores: its keys and its values, under its own name and these endings. */
export const KEYS = '-keys';
export const VALUES = '-values';

export const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;

/** A word without its number: `Adam` of `Adam_1`. */
export function withoutNumber(word: string): string {
  let end = word.length;
  while (end > 0 && isDigit(word.charCodeAt(end - 1))) end--;
  return end < word.length && word[end - 1] === '_' ? word.slice(0, end - 1) : word;
}

/** Ends of words that tell something where another tensor is beside them, and the words that have them. */
export const BESIDE_ENDS: readonly string[] = [
  ...['_min', '_max', '_scale', '_zero'],
  ...['embedding', 'embeddings', 'embedding_w', 'embeddings_w'],
];
export const BESIDE_OTHERS = /_(?:min|max|scale|zero)$|^embeddings?(?:_w)?$/;
