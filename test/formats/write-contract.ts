/** The second half of a format's contract: a write that fails or is refused leaves everything as it was. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ByteSource } from '../../src/bytes/source.ts';
import { planRename, verifyCheckpoint } from '../../src/checkpoints/checkpoint.ts';
import {
  ChecksumError,
  CorruptError,
  NameError,
  UnsupportedError,
  UsageError,
  WriteRefusedError,
} from '../../src/errors.ts';
import type { Format, RenameOptions } from '../../src/formats/format.ts';
import type { WriteOptions } from '../../src/formats/write-plan.ts';
import { dtypeOf, UNKNOWN_DTYPE } from '../../src/tensor/dtype.ts';
import type { Tensor, TensorMap } from '../../src/tensor/tensor.ts';
import { elementsOf, partition } from '../generated.ts';
import { scratch } from '../scratch.ts';
import { inFullRun } from '../sweep.ts';
import { contentOf, dataFilesOf, doorsOf, expectSame, lastFileOf, strings, vector } from './contract-tools.ts';

/** A source that gives out `bytes` bytes and then fails, as a disk does. */
function failingAfter(bytes: number, byteLength: number): ByteSource {
  return {
    byteLength,
    readInto(target, offset) {
      if (offset + target.length > bytes) throw new CorruptError('the disk gave up', { where: 'test' });
      target.fill(7);
    },
  };
}

/** Every file in a directory and its folders, in order. */
function filesUnder(directory: string): string[] {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  return files.map((path) => path.slice(directory.length + 1)).sort();
}

/** Where formats differ of necessity. */
export interface FormatFacts {
  /** In which order content lies in a file: that of the map, or that of the names; `apart` where each tensor has its own. */
  readonly layout: 'as given' | 'by name' | 'apart';
}

/** Whether a format holds string tensors. */
export const holdsStrings = (format: Format): boolean => format.holds(dtypeOf('string'));

export function describeWriting(format: Format, facts: FormatFacts): void {
  const { write, opened, planned, open } = doorsOf(format);
  const hasStrings = holdsStrings(format);
  /** Options that make so many data files, where the format has several. */
  const inShards = (shards: number): WriteOptions => (format.can.split ? { shards } : {});
  const withText = (tensors: [string, Tensor][], ...elements: string[]): Map<string, Tensor> =>
    new Map(hasStrings ? [...tensors, ['text', strings([elements.length], ...elements)]] : tensors);

  describe('a write', () => {
    it('is planned first, to the byte', async () => {
      const path = join(scratch(), 'model');
      const tensors = withText(
        [
          ['b', vector(3)],
          ['a', vector(5)],
        ],
        'text',
      );
      const plan = await planned(path, tensors, inShards(2));
      expect(existsSync(lastFileOf(plan))).toBe(false);
      const data = dataFilesOf(plan);
      expect(await plan.write()).toEqual({ bytesCopied: plan.bytesCopied, bytesReused: plan.bytesReused });
      for (const file of data) expect(readFileSync(file.path).length).toBe(file.byteLength);
      expect(plan.byteLength).toBe(data.reduce((sum, file) => sum + (file.byteLength ?? 0), 0));
    });

    it.skipIf(facts.layout === 'apart')(
      'keeps the order of the map, and, reading a checkpoint, that of its files, where it lays out as given',
      async () => {
        const first = await opened(
          new Map([
            ['z', vector(1, 1)],
            ['m', vector(1, 2)],
            ['a', vector(1, 3)],
          ]),
        );
        const order = (tensors: TensorMap): string[] =>
          [...tensors].sort((x, y) => (x[1].stored?.offset ?? 0) - (y[1].stored?.offset ?? 0)).map(([name]) => name);
        const kept = facts.layout === 'as given' ? ['z', 'm', 'a'] : ['a', 'm', 'z'];
        expect(order(first.tensors)).toEqual(kept);
        const stored = await opened(first.tensors);
        expect(order(stored.tensors)).toEqual(kept);
        const given = await opened(first.tensors, { order: 'given' });
        expect(order(given.tensors)).toEqual(['a', 'm', 'z']);
        for (const checkpoint of [first, stored, given]) checkpoint.close();
      },
    );

    it('refuses to overwrite, and touches nothing', async () => {
      const path = join(scratch(), 'model');
      const indexPath = lastFileOf(await write(path, new Map([['a', vector(1)]])));
      const before = readFileSync(indexPath);
      await expect(write(path, new Map([['b', vector(2)]]))).rejects.toThrow(WriteRefusedError);
      expect(readFileSync(indexPath)).toEqual(before);
    });

    it('overwrites when forced, and leaves no file of the old checkpoint', async () => {
      const directory = scratch();
      const path = join(directory, 'model');
      await write(
        path,
        new Map([
          ['a', vector(8)],
          ['b', vector(8)],
          ['c', vector(8)],
        ]),
        inShards(3),
      );
      const tensors = new Map([['new', vector(2, 9)]]);
      const plan = await write(path, tensors, { force: true });
      const checkpoint = await open(path);
      expectSame(checkpoint.tensors, tensors);
      checkpoint.close();
      const wanted = plan.files.map((file) => file.path);
      expect(filesUnder(directory)).toEqual(wanted.map((p) => p.slice(directory.length + 1)).sort());
    });

    it('never writes over what it reads, forced or not', async () => {
      const path = join(scratch(), 'model');
      await write(path, new Map([['a', vector(8)]]));
      const checkpoint = await open(path);
      await expect(write(path, checkpoint.tensors, { force: true })).rejects.toThrow(WriteRefusedError);
      expect(contentOf(checkpoint.tensors.get('a') as Tensor)).toEqual(contentOf(vector(8)));
      checkpoint.close();
    });

    it('makes the directories that are missing', async () => {
      const path = join(scratch(), 'deep', 'down', 'model');
      await write(path, new Map([['a', vector(1)]]));
      (await open(path)).close();
    });

    it.each([0, 1, 700_000])('that fails after %i bytes leaves nothing behind', async (bytes) => {
      const directory = scratch();
      const broken: Tensor = {
        ...vector(0),
        shape: [250_000],
        byteLength: 1_000_000,
        source: failingAfter(bytes, 1_000_000),
      };
      const tensors = new Map([
        ['a', vector(10)],
        ['broken', broken],
      ]);
      await expect(write(join(directory, 'new', 'model'), tensors)).rejects.toThrow('the disk gave up');
      expect(readdirSync(directory)).toEqual([]);
    });

    it('that fails leaves the old checkpoint as it was', async () => {
      const directory = scratch();
      const path = join(directory, 'model');
      const old = new Map([
        ['a', vector(3)],
        ['b', vector(4)],
      ]);
      const { path: at } = await write(path, old, inShards(2));
      const names = readdirSync(directory);
      const broken: Tensor = { ...vector(0), shape: [50], byteLength: 200, source: failingAfter(0, 200) };
      await expect(write(path, new Map([['x', broken]]), { force: true })).rejects.toThrow('the disk gave up');
      expect(readdirSync(directory)).toEqual(names);
      const checkpoint = await open(at);
      expectSame(checkpoint.tensors, old);
      checkpoint.close();
    });

    it.runIf(format.can.tensorflow)(
      'carries recorded checksums, and refuses content that does not match them',
      async () => {
        const path = join(scratch(), 'model');
        const plan = await write(
          path,
          new Map([
            ['a', vector(3)],
            ['s', strings([2], 'x', 'y')],
          ]),
        );
        const dataPath = dataFilesOf(plan)[0]?.path as string;
        const bytes = readFileSync(dataPath);
        for (const at of [5, bytes.lastIndexOf('y')]) {
          const damaged = Uint8Array.from(bytes);
          damaged[at] = (damaged[at] as number) ^ 0x40;
          writeFileSync(dataPath, damaged);
          const directory = scratch();
          const copy = async (): Promise<void> => {
            const checkpoint = await open(path);
            await write(join(directory, 'copy'), checkpoint.tensors).finally(() => checkpoint.close());
          };
          await expect(copy()).rejects.toThrow(ChecksumError);
          expect(readdirSync(directory)).toEqual([]);
        }
      },
    );

    it('tells its progress to the last byte', async () => {
      const seen: number[] = [];
      let total = 0;
      const plan = await write(
        join(scratch(), 'model'),
        new Map([
          ['a', vector(300_000)],
          ['b', vector(1)],
        ]),
        {
          onProgress: ({ bytesDone, bytesTotal }) => {
            seen.push(bytesDone);
            total = bytesTotal;
          },
        },
      );
      expect(seen).toEqual([...seen].sort((a, b) => a - b));
      expect([seen.at(-1), total]).toEqual([plan.byteLength, plan.byteLength]);
      expect(plan.byteLength).toBeGreaterThanOrEqual(1_200_004);
    });

    it.runIf(format.can.split)(
      'makes as many data files as are asked for, while there are tensors enough',
      async () => {
        await fc.assert(
          fc.asyncProperty(
            fc.array(fc.nat(40), { maxLength: 8 }),
            fc.integer({ min: 1, max: 10 }),
            async (sizes, shards) => {
              const tensors = new Map(sizes.map((size, i) => [`t${i}`, vector(size)]));
              const plan = await planned(join(scratch(), 'm'), tensors, { shards });
              expect(dataFilesOf(plan).length).toBe(Math.min(shards, Math.max(sizes.length, 1)));
            },
          ),
          { numRuns: inFullRun(40, 6) },
        );
      },
    );

    it.each([0, -1, 1.5, Number.NaN])('refuses %d data files', async (shards) => {
      await expect(opened(new Map([['a', vector(1)]]), { shards })).rejects.toThrow(UsageError);
    });

    it('of other names leaves the content where it is, in place or beside', async () => {
      const path = join(scratch(), 'model');
      const cut = partition(
        vector(6, 3),
        [[{ start: 3, length: 3 }], [{ start: 0, length: 3 }]],
        elementsOf(contentOf(vector(6, 3)), 4),
      );
      const tensors = withText(
        [
          ['a', vector(3)],
          ['b/cut', cut],
        ],
        'text',
      );
      await write(path, tensors);
      const { path: sharded } = await write(join(scratch(), 'sharded'), tensors, inShards(2));
      const renamed = new Map([...tensors].map(([name, tensor]) => [`z/${name}`, tensor]));
      const beside = join(scratch(), 'other');
      const renameAt = async (at: string, rule: (name: string) => string, options?: RenameOptions): Promise<string> => {
        const checkpoint = await open(at);
        const written = planRename(checkpoint, rule, options).then(async (plan) => {
          await plan.write();
          return plan.path;
        });
        return written.finally(() => checkpoint.close());
      };
      const besideAt = await renameAt(sharded, (name) => `z/${name}`, { target: beside });
      if (facts.layout === 'apart') {
        await expect(renameAt(path, (name) => `z/${name}`)).rejects.toThrow(UsageError);
        await write(path, renamed, { force: true });
      } else await renameAt(path, (name) => `z/${name}`);
      for (const at of [path, besideAt]) {
        const checkpoint = await open(at);
        expectSame(checkpoint.tensors, renamed);
        checkpoint.close();
        for await (const finding of verifyCheckpoint(at, { format: format.name })) expect(finding).toBeUndefined();
      }
      await expect(renameAt(path, () => 'same')).rejects.toThrow(NameError);
      await expect(renameAt(path, (name) => name, { target: beside })).rejects.toThrow(WriteRefusedError);
      const itself = { target: path, force: true };
      await expect(renameAt(path, (name) => name, itself)).rejects.toThrow(WriteRefusedError);
      (await open(path)).close();
    });

    it('refuses a name that is empty or no text, and a dtype that is none', async () => {
      const unknown: Tensor = { ...vector(0), dtype: UNKNOWN_DTYPE };
      await expect(opened(new Map([['a', unknown]]))).rejects.toThrow(UnsupportedError);
      await expect(opened(new Map([['', vector(1)]]))).rejects.toThrow(/name/);
      await expect(opened(new Map([['a\ud800', vector(1)]]))).rejects.toThrow(/name/);
    });
  });
}
