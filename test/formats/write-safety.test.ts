/** What a write does when others are at work: names that appear, inputs that change, two writers, files that are none. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openCheckpoint, verifyCheckpoint } from '../../src/checkpoints/checkpoint.ts';
import {
  planCheckpoint,
  planRename,
  renameCheckpoint,
  writeCheckpoint,
} from '../../src/checkpoints/write-checkpoint.ts';
import { writeCheckpointState } from '../../src/checkpoints/write-state.ts';
import { CkptError, NotACheckpointError, UnreadableError, WriteRefusedError } from '../../src/errors.ts';
import type { FormatName } from '../../src/formats/format-name.ts';
import { dtypeOf } from '../../src/tensor/dtype.ts';
import { type Tensor, tensorOfBytes, tensorOfStrings } from '../../src/tensor/tensor.ts';
import { scratch } from '../scratch.ts';

const FORMATS: readonly FormatName[] = ['v2', 'v1', 'safetensors', 'npz'];

const bytes = (length: number, fill: number): Tensor =>
  tensorOfBytes(dtypeOf('uint8'), [length], new Uint8Array(length).fill(fill));

const tensorsOf = (fill: number, count = 3): Map<string, Tensor> =>
  new Map(Array.from({ length: count }, (_, i) => [`t${i}`, bytes(100, fill + i)]));

async function fillOf(path: string): Promise<number> {
  for await (const { severity, message } of verifyCheckpoint(path)) {
    if (severity === 'damage') throw new Error(message);
  }
  const { tensors, close } = await openCheckpoint(path);
  const first = new Uint8Array(1);
  (tensors.get('t0') as Tensor).source.readInto(first, 0);
  close();
  return first[0] as number;
}

describe.each(FORMATS)('a write of %s', (format) => {
  it('takes no name that appeared while it was under way, unless forced', async () => {
    const directory = scratch();
    const path = join(directory, 'out.safetensors');
    const plan = await planCheckpoint(path, tensorsOf(1), { format });
    const last = plan.files.at(-1)?.path as string;
    writeFileSync(last, 'mine');
    await expect(plan.write()).rejects.toThrow(/exists already; it appeared while this was written/);
    expect(readFileSync(last, 'utf8')).toBe('mine');
    expect(readdirSync(directory)).toEqual([last.slice(directory.length + 1)]);
    await writeCheckpoint(path, tensorsOf(1), { format, force: true });
    expect(await fillOf(plan.path)).toBe(1);
  });

  it('and another to the same name never mix: one is refused', async () => {
    const directory = scratch();
    const path = join(directory, 'out.safetensors');
    const shards = format === 'npz' ? undefined : 30;
    const results = await Promise.allSettled(
      [1, 101].map((fill) => writeCheckpoint(path, tensorsOf(fill, 60), { format, shards })),
    );
    const written = results.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const refused = results.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    expect(refused.map((error) => error instanceof WriteRefusedError)).toEqual([true]);
    expect([1, 101]).toContain(await fillOf(written[0]?.path as string));
    expect(readdirSync(directory).length).toBe(written[0]?.files.length);
  });

  it.each(['written to', 'changed from', 'was replaced', 'was removed'])(
    'of an input that %s meanwhile is refused',
    async (change) => {
      const directory = scratch();
      const { files } = await writeCheckpoint(join(directory, 'in.safetensors'), tensorsOf(1), { format });
      const input = files[0]?.path as string;
      const from = files.at(-1)?.path.replace(/\.index$/, '') as string;
      utimesSync(input, 1, 1);
      const checkpoint = await openCheckpoint(from);
      const plan = await planCheckpoint(join(directory, 'out.safetensors'), checkpoint.tensors, {
        format,
        verify: false,
      });
      const content = readFileSync(input);
      if (change === 'written to') writeFileSync(input, content);
      else if (change === 'changed from') writeFileSync(input, Buffer.concat([content, Buffer.of(0)]));
      else if (change === 'was removed') renameSync(input, `${input}.gone`);
      else {
        writeFileSync(`${input}.new`, content);
        renameSync(`${input}.new`, input);
      }
      const before = readdirSync(directory);
      await expect(plan.write()).rejects.toThrow(CkptError);
      expect(readdirSync(directory)).toEqual(before);
      checkpoint.close();
    },
  );

  it('with a name of 230 letters is written, and replaced', async () => {
    const path = join(scratch(), `${'x'.repeat(218)}.safetensors`);
    await writeCheckpoint(path, tensorsOf(1), { format });
    const { path: written } = await writeCheckpoint(path, tensorsOf(2), { format, force: true });
    expect(await fillOf(written)).toBe(2);
  });
});

it('an index that changes while its tensors are copied is noticed', async () => {
  const directory = scratch();
  await writeCheckpoint(join(directory, 'in'), tensorsOf(1));
  const checkpoint = await openCheckpoint(join(directory, 'in'));
  const plan = await planCheckpoint(join(directory, 'out'), checkpoint.tensors, { inputs: [checkpoint] });
  writeFileSync(join(directory, 'in.index'), readFileSync(join(directory, 'in.index')));
  await expect(plan.write()).rejects.toThrow(/in.index was written to while it was read, so nothing was written/);
  checkpoint.close();
});

describe('what is written is what was checked', () => {
  it.each(['numbers', 'varints', 'strings'])('of V1: %s that change between the sum and the copy', async (kind) => {
    const directory = scratch();
    const path = join(directory, 'in');
    const length = 300_000;
    const tensor =
      kind === 'strings'
        ? tensorOfStrings(
            dtypeOf('string'),
            [2000],
            Array.from({ length: 2000 }, () => new Uint8Array(150).fill(65)),
          )
        : tensorOfBytes(
            dtypeOf(kind === 'numbers' ? 'float32' : 'int32'),
            [length],
            new Uint8Array(length * 4).fill(1),
          );
    await writeCheckpoint(path, new Map([['t', tensor]]), { format: 'v1' });
    const checkpoint = await openCheckpoint(path);
    void checkpoint.tensors.get('t')?.source; // sums the block
    const content = readFileSync(path);
    const at = Math.floor(content.length / 2);
    content[at] = (content[at] as number) ^ 2;
    writeFileSync(path, content);
    await expect(writeCheckpoint(join(directory, 'out'), checkpoint.tensors, { format: 'v2' })).rejects.toThrow(
      UnreadableError,
    );
    expect(readdirSync(directory)).toEqual(['in']);
    checkpoint.close();
  });
});

describe('which data files must be there is for the index to say', () => {
  async function sharded(): Promise<{ directory: string; path: string }> {
    const directory = scratch();
    const path = join(directory, 'm');
    await writeCheckpoint(path, tensorsOf(1, 4), { shards: 2 });
    return { directory, path };
  }

  it.each(['copy', 'link'] as const)('a stale one is not taken for one that is gone: %s', async (reuse) => {
    const { directory, path } = await sharded();
    renameSync(`${path}.data-00001-of-00002`, `${path}.data-00000-of-00001`);
    const target = join(directory, 'out');
    const refused = renameCheckpoint(path, (name) => `x/${name}`, { target, reuse });
    await expect(refused).rejects.toThrow(NotACheckpointError);
    await expect(refused).rejects.toThrow('m.data-00001-of-00002 is missing');
    const { tensors, close } = await openCheckpoint(path);
    await expect(writeCheckpoint(target, tensors)).rejects.toThrow('m.data-00001-of-00002 is missing');
    expect(readdirSync(directory).some((name) => name.startsWith('out'))).toBe(false);
    close();
  });

  it('one of another number of shards is not copied along', async () => {
    const { directory, path } = await sharded();
    writeFileSync(`${path}.data-00004-of-00007`, 'stale');
    await renameCheckpoint(path, (name) => `x/${name}`, { target: join(directory, 'out') });
    expect(readdirSync(directory).filter((name) => name.startsWith('out'))).toEqual([
      'out.data-00000-of-00002',
      'out.data-00001-of-00002',
      'out.index',
    ]);
  });
});

describe('what is replaced', () => {
  it('in place keeps its mode, and is what a link points to', async () => {
    const directory = scratch();
    const path = join(directory, 'm');
    await writeCheckpoint(path, tensorsOf(1));
    mkdirSync(join(directory, 'real'));
    renameSync(`${path}.index`, join(directory, 'real', 'index'));
    chmodSync(join(directory, 'real', 'index'), 0o600);
    symlinkSync(join('real', 'index'), `${path}.index`);
    await renameCheckpoint(path, (name) => `x/${name}`);
    expect(lstatSync(`${path}.index`).isSymbolicLink()).toBe(true);
    expect(statSync(`${path}.index`).mode & 0o777).toBe(0o600);
    const { tensors, close } = await openCheckpoint(path);
    expect([...tensors.keys()]).toEqual(['x/t0', 'x/t1', 'x/t2']);
    close();
  });

  it('by force keeps its mode; a state file does too', async () => {
    const path = join(scratch(), 'm');
    const { files } = await writeCheckpoint(path, tensorsOf(1));
    for (const file of files) chmodSync(file.path, 0o640);
    await writeCheckpoint(path, tensorsOf(2), { force: true });
    expect(files.map((file) => statSync(file.path).mode & 0o777)).toEqual([0o640, 0o640]);
    const state = join(scratch(), 'checkpoint');
    writeFileSync(state, '');
    chmodSync(state, 0o600);
    writeCheckpointState(state, { latest: 'm', all: ['m'], timestamps: [], lastPreserved: undefined });
    expect(statSync(state).mode & 0o777).toBe(0o600);
  });

  it('are as hidden as the older ones, though their names be others', async () => {
    const path = join(scratch(), 'model');
    for (const { path: file } of (await writeCheckpoint(path, tensorsOf(1))).files) chmodSync(file, 0o600);
    for (const options of [{ shards: 3 }, { format: 'v1', shards: 2 }, { format: 'v2' }] as const) {
      const { files } = await writeCheckpoint(path, tensorsOf(2), { ...options, force: true });
      for (const { path: file } of files) expect(statSync(file).mode & 0o777, file).toBe(0o600);
    }
  });

  it.skipIf(process.platform === 'win32')('is never a pipe, nor a link to one', async () => {
    const directory = scratch();
    const pipe = join(directory, 'pipe');
    execFileSync('mkfifo', [pipe]);
    symlinkSync('pipe', join(directory, 'link'));
    await writeCheckpoint(join(directory, 'm'), tensorsOf(1));
    const there = readdirSync(directory).sort();
    const refusal = /is no file but a device, a pipe or a socket/;
    for (const name of ['pipe', 'link']) {
      const target = join(directory, name);
      for (const force of [false, true]) {
        for (const format of ['v1', 'v2', 'safetensors', 'npz', 'npy', 'hdf5'] as const) {
          await expect(writeCheckpoint(target, tensorsOf(1), { format, force })).rejects.toThrow(refusal);
        }
        await expect(writeCheckpoint(target, tensorsOf(1), { shards: 2, force })).rejects.toThrow(refusal);
        const renamed = renameCheckpoint(join(directory, 'm'), (old) => `x/${old}`, { target, force });
        await expect(renamed).rejects.toThrow(refusal);
      }
    }
    for (const target of ['/dev/stdout', '/dev/fd/1']) {
      await expect(writeCheckpoint(target, tensorsOf(1))).rejects.toThrow(refusal);
    }
    expect(lstatSync(pipe).isFIFO()).toBe(true);
    expect(readdirSync(directory).sort()).toEqual(there);
  });

  it('is another hard link of what is read, but not the file itself under another name', async () => {
    const directory = scratch();
    const path = join(directory, 'm');
    await writeCheckpoint(path, tensorsOf(1));
    const target = join(directory, 'out');
    const rule = (name: string): string => `x/${name}`;
    await renameCheckpoint(path, rule, { target, reuse: 'link' });
    await renameCheckpoint(path, rule, { target, reuse: 'link', force: true });
    expect(await fillOf(path)).toBe(1);
    mkdirSync(join(directory, 'sub'));
    symlinkSync(directory, join(directory, 'sub', 'up'));
    const itself = join(directory, 'sub', 'up', 'm');
    const refused = renameCheckpoint(path, rule, { target: itself, force: true });
    await expect(refused).rejects.toThrow(/is what is read/);
  });
});

describe('a write with --force that was killed between its renames', () => {
  /** What such a write leaves: the older files under temporary names, where nobody is at work any more. */
  function putAside(directory: string): void {
    const marker = (kind: number): string => `.tempstate${'4194305'.padStart(10, '0')}1600000000000${kind}`;
    renameSync(join(directory, 'm.index'), join(directory, `m.index${marker(2)}`));
    const data = 'm.data-00000-of-00001';
    renameSync(join(directory, data), join(directory, `${data}${marker(0)}`));
    writeFileSync(join(directory, data), 'new and not whole');
  }

  it('is put right by the next, which is refused then as any that finds a checkpoint there', async () => {
    const directory = scratch();
    const path = join(directory, 'm');
    await writeCheckpoint(path, tensorsOf(1));
    putAside(directory);
    await expect(planCheckpoint(path, tensorsOf(2))).rejects.toThrow(/m.index exists already/);
    expect(existsSync(`${path}.index`)).toBe(false);
    await expect(writeCheckpoint(path, tensorsOf(2))).rejects.toThrow(/exists already/);
    expect(readdirSync(directory).sort()).toEqual(['m.data-00000-of-00001', 'm.index']);
    expect(await fillOf(path)).toBe(1);
  });

  it('is put right by the next with --force, which then replaces it', async () => {
    const directory = scratch();
    const path = join(directory, 'm');
    await writeCheckpoint(path, tensorsOf(1));
    putAside(directory);
    await writeCheckpoint(path, tensorsOf(2), { force: true });
    expect(readdirSync(directory).sort()).toEqual(['m.data-00000-of-00001', 'm.index']);
    expect(await fillOf(path)).toBe(2);
  });
});

describe('damage is not carried on unasked', () => {
  /** The tensors of a checkpoint of one tensor of which the parts overlap. */
  const overlapping = (): Map<string, Tensor> => {
    const part = (start: number): Tensor['parts'] extends readonly (infer P)[] | undefined ? P : never => ({
      slice: [{ start, length: 60 }],
      tensor: bytes(60, start),
    });
    return new Map([['w', { ...bytes(100, 0), parts: [part(0), part(40)] }]]);
  };

  it.each(['v2', 'v1'] as const)('slices that overlap are refused without --force: %s', async (format) => {
    const directory = scratch();
    const path = join(directory, 'm');
    await expect(writeCheckpoint(path, overlapping(), { format })).rejects.toThrow(/tensor w: parts overlap/);
    const { notes } = await writeCheckpoint(path, overlapping(), { format, force: true });
    expect(notes).toEqual([expect.stringMatching(/^tensor w: parts overlap: .*; it is in the output too$/)]);
    const checkpoint = await openCheckpoint(path);
    const target = join(directory, 'out');
    await expect(planRename(checkpoint, (name) => `x${name}`, { target })).rejects.toThrow(/tensor x?w: parts overlap/);
    const forced = await planRename(checkpoint, (name) => `x${name}`, { target, force: true });
    expect(forced.notes.length).toBe(1);
    checkpoint.close();
  });

  it('a slice that starts before its tensor is refused whatever is said', async () => {
    const part = { slice: [{ start: -1, length: 60 }], tensor: bytes(60, 1) };
    const tensors = new Map([['w', { ...bytes(100, 0), parts: [part] }]]);
    await expect(writeCheckpoint(join(scratch(), 'm'), tensors, { force: true })).rejects.toThrow(CkptError);
  });
});

it.skipIf(!existsSync('/proc/self'))('a directory that the system does not make is an error at once', async () => {
  await expect(writeCheckpoint('/proc/x/y', tensorsOf(1))).rejects.toThrow(WriteRefusedError);
});
