/** V1 files whose parts contradict each other: what is wrong is told of one tensor, and the sound ones still read. */
import { describe, expect, it } from 'vitest';
import { ByteWriter } from '../../../src/bytes/byte-writer.ts';
import { readBytes } from '../../../src/bytes/source.ts';
import { openCheckpoint, openNow, verifyCheckpoint } from '../../../src/checkpoints/checkpoint.ts';
import { CkptError, CorruptError, UnsupportedError } from '../../../src/errors.ts';
import type { Finding } from '../../../src/formats/finding.ts';
import { encodeSavedMeta } from '../../../src/proto/saved-slices.ts';
import { encodeSliceKey } from '../../../src/tensor/slice-key.ts';
import type { Tensor } from '../../../src/tensor/tensor.ts';
import { field, fileOf, floats, type Listed, part, record, tableOf, whole, written } from './tables.ts';

const SOUND: Listed = { name: 'sound', shape: [2], slices: [whole(1)], values: [floats(1, 2)] };

async function damageAt(path: string): Promise<Finding[]> {
  const found: Finding[] = [];
  for await (const finding of verifyCheckpoint(path)) if (finding.severity === 'damage') found.push(finding);
  return found;
}

function contentOf(path: string, name: string): Uint8Array {
  const checkpoint = openNow(path);
  try {
    const { source } = checkpoint.tensors.get(name) as Tensor;
    return readBytes(source, 0, source.byteLength);
  } finally {
    checkpoint.close();
  }
}

const bad = (shape: readonly number[], values: Uint8Array | undefined, type = 1): Listed => ({
  name: 'bad',
  type,
  shape,
  slices: [whole(shape.length)],
  values: [values],
});
const bytes = (...list: number[]): Uint8Array => Uint8Array.from(list);
const varints = (number: number, ...list: number[]): Uint8Array => field(number, bytes(...list));

const CASES: readonly (readonly [string, readonly Listed[], string, RegExp])[] = [
  ['too few values', [bad([3], floats(1, 2))], 'size-mismatch', /holds 2 values, but its slice takes 3/],
  ['too many values', [bad([1], floats(1, 2))], 'size-mismatch', /holds 2 values, but its slice takes 1/],
  ['no values at all', [bad([1], bytes())], 'size-mismatch', /holds 0 values/],
  ['values of another type', [bad([2], varints(7, 1, 2))], 'size-mismatch', /holds 0 values/],
  ['half a float', [bad([1], field(5, bytes(1, 2, 3, 4, 5, 6)))], 'size-mismatch', /6 bytes of 4-byte numbers/],
  ['a run past the end', [bad([1], bytes(5 * 8 + 2, 100, 1, 2))], 'size-mismatch', /runs past the end/],
  ['a varint cut off by its run', [bad([2], varints(7, 1, 0x80), 3)], 'size-mismatch', /runs past its field/],
  [
    'a varint of eleven bytes',
    [bad([1], varints(7, ...new Array<number>(10).fill(0x80), 1), 3)],
    'size-mismatch',
    /longer than ten bytes/,
  ],
  ['a wire type that is none', [bad([1], bytes(5 * 8 + 7))], 'size-mismatch', /wire type 7/],
  ['too few strings', [bad([2], field(8, bytes(1)), 7)], 'size-mismatch', /holds 1 values/],
  ['a string past the end', [bad([1], bytes(8 * 8 + 2, 9, 1), 7)], 'size-mismatch', /runs past the end/],
  ['more elements than there could be', [bad([2 ** 40], floats(1))], 'size-mismatch', /holds 1 values/],
  [
    'a record that is not there',
    [bad([1], undefined)],
    'slice-missing',
    /is missing: slice - is listed and not stored/,
  ],
  ['a dtype that is none', [bad([1], floats(1), 99)], 'unknown-dtype', /dtype number 99/],
  ['a dtype without a place in V1', [bad([1], floats(1), 14)], 'unknown-dtype', /bfloat16 has no place in a V1/],
  ['a shape beyond counting', [bad([2 ** 40, 2 ** 40], floats(1))], 'invalid-entry', /more than 2\^63 elements/],
  [
    'parts that overlap',
    [{ name: 'bad', shape: [3], slices: [part([0, 2]), part([1, 2])], values: [floats(1, 2), floats(3, 4)] }],
    'slices-overlap',
    /parts overlap/,
  ],
  [
    'a part beyond the shape',
    [{ name: 'bad', shape: [2], slices: [part([1, 2])], values: [floats(1, 2)] }],
    'slice-out-of-range',
    /reaches beyond shape \[2\]/,
  ],
  ['no slice', [{ name: 'bad', shape: [2], slices: [], values: [] }], 'invalid-entry', /lists it without a slice/],
];

describe('a tensor with', () => {
  it.each(CASES)('%s is refused, found out, and hides no other', async (_, tensors, kind, message) => {
    const path = written({ 'model.ckpt': fileOf([...tensors, SOUND]) });
    expect(() => contentOf(path, 'bad')).toThrow(CkptError);
    expect(() => contentOf(path, 'bad')).toThrow(message);
    expect([...contentOf(path, 'sound')]).toEqual([0, 0, 128, 63, 0, 0, 0, 64]);
    expect((await damageAt(path)).map((finding) => [finding.kind, finding.tensor])).toEqual([[kind, 'bad']]);
  });

  it('parts that leave a gap is sound: what is there is read, and what is not is refused', async () => {
    const gapped = { name: 'bad', shape: [3], slices: [part([0, 1]), part([2, 1])], values: [floats(1), floats(3)] };
    const path = written({ 'model.ckpt': fileOf([gapped, SOUND]) });
    expect(() => contentOf(path, 'bad')).toThrow('tensor bad: of its shape [3] only [0:1] [2:3] are stored');
    expect(await damageAt(path)).toEqual([]);
  });

  it('another dtype in another shard is refused in both', async () => {
    const other = { ...bad([2], varints(7, 1, 2), 3) };
    const files = {
      'm-00000-of-00002': fileOf([bad([2], floats(1, 2))]),
      'm-00001-of-00002': fileOf([other, SOUND]),
    };
    const path = written(files, 'm');
    expect(() => contentOf(path, 'bad')).toThrow(/is float32\[2\] in .*00000-of-00002 and int32\[2\] in .*00001/);
    expect(contentOf(path, 'sound').length).toBe(8);
    expect((await damageAt(path)).map(({ kind, tensor }) => [kind, tensor])).toEqual([['invalid-entry', 'bad']]);
  });

  it('other values in another shard is found out; the same again is noted', async () => {
    const first = fileOf([bad([2], floats(1, 2))]);
    const check = async (second: Uint8Array): Promise<string[]> => {
      const path = written({ 'm-00000-of-00002': first, 'm-00001-of-00002': second }, 'm');
      const found: string[] = [];
      for await (const { kind, severity } of verifyCheckpoint(path)) found.push(`${severity} ${kind}`);
      return found;
    };
    expect(await check(first)).toEqual(['note slices-overlap']);
    expect(await check(fileOf([bad([2], floats(1, 3))]))).toEqual(['damage slices-overlap']);
  });

  it('the record of another is found out', async () => {
    const meta = encodeSavedMeta([{ name: 'bad', shape: [1], type: 1, slices: [whole(1)] }]);
    const entries = [
      [bytes(), meta],
      [encodeSliceKey('bad', whole(1)), record('other', whole(1), floats(1))],
      [encodeSliceKey('lost', whole(1)), record('lost', whole(1), floats(1))],
    ] as const;
    const path = written({ 'model.ckpt': tableOf(entries) });
    const found: unknown[] = [];
    for await (const { kind, tensor } of verifyCheckpoint(path)) found.push([kind, tensor]);
    expect(found).toEqual([
      ['slice-mismatch', 'bad'],
      ['orphan-slice', 'lost -'],
    ]);
  });
});

describe('a file', () => {
  const fileWith = (meta: Uint8Array): string => written({ 'model.ckpt': tableOf([[bytes(), field(1, meta)]]) });
  const version = (...list: number[]): Uint8Array => field(2, bytes(...list));

  it('that wants a newer reader is refused as TensorFlow does, an older or later writer is not', async () => {
    for (const [versions, readable] of [
      [version(8, 1), true],
      [version(8, 99), true],
      [version(8, 1, 24, 2), true],
      [version(8, 1, 16, 2), false],
      [version(8, 1, 24, 1), false],
      [version(8, 1, 26, 1, 1), false],
    ] as const) {
      const path = fileWith(versions);
      if (readable) (await openCheckpoint(path)).close();
      else await expect(openCheckpoint(path)).rejects.toThrow(UnsupportedError);
    }
  });

  it('without a list is none', async () => {
    const path = written({ 'm-00000-of-00001': tableOf([[bytes(1), bytes(0x0a, 0)]]) });
    await expect(openCheckpoint(path)).rejects.toThrow(CorruptError);
    await expect(openCheckpoint(path)).rejects.toThrow(/the list of its tensors is missing/);
  });

  it('with one entry of its list undecodable shows the others', () => {
    const undecodable = field(
      1,
      new ByteWriter()
        .bytes(field(1, bytes(0x62)))
        .bytes(bytes(0x12, 99))
        .toBytes(),
    );
    const sound = field(
      1,
      new ByteWriter()
        .bytes(field(1, bytes(0x61)))
        .bytes(bytes(0x12, 0, 0x18, 1, 0x22, 0))
        .toBytes(),
    );
    const meta = new ByteWriter().bytes(undecodable).bytes(sound).toBytes();
    const entries = [
      [bytes(), field(1, meta)],
      [encodeSliceKey('a', []), record('a', [], floats(1))],
    ] as const;
    const checkpoint = openNow(written({ 'model.ckpt': tableOf(entries) }));
    expect([...checkpoint.tensors].map(([name, { problem }]) => [name, problem?.message])).toEqual([
      ['a', undefined],
      ['b', expect.stringContaining('cannot be decoded in the list of its file')],
    ]);
    checkpoint.close();
  });
});
