/** Files and folders of other frameworks: every command says what they are and what to do next, and the doctor why. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MemorySink } from '../../src/bytes/source.ts';
import { TableWriter } from '../../src/sstable/table-writer.ts';
import { DARKNET, FLAX, floats, mindspore, T5X, tfRecord } from '../other-frameworks.ts';
import { AGAIN, sick } from './doctor-tools.ts';
import { ckpt, FIXTURES, lines } from './run.ts';

let folder: string;
const put = (name: string, content: Uint8Array | string): void => {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), content);
};

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ckpt-frameworks-'));
  put('flax_model.msgpack', FLAX);
  put('mind.ckpt', mindspore('conv.weight', [3, 3], 'Float32', 36));
  put('yolo.weights', DARKNET);
  put('train.tfrecord', tfRecord('one example'));
  put('ones.bin', floats(1, 1, 1, 1));
  put('cut.index', Buffer.from([0, 0, 6, 0x08, 1, 0x1a, 2, 0x08, 1, 0, 1, 9, 0x61]));
  put('flax.index', FLAX);
  put('graph.bin', readFileSync(join(FIXTURES, 'graphs/tf1-ref-variables/model.ckpt.meta')));
  put('v1.index', readFileSync(join(FIXTURES, 'v1/no-versions/model.ckpt')));
  const sink = new MemorySink();
  const table = new TableWriter(sink);
  table.add(Buffer.from('a key'), Buffer.from([0x08, 1]));
  table.finish();
  for (const name of ['variables.index', 'variables.data-00000-of-00001']) {
    put(`saved/variables/${name}`, readFileSync(join(FIXTURES, 'v2/saved-model/variables', name)));
  }
  put('saved/fingerprint.pb', Buffer.from([0x08, 1]));
  put('saved/assets/words.txt', 'the words');
  put('000005.ldb', sink.toBytes());
  put('cut.v1', Buffer.concat([Buffer.from([0, 0, 0x33, 0x0a, 0x31, 0x0a, 0x2b]), Buffer.alloc(9, 1)]));
  put('t5x/checkpoint_1000/checkpoint', T5X);
  put('t5x/checkpoint_1000/target.kernel/.zarray', '{}');
  put('orbax/100/_CHECKPOINT_METADATA', '{"item_handlers": {}}');
  put('orbax/100/default/manifest.ocdbt', Buffer.from([0x0c, 0xdb, 0x3a, 0x2a, 0, 0, 0, 0]));
  put('orbax/100/default/d/00ab', Buffer.alloc(8, 3));
  put('t5x/checkpoint_1000/target.kernel/0.0', Buffer.from([0x1f, 0x8b, 8]));
  put('zarr/params.dense.kernel/.zarray', '{}');
  put('torch/pytorch_model.bin', Buffer.from('PK\x03\x04....archive/data.pkl', 'latin1'));
  put('torch/config.json', '{"a": 1}');
  put('tfjs/model.json', '{"weightsManifest": [{"paths": ["group1-shard1of1.bin"], "weights": []}]}');
  put('tfjs/group1-shard1of1.bin', floats(1));
});
afterAll(() => rmSync(folder, { recursive: true }));

const JAX =
  'not a TensorFlow checkpoint; load it with JAX and save its arrays with safetensors.flax.save_file, which ckpt reads';
const NOTHING = 'is a directory without a checkpoint: no state file, no .index, no SavedModel';

describe('every command that opens says what it is, and what to do', () => {
  it.each([
    ['flax_model.msgpack', `is a Flax checkpoint (MessagePack, JAX), ${JAX}`],
    [
      'mind.ckpt',
      'is a MindSpore checkpoint, not a TensorFlow checkpoint; load it with MindSpore and save its parameters with mindspore.save_checkpoint(..., format="safetensors"), which ckpt reads',
    ],
    [
      'yolo.weights',
      'is a Darknet weights file (YOLO), not a TensorFlow checkpoint; its layers are told by a .cfg file, and converters for YOLO turn both into Keras or TensorFlow',
    ],
    ['train.tfrecord', 'is a TFRecord file (data to train on), not a checkpoint'],
    ['t5x/checkpoint_1000', `is a T5X checkpoint (JAX), ${JAX}`],
    ['t5x', `${NOTHING}; it holds t5x/checkpoint_1000, which is a T5X checkpoint (JAX), ${JAX}`],
    [
      't5x/checkpoint_1000/checkpoint',
      `is the description of a T5X checkpoint (JAX), whose arrays lie in the folders beside it, ${JAX}`,
    ],
    ['orbax/100', `is an Orbax checkpoint (JAX), ${JAX}`],
    ['orbax/100/default', `is an Orbax checkpoint (JAX), ${JAX}`],
    ['orbax', `${NOTHING}; it holds orbax/100, which is an Orbax checkpoint (JAX), ${JAX}`],
    ['orbax/100/default/d/00ab', `lies in orbax/100/default, which is an Orbax checkpoint (JAX), ${JAX}`],
    ['t5x/checkpoint_1000/target.kernel/0.0', `lies in t5x/checkpoint_1000, which is a T5X checkpoint (JAX), ${JAX}`],
    ['zarr', `is an Orbax checkpoint (JAX), ${JAX}`],
    [
      'orbax/100/default/manifest.ocdbt',
      'is the manifest of an Orbax checkpoint (JAX), not a TensorFlow checkpoint; name its folder',
    ],
    [
      'torch',
      `${NOTHING}; it holds pytorch_model.bin, which is a PyTorch file (a zip with a pickle in it), not a TensorFlow checkpoint; load it with PyTorch, if you trust it, and save its state_dict with safetensors.torch.save_file, which ckpt reads`,
    ],
    ['tfjs/group1-shard1of1.bin', 'is a data file of tfjs/model.json; name that'],
    ['graph.bin', 'is the graph of a checkpoint (.meta), and holds no values'],
    ['000005.ldb', 'is a sorted table, as LevelDB writes them, and not a checkpoint'],
    [
      'ones.bin',
      '(16 bytes) is not a checkpoint: it is no table, and no ones.bin.index is beside it; beside it are cut, cut.v1, flax, v1',
    ],
    [
      'saved/fingerprint.pb',
      '(2 bytes) is not a checkpoint: it is no table, and no fingerprint.pb.index is beside it; it lies in the SavedModel saved',
    ],
    ['saved/assets/words.txt', 'is a text, not a TensorFlow checkpoint; it lies in the SavedModel saved'],
  ])('%s', (path, sentence) => {
    const text = lines(`ckpt: ${path} ${sentence}`);
    for (const command of ['list', 'info', 'verify', 'tree']) {
      expect(ckpt([command, path], { cwd: folder })).toEqual({ stdout: '', stderr: text, code: 2 });
    }
  });
});

describe('under the name of an index', () => {
  it.each([
    ['flax', `flax.index is a Flax checkpoint (MessagePack, JAX), ${JAX}`],
    ['v1', 'v1.index is a V1 checkpoint under the name that an index of V2 has; mv v1.index v1'],
  ])('%s is told for what it is', (path, sentence) => {
    expect(ckpt(['list', path], { cwd: folder })).toEqual({ stdout: '', stderr: lines(`ckpt: ${sentence}`), code: 2 });
  });
});

describe('the doctor', () => {
  const BESIDE = ['cut', 'cut.v1', 'flax', 'v1'].map((name) => `ckpt doctor ${name}`);
  const BY_JAX = 'load it with JAX, and save its arrays with safetensors.flax.save_file: this program reads that';

  it.each([
    [
      'flax_model.msgpack',
      `flax_model.msgpack (${FLAX.length} bytes) is a Flax checkpoint (MessagePack, JAX), not a TensorFlow checkpoint [flax]`,
      'programs of JAX save with Flax, in MessagePack',
      BY_JAX,
    ],
    [
      't5x',
      't5x/checkpoint_1000 is a T5X checkpoint (JAX), not a TensorFlow checkpoint [t5x]',
      'the T5 of JAX, T5X, saves so, each array in a folder of its own',
      BY_JAX,
    ],
    [
      'yolo.weights',
      'yolo.weights (32 bytes) is a Darknet weights file (YOLO), not a TensorFlow checkpoint [darknet]',
      'models of YOLO are published as Darknet has them: numbers alone, and a .cfg file that tells their layers',
      'turn it and its .cfg into a Keras or TensorFlow model with a converter for YOLO, and name what that writes',
    ],
    [
      'ones.bin',
      'ones.bin (16 bytes) is no table, as an index is, and nothing else that is known [unknown]',
      'another file is meant, or this one is damaged from its beginning on',
      AGAIN,
      BESIDE,
    ],
    [
      'cut',
      'cut.index begins as an index does, but its 13 bytes do not end as one does: the end is missing [truncated-index]',
      'a download or copy that stopped early',
      AGAIN,
    ],
    [
      'cut.v1',
      'cut.v1 begins as a V1 checkpoint does, but its 16 bytes do not end as one does: the end is missing [truncated-index]',
      'a download or copy that stopped early',
      AGAIN,
    ],
  ])('says of %s', (path, found, cause, remedy, commands: readonly string[] = []) => {
    expect(ckpt(['doctor', path], { cwd: folder })).toEqual(sick(path, { found, cause, remedy, commands }));
  });

  it('names the manifest that a data file belongs to', () => {
    const path = 'tfjs/group1-shard1of1.bin';
    expect(ckpt(['doctor', path], { cwd: folder })).toEqual(
      sick(path, {
        found: `${path} is a data file of tfjs/model.json [data-file]`,
        cause: 'it holds the content of a checkpoint that another file lists',
        remedy: 'name the file that lists it',
        commands: ['ckpt doctor tfjs/model.json'],
      }),
    );
  });
});
