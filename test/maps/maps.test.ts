/** The published maps, against the names and shapes that the models they lead to have. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { layOut } from '../../src/edits/torch-layout.ts';
import { nameChooser } from '../../src/surgery/name-patterns.ts';
import { type PublishedMap, parsePublishedMap, publishedRule } from '../../src/surgery/published-map.ts';
import { dtypeOf } from '../../src/tensor/dtype.ts';
import { type TensorMap, tensorOfBytes } from '../../src/tensor/tensor.ts';
import { REPOSITORY } from '../fixtures.ts';
import { type Shapes, TENSORFLOW_MODELS } from './tensorflow-models.ts';

const FOLDER = join(REPOSITORY, 'maps');
const mapOf = (name: string): PublishedMap =>
  parsePublishedMap(readFileSync(join(FOLDER, `${name}.json`), 'utf8'), name);
const TARGETS = JSON.parse(readFileSync(join(REPOSITORY, 'fixtures/maps/targets.json'), 'utf8')) as Record<
  string,
  Shapes
>;

const FLOAT = dtypeOf('float32');
const tensorsOf = (shapes: Shapes): TensorMap =>
  new Map(
    Object.entries(shapes).map(([name, shape]) => {
      const elements = shape.reduce((product, size) => product * size, 1);
      return [name, tensorOfBytes(FLOAT, shape, new Uint8Array(4 * elements))];
    }),
  );

/** Names and shapes after the map and the layout of PyTorch. */
function converted(map: PublishedMap, shapes: Shapes): Record<string, readonly number[]> {
  const tensors = tensorsOf(shapes);
  const choose = (patterns: readonly string[] | undefined) =>
    patterns === undefined ? undefined : nameChooser(patterns, tensors);
  const { keep, transpose, squeeze } = map.layout ?? {};
  const overrides = { keep: choose(keep), transpose: choose(transpose), squeeze: choose(squeeze) };
  const rule = publishedRule(map, (name) => tensors.has(name));
  const laidOut = layOut(tensors, 'torch', overrides).tensors;
  return Object.fromEntries([...laidOut].map(([name, { shape }]) => [rule(name), shape]));
}

const inOrder = (shapes: Readonly<Record<string, readonly number[]>>): [string, readonly number[]][] =>
  Object.entries(shapes).sort(([a], [b]) => (a < b ? -1 : 1));

describe('a published map', () => {
  it.each(Object.keys(TENSORFLOW_MODELS))('gives the names and shapes of the model: %s', (title) => {
    const [name = ''] = title.split(' ');
    const target = { ...TARGETS[title] };
    if (title === 'bert-hf squad') {
      delete target['bert.pooler.dense.weight'];
      delete target['bert.pooler.dense.bias'];
    }
    expect(inOrder(converted(mapOf(name), TENSORFLOW_MODELS[title] as Shapes))).toEqual(inOrder(target));
  });

  it.each(readdirSync(FOLDER))('says where its names come from, and nothing that nobody reads: %s', (file) => {
    const map = JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Record<string, unknown>;
    const known = ['from', 'to', 'sources', 'drop', 'steps', 'layout'];
    expect(Object.keys(map).filter((key) => !known.includes(key))).toEqual([]);
    expect(map.sources).not.toEqual([]);
  });

  it('of ResNet v1 gives the names of torchvision', () => {
    const names = converted(mapOf('resnet-v1-torchvision'), {
      'resnet_v1_50/conv1/weights': [7, 7, 3, 64],
      'resnet_v1_50/conv1/BatchNorm/gamma': [64],
      'resnet_v1_50/block1/unit_1/bottleneck_v1/shortcut/weights': [1, 1, 64, 256],
      'resnet_v1_50/block1/unit_1/bottleneck_v1/shortcut/BatchNorm/moving_variance': [256],
      'resnet_v1_50/block4/unit_3/bottleneck_v1/conv2/weights': [3, 3, 512, 512],
      'resnet_v1_50/block4/unit_3/bottleneck_v1/conv2/BatchNorm/beta': [512],
      'resnet_v1_50/logits/weights': [1, 1, 2048, 10],
      'resnet_v1_50/logits/biases': [10],
    });
    expect(names).toEqual({
      'conv1.weight': [64, 3, 7, 7],
      'bn1.weight': [64],
      'layer1.0.downsample.0.weight': [256, 64, 1, 1],
      'layer1.0.downsample.1.running_var': [256],
      'layer4.2.conv2.weight': [512, 512, 3, 3],
      'layer4.2.bn2.bias': [512],
      'fc.weight': [10, 2048],
      'fc.bias': [10],
    });
  });

  it('of ResNet v2 gives the names of timm', () => {
    const names = converted(mapOf('resnet-v2-timm'), {
      'resnet_v2_50/conv1/weights': [7, 7, 3, 64],
      'resnet_v2_50/block1/unit_1/bottleneck_v2/preact/gamma': [64],
      'resnet_v2_50/block1/unit_1/bottleneck_v2/shortcut/weights': [1, 1, 64, 256],
      'resnet_v2_50/block3/unit_6/bottleneck_v2/conv1/BatchNorm/gamma': [256],
      'resnet_v2_50/block3/unit_6/bottleneck_v2/conv2/BatchNorm/beta': [256],
      'resnet_v2_50/block3/unit_6/bottleneck_v2/conv3/weights': [1, 1, 256, 1024],
      'resnet_v2_50/postnorm/moving_mean': [2048],
      'resnet_v2_50/logits/weights': [1, 1, 2048, 10],
    });
    expect(names).toEqual({
      'stem.conv.weight': [64, 3, 7, 7],
      'stages.0.blocks.0.norm1.weight': [64],
      'stages.0.blocks.0.downsample.conv.weight': [256, 64, 1, 1],
      'stages.2.blocks.5.norm2.weight': [256],
      'stages.2.blocks.5.norm3.bias': [256],
      'stages.2.blocks.5.conv3.weight': [1024, 256, 1, 1],
      'norm.running_mean': [2048],
      'head.fc.weight': [10, 2048, 1, 1],
    });
  });

  it('of EfficientNet tells blocks that expand from those that do not', () => {
    const block = (i: number): string => `efficientnet-b1/blocks_${i}`;
    const names = converted(mapOf('efficientnet-pytorch'), {
      'efficientnet-b1/stem/conv2d/kernel': [3, 3, 3, 32],
      'efficientnet-b1/stem/tpu_batch_normalization/gamma': [32],
      [`${block(1)}/depthwise_conv2d/depthwise_kernel`]: [3, 3, 16, 1],
      [`${block(1)}/tpu_batch_normalization/beta`]: [16],
      [`${block(1)}/se/conv2d/kernel`]: [1, 1, 16, 4],
      [`${block(1)}/se/conv2d_1/bias`]: [16],
      [`${block(1)}/conv2d/kernel`]: [1, 1, 16, 16],
      [`${block(1)}/tpu_batch_normalization_1/gamma`]: [16],
      [`${block(2)}/conv2d/kernel`]: [1, 1, 16, 96],
      [`${block(2)}/tpu_batch_normalization/gamma`]: [96],
      [`${block(2)}/tpu_batch_normalization_1/gamma`]: [96],
      [`${block(2)}/conv2d_1/kernel`]: [1, 1, 96, 24],
      [`${block(2)}/tpu_batch_normalization_2/moving_mean`]: [24],
      'efficientnet-b1/head/conv2d/kernel': [1, 1, 320, 1280],
      'efficientnet-b1/head/tpu_batch_normalization/gamma': [1280],
      'efficientnet-b1/head/dense/kernel': [1280, 10],
    });
    expect(names).toEqual({
      '_conv_stem.weight': [32, 3, 3, 3],
      '_bn0.weight': [32],
      '_blocks.1._depthwise_conv.weight': [16, 1, 3, 3],
      '_blocks.1._bn1.bias': [16],
      '_blocks.1._se_reduce.weight': [4, 16, 1, 1],
      '_blocks.1._se_expand.bias': [16],
      '_blocks.1._project_conv.weight': [16, 16, 1, 1],
      '_blocks.1._bn2.weight': [16],
      '_blocks.2._expand_conv.weight': [96, 16, 1, 1],
      '_blocks.2._bn0.weight': [96],
      '_blocks.2._bn1.weight': [96],
      '_blocks.2._project_conv.weight': [24, 96, 1, 1],
      '_blocks.2._bn2.running_mean': [24],
      '_conv_head.weight': [1280, 320, 1, 1],
      '_bn1.weight': [1280],
      '_fc.weight': [10, 1280],
    });
  });

  it('that is none is refused in words', () => {
    expect(() => parsePublishedMap('{"steps": [{}]}', 'mine.json')).toThrow(
      'mine.json is no map: it has no list of steps, each with a substitution under replace',
    );
    expect(() => parsePublishedMap('{', 'mine.json')).toThrow('mine.json is no JSON');
  });
});
