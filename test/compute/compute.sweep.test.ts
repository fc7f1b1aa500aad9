import { createHash } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { chunksOf } from '../../src/bytes/source.ts';
import { openCheckpoint, writeCheckpoint } from '../../src/checkpoints/checkpoint.ts';
import { average } from '../../src/edits/average.ts';
import { type CastTensors, cast } from '../../src/edits/cast.ts';
import { ChecksumError } from '../../src/errors.ts';
import { dtypeOf } from '../../src/tensor/dtype.ts';
import { type Tensor, type TensorMap, tensorOfBytes } from '../../src/tensor/tensor.ts';
import { scratch } from '../scratch.ts';
import { inFullRun } from '../sweep.ts';
import { floatPatterns } from '../tensor/float-patterns.ts';

/** Enough for several units of work, and no whole number of what a loop takes at a time. */
const MANY = (1 << 22) + 65_541;
const COUNT = inFullRun(MANY, (1 << 17) + 541);
/** Little enough for a source, that is, for another way. */
const FEW = 1001;

let folder: string;
const at = (name: string): string => join(folder, name);

/** Numbers of every kind, ordinary ones mostly: the patterns of one start follow each other with those of another. */
function numbers(count: number, start: number): Tensor {
  const bits = new Uint32Array(floatPatterns('float32', count, start).buffer);
  const floats = new Float32Array(bits.buffer);
  for (let i = 0; i < count; i++) if (i % 16 !== 3) floats[i] = ((i * 2654435761) % 1000) / (start + 7) - 0.3;
  return tensorOfBytes(dtypeOf('float32'), [count], new Uint8Array(bits.buffer));
}

const digest = ({ source }: Tensor): string => {
  const hash = createHash('sha256');
  for (const chunk of chunksOf(source)) hash.update(chunk);
  return hash.digest('hex');
};

const digests = (tensors: TensorMap): string[] => [...tensors].map(([name, tensor]) => `${name} ${digest(tensor)}`);

async function maps(...names: string[]): Promise<TensorMap[]> {
  return Promise.all(names.map(async (name) => (await openCheckpoint(at(name))).tensors));
}

/** Writes the map and compares what is then read with what its sources give. */
async function same(tensors: TensorMap, expected: TensorMap): Promise<void> {
  await writeCheckpoint(at('out'), tensors, { force: true });
  const written = await openCheckpoint(at('out'));
  expect(digests(written.tensors)).toEqual(digests(expected));
  written.close();
}

beforeAll(async () => {
  folder = scratch();
  for (const start of [1, 2, 3]) {
    await writeCheckpoint(
      at(`m${start}`),
      new Map([
        ['a', numbers(COUNT, start)],
        ['b', numbers(FEW, start)],
      ]),
    );
  }
}, 120_000);

describe('what is computed from files', () => {
  it.each(['bfloat16', 'float16', 'float64'])(
    'are casts to %s as their sources give them, with the same losses',
    async (to) => {
      const [tensors] = (await maps('m1')) as [TensorMap];
      const first = cast(tensors, () => true, dtypeOf(to));
      const second = cast(tensors, () => true, dtypeOf(to));
      await same(first.tensors, second.tensors);
      expect(first.losses).toEqual(second.losses);
    },
    120_000,
  );

  it.each([
    ['float32', 'float8_e4m3fn'],
    ['float32', 'float8_e5m2fnuz'],
    ['float32', 'float4_e2m1fn'],
    ['float64', 'float32'],
    ['float64', 'bfloat16'],
    ['bfloat16', 'float32'],
    ['bfloat16', 'float16'],
    ['float16', 'bfloat16'],
    ['float16', 'float64'],
    ['float8_e5m2', 'float8_e4m3b11fnuz'],
  ] as const)('are casts of %s to %s', async (from, to) => {
    const bytes = floatPatterns(from, inFullRun(MANY, 30_001));
    await writeCheckpoint(
      at(`from-${from}`),
      new Map([['x', tensorOfBytes(dtypeOf(from), [bytes.length / dtypeOf(from).width], bytes)]]),
      { force: true },
    );
    const [tensors] = (await maps(`from-${from}`)) as [TensorMap];
    const [first, second] = [0, 1].map(() => cast(tensors, () => true, dtypeOf(to))) as [CastTensors, CastTensors];
    await same(first.tensors, second.tensors);
    expect(first.losses).toEqual(second.losses);
  });

  it.each([
    ['two', ['m1', 'm2'], {}],
    ['three', ['m1', 'm2', 'm3'], {}],
    ['three that count differently', ['m1', 'm2', 'm3'], { weights: [2, 1, 5] }],
    ['three by decimals', ['m1', 'm2', 'm3'], { weights: [0.5, 0.3, 0.2] }],
    ['three that count less the older they are', ['m1', 'm2', 'm3'], { ema: 0.9 }],
  ] as const)(
    'are means of %s as their sources give them',
    async (_, names, options) => {
      const inputs = await maps(...names);
      await same(average(inputs, names, options).tensors, average(inputs, names, options).tensors);
    },
    120_000,
  );

  it('is refused where an input does not match its checksum, and nothing is written', async () => {
    await writeCheckpoint(at('bad'), new Map([['a', numbers(MANY, 1)]]));
    const fd = openSync(at('bad.data-00000-of-00001'), 'r+');
    writeSync(fd, Uint8Array.of(1, 2, 3), 0, 3, 4 * MANY - 100);
    closeSync(fd);
    const [bad] = (await maps('bad')) as [TensorMap];
    const { tensors } = cast(bad, () => true, dtypeOf('bfloat16'));
    await expect(writeCheckpoint(at('never'), tensors)).rejects.toThrow(ChecksumError);
    await expect(openCheckpoint(at('never'))).rejects.toThrow();
    await writeCheckpoint(at('anyway'), tensors, { verify: false });
  }, 60_000);
});
