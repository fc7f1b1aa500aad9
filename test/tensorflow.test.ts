import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { openCheckpoint, writeCheckpoint } from '../src/checkpoints/checkpoint.ts';
import type { WriteOptions } from '../src/formats/write-plan.ts';
import { sha256Of } from '../src/inspect/digest.ts';
import { dtypeOf } from '../src/tensor/dtype.ts';
import type { Tensor, TensorMap } from '../src/tensor/tensor.ts';
import { type ExpectedCheckpoint, soundCheckpoints } from './fixtures.ts';
import { NUMERIC_DTYPES, names, tensorMaps } from './generated.ts';
import { NO_PYTHON, PYTHON, python } from './python.ts';
import { scratch } from './scratch.ts';

interface Written {
  readonly title: string;
  readonly prefix: string;
  readonly tensors: Readonly<Record<string, string>>;
  readonly digests: Readonly<Record<string, string | null>>;
}

type Restored = Record<string, Record<string, string | null | { readonly error: string }>>;

const directory = PYTHON === undefined ? '' : scratch();
let count = 0;

/** Writes a map, opens it again, and notes what TensorFlow should find there. */
async function written(
  title: string,
  tensors: TensorMap,
  options: WriteOptions,
  refused: ReadonlySet<string> = new Set(),
): Promise<Written> {
  const prefix = join(directory, `written-${count++}`);
  await writeCheckpoint(prefix, tensors, options);
  const checkpoint = await openCheckpoint(prefix);
  const dtypes: Record<string, string> = {};
  const digests: Record<string, string | null> = {};
  for (const [name, tensor] of checkpoint.tensors) {
    if (refused.has(name)) continue;
    dtypes[name] = tensor.dtype.tfName;
    digests[name] = tensor.dtype.kind === 'variant' ? null : await sha256Of(name, tensor);
  }
  checkpoint.close();
  return { title, prefix, tensors: dtypes, digests };
}

/** TensorFlow cuts a name that holds a zero byte off there, and puts parts together for some dtypes only. */
const TENSORFLOW_NAMES = names.filter((name) => !name.includes('\0'));
const PARTS_RESTORED = [
  'float32',
  'float64',
  'int32',
  'uint8',
  'int16',
  'int8',
  'complex64',
  'complex128',
  'int64',
  'bool',
];

/** What TensorFlow can put together from no file: parts of some dtypes, and of more than eight axes. */
function refusedOf({ tensors }: ExpectedCheckpoint): Set<string> {
  const refused = Object.entries(tensors).filter(([, { tensorflow_error = '' }]) =>
    /not supported|aborts/.test(tensorflow_error),
  );
  return new Set(refused.map(([name]) => name));
}

async function writtenFixtures(): Promise<Written[]> {
  const all: Written[] = [];
  for (const { title, prefix, expected } of soundCheckpoints('v2')) {
    const checkpoint = await openCheckpoint(prefix);
    const variants = [...checkpoint.tensors.values()].some(({ dtype }) => dtype.kind === 'variant');
    if (expected.tensorflow_reads || !variants)
      all.push(await written(title, checkpoint.tensors, {}, refusedOf(expected)));
    checkpoint.close();
  }
  return all;
}

async function writtenMaps(): Promise<Written[]> {
  const parts = PARTS_RESTORED.map(dtypeOf);
  const maps = fc.oneof(
    tensorMaps(parts, TENSORFLOW_NAMES),
    tensorMaps(NUMERIC_DTYPES, TENSORFLOW_NAMES).map(unparted),
  );
  const all: Written[] = [];
  for (const [i, tensors] of fc.sample(maps, { numRuns: 120, seed: 20 }).entries()) {
    all.push(await written(`generated map ${i}`, tensors, { shards: 1 + (i % 3) }));
  }
  return all;
}

/** The partitioned tensors of a map as wholes. */
function unparted(tensors: TensorMap): TensorMap {
  return new Map(
    [...tensors].map(([name, { dtype, shape, byteLength, source }]): [string, Tensor] => {
      return [name, { dtype, shape, byteLength, source }];
    }),
  );
}

describe.skipIf(PYTHON === undefined)(`TensorFlow${NO_PYTHON}`, () => {
  let all: Written[] = [];
  let restored: Restored = {};

  beforeAll(async () => {
    all = [...(await writtenFixtures()), ...(await writtenMaps())];
    const wanted = Object.fromEntries(all.map(({ prefix, tensors }) => [prefix, tensors]));
    restored = python('restore.py', [], wanted) as Restored;
  }, 300_000);

  it('restores every tensor that it restored from the original, and every generated one', () => {
    const different: string[] = [];
    for (const { title, prefix, digests } of all) {
      for (const [name, digest] of Object.entries(digests)) {
        const found = restored[prefix]?.[name];
        if (found === digest) continue;
        different.push(`${title}: ${name}: ${typeof found === 'object' ? found?.error : found}`);
      }
    }
    expect(different).toEqual([]);
    expect(all.length).toBeGreaterThan(150);
  });
});
