/** `ckpt convert` for other frameworks: names and layouts of PyTorch, the paths of Keras, quantized weights of TensorFlow.js. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openCheckpoint, writeCheckpoint } from '../../src/checkpoints/checkpoint.ts';
import { dtypeOf } from '../../src/tensor/dtype.ts';
import { type Tensor, tensorOfBytes } from '../../src/tensor/tensor.ts';
import { lines } from './run.ts';
import { type Folder, folderWith } from './surgery-folder.ts';

const KERAS = 'v2/object-based-keras/model';

function counted(...shape: number[]): Tensor {
  const values = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i);
  return tensorOfBytes(dtypeOf('float32'), shape, new Uint8Array(values.buffer));
}

async function bert(): Promise<Folder> {
  const folder = folderWith(KERAS);
  const tensors = new Map([
    ['bert/embeddings/word_embeddings', counted(4, 2)],
    ['bert/encoder/layer_0/attention/self/query/kernel', counted(2, 3)],
    ['bert/encoder/layer_0/attention/self/query/kernel/adam_m', counted(2, 3)],
    ['bert/encoder/layer_0/output/LayerNorm/gamma', counted(2)],
    ['global_step', counted()],
  ]);
  await writeCheckpoint(join(folder.path, 'bert.ckpt'), tensors);
  return folder;
}

async function shapesOf(path: string): Promise<Record<string, readonly number[]>> {
  const checkpoint = await openCheckpoint(path);
  const shapes = Object.fromEntries([...checkpoint.tensors].map(([name, { shape }]) => [name, shape]));
  checkpoint.close();
  return shapes;
}

describe('convert for another framework', () => {
  it('refuses a published map that fits no name', () => {
    const folder = folderWith('v2/variables-howto/model.ckpt');
    expect(folder.ckpt(['convert', 'model.ckpt', '--map', 'resnet-v2-timm', '-o', 'm.safetensors'])).toMatchObject({
      stdout: '',
      stderr: expect.stringMatching(
        /^ckpt: the map resnet-v2-timm \(.* to .*\) changes none of the names: they are of another model, or have a prefix, as biases\n$/,
      ),
      code: 2,
    });
  });

  it('gives the names and the axes of PyTorch', async () => {
    const folder = await bert();
    const result = folder.ckpt([
      'convert',
      'bert.ckpt',
      '--map',
      'bert-hf',
      '--layout',
      'torch',
      '-o',
      'm.safetensors',
    ]);
    expect(result).toEqual({
      stdout: lines('m.safetensors'),
      stderr: lines(
        'ckpt: 2 tensors that the map has no place for left out',
        'ckpt: bert/encoder/layer_0/attention/self/query/kernel: dense, [2,3] to [3,2]',
        result.stderr.split('\n')[2] ?? '',
      ),
      code: 0,
    });
    expect(await shapesOf(join(folder.path, 'm.safetensors'))).toEqual({
      'bert.embeddings.word_embeddings.weight': [4, 2],
      'bert.encoder.layer.0.attention.self.query.weight': [3, 2],
      'bert.encoder.layer.0.output.LayerNorm.weight': [2],
    });
  });

  it('takes a published map in rename, too, and names them all where there is none', async () => {
    const folder = await bert();
    expect(folder.ckpt(['rename', 'bert.ckpt', '--map', 'bert-hf', '-o', 'renamed', '-q']).code).toBe(0);
    expect(Object.keys(await shapesOf(join(folder.path, 'renamed')))).toContain(
      'bert.embeddings.word_embeddings.weight',
    );
    const refused = folder.ckpt(['rename', 'bert.ckpt', '--map', 'bert-xx', '-o', 'other']);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('or one of albert-hf, bert-hf, efficientnet-pytorch');
  });

  it('puts weights where Keras looks for them, and says how it knew', async () => {
    const folder = folderWith(KERAS);
    const { stdout, stderr, code } = folder.ckpt(['convert', 'model', '-o', 'm.weights.h5']);
    expect([stdout, code]).toEqual([lines('m.weights.h5'), 0]);
    expect(stderr).toContain('classes told from variables alone: hidden (dense)');
    const names = Object.keys(await shapesOf(join(folder.path, 'm.weights.h5')));
    expect(names).toContain('layers/dense/vars/0');
    expect(names.every((name) => /vars\/\d+$/.test(name))).toBe(true);
  });

  it('says what Keras misses where nothing tells', async () => {
    const folder = await bert();
    const { stderr, code } = folder.ckpt(['convert', 'bert.ckpt', '-o', 'm.weights.h5']);
    expect(code).toBe(2);
    expect(stderr).toContain('say it with --map name=layers/dense/vars/0');
    expect(folder.files().some((file) => file.endsWith('.h5'))).toBe(false);
  });

  it('quantizes for TensorFlow.js, and reads what it quantized', async () => {
    const folder = await bert();
    expect(folder.ckpt(['convert', 'bert.ckpt', '--to', 'tfjs', '--quantize', 'uint8', '-o', 'web', '-q']).code).toBe(
      0,
    );
    expect(folder.files().filter((file) => file.startsWith('web'))).not.toEqual([]);
    expect(Object.keys(await shapesOf(join(folder.path, 'web'))).length).toBe(5);
  });
});
