/** Files that safetensors and numpy wrote: opened, checked, read to the digest, and brought into every format and back. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readBytes } from '../../src/bytes/source.ts';
import { openCheckpoint, verifyCheckpoint, writeCheckpoint } from '../../src/checkpoints/checkpoint.ts';
import type { FormatName } from '../../src/formats/format-name.ts';
import { OBJECT_GRAPH_KEY } from '../../src/formats/recorded-graph.ts';
import { FORMATS } from '../../src/formats/registry.ts';
import { sha256Of } from '../../src/inspect/digest.ts';
import { elementCount } from '../../src/tensor/shape.ts';
import { readStrings } from '../../src/tensor/strings.ts';
import { type Tensor, type TensorMap, tensorOfBytes, tensorOfStrings } from '../../src/tensor/tensor.ts';
import { contentsOf } from '../contents.ts';
import { fixture, soundCheckpoints } from '../fixtures.ts';
import { type ForeignTensor, foreignCases } from '../foreign-fixtures.ts';
import { scratch } from '../scratch.ts';
import { inFullRun } from '../sweep.ts';

async function digestsOf(tensors: TensorMap): Promise<Record<string, ForeignTensor>> {
  const digests: Record<string, ForeignTensor> = {};
  for (const [name, tensor] of tensors) {
    digests[name] = { dtype: tensor.dtype.name, shape: tensor.shape, sha256: await sha256Of(name, tensor) };
  }
  return digests;
}

/** Strings without what lies behind them, and elements of four bits without the other four, which mean nothing and are not written. */
function clean(tensors: TensorMap): TensorMap {
  const cleaned = ([name, tensor]: [string, Tensor]): [string, Tensor] => {
    const { dtype, shape, source } = tensor;
    if (dtype.kind === 'string') {
      return [name, tensorOfStrings(dtype, shape, readStrings(source, elementCount(shape)))];
    }
    if (tensor.dtype.name !== 'float4_e2m1fn') return [name, tensor];
    const bytes = readBytes(tensor.source, 0, tensor.byteLength).map((code) => code & 15);
    return [name, tensorOfBytes(tensor.dtype, tensor.shape, bytes)];
  };
  return new Map([...tensors].map(cleaned));
}

const CASES = (['safetensors', 'numpy'] as const).flatMap((kind) => foreignCases(kind));

describe.each(CASES)('$title', ({ path, tensors }) => {
  it('has the tensors that its library wrote', async () => {
    const checkpoint = await openCheckpoint(path);
    expect(await digestsOf(checkpoint.tensors)).toEqual(tensors);
    for await (const finding of verifyCheckpoint(path)) expect(finding).toBeUndefined();
    checkpoint.close();
  });

  it.each(FORMATS.map(({ name }) => name))('becomes %s and is the same again', async (name: FormatName) => {
    const checkpoint = await openCheckpoint(path);
    const format = FORMATS.find((one) => one.name === name);
    const held = [...checkpoint.tensors].filter(([, { dtype }]) => format?.holds(dtype));
    if (held.length === 0 && name === 'npy') return;
    const { path: written } = await writeCheckpoint(join(scratch(), 'copy'), new Map(held), { format: name });
    const copy = await openCheckpoint(written);
    expect(copy.format).toBe(name);
    expect(await digestsOf(copy.tensors)).toEqual(Object.fromEntries(held.map(([key]) => [key, tensors[key]])));
    copy.close();
    checkpoint.close();
  });
});

/** Of a checkpoint of hundreds, in the quick run. */
const MOST_TENSORS = inFullRun(Number.POSITIVE_INFINITY, 15);

describe.each(soundCheckpoints('v2').filter(({ expected }) => expected.tensorflow_reads))('$title', ({ prefix }) => {
  it.each(['safetensors', 'npz', 'npy'] as const)('goes to %s and back, whatever that holds', async (name) => {
    const checkpoint = await openCheckpoint(prefix);
    const format = FORMATS.find((one) => one.name === name);
    const all = [...checkpoint.tensors].filter(([key, tensor]) => {
      return key !== OBJECT_GRAPH_KEY && format?.holds(tensor.dtype) && format.refusal?.(key, tensor) === undefined;
    });
    const held = new Map(all.slice(0, MOST_TENSORS));
    if (held.size === 0 && name === 'npy') return;
    const there = await openCheckpoint((await writeCheckpoint(join(scratch(), 'x'), held, { format: name })).path);
    const back = await openCheckpoint((await writeCheckpoint(join(scratch(), 'y'), there.tensors)).path);
    expect(contentsOf(clean(back.tensors))).toEqual(contentsOf(clean(held)));
    for (const [key, tensor] of back.tensors) {
      expect(tensor.parts?.map(({ slice }) => slice)).toEqual(held.get(key)?.parts?.map(({ slice }) => slice));
    }
    for (const one of [checkpoint, there, back]) one.close();
  });
});

describe('a path of another format', () => {
  const file = readFileSync(fixture('safetensors/reference/model.safetensors'));

  it('is told by content, whatever it is called', async () => {
    const directory = scratch();
    for (const [name, from] of [
      ['model.ckpt', 'safetensors/reference/model.safetensors'],
      ['weights.bin', 'numpy/orders/weights.npz'],
      ['data.ckpt', 'numpy/directory/weights/scalar.npy'],
    ] as const) {
      writeFileSync(join(directory, name), readFileSync(fixture(from)));
      expect((await openCheckpoint(join(directory, name))).tensors.size).toBeGreaterThan(0);
    }
  });

  it('may lack its ending, or be the folder that it lies in', async () => {
    const directory = scratch();
    writeFileSync(join(directory, 'model.safetensors'), file);
    for (const path of ['', '/', '/model', '/model.safetensors', '/model.safetensors ']) {
      const { path: opened, close } = await openCheckpoint(directory + path);
      expect(opened).toBe(`${directory}/model.safetensors`);
      close();
    }
  });

  it('is asked for where a folder has several', async () => {
    const directory = scratch();
    writeFileSync(join(directory, 'a.safetensors'), file);
    writeFileSync(join(directory, 'b.safetensors'), file);
    await expect(openCheckpoint(directory)).rejects.toThrow(/holds 2 checkpoints/);
  });

  it('in a folder with an index is the model of the index', async () => {
    const opened = await openCheckpoint(fixture('safetensors/sharded'));
    expect(opened.path).toMatch(/model\.safetensors\.index\.json$/);
    expect(opened.files.length).toBe(4);
    opened.close();
  });

  it('does not hide a checkpoint of TensorFlow beside it', async () => {
    const directory = scratch();
    mkdirSync(join(directory, 'deep'));
    writeFileSync(join(directory, 'model.safetensors'), file);
    await writeCheckpoint(join(directory, 'model'), new Map());
    expect((await openCheckpoint(directory)).format).toBe('v2');
    expect((await openCheckpoint(join(directory, 'model'))).format).toBe('v2');
    expect((await openCheckpoint(join(directory, 'model.safetensors'))).format).toBe('safetensors');
  });
});
