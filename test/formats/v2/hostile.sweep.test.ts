/**
 * Indexes whose checksums are right and whose content lies, as an attacker makes them: bytes of every block changed
 * and the block sealed again. Whatever they claim, the answer is a map or a `CkptError`, in little time and memory.
 */
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { crc32c, maskCrc } from '../../../src/bytes/crc32c.ts';
import { chunksOf, MemorySink, MemorySource } from '../../../src/bytes/source.ts';
import { openNow, verifyCheckpoint } from '../../../src/checkpoints/checkpoint.ts';
import { CkptError } from '../../../src/errors.ts';
import { checkStored } from '../../../src/inspect/digest.ts';
import { summaryOf } from '../../../src/inspect/summary.ts';
import { encodeBundleHeader } from '../../../src/proto/bundle.ts';
import type { BlockHandle } from '../../../src/sstable/format.ts';
import { TableReader } from '../../../src/sstable/table-reader.ts';
import { TableWriter } from '../../../src/sstable/table-writer.ts';
import { fixture } from '../../fixtures.ts';
import { scratch } from '../../scratch.ts';
import { inFullRun, placesIn } from '../../sweep.ts';

const SUBJECTS = [
  'v2/every-dtype/dtypes.ckpt',
  'v2/variant/variants.ckpt',
  'v2/partitioned-across-shards/across.ckpt',
  'v2/object-based-cyclic/cyclic',
  'v2/trailing-string-slack/model.ckpt',
];
const CHANGES = [0xff, 0x01, 0x80];

/** Runs an action that may be refused, but may not fail in any other way. */
function refusable(action: () => void): void {
  try {
    action();
  } catch (error) {
    if (!(error instanceof CkptError)) throw error;
  }
}

/** Does everything that users do to a checkpoint: list, look up, sum up, read, check. */
async function useAll(prefix: string): Promise<void> {
  refusable(() => {
    const checkpoint = openNow(prefix);
    try {
      void checkpoint.files;
      refusable(() => void summaryOf(checkpoint));
      for (const [name, tensor] of checkpoint.tensors) {
        refusable(() => void checkpoint.tensors.get(name));
        refusable(() => checkStored(name, tensor));
        refusable(() => {
          if (tensor.source.byteLength < 1 << 20) for (const _ of chunksOf(tensor.source));
        });
      }
    } finally {
      checkpoint.close();
    }
  });
  try {
    for await (const _ of verifyCheckpoint(prefix));
  } catch (error) {
    if (!(error instanceof CkptError)) throw error;
  }
}

/** A copy of a fixture's data files; its index is for the test to write. */
function dataOf(name: string): { readonly prefix: string; readonly index: Uint8Array } {
  const source = fixture(name);
  const directory = scratch();
  for (const file of readdirSync(dirname(source))) {
    if (file.startsWith(`${basename(source)}.data-`)) copyFileSync(join(dirname(source), file), join(directory, file));
  }
  return { prefix: join(directory, basename(source)), index: readFileSync(`${source}.index`) };
}

/** Changes bytes of a block in place and makes its checksum right again. */
function reseal(
  index: Uint8Array,
  { offset, length }: BlockHandle,
  change: (contents: Uint8Array) => void,
): Uint8Array {
  const copy = Uint8Array.from(index);
  change(copy.subarray(offset, offset + length));
  const crc = maskCrc(crc32c(copy.subarray(offset, offset + length + 1)));
  new DataView(copy.buffer).setUint32(offset + length + 1, crc, true);
  return copy;
}

describe.each(SUBJECTS)('%s', (name) => {
  it('with any byte of a sealed block changed is refused or read, never worse', async () => {
    const { prefix, index } = dataOf(name);
    const table = new TableReader(new MemorySource(index));
    const blocks = [...[...table.blocks()].map(({ handle }) => handle), table.footer.index];
    for (const block of blocks) {
      for (const at of placesIn(block.length, 8)) {
        for (const change of CHANGES) {
          const spoilt = reseal(index, block, (contents) => {
            contents[at] = (contents[at] as number) ^ change;
          });
          writeFileSync(`${prefix}.index`, spoilt);
          await useAll(prefix);
        }
      }
    }
  });
});

/** An index of the entries given, in key order, sound but for what the entries say. */
function indexOf(entries: readonly (readonly [Uint8Array, Uint8Array])[]): Uint8Array {
  const sink = new MemorySink();
  const table = new TableWriter(sink, 64);
  table.add(new Uint8Array(0), encodeBundleHeader(1));
  const sorted = new Map(entries.map(([key, value]) => [Buffer.from(key).toString('latin1'), value]));
  for (const key of [...sorted.keys()].filter((text) => text !== '').sort()) {
    table.add(Buffer.from(key, 'latin1'), sorted.get(key) as Uint8Array);
  }
  table.finish();
  return sink.toBytes();
}

/** Bytes that look like messages more often than chance would have it. */
const almostMessages = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        [0x08, 0x01],
        [0x08, 0x07],
        [0x12, 0x00],
        [0x12, 0x04, 0x12, 0x02, 0x08, 0x05],
        [0x28, 0x04],
        [0x28, 0x14],
        [0x20, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f],
        [0x12, 0x0c, 0x12, 0x0a, 0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f],
        [0x12, 0x0b, 0x12, 0x09, 0x08, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40],
        [0x3a, 0x02, 0x0a, 0x00],
        [0x3a, 0x04, 0x0a, 0x02, 0x10, 0x05],
        [0x35, 1, 2, 3, 4],
        [0x18, 0xff, 0xff, 0x03],
      ),
      fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 4 }),
    ),
    { maxLength: 6 },
  )
  .map((parts) => Uint8Array.from(parts.flat()));

describe('a generated index', () => {
  it('of entries that are almost messages is refused or read, never worse', async () => {
    const prefix = join(scratch(), 'model');
    writeFileSync(`${prefix}.data-00000-of-00001`, new Uint8Array(64).fill(1));
    const key = fc.oneof(
      fc.uint8Array({ maxLength: 6 }),
      fc.constantFrom('a', 'b', '_CHECKPOINTABLE_OBJECT_GRAPH').map(Buffer.from),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(key, almostMessages), { maxLength: 12 }), async (entries) => {
        writeFileSync(`${prefix}.index`, indexOf(entries));
        await useAll(prefix);
      }),
      { numRuns: inFullRun(1500, 30) },
    );
  });
});

// The process may have run other files before this one.
const before = process.resourceUsage().maxRSS;

afterAll(() => {
  // A length read from a file must not be believed: nothing large was held beside what other tests had held before.
  expect(process.resourceUsage().maxRSS - before).toBeLessThan(1024 * 1024);
});
