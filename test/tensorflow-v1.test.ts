import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openCheckpoint, writeCheckpoint } from '../src/checkpoints/checkpoint.ts';
import { v1 } from '../src/formats/v1/index.ts';
import type { WriteOptions } from '../src/formats/write-plan.ts';
import { sha256Of } from '../src/inspect/digest.ts';
import { DTYPES, dtypeOf } from '../src/tensor/dtype.ts';
import { type TensorMap, tensorOfBytes } from '../src/tensor/tensor.ts';
import { soundCheckpoints } from './fixtures.ts';
import { names, tensorMaps } from './generated.ts';
import { NO_PYTHON, PYTHON, python } from './python.ts';
import { scratch } from './scratch.ts';

const directory = PYTHON === undefined ? '' : scratch();

interface Written {
  /** What TensorFlow is given: the file, or the pattern for its shards. */
  readonly path: string;
  readonly files: readonly string[];
  readonly pieces: number;
  readonly dtypes: Readonly<Record<string, string>>;
  readonly digests: Readonly<Record<string, string>>;
}

let count = 0;

async function written(tensors: TensorMap, options: WriteOptions): Promise<Written> {
  const prefix = join(directory, `written-${count++}`);
  const plan = await writeCheckpoint(prefix, tensors, { ...options, format: 'v1' });
  const checkpoint = await openCheckpoint(prefix);
  const dtypes: Record<string, string> = {};
  const digests: Record<string, string> = {};
  let pieces = 0;
  for (const [name, tensor] of checkpoint.tensors) {
    dtypes[name] = tensor.dtype.tfName;
    digests[name] = await sha256Of(name, tensor);
    pieces += tensor.parts?.length ?? 1;
  }
  checkpoint.close();
  return { path: checkpoint.path, files: plan.files.map((file) => file.path), pieces, dtypes, digests };
}

const HELD = DTYPES.filter((dtype) => dtype.width > 0 && v1.holds(dtype));
/** TensorFlow cuts a name that holds a zero byte off there. */
const NAMES = names.filter((name) => !name.includes('\0'));
/** TensorFlow sorts slices by their names, and keeps the order of those of one name while there are few. */
const MOST_SORTED = 16;

/** Tensors that fill several blocks, and one larger than a block. */
const LARGE: TensorMap = new Map([
  ...Array.from({ length: 40 }, (_, i) => {
    return [`layer_${i}/kernel`, tensorOfBytes(dtypeOf('float32'), [3000], new Uint8Array(12_000).fill(i))] as const;
  }),
  ['floats', tensorOfBytes(dtypeOf('float64'), [90_000], new Uint8Array(720_000).fill(63))] as const,
  [
    'ints',
    tensorOfBytes(
      dtypeOf('int32'),
      [200_000],
      new Uint8Array(800_000).map((_, i) => i * i),
    ),
  ] as const,
]);

async function allWritten(): Promise<Written[]> {
  const all = [await written(LARGE, {}), await written(LARGE, { shards: 3 })];
  for (const { prefix, expected } of soundCheckpoints('v1')) {
    if (!expected.tensorflow_reads || prefix.includes('read-only-dtypes')) continue;
    const checkpoint = await openCheckpoint(prefix);
    all.push(await written(checkpoint.tensors, {}));
    checkpoint.close();
  }
  const maps = fc.sample(tensorMaps(HELD, NAMES), { numRuns: 100, seed: 21 });
  for (const [i, tensors] of maps.entries()) all.push(await written(tensors, { shards: 1 + (i % 3) }));
  return all;
}

describe.skipIf(PYTHON === undefined)(`TensorFlow and V1${NO_PYTHON}`, () => {
  it('restores every tensor, and saves the same bytes', { timeout: 300_000 }, async () => {
    const all = await allWritten();
    const wanted = Object.fromEntries(all.map(({ path, dtypes }) => [path, dtypes]));
    const restored = python('restore.py', [], wanted) as Record<string, Record<string, unknown>>;
    for (const { path, digests } of all) expect(restored[path], path).toEqual(digests);
    const single = all.filter(({ files, pieces }) => files.length === 1 && pieces > 0 && pieces <= MOST_SORTED);
    const compared = [all[0] as Written, ...single].map(({ files }) => files[0] as string);
    python('resave.py', [], compared);
    for (const path of compared) {
      expect(Buffer.compare(readFileSync(path), readFileSync(`${path}.again`)), path).toBe(0);
    }
    expect(compared.length).toBeGreaterThan(35);
  });

  it('’s Saver restores a file, and shards by their pattern', { timeout: 120_000 }, async () => {
    const floats = new Map([...LARGE].filter(([, { dtype }]) => dtype.name === 'float32'));
    for (const shards of [1, 2]) {
      const { path } = await written(floats, { shards });
      const wanted = Object.fromEntries([...floats].map(([name, { shape }]) => [name, { shape }]));
      const restored = python('saver.py', ['restore', '/'], { [path]: wanted }) as Record<string, object>;
      const digests = await Promise.all(
        [...floats].map(async ([name, tensor]) => [name, await sha256Of(name, tensor)]),
      );
      expect(restored[path]).toEqual(Object.fromEntries(digests));
    }
  });
});
