/** Bytes that mean nothing, and content that looks like something else: neither is damage. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openCheckpoint, verifyCheckpoint, writeCheckpoint } from '../../../src/checkpoints/checkpoint.ts';
import { sha256Of } from '../../../src/inspect/digest.ts';
import { dtypeOf } from '../../../src/tensor/dtype.ts';
import { type Tensor, tensorOfBytes } from '../../../src/tensor/tensor.ts';
import { scratch } from '../../scratch.ts';

async function kindsAt(path: string): Promise<string[]> {
  const kinds: string[] = [];
  for await (const { kind, severity } of verifyCheckpoint(path)) kinds.push(`${severity}: ${kind}`);
  return kinds;
}

async function written(bytes: readonly number[]): Promise<string> {
  const path = join(scratch(), 'model');
  const content = Uint8Array.from([...bytes, ...new Array(64).fill(0)]);
  await writeCheckpoint(path, new Map([['w', tensorOfBytes(dtypeOf('uint8'), [content.length], content)]]));
  return path;
}

describe('content', () => {
  it.each([
    ['gzip', [0x1f, 0x8b, 8]],
    ['a zip', [0x50, 0x4b, 3, 4]],
    ['a pickle', [0x80, 2, 0x7d]],
  ])('that begins like %s is sound as long as its checksum is', async (_, bytes) => {
    const path = await written(bytes);
    expect(await kindsAt(path)).toEqual([]);
    const checkpoint = await openCheckpoint(path);
    await sha256Of('w', checkpoint.tensors.get('w') as Tensor);
    checkpoint.close();
  });

  it('that was replaced by an archive is one finding, not one for each tensor', async () => {
    const path = await written([1, 2, 3]);
    writeFileSync(`${path}.data-00000-of-00001`, Uint8Array.of(0x1f, 0x8b, 8, 0));
    expect(await kindsAt(path)).toEqual(['damage: foreign-file']);
  });

  it('that is followed by more bytes is told in a note', async () => {
    const path = await written([1]);
    const data = `${path}.data-00000-of-00001`;
    writeFileSync(data, Buffer.concat([readFileSync(data), Buffer.from('more')]));
    expect(await kindsAt(path)).toEqual(['note: unused-bytes']);
  });
});

describe('an index', () => {
  it('with bytes in its footer that mean nothing is noted', async () => {
    const path = await written([1]);
    const index = readFileSync(`${path}.index`);
    index[index.length - 12] = 1;
    writeFileSync(`${path}.index`, index);
    expect(await kindsAt(path)).toEqual(['note: index-damaged']);
  });
});
