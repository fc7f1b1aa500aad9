/** Variables of TensorFlow's public models, by name and shape, as their programs make them; small, or as deep as they are. */
export type Shapes = Readonly<Record<string, readonly number[]>>;

const [WORDS, HIDDEN, EMBEDDED, INNER, POSITIONS] = [9, 4, 3, 6, 5];
const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** Names below a scope. */
const below = (scope: string, shapes: Shapes): Shapes =>
  Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [`${scope}/${name}`, shape]));
const dense = (scope: string, inputs: number, outputs: number): Shapes =>
  below(scope, { kernel: [inputs, outputs], bias: [outputs] });
const layerNorm = (scope: string, size: number): Shapes => below(scope, { gamma: [size], beta: [size] });
const batchNorm = (scope: string, size: number): Shapes =>
  below(scope, { gamma: [size], beta: [size], moving_mean: [size], moving_variance: [size] });

function embeddings(scope: string, size: number): Shapes {
  return below(scope, {
    word_embeddings: [WORDS, size],
    position_embeddings: [POSITIONS, size],
    token_type_embeddings: [2, size],
    ...layerNorm('LayerNorm', size),
  });
}

function bertLayers(scope: string): Shapes {
  const layer = {
    ...dense('attention/self/query', HIDDEN, HIDDEN),
    ...dense('attention/self/key', HIDDEN, HIDDEN),
    ...dense('attention/self/value', HIDDEN, HIDDEN),
    ...dense('attention/output/dense', HIDDEN, HIDDEN),
    ...layerNorm('attention/output/LayerNorm', HIDDEN),
    ...dense('intermediate/dense', HIDDEN, INNER),
    ...dense('output/dense', INNER, HIDDEN),
    ...layerNorm('output/LayerNorm', HIDDEN),
  };
  return Object.assign({}, ...range(2).map((i) => below(`${scope}/layer_${i}`, layer)));
}

const BERT_BODY: Shapes = { ...embeddings('bert/embeddings', HIDDEN), ...bertLayers('bert/encoder') };
const POOLER = dense('bert/pooler/dense', HIDDEN, HIDDEN);

const ALBERT_LAYER: Shapes = {
  ...dense('attention_1/self/query', HIDDEN, HIDDEN),
  ...dense('attention_1/self/key', HIDDEN, HIDDEN),
  ...dense('attention_1/self/value', HIDDEN, HIDDEN),
  ...dense('attention_1/output/dense', HIDDEN, HIDDEN),
  ...layerNorm('LayerNorm', HIDDEN),
  ...layerNorm('LayerNorm_1', HIDDEN),
  ...dense('ffn_1/intermediate/dense', HIDDEN, INNER),
  ...dense('ffn_1/intermediate/output/dense', INNER, HIDDEN),
};

const electra = (scope: string, embedded: Shapes): Shapes => ({
  ...embedded,
  ...dense(`${scope}/embeddings_project`, EMBEDDED, HIDDEN),
  ...bertLayers(`${scope}/encoder`),
});

/** Mesh TensorFlow keeps heads and their depth together. */
function t5Stack(stack: string): Shapes {
  const attention = (kind: string): Shapes =>
    below(kind, { q: [HIDDEN, HIDDEN], k: [HIDDEN, HIDDEN], v: [HIDDEN, HIDDEN], o: [HIDDEN, HIDDEN] });
  const block = (i: number): Shapes => {
    const self = {
      ...attention('SelfAttention'),
      ...(i === 0 ? { 'SelfAttention/relative_attention_bias': [2, 32] } : {}),
    };
    const inner = { 'DenseReluDense/wi/kernel': [HIDDEN, INNER], 'DenseReluDense/wo/kernel': [INNER, HIDDEN] };
    const parts = stack === 'decoder' ? [self, attention('EncDecAttention'), inner] : [self, inner];
    const layers = parts.map((part, j) => below(`layer_00${j}`, { ...part, 'layer_norm/scale': [HIDDEN] }));
    return below(`block_00${i}`, Object.assign({}, ...layers));
  };
  return below(stack, { ...block(0), ...block(1), 'final_layer_norm/scale': [HIDDEN] });
}

function gpt2Block(i: number): Shapes {
  const convolution = (name: string, inputs: number, outputs: number): Shapes =>
    below(name, { w: [1, inputs, outputs], b: [outputs] });
  return below(`model/h${i}`, {
    'ln_1/g': [HIDDEN],
    'ln_1/b': [HIDDEN],
    'ln_2/g': [HIDDEN],
    'ln_2/b': [HIDDEN],
    ...convolution('attn/c_attn', HIDDEN, 3 * HIDDEN),
    ...convolution('attn/c_proj', HIDDEN, HIDDEN),
    ...convolution('mlp/c_fc', HIDDEN, 4 * HIDDEN),
    ...convolution('mlp/c_proj', 4 * HIDDEN, HIDDEN),
  });
}

const slimConv = (scope: string, shape: readonly number[]): Shapes => ({
  ...below(scope, { weights: shape }),
  ...batchNorm(`${scope}/BatchNorm`, shape.at(-1) as number),
});
const slimDepthwise = (scope: string, channels: number): Shapes => ({
  ...below(scope, { depthwise_weights: [3, 3, channels, 1] }),
  ...batchNorm(`${scope}/BatchNorm`, channels),
});

function mobilenetV1(): Shapes {
  const outputs = [64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024].map((size) => size / 4);
  const all: Record<string, readonly number[]> = { ...slimConv('MobilenetV1/Conv2d_0', [3, 3, 3, 8]) };
  let inputs = 8;
  for (const [i, size] of outputs.entries()) {
    Object.assign(all, slimDepthwise(`MobilenetV1/Conv2d_${i + 1}_depthwise`, inputs));
    Object.assign(all, slimConv(`MobilenetV1/Conv2d_${i + 1}_pointwise`, [1, 1, inputs, size]));
    inputs = size;
  }
  const head = below('MobilenetV1/Logits/Conv2d_1c_1x1', { weights: [1, 1, inputs, 3], biases: [3] });
  return { ...all, ...head };
}

/** Channels of the expanded blocks at a depth multiplier of 0.35, rounded to multiples of 8 as Slim rounds them. */
const V2_OUTPUTS = [8, 8, 16, 16, 16, 24, 24, 24, 24, 32, 32, 32, 56, 56, 56, 112];

function mobilenetV2(): Shapes {
  const all: Record<string, readonly number[]> = {
    ...slimConv('MobilenetV2/Conv', [3, 3, 3, 16]),
    ...slimDepthwise('MobilenetV2/expanded_conv/depthwise', 16),
    ...slimConv('MobilenetV2/expanded_conv/project', [1, 1, 16, 8]),
  };
  let inputs = 8;
  for (const [i, size] of V2_OUTPUTS.entries()) {
    const scope = `MobilenetV2/expanded_conv_${i + 1}`;
    Object.assign(all, slimConv(`${scope}/expand`, [1, 1, inputs, inputs * 6]));
    Object.assign(all, slimDepthwise(`${scope}/depthwise`, inputs * 6));
    Object.assign(all, slimConv(`${scope}/project`, [1, 1, inputs * 6, size]));
    inputs = size;
  }
  Object.assign(all, slimConv('MobilenetV2/Conv_1', [1, 1, inputs, 1280]));
  return { ...all, ...below('MobilenetV2/Logits/Conv2d_1c_1x1', { weights: [1, 1, 1280, 3], biases: [3] }) };
}

/** What each map of `targets.json` starts from. */
export const TENSORFLOW_MODELS: Readonly<Record<string, Shapes>> = {
  'bert-hf': {
    ...BERT_BODY,
    ...POOLER,
    ...dense('cls/predictions/transform/dense', HIDDEN, HIDDEN),
    ...layerNorm('cls/predictions/transform/LayerNorm', HIDDEN),
    'cls/predictions/output_bias': [WORDS],
    'cls/seq_relationship/output_weights': [2, HIDDEN],
    'cls/seq_relationship/output_bias': [2],
  },
  'bert-hf classifier': { ...BERT_BODY, ...POOLER, output_weights: [2, HIDDEN], output_bias: [2] },
  'bert-hf squad': { ...BERT_BODY, 'cls/squad/output_weights': [2, HIDDEN], 'cls/squad/output_bias': [2] },
  'albert-hf': {
    ...embeddings('bert/embeddings', EMBEDDED),
    ...dense('bert/encoder/embedding_hidden_mapping_in', EMBEDDED, HIDDEN),
    ...below('bert/encoder/transformer/group_0/inner_group_0', ALBERT_LAYER),
    ...POOLER,
    ...dense('cls/predictions/transform/dense', HIDDEN, EMBEDDED),
    ...layerNorm('cls/predictions/transform/LayerNorm', EMBEDDED),
    'cls/predictions/output_bias': [WORDS],
    'cls/seq_relationship/output_weights': [2, HIDDEN],
    'cls/seq_relationship/output_bias': [2],
  },
  'electra-hf': {
    ...electra('electra', embeddings('electra/embeddings', EMBEDDED)),
    ...dense('discriminator_predictions/dense', HIDDEN, HIDDEN),
    ...dense('discriminator_predictions/dense_1', HIDDEN, 1),
  },
  'electra-generator-hf': {
    ...electra('generator', embeddings('electra/embeddings', EMBEDDED)),
    ...dense('generator_predictions/dense', HIDDEN, EMBEDDED),
    ...layerNorm('generator_predictions/LayerNorm', EMBEDDED),
    'generator_predictions/output_bias': [WORDS],
  },
  't5-hf': { 'shared/embedding': [WORDS, HIDDEN], ...t5Stack('encoder'), ...t5Stack('decoder') },
  'gpt2-hf': {
    'model/wte': [WORDS, HIDDEN],
    'model/wpe': [POSITIONS, HIDDEN],
    ...gpt2Block(0),
    ...gpt2Block(1),
    'model/ln_f/g': [HIDDEN],
    'model/ln_f/b': [HIDDEN],
  },
  'mobilenet-v1-hf': mobilenetV1(),
  'mobilenet-v2-hf': mobilenetV2(),
};
