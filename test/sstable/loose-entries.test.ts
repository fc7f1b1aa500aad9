/** Entries of blocks whose checksum says nothing: cut off at every place, and with every byte changed. */
import { expect, it } from 'vitest';
import { encodeText } from '../../src/bytes/text.ts';
import { BlockBuilder } from '../../src/sstable/block-builder.ts';
import { entryOf, RESTART_INTERVAL } from '../../src/sstable/format.ts';
import { entriesBeforeCut, entriesInDamage, type LooseEntry } from '../../src/sstable/loose-entries.ts';

const COUNT = 2 * RESTART_INTERVAL + 3;
const KEYS = Array.from({ length: COUNT }, (_, i) => `layer_${String(i).padStart(2, '0')}/kernel`);
const textOf = (bytes: Uint8Array): string => new TextDecoder('latin1').decode(bytes);

function blockOf(keys: readonly string[]): Uint8Array {
  const builder = new BlockBuilder(RESTART_INTERVAL);
  for (const [i, key] of keys.entries()) {
    const before = keys[i - 1] ?? '';
    let common = 0;
    while (common < before.length && before[common] === key[common]) common++;
    builder.add(entryOf(encodeText(key), Uint8Array.of(i, i, i)), common);
  }
  return builder.finish().slice();
}

const BLOCK = blockOf(KEYS);
const TAIL = 4 * (3 + 1);
const told = (entries: readonly LooseEntry[]): string[] => entries.map(({ key }) => textOf(key));

it('before a cut are those that end before it, wherever it is', () => {
  for (let length = 1; length <= BLOCK.length; length++) {
    const { entries, isCut } = entriesBeforeCut(BLOCK.subarray(0, length));
    expect(told(entries)).toEqual(KEYS.slice(0, entries.length));
    for (const [i, { value }] of entries.entries()) expect([...value]).toEqual([i, i, i]);
    expect(isCut, `${length} bytes`).toBe(true);
    if (length >= BLOCK.length - TAIL) expect(entries).toHaveLength(COUNT);
  }
});

it('of a block with its end are not those of one that was cut off', () => {
  const whole = new Uint8Array(BLOCK.length + 5 + 60);
  whole.set(BLOCK);
  expect(entriesBeforeCut(whole)).toMatchObject({ isCut: false });
  expect(told(entriesBeforeCut(whole).entries)).toEqual(KEYS);
});

it('of a damaged block go on at the next restart', () => {
  const changed = BLOCK.slice();
  changed.fill(0xff, 0, 3);
  expect(told(entriesInDamage(changed).entries)).toEqual(KEYS.slice(RESTART_INTERVAL));
  for (let at = 0; at < BLOCK.length; at++) {
    const one = BLOCK.slice();
    one[at] = (one[at] as number) ^ 0x55;
    expect(entriesInDamage(one).entries.length).toBeLessThanOrEqual(2 * COUNT);
  }
});

it('are none in what is no block', () => {
  expect(entriesBeforeCut(new Uint8Array(0))).toEqual({ entries: [], isCut: true });
  expect(entriesInDamage(Uint8Array.of(1, 2))).toEqual({ entries: [], isCut: false });
  expect(entriesBeforeCut(Uint8Array.of(9, 1, 1, 1, 1)).isCut).toBe(false);
});
