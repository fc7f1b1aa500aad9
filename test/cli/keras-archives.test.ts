/** `.keras`: an archive of a model with other weights, and all else in it as it was. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MemorySource, readBytes } from '../../src/bytes/source.ts';
import { openCheckpoint, writeCheckpoint } from '../../src/checkpoints/checkpoint.ts';
import { readDirectory } from '../../src/zip/directory.ts';
import { memberSource } from '../../src/zip/member-source.ts';
import { archive } from '../zip/archive.ts';
import { FIXTURES } from './run.ts';
import { type Folder, folderWith, refused } from './surgery-folder.ts';

const WEIGHTS = readFileSync(join(FIXTURES, 'hdf5/keras-weights/model.weights.h5'));
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** A folder with `model.keras`, its weights, and the same numbers under names of somebody else. */
async function model(): Promise<Folder> {
  const folder = folderWith('v2/object-based-keras/model');
  const members = [
    { name: 'metadata.json', content: text('{"keras_version": "3.15.1"}') },
    { name: 'config.json', content: text('{"class_name": "Sequential"}'), isDeflated: true },
    { name: 'model.weights.h5', content: WEIGHTS },
    { name: 'assets/vocabulary.txt', content: text('word\n'.repeat(1000)), isDeflated: true },
  ];
  writeFileSync(join(folder.path, 'model.keras'), archive(members));
  writeFileSync(join(folder.path, 'model.weights.h5'), WEIGHTS);
  return folder;
}

/** Every member unpacked, in its order. */
function membersOf(path: string): Record<string, string> {
  const file = new MemorySource(readFileSync(path));
  const read = readDirectory(file).members.map((member) => {
    const source = memberSource(file, member);
    return [member.name, Buffer.from(readBytes(source, 0, source.byteLength)).toString('latin1')] as const;
  });
  return Object.fromEntries(read);
}

/** Tensors of a file whose names pass, written to another. */
async function copyOf(folder: Folder, to: string, keep: (name: string) => boolean): Promise<void> {
  const checkpoint = await openCheckpoint(join(folder.path, 'model.weights.h5'));
  await writeCheckpoint(join(folder.path, to), new Map([...checkpoint.tensors].filter(([name]) => keep(name))), {
    format: 'safetensors',
  });
  checkpoint.close();
}

describe('convert --like model.keras', () => {
  it('gives the model other weights, and keeps every other member', async () => {
    const folder = await model();
    const edited = folder.ckpt([
      'set',
      'model.weights.h5',
      'layers/dense/vars/1=ones',
      '-o',
      'edited.weights.h5',
      '-q',
    ]);
    expect(edited.code).toBe(0);
    const { stdout, code } = folder.ckpt(['convert', 'edited.weights.h5', '--like', 'model.keras', '-o', 'new.keras']);
    expect([stdout, code]).toEqual(['new.keras\n', 0]);
    expect(await folder.digests('new.keras')).toEqual(await folder.digests('edited.weights.h5'));
    const [before, after] = ['model.keras', 'new.keras'].map((file) => membersOf(join(folder.path, file)));
    expect(Object.keys(after ?? {})).toEqual(Object.keys(before ?? {}));
    expect({ ...after, 'model.weights.h5': '' }).toEqual({ ...before, 'model.weights.h5': '' });
  });

  it('takes an edited archive as its own template', async () => {
    const folder = await model();
    expect(folder.ckpt(['set', 'model.keras', 'layers/dense/vars/1=ones', '-o', 'new.keras', '-q']).code).toBe(0);
    expect(Object.keys(membersOf(join(folder.path, 'new.keras')))).toHaveLength(4);
    const before = readFileSync(join(folder.path, 'model.keras'));
    expect(folder.ckpt(['set', 'model.keras', 'layers/dense/vars/1=ones', '--in-place', '-q']).code).toBe(0);
    expect(await folder.digests('model.keras')).toEqual(await folder.digests('new.keras'));
    expect(readFileSync(join(folder.path, 'model.keras'))).not.toEqual(before);
  });

  it('reads weights that somebody compressed, and writes them as Keras does', async () => {
    const folder = await model();
    const members = [
      { name: 'metadata.json', content: text('{}') },
      { name: 'config.json', content: text('{"class_name": "Sequential"}') },
      { name: 'model.weights.h5', content: WEIGHTS, isDeflated: true },
    ];
    writeFileSync(join(folder.path, 'packed.keras'), archive(members));
    expect(await folder.digests('packed.keras')).toEqual(await folder.digests('model.weights.h5'));
    expect(folder.ckpt(['convert', 'packed.keras', '-o', 'plain.keras', '-q']).code).toBe(0);
    const file = new MemorySource(readFileSync(join(folder.path, 'plain.keras')));
    expect(readDirectory(file).members.map(({ method }) => method)).toEqual([0, 0, 0]);
    expect(await folder.digests('plain.keras')).toEqual(await folder.digests('model.weights.h5'));
  });

  it('is checked member by member', async () => {
    const folder = await model();
    const bytes = readFileSync(join(folder.path, 'model.keras'));
    bytes[bytes.indexOf('keras_version')] = 0x4b;
    bytes[bytes.lastIndexOf(WEIGHTS.subarray(-16)) + 8] = (WEIGHTS.at(-8) as number) ^ 1;
    writeFileSync(join(folder.path, 'damaged.keras'), bytes);
    expect(folder.ckpt(['verify', 'model.keras']).code).toBe(0);
    const { stdout, stderr, code } = folder.ckpt(['verify', 'damaged.keras']);
    expect(code).toBe(1);
    for (const member of ['metadata.json', 'model.weights.h5']) {
      expect(stdout + stderr).toContain(`member ${member} does not match its CRC-32`);
    }
  });

  it('leaves an optimizer of which nothing is known to start anew, and adds one that is known', async () => {
    const folder = await model();
    await copyOf(folder, 'layers.safetensors', (name) => !name.startsWith('optimizer/'));
    const bare = folder.ckpt(['convert', 'layers.safetensors', '--like', 'model.keras', '-o', 'bare.keras']);
    expect(bare.stderr).toContain('the input has nothing of the optimizer, which starts anew');
    expect(folder.names('bare.keras').some((name) => name.startsWith('optimizer/'))).toBe(false);
    const { code } = folder.ckpt(['convert', 'model.weights.h5', '--like', 'bare.keras', '-o', 'whole.keras']);
    expect([code, await folder.digests('whole.keras')]).toEqual([0, await folder.digests('model.weights.h5')]);
  });

  it('refuses what does not make the model whole', async () => {
    const folder = await model();
    await copyOf(folder, 'part.safetensors', (name) => name !== 'layers/dense/vars/1');
    const run = (...args: readonly string[]) => folder.ckpt([...args, '-o', 'new.keras']);
    expect(run('convert', 'part.safetensors', '--like', 'model.keras').stderr).toContain(
      "the input has nothing for 1 of the model's weights: layers/dense/vars/1",
    );
    expect(run('drop', 'model.keras', 'layers/dense/vars/1')).toEqual(
      refused('the model of model.keras has weights that nothing was given for: layers/dense/vars/1'),
    );
    expect(run('reshape', 'model.keras', 'layers/dense/vars/0', '--shape', '-1').stderr).toContain(
      'the model of model.keras wants',
    );
    expect(run('convert', 'model', '--like', 'model.weights.h5').stderr).not.toBe('');
    expect(run('convert', 'model').stderr).toContain('give one of the model with --like MODEL.keras');
    expect(run('convert', 'part.safetensors', '--like', 'model.keras', '--allow-missing').code).toBe(0);
    expect(
      folder.ckpt(['convert', 'model.weights.h5', '--like', 'model.keras', '-o', 'model.keras', '--force']).code,
    ).toBe(2);
    expect(folder.files().filter((file) => file.endsWith('.keras'))).toEqual(['model.keras', 'new.keras']);
  });

  it('refuses a template whose other members are not what they were', async () => {
    const folder = await model();
    const bytes = readFileSync(join(folder.path, 'model.keras'));
    bytes[bytes.indexOf('keras_version')] = 0x4b;
    writeFileSync(join(folder.path, 'damaged.keras'), bytes);
    expect(folder.ckpt(['convert', 'model.keras', '--like', 'damaged.keras', '-o', 'new.keras'])).toEqual(
      refused('damaged.keras: member metadata.json does not match its CRC-32'),
    );
    expect(folder.files()).not.toContain('new.keras');
  });
});
