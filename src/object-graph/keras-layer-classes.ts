/**
 * Which class a Keras layer is of. A checkpoint does not say; the name of a layer does where Keras made it (`dense_1`), and
 * otherwise the names and shapes of its variables tell some classes from all others.
 * Source: keras/src/layers (Keras 3.15), `to_snake_case` of the names of its classes.
 */
import type { Shape } from '../tensor/shape.ts';

/** Classes of layers that have variables, or layers that have some, or random numbers, as Keras spells them in file names. */
const CLASSES: ReadonlySet<string> = new Set(
  `additive_attention alpha_dropout attention batch_normalization bidirectional conv1d conv1d_transpose conv2d
  conv2d_transpose conv3d conv3d_transpose conv_lstm1d conv_lstm2d conv_lstm3d dense depthwise_conv1d depthwise_conv2d
  discretization dropout einsum_dense embedding functional gaussian_dropout gaussian_noise group_normalization
  grouped_query_attention gru gru_cell layer_normalization lstm lstm_cell multi_head_attention normalization p_re_lu
  pipeline random_brightness random_contrast random_crop random_flip random_rotation random_translation random_zoom
  reversible_embedding rms_normalization rnn separable_conv1d separable_conv2d sequential simple_rnn simple_rnn_cell
  spatial_dropout1d spatial_dropout2d spatial_dropout3d spectral_normalization stacked_rnn_cells time_distributed
  unit_normalization`.split(/\s+/),
);

/** The class that Keras made a name of: `dense_1` is the second `dense`. */
export function classOfName(name: string): string | undefined {
  const plain = name.replace(/_\d+$/, '');
  return CLASSES.has(plain) ? plain : undefined;
}

/** The variables of a quantized layer in the order in which Keras writes them (`variable_serialization_spec`). */
const QUANTIZED = [
  'kernel',
  'embeddings',
  'bias',
  'quantized_kernel',
  'inputs_scale',
  'inputs_amax_history',
  'kernel_scale',
  'embeddings_scale',
  'kernel_amax_history',
  'outputs_grad_scale',
  'outputs_grad_amax_history',
  'kernel_zero',
  'embeddings_zero',
  'awq_scales',
  'g_idx',
  'reverse_embeddings',
  'reverse_embeddings_scale',
  'reverse_embeddings_zero',
];

/** The names of a layer's variables as Keras writes them: as they were made, or of a quantized layer by a list. */
export function inKerasOrder(names: readonly string[]): string[] {
  const plain = (name: string): string => name.replace(/^_/, '');
  if (!names.some((name) => /_(?:scale|amax_history)$/.test(name))) return [...names];
  if (!names.every((name) => QUANTIZED.includes(plain(name)))) return [...names];
  return [...names].sort((a, b) => QUANTIZED.indexOf(plain(a)) - QUANTIZED.indexOf(plain(b)));
}

/** The class of a layer by its variables, where no other class has the like; undefined where several might be. */
export function classOfVariables(
  variables: readonly { readonly name: string; readonly shape: Shape | undefined }[],
): string | undefined {
  const shapes = new Map(variables.map(({ name, shape }) => [name.replace(/^_/, ''), shape]));
  if (shapes.has('vector_u')) return 'spectral_normalization';
  if (shapes.has('moving_mean')) return 'batch_normalization';
  if (shapes.has('gamma') && shapes.has('beta')) return 'layer_normalization';
  if (shapes.has('embeddings')) return 'embedding';
  if (shapes.has('pointwise_kernel')) return `separable_conv${(shapes.get('pointwise_kernel')?.length ?? 4) - 2}d`;
  return classOfKernel(shapes.get('kernel'), shapes.get('bias'));
}

/** A kernel of two axes is a dense one; one of four is a convolution if its bias is as long as its last axis alone. */
function classOfKernel(kernel: Shape | undefined, bias: Shape | undefined): string | undefined {
  if (kernel?.length === 2) return 'dense';
  if (kernel === undefined || bias?.length !== 1 || kernel.length < 4) return undefined;
  const [inputs, outputs] = kernel.slice(-2);
  const rank = `${kernel.length - 2}d`;
  if (bias[0] === outputs && inputs !== outputs) return `conv${rank}`;
  return bias[0] === inputs && inputs !== outputs && outputs !== 1 ? `conv${rank}_transpose` : undefined;
}
