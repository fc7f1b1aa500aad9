/** What the attacker of test/attack found, as small cases. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MemorySource } from '../../src/bytes/source.ts';
import { encodeBundleHeader } from '../../src/proto/bundle.ts';
import { dtypeOf } from '../../src/tensor/dtype.ts';
import { sliceTensor } from '../../src/tensor/slice-tensor.ts';
import { encodeStrings } from '../../src/tensor/strings.ts';
import { ckpt } from '../cli/run.ts';
import { encodeBundleEntry } from '../proto/encoded.ts';
import { scratch } from '../scratch.ts';
import { RawTable, rawBlock } from '../sstable/raw-table.ts';

const NOTHING = new Uint8Array(0);
const entry = { dtype: 4, shape: [0], shardId: 0, offset: 0, size: 0, crc32c: 0, slices: [] };

/** A bundle `m` of an index with these blocks. */
function written(...blocks: readonly Uint8Array[]): string {
  const cwd = scratch();
  const raw = new RawTable();
  const handles = blocks.map((block, i) => [Buffer.from('az'.charAt(i)), raw.block(block)] as const);
  writeFileSync(join(cwd, 'm.index'), raw.finish(handles));
  writeFileSync(join(cwd, 'm.data-00000-of-00001'), 'data');
  return cwd;
}

const header = { key: NOTHING, value: encodeBundleHeader(1) };

describe('print --json', () => {
  it('of what is not there prints no half of a document', () => {
    const { stdout, code } = ckpt(['print', 'v2/every-dtype/dtypes.ckpt', 'nothing[0]', '--json']);
    expect([stdout, code]).toEqual(['', 2]);
  });

  it('ends its document where the index is damaged further on', () => {
    const sound = { key: Buffer.from('0'), value: encodeBundleEntry({ ...entry, crc32c: 0xa282ead8 }) };
    const cwd = written(rawBlock([header, sound]), rawBlock([{ key: Buffer.from('b'), value: NOTHING, shared: 9 }]));
    const { stdout, stderr, code } = ckpt(['print', 'm', '**', '--json'], { cwd });
    expect(JSON.parse(stdout)).toMatchObject({ tensors: [{ name: '0', values: [] }], ok: false });
    expect([code, stderr]).toEqual([2, expect.stringContaining('9 shared bytes')]);
  });
});

it('a rename refuses the checksum of some bytes where there are none, as it does wherever bytes do not match', () => {
  const cwd = written(rawBlock([header, { key: Buffer.from('a'), value: encodeBundleEntry({ ...entry, crc32c: 7 }) }]));
  const args = ['rename', 'm', '--add-prefix', 'x/', '-o', 'out'];
  expect(ckpt(args, { cwd })).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('tensor a: it has no bytes, and the checksum of some'),
  });
  expect(ckpt([...args, '--force'], { cwd }).code).toBe(0);
});

it('a slice of strings with rows of nothing, thousands of millions, is taken at once', () => {
  const source = new MemorySource(encodeStrings([]));
  const strings = { dtype: dtypeOf('string'), shape: [2, 2 ** 40, 0], byteLength: source.byteLength, source };
  const slice = sliceTensor(strings, [0]);
  expect([slice.shape, slice.byteLength]).toEqual([[2 ** 40, 0], 4]);
});
