/** `.h5` as Keras 2 has it: layers in their order, each with the names of its weights. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MemorySource } from '../../src/bytes/source.ts';
import { openCheckpoint, writeCheckpoint } from '../../src/checkpoints/checkpoint.ts';
import { layersIn } from '../../src/formats/hdf5/layers.ts';
import { readHdf5 } from '../../src/formats/hdf5/read.ts';
import { dtypeOf } from '../../src/tensor/dtype.ts';
import { type Tensor, tensorOfBytes } from '../../src/tensor/tensor.ts';
import { scratch } from '../scratch.ts';
import { type Folder, folderWith } from './surgery-folder.ts';

const scalar = (i: number): Tensor => tensorOfBytes(dtypeOf('int32'), [], new Uint8Array(Int32Array.of(i).buffer));
const layersOf = (path: string) => layersIn(readHdf5(new MemorySource(readFileSync(path))).attributes);
const listOf = (folder: Folder, file: string) => Object.fromEntries(layersOf(join(folder.path, file)));

async function namesOf(folder: Folder, file: string): Promise<string[]> {
  const checkpoint = await openCheckpoint(join(folder.path, file));
  checkpoint.close();
  return [...checkpoint.tensors.keys()];
}

/** The same layers with zeros. */
async function writeUntrained(folder: Folder): Promise<void> {
  const path = join(folder.path, 'model.h5');
  const checkpoint = await openCheckpoint(path);
  const zeros = [...checkpoint.tensors].map(([name, { dtype, shape, byteLength }]) => {
    return [name, tensorOfBytes(dtype, shape, new Uint8Array(byteLength))] as const;
  });
  await writeCheckpoint(join(folder.path, 'untrained.h5'), new Map(zeros), { format: 'hdf5', layers: layersOf(path) });
  checkpoint.close();
}

const HIDDEN = ['hidden/hidden/kernel:0', 'hidden/hidden/bias:0'];
const NORM = ['gamma', 'beta', 'moving_mean', 'moving_variance'].map((name) => `norm/norm/${name}:0`);
const OUTPUT = ['output/output/kernel:0', 'output/output/bias:0'];

async function model(): Promise<Folder> {
  const folder = folderWith('v2/object-based-keras/model');
  expect(folder.ckpt(['convert', 'model', '--names', '-o', 'model.h5', '-q']).code).toBe(0);
  return folder;
}

describe('a checkpoint of a Keras model as .h5', () => {
  it('lists its layers and their weights in the order of the model', async () => {
    const folder = await model();
    expect(Object.entries(listOf(folder, 'model.h5'))).toEqual([
      ['hidden', HIDDEN],
      ['norm', NORM],
      ['output', OUTPUT],
    ]);
    expect(await namesOf(folder, 'model.h5')).toEqual(expect.arrayContaining([...HIDDEN, ...NORM, ...OUTPUT]));
  });

  it('keeps the lists in other files that are made of it, as far as the weights are there', async () => {
    const folder = await model();
    for (const [args, expected] of [
      [['cast', 'model.h5', '--dtype', 'float16'], { hidden: HIDDEN, norm: NORM, output: OUTPUT }],
      [['drop', 'model.h5', 'norm/', 'output/output/bias:0'], { hidden: HIDDEN, output: OUTPUT.slice(0, 1) }],
      [['rename', 'model.h5', '--replace', 's|^output/output/|output/x/|'], { hidden: HIDDEN, norm: NORM }],
    ] as const) {
      expect(folder.ckpt([...args, '-o', 'other.h5', '--force', '-q']).code).toBe(0);
      expect(listOf(folder, 'other.h5')).toEqual(expected);
    }
  });

  it('fills another file of the model by layers, or by the names of the weights', async () => {
    const folder = await model();
    await writeUntrained(folder);
    expect(folder.ckpt(['convert', 'model', '--names', '--like', 'untrained.h5', '-o', 'a.h5', '-q']).code).toBe(0);
    expect([await folder.digests('a.h5'), listOf(folder, 'a.h5')]).toEqual([
      await folder.digests('model.h5'),
      listOf(folder, 'model.h5'),
    ]);
    const plain = ['rename', 'model.h5', '--replace', 's|^([^/]+/)(\\1.*):0$|\\2|', '-o', 'plain.safetensors'];
    expect(folder.ckpt([...plain, '--to', 'safetensors', '-q']).code).toBe(0);
    expect(await namesOf(folder, 'plain.safetensors')).toContain('hidden/kernel');
    expect(folder.ckpt(['convert', 'plain.safetensors', '--like', 'untrained.h5', '-o', 'b.h5', '-q']).code).toBe(0);
    expect(await folder.digests('b.h5')).toEqual(await folder.digests('model.h5'));
  });

  it('keeps the keys where nobody asks for names', async () => {
    const folder = folderWith('v2/object-based-keras/model');
    expect(folder.ckpt(['convert', 'model', '-o', 'keys.h5', '-q']).code).toBe(0);
    expect((await namesOf(folder, 'keys.h5')).every((name) => name.includes('.ATTRIBUTES'))).toBe(true);
    expect(listOf(folder, 'keys.h5')).toEqual({});
  });
});

describe('layers of a .h5', () => {
  it('go on in other attributes where there are more than one holds', async () => {
    const layers = new Map(
      Array.from({ length: 3000 }, (_, i) => [`layer_${i}_${'x'.repeat(40)}`, [`w${i}`]] as const),
    );
    const named = new Map([...layers].map(([layer, [weight]]) => [layer, [`${layer}/${weight}`]]));
    const tensors = new Map([...named.values()].map(([name], i) => [name as string, scalar(i)]));
    const path = join(scratch(), 'many.h5');
    await writeCheckpoint(path, tensors, { format: 'hdf5', layers: named });
    expect(layersOf(path)).toEqual(named);
  });

  it('are refused for weights that lie elsewhere', async () => {
    const writing = writeCheckpoint(join(scratch(), 'a.h5'), new Map([['w', scalar(1)]]), {
      format: 'hdf5',
      layers: new Map([['layer', ['w']]]),
    });
    await expect(writing).rejects.toThrow('the weight w does not lie in its layer layer');
  });
});
