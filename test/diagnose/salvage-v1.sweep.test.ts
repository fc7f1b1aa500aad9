/** Salvage of V1 checkpoints: what any damaged byte leaves equals the original bit for bit, and a lost list costs only what it alone told. */
import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MemorySink, MemorySource } from '../../src/bytes/source.ts';
import { compareBytes } from '../../src/bytes/text.ts';
import { diagnose } from '../../src/diagnose/diagnose.ts';
import { salvage } from '../../src/diagnose/salvage.ts';
import { CkptError } from '../../src/errors.ts';
import { encodeSavedMeta } from '../../src/proto/saved-slices.ts';
import { TableReader } from '../../src/sstable/table-reader.ts';
import { TableWriter } from '../../src/sstable/table-writer.ts';
import { encodeSliceKey } from '../../src/tensor/slice-key.ts';
import { type Contents, contentsAt, contentsOf } from '../contents.ts';
import { fixture } from '../fixtures.ts';
import { field, floats, type Listed, part, record, whole, written } from '../formats/v1/tables.ts';
import { scratch } from '../scratch.ts';
import { placesIn } from '../sweep.ts';

interface Saved {
  readonly sound: Contents;
  readonly lost: ReadonlyMap<string, string>;
  readonly damage: readonly string[];
}

async function savedFrom(path: string): Promise<Saved> {
  const { sound, lost, damage, checkpoint } = await salvage(path);
  try {
    return { sound: contentsOf(sound), lost: new Map(lost.map(({ name, reason }) => [name, reason])), damage };
  } finally {
    checkpoint.close();
  }
}

/** Holds what is saved against the original; returns it, or nothing where salvage was refused. */
async function check(path: string, original: Contents, at: string): Promise<Saved | undefined> {
  let saved: Saved;
  try {
    saved = await savedFrom(path);
  } catch (error) {
    if (!(error instanceof CkptError)) throw error;
    return undefined;
  }
  for (const [name, content] of saved.sound) expect(content, `${at}: ${name}`).toBe(original.get(name));
  const told = saved.lost.size > 0 || saved.damage.length > 0;
  if (!told) expect(saved.sound.size, at).toBe(original.size);
  return saved;
}

const strings = (...all: string[]): Uint8Array =>
  Buffer.concat(all.map((text) => Buffer.from(field(8, Buffer.from(text)))));

/** One of each kind: what a record tells by itself, and what it does not. */
const TENSORS: readonly Listed[] = [
  { name: 'bias', shape: [3], slices: [whole(1)], values: [floats(1, 2, 3)] },
  { name: 'count', type: 9, shape: [], slices: [whole(0)], values: [field(10, Uint8Array.of(0x80, 0x01))] },
  { name: 'kernel', shape: [2, 2], slices: [whole(2)], values: [floats(4, 5, 6, 7)] },
  { name: 'labels', type: 7, shape: [2], slices: [whole(1)], values: [strings('a', 'bcd')] },
  { name: 'parts', shape: [2], slices: [part([0, 1]), part([1, 1])], values: [floats(8), floats(9)] },
  { name: 'small', type: 6, shape: [2], slices: [whole(1)], values: [field(7, Uint8Array.of(1, 2))] },
];

/** A V1 file of these tensors with a block for each entry. */
function blocksOf(tensors: readonly Listed[]): Uint8Array {
  const sink = new MemorySink();
  const table = new TableWriter(sink, 1);
  table.add(
    new Uint8Array(0),
    encodeSavedMeta(tensors.map(({ name, shape, type = 1, slices }) => ({ name, shape, type, slices }))),
  );
  const records = tensors.flatMap(({ name, slices, values }) =>
    slices.map((slice, i): [Uint8Array, Uint8Array] => [
      encodeSliceKey(name, slice),
      record(name, slice, values[i] as Uint8Array),
    ]),
  );
  for (const [key, value] of records.sort(([a], [b]) => compareBytes(a, b))) table.add(key, value);
  table.finish();
  return sink.toBytes();
}

function flipped(bytes: Uint8Array, at: number, bit: number): Uint8Array {
  const changed = Uint8Array.from(bytes);
  changed[at] = (changed[at] as number) ^ bit;
  return changed;
}

describe('a file of many blocks', async () => {
  const bytes = blocksOf(TENSORS);
  const path = written({ 'model.ckpt': bytes });
  const original = await contentsAt(path);
  const blocks = [...new TableReader(new MemorySource(bytes)).blocks()].map(({ handle }) => handle);

  it('of which any byte changes gives back only what it held, and loses the tensors of one block', async () => {
    const list = blocks[0]!;
    for (const at of placesIn(bytes.length, 30)) {
      writeFileSync(path, flipped(bytes, at, 0x10));
      const saved = await check(path, original, `byte ${at}`);
      const inList = at < list.offset + list.length + 5;
      if (!inList) expect(saved?.sound.size, `byte ${at}`).toBeGreaterThanOrEqual(original.size - 1);
    }
  }, 60_000);

  it('cut anywhere gives back only what it held', async () => {
    let most = 0;
    for (const length of placesIn(bytes.length, 20)) {
      writeFileSync(path, bytes.subarray(0, length));
      most = Math.max(most, (await check(path, original, `cut at ${length}`))?.sound.size ?? 0);
    }
    expect(most).toBe(original.size);
  }, 60_000);

  it('of which the list is damaged gives what a record tells by itself, and says what it does not', async () => {
    const list = blocks[0]!;
    writeFileSync(path, flipped(bytes, list.offset + list.length - 10, 0x10));
    const { sound, lost, damage } = await savedFrom(path);
    expect([...sound.keys()]).toEqual(['bias', 'count', 'labels']);
    for (const [name, content] of sound) expect(content).toBe(original.get(name));
    const why = (name: string, what: string): [string, string] => [
      name,
      `tensor ${name}: the list of ${path} is lost, and a record alone does not tell the ${what}`,
    ];
    expect([...lost]).toEqual([why('kernel', 'shape'), why('parts', 'shape'), why('small', 'dtype')]);
    expect(damage).toEqual([`${path}: data block at 0: the checksum does not match`]);
  });
});

describe('large blocks', () => {
  it('are found without an index, and read from where they lie', async () => {
    const values = field(5, new Uint8Array(Float32Array.from({ length: 1 << 19 }, (_, i) => i).buffer));
    const large: Listed = { name: 'large', shape: [1 << 10, 1 << 9], slices: [whole(2)], values: [values] };
    const bytes = blocksOf([large, ...TENSORS]);
    const path = written({ 'model.ckpt': bytes });
    const original = await contentsAt(path);
    writeFileSync(path, bytes.subarray(0, bytes.length - 1));
    const saved = await savedFrom(path);
    expect(saved.sound).toEqual(original);
    expect(saved.damage.length).toBe(1);
  });
});

describe('shards', () => {
  const names = ['m-00000-of-00003', 'm-00001-of-00003', 'm-00002-of-00003'];
  const source = fixture('v1/partitioned-across-shards');
  const copy = (): string => {
    const directory = scratch();
    for (const name of readdirSync(source)) copyFileSync(join(source, name), join(directory, name));
    return join(directory, 'm-?????-of-00003');
  };

  it.each(names)('without %s lose what lay in it, and say that it is missing', async (name) => {
    const path = copy();
    const original = await contentsAt(path);
    const missing = join(dirname(path), name);
    rmSync(missing);
    const saved = await check(path, original, name);
    expect(saved?.damage).toEqual([`the shard ${missing} is missing`]);
    const codes = (await diagnose(path)).diagnoses.map(({ code }) => code);
    expect(codes).toContain('missing-shard');
    expect(codes).not.toContain('damaged-index');
  });

  it.each(names)(
    'of which any byte of %s changes give back only what they held',
    async (name) => {
      const path = copy();
      const original = await contentsAt(path);
      const file = join(dirname(path), name);
      const bytes = readFileSync(file);
      for (const at of placesIn(bytes.length, 20)) {
        writeFileSync(file, flipped(bytes, at, 0x01));
        await check(path, original, `${name} ${at}`);
      }
    },
    60_000,
  );

  it('of which one has lost its list give the tensors that another lists', async () => {
    const kernel = (slice: number): Listed => ({
      name: 'kernel',
      type: 6,
      shape: [2, 2],
      slices: [part([slice, 1], [0, 2])],
      values: [field(7, Uint8Array.of(2 * slice, 2 * slice + 1))],
    });
    const second = blocksOf([kernel(1)]);
    const path = written({ 'm-00000-of-00002': blocksOf([kernel(0)]), 'm-00001-of-00002': second }, 'm');
    const original = await contentsAt(path);
    writeFileSync(`${path}-00001-of-00002`, flipped(second, 12, 0x10));
    const saved = await savedFrom(path);
    expect(saved.sound).toEqual(original);
    expect(saved.damage.length).toBe(1);
  });
});

describe.each(['v1/snappy/plain.ckpt', 'v1/snappy/small.ckpt'])('%s', (name) => {
  it('gives back only what it held, whatever is changed', async () => {
    const bytes = readFileSync(fixture(name));
    const path = written({ 'model.ckpt': bytes });
    const original = await contentsAt(path);
    for (const at of placesIn(bytes.length, 15, Math.ceil(bytes.length / 400))) {
      writeFileSync(path, flipped(bytes, at, 0x04));
      await check(path, original, `byte ${at}`);
    }
  }, 60_000);
});
