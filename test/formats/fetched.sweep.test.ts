/** Checkpoints whose bytes come late: what a store that fetches gives is what the file holds, in few requests. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { deflateRaw, inflateRaw } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemorySource } from '../../src/bytes/source.ts';
import {
  openCheckpoint,
  openDamagedCheckpoint,
  planRename,
  verifyCheckpoint,
  writeCheckpoint,
} from '../../src/checkpoints/checkpoint.ts';
import { type CheckpointDirectory, readCheckpointDirectory } from '../../src/checkpoints/checkpoint-directory.ts';
import { type DiagnoseOptions, diagnose } from '../../src/diagnose/diagnose.ts';
import { type SalvageOptions, salvage } from '../../src/diagnose/salvage.ts';
import { CkptError, NotACheckpointError } from '../../src/errors.ts';
import type { Finding } from '../../src/formats/finding.ts';
import { formatOf } from '../../src/formats/registry.ts';
import type { WriteOptions } from '../../src/formats/write-plan.ts';
import { fetched, type Origin, type Store, supply } from '../../src/io/store.ts';
import { DTYPES } from '../../src/tensor/dtype.ts';
import { sliceTensor } from '../../src/tensor/slice-tensor.ts';
import type { Tensor, TensorMap } from '../../src/tensor/tensor.ts';
import { damagedCases, REPOSITORY, type SoundCheckpoint, soundCheckpoints } from '../fixtures.ts';
import { tensorMaps } from '../generated.ts';
import { MemoryOrigin } from '../memory-origin.ts';
import { scratch } from '../scratch.ts';
import { inFullRun } from '../sweep.ts';
import { contentOf, strings, vector } from './contract-tools.ts';

const FIXTURES = join(REPOSITORY, 'fixtures');

/** The files of the folder of a case, as an origin has them: paths from that folder on. */
function filesOfCase(folder: string): Map<string, Uint8Array> {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const files = paths.filter((path) => statSync(join(folder, path)).isFile());
  return new Map(files.map((path) => [path, readFileSync(join(folder, path))]));
}

/** The folder of a case, and the path in it. */
function caseOf(prefix: string): { readonly folder: string; readonly path: string } {
  const [kind = '', name = '', ...path] = prefix.slice(FIXTURES.length + 1).split('/');
  return { folder: join(FIXTURES, kind, name), path: path.join('/') };
}

const read = (tensor: Tensor): Promise<Uint8Array> => supply(() => contentOf(tensor));

/** What reading a tensor gives: its bytes, or the refusal. */
async function outcome(action: () => Promise<Uint8Array> | Uint8Array): Promise<string> {
  try {
    return Buffer.from(await action()).toString('hex');
  } catch (error) {
    if (error instanceof CkptError) return `${error.code}`;
    throw error;
  }
}

async function expectSameFromStore(prefix: string, path: string, store: Store): Promise<void> {
  const local = await openCheckpoint(prefix);
  const distant = await openCheckpoint(path, { store });
  expect(distant.format).toBe(local.format);
  expect([...distant.tensors.keys()]).toEqual([...local.tensors.keys()]);
  for (const [name, tensor] of local.tensors) {
    const other = distant.tensors.get(name) as Tensor;
    expect({ dtype: other.dtype.name, shape: other.shape }).toEqual({ dtype: tensor.dtype.name, shape: tensor.shape });
    expect(await outcome(() => read(other)), name).toBe(await outcome(() => contentOf(tensor)));
  }
  distant.close();
  local.close();
}

async function findingsIn(path: string, store?: Store): Promise<Partial<Finding>[] | string> {
  const findings: Partial<Finding>[] = [];
  try {
    for await (const { kind, severity, tensor, offset } of verifyCheckpoint(path, { store })) {
      findings.push({ kind, severity, tensor, offset });
    }
    return findings;
  } catch (error) {
    if (error instanceof CkptError) return error.code;
    throw error;
  }
}

/** In the quick run every third. */
const some = <T>(all: readonly T[]): T[] => all.filter((_, i) => i % inFullRun(1, 3) === 0);

const SOUND: readonly SoundCheckpoint[] = some([...soundCheckpoints('v2'), ...soundCheckpoints('v1')]);

describe.each(SOUND)('$title', ({ prefix }) => {
  const { folder, path } = caseOf(prefix);
  const files = filesOfCase(folder);

  it('reads the same from an origin, late and in any order', async () => {
    const delays = fc.sample(fc.nat(3), 500);
    let answers = 0;
    const origin = new MemoryOrigin(files, () => delays[answers++ % delays.length] as number, true);
    await expectSameFromStore(prefix, path, fetched(origin));
  });

  it('is checked as a file is', async () => {
    const store = fetched(new MemoryOrigin(files, undefined, true));
    expect(await findingsIn(path, store)).toEqual(await findingsIn(prefix));
  });
});

describe('a directory of checkpoints', () => {
  it.each(readdirSync(join(FIXTURES, 'state')))('is read from an origin as from here: %s', async (name) => {
    const folder = join(FIXTURES, 'state', name);
    const files = new Map([...filesOfCase(folder)].map(([path, bytes]) => [`run/${path}`, bytes]));
    const store = fetched(new MemoryOrigin(files, undefined, true));
    const told = ({ listed, unlisted, state }: CheckpointDirectory): unknown => ({
      state,
      places: listed.map(({ written, place }) => [written, place]),
      unlisted: unlisted.map(({ prefix }) => basename(prefix)),
    });
    const distant = await supply(() => told(readCheckpointDirectory('run/checkpoint', { store })));
    expect(distant).toEqual(told(readCheckpointDirectory(join(folder, 'checkpoint'))));
  });
});

describe.each(some(damagedCases()))('$title', ({ folder, expected }) => {
  const files = filesOfCase(folder);
  const local = join(folder, expected.path);

  it('is opened, read and checked, or refused, as a file is', async () => {
    const store = fetched(new MemoryOrigin(files, undefined, true));
    const path = expected.path === '.' ? '' : expected.path;
    const keysOf = async (opened: Promise<{ tensors: TensorMap; close(): void }>): Promise<string> => {
      try {
        const { tensors, close } = await opened;
        const keys = [...tensors.keys()];
        close();
        return keys.join('\n');
      } catch (error) {
        if (error instanceof CkptError) return error.code;
        throw error;
      }
    };
    if (path === '') return;
    expect(await keysOf(openCheckpoint(path, { store }))).toBe(await keysOf(openCheckpoint(local)));
    expect(await keysOf(openDamagedCheckpoint(path, { store }))).toBe(await keysOf(openDamagedCheckpoint(local)));
    expect(await findingsIn(path, store)).toEqual(await findingsIn(local));
    const savedOf = async (of: string, options: SalvageOptions): Promise<unknown> => {
      try {
        const { sound, lost, checkpoint } = await salvage(of, options);
        checkpoint.close();
        return { sound: [...sound.keys()], lost: lost.map(({ name }) => name) };
      } catch (error) {
        if (error instanceof CkptError) return error.code;
        throw error;
      }
    };
    expect(await savedOf(path, { store })).toEqual(await savedOf(local, {}));
    const codesAt = (of: string, options: DiagnoseOptions): Promise<readonly string[]> =>
      diagnose(of, options).then(({ diagnoses }) => diagnoses.map(({ code }) => code));
    expect(await codesAt(path, { store })).toEqual(await codesAt(local, {}));
  });
});

describe('a checkpoint of an origin', () => {
  const origin = async (tensors: TensorMap, options: WriteOptions = {}): Promise<MemoryOrigin> => {
    const directory = scratch();
    await writeCheckpoint(join(directory, 'model'), tensors, options);
    return new MemoryOrigin(filesOfCase(directory));
  };

  it('takes one request for its index, and one for three rows of a tensor', async () => {
    const rows = vector(1 << 20).source;
    const table: Tensor = { ...vector(1 << 20), shape: [1 << 10, 1 << 10], source: rows };
    const from = await origin(
      new Map([
        ['a', vector(9)],
        ['table', table],
        ['z', vector(9)],
      ]),
    );
    const checkpoint = await openCheckpoint('model', { store: fetched(from) });
    expect([...checkpoint.tensors.keys()]).toEqual(['a', 'table', 'z']);
    const index = from.files.get('model.index') as Uint8Array;
    expect(from.reads).toEqual([{ path: 'model.index', offset: 0, length: index.length }]);
    const slice = sliceTensor(checkpoint.tensors.get('table') as Tensor, [{ start: 500, stop: 503 }]);
    expect((await read(slice)).length).toBe(3 * 4096);
    expect(from.reads.slice(1)).toEqual([
      { path: 'model.data-00000-of-00001', offset: 36 + 500 * 4096, length: 65_536 },
    ]);
  });

  it('of one file, in V1, takes few', async () => {
    const from = await origin(
      new Map([
        ['a', vector(9)],
        ['large', vector(1 << 20)],
      ]),
      { format: 'v1' },
    );
    const checkpoint = await openCheckpoint('model', { store: fetched(from) });
    expect([...checkpoint.tensors.keys()]).toEqual(['a', 'large']);
    await read(checkpoint.tensors.get('a') as Tensor);
    expect(from.reads.length).toBeLessThan(5);
  });

  it('that is not there is told with what was looked for', async () => {
    const from = await origin(new Map());
    await expect(openCheckpoint('other', { store: fetched(from) })).rejects.toThrow(NotACheckpointError);
    await expect(openCheckpoint('other', { store: fetched(from) })).rejects.toThrow('there is no checkpoint at other');
  });

  it('has the bytes of any map, in either format', async () => {
    const held = DTYPES.filter((dtype) => dtype.width > 0 && formatOf('v1').holds(dtype));
    await fc.assert(
      fc.asyncProperty(
        tensorMaps(held),
        fc.constantFrom('v1', 'v2'),
        fc.integer({ min: 1, max: 4 }),
        fc.infiniteStream(fc.nat(3)),
        async (tensors, format, shards, delays) => {
          const { files } = await origin(tensors, { format, shards });
          const from = new MemoryOrigin(files, () => delays.next().value, true);
          const checkpoint = await openCheckpoint('model', { store: fetched(from) });
          expect(new Set(checkpoint.tensors.keys())).toEqual(new Set(tensors.keys()));
          const all = [...checkpoint.tensors];
          const bytes = await Promise.all(all.map(([, tensor]) => read(tensor)));
          for (const [i, [name]] of all.entries()) {
            expect(Buffer.compare(bytes[i] as Uint8Array, contentOf(tensors.get(name) as Tensor)), name).toBe(0);
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it('is written to files, whatever its bytes take to come', async () => {
    const text = strings([2], 'one', 'two');
    const from = await origin(
      new Map([
        ['a', vector(300_000, 7)],
        ['text', text],
        ['z', vector(3)],
      ]),
      { shards: 2 },
    );
    for (const [format, to] of [
      ['v2', 'v2'],
      ['v2', 'v1'],
      ['v1', 'v2'],
    ] as const) {
      const { files } =
        format === 'v2'
          ? from
          : await origin(
              new Map([
                ['a', vector(9)],
                ['text', text],
              ]),
              { format },
            );
      const checkpoint = await openCheckpoint('model', { store: fetched(new MemoryOrigin(files, () => 1, true)) });
      const path = join(scratch(), 'copy');
      await writeCheckpoint(path, checkpoint.tensors, { format: to });
      const copy = await openCheckpoint(path);
      for (const [name, tensor] of checkpoint.tensors) {
        expect(Buffer.compare(contentOf(copy.tensors.get(name) as Tensor), await read(tensor)), name).toBe(0);
      }
      expect(await findingsIn(path)).toEqual([]);
      const renamed = join(scratch(), 'renamed');
      await (await planRename(checkpoint, (name) => `x/${name}`, { target: renamed })).write();
      const there = await openCheckpoint(renamed);
      expect([...there.tensors.keys()]).toEqual([...checkpoint.tensors.keys()].map((name) => `x/${name}`));
      await expect(planRename(checkpoint, (name) => name)).rejects.toThrow('does not lie on this machine');
    }
  });

  it('may lie deflated in its origin, which unpacks it while it loads', async () => {
    const whole = await origin(
      new Map([
        ['a', vector(1000)],
        ['b', vector(3, 7)],
      ]),
    );
    const packed = new Map<string, Uint8Array>();
    for (const [path, bytes] of whole.files) packed.set(path, await promisify(deflateRaw)(bytes));
    const zipped: Origin = {
      size: async (path) => whole.files.get(path)?.length,
      read: async (path, offset, length) => {
        const bytes = await promisify(inflateRaw)(packed.get(path) as Uint8Array);
        return bytes.subarray(offset, offset + length);
      },
    };
    const checkpoint = await openCheckpoint('model', { store: fetched(zipped) });
    expect(await read(checkpoint.tensors.get('b') as Tensor)).toEqual(contentOf(vector(3, 7)));
  });

  it('is any store that lists, measures and opens', async () => {
    const { files } = await origin(new Map([['a', vector(5, 3)]]), { shards: 1 });
    const store: Store = {
      list: (dir) => (dir === '' ? [...files.keys()].sort() : []),
      size: (path) => files.get(path)?.length,
      open: (path) => Object.assign(new MemorySource(files.get(path) as Uint8Array), { close: () => undefined }),
    };
    const { tensors } = await openCheckpoint('model', { store });
    expect(contentOf(tensors.get('a') as Tensor)).toEqual(contentOf(vector(5, 3)));
    expect(await findingsIn('model', store)).toEqual([]);
  });
});
