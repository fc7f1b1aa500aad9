/** Paths in bytes that are no UTF-8: what lies there is listed, opened, written and linked under the very same bytes. */
import { copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { decodeText, encodeText } from '../../src/bytes/text.ts';
import { openCheckpoint } from '../../src/checkpoints/checkpoint.ts';
import { renameCheckpoint, writeCheckpoint } from '../../src/checkpoints/write-checkpoint.ts';
import { fileStore } from '../../src/io/store.ts';
import { fixture } from '../fixtures.ts';
import { scratch } from '../scratch.ts';

/** A name of three bytes, of which the middle one is no text. */
const ODD = decodeText(Uint8Array.of(0x61, 0xff, 0x62));
const native = (path: string): Buffer => Buffer.from(encodeText(path));

it.skipIf(process.platform !== 'linux')('are kept through every call', async () => {
  const directory = join(scratch(), ODD);
  mkdirSync(native(directory));
  const source = fixture('v2/variables-howto/model.ckpt');
  for (const end of ['.index', '.data-00000-of-00001']) copyFileSync(source + end, native(join(directory, ODD + end)));
  expect(fileStore().list(directory)).toEqual([`${ODD}.data-00000-of-00001`, `${ODD}.index`]);
  const checkpoint = await openCheckpoint(join(directory, ODD));
  expect([...checkpoint.tensors.keys()]).toEqual(['biases', 'weights']);
  expect((await openCheckpoint(directory)).path).toBe(join(directory, ODD));
  await writeCheckpoint(join(directory, `${ODD}-copy`), checkpoint.tensors);
  await renameCheckpoint(checkpoint, (name) => `x/${name}`, { target: join(directory, `${ODD}-link`), reuse: 'link' });
  const names = readdirSync(native(directory), 'buffer').map((name) => name.subarray(0, 3));
  expect(names.every((name) => name.equals(native(ODD)))).toBe(true);
  expect(names.length).toBe(6);
});
