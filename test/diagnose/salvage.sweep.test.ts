/**
 * Salvage of checkpoints that were damaged at random: whatever it calls sound equals the original bit for bit, and what it
 * throws is a `CkptError`. A diagnosis of the same files has an answer too, and calls nothing healthy that is not.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openCheckpoint, verifyCheckpoint, writeCheckpoint } from '../../src/checkpoints/checkpoint.ts';
import { diagnose } from '../../src/diagnose/diagnose.ts';
import { type Salvage, type SalvageOptions, salvage } from '../../src/diagnose/salvage.ts';
import { CkptError } from '../../src/errors.ts';
import { readGraphFacts } from '../../src/roles/graph-beside.ts';
import { type Contents, contentsAt, contentsOf } from '../contents.ts';
import { fixture } from '../fixtures.ts';
import { tensorMaps } from '../generated.ts';
import { scratch } from '../scratch.ts';
import { inFullRun, placesIn } from '../sweep.ts';

/** What salvage calls sound, by content; nothing when it is refused. */
async function savedFrom(
  prefix: string,
  options?: SalvageOptions,
): Promise<{ sound: Contents; saved: Salvage } | undefined> {
  try {
    const saved = await salvage(prefix, options);
    const sound = contentsOf(saved.sound);
    saved.checkpoint.close();
    return { sound, saved };
  } catch (error) {
    if (error instanceof CkptError) return undefined;
    throw error;
  }
}

async function isHealthy(prefix: string): Promise<boolean> {
  try {
    return (await diagnose(prefix)).healthy;
  } catch (error) {
    if (error instanceof CkptError) return false;
    throw error;
  }
}

/** What a check says: any damage, or that it cannot look. */
async function isDamaged(prefix: string): Promise<boolean> {
  try {
    for await (const { severity } of verifyCheckpoint(prefix)) if (severity === 'damage') return true;
    return false;
  } catch (error) {
    if (error instanceof CkptError) return true;
    throw error;
  }
}

/** Holds what is promised of a damaged checkpoint against the original; returns how many tensors were saved. */
async function checkPromises(prefix: string, original: Contents, options?: SalvageOptions): Promise<number> {
  const found = await savedFrom(prefix, options);
  for (const [name, content] of found?.sound ?? []) expect(content, name).toBe(original.get(name));
  const lost = found === undefined || found.saved.lost.length > 0 || found.saved.damage.length > 0;
  if (!lost) expect(found.sound.size).toBe(original.size);
  const healthy = await isHealthy(prefix);
  if (healthy) expect(lost).toBe(false);
  expect(healthy).toBe(!(await isDamaged(prefix)));
  return found?.sound.size ?? 0;
}

interface Damage {
  readonly at: number;
  readonly bytes: Uint8Array;
  readonly cut: boolean;
}

const damages: fc.Arbitrary<Damage> = fc.record({
  at: fc.nat(),
  bytes: fc.uint8Array({ minLength: 1, maxLength: 4 }),
  cut: fc.boolean(),
});

function damaged(file: Uint8Array, { at, bytes, cut }: Damage): Uint8Array {
  const place = file.length === 0 ? 0 : at % file.length;
  if (cut) return file.subarray(0, place);
  const changed = Uint8Array.from(file);
  changed.set(bytes.subarray(0, file.length - place), place);
  return changed;
}

describe('a checkpoint damaged at random', () => {
  it('gives back only what it held', async () => {
    const property = fc.asyncProperty(
      tensorMaps().filter(({ size }) => size > 0),
      fc.integer({ min: 1, max: 3 }),
      fc.array(fc.tuple(fc.nat(), damages), { minLength: 1, maxLength: 3 }),
      async (tensors, shards, all) => {
        const prefix = join(scratch(), 'model.ckpt');
        await writeCheckpoint(prefix, tensors, { shards });
        const original = await contentsAt(prefix);
        const files = readdirSync(dirname(prefix)).map((name) => join(dirname(prefix), name));
        for (const [which, damage] of all) {
          const path = files[which % files.length] as string;
          writeFileSync(path, damaged(readFileSync(path), damage));
        }
        await checkPromises(prefix, original);
      },
    );
    await fc.assert(property, { numRuns: inFullRun(300, 12) });
  }, 60_000);
});

/** A copy of a fixture's files that may be spoilt. */
function copyOf(name: string): { prefix: string; index: Uint8Array } {
  const source = fixture(name);
  const directory = scratch();
  for (const file of readdirSync(dirname(source)).filter((file) => file.startsWith(`${basename(source)}.`))) {
    writeFileSync(join(directory, file), readFileSync(join(dirname(source), file)));
  }
  return { prefix: join(directory, basename(source)), index: readFileSync(`${source}.index`) };
}

describe('an index of many blocks', () => {
  it.each(['v2/small-blocks/plain.ckpt', 'v2/small-blocks/snappy.ckpt'])(
    '%s: a changed byte costs the tensors of one block',
    async (name) => {
      const { prefix, index } = copyOf(name);
      const original = await contentsAt(prefix);
      let most = 0;
      for (const at of placesIn(index.length, 8, 11)) {
        writeFileSync(
          `${prefix}.index`,
          damaged(index, { at, bytes: Uint8Array.of((index[at] as number) ^ 4), cut: false }),
        );
        most = Math.max(most, await checkPromises(prefix, original));
      }
      expect(most).toBeGreaterThan(original.size / 2);
      expect(most).toBeLessThanOrEqual(original.size);
    },
    60_000,
  );

  it('cut off, gives back what the whole blocks before the cut list', async () => {
    const { prefix, index } = copyOf('v2/small-blocks/plain.ckpt');
    const original = await contentsAt(prefix);
    writeFileSync(`${prefix}.index`, index.subarray(0, Math.floor(index.length / 2)));
    const saved = await checkPromises(prefix, original);
    expect(saved).toBeGreaterThan(original.size / 4);
    expect(saved).toBeLessThan(original.size);
  });

  it('with a lost footer, gives back everything', async () => {
    const { prefix, index } = copyOf('v2/small-blocks/plain.ckpt');
    const original = await contentsAt(prefix);
    writeFileSync(`${prefix}.index`, index.subarray(0, index.length - 20));
    expect(await checkPromises(prefix, original)).toBe(original.size);
  });
});

describe('an index cut in its one block', () => {
  it('gives back what ends before the cut where the object graph vouches for the names', async () => {
    const { prefix, index } = copyOf('v2/object-based-keras/model');
    const original = await contentsAt(prefix);
    const saved: number[] = [];
    for (const at of placesIn(index.length, 14)) {
      writeFileSync(`${prefix}.index`, index.subarray(0, at));
      saved.push(await checkPromises(prefix, original));
    }
    expect(saved).toEqual([...saved].sort((a, b) => a - b));
    expect(new Set(saved).size).toBeGreaterThan(5);
    expect(saved.at(-1)).toBe(original.size);
    const { isComplete, checkpoint } = await salvage(prefix);
    expect(isComplete).toBe(true);
    checkpoint.close();
  }, 60_000);

  it('gives back names that nothing vouches for where that is asked for', async () => {
    const { prefix, index } = copyOf('v2/variables-howto/model.ckpt');
    const original = await contentsAt(prefix);
    writeFileSync(`${prefix}.index`, index.subarray(0, index.length - 110));
    expect(await salvage(prefix)).toMatchObject({ unprovenCount: 1, isComplete: false, lost: [{ name: 'biases' }] });
    const { sound, lost, isComplete } = await salvage(prefix, { unprovenNames: true });
    expect([[...contentsOf(sound)], lost, isComplete]).toEqual([[['biases', original.get('biases')]], [], false]);
  });

  it('gives back what a .meta beside it vouches for, with dtypes and shapes', async () => {
    const variablesBeside = async (of: string) => (await readGraphFacts({ prefix: of }))?.variables;
    const { prefix, index } = copyOf('graphs/tf1-resource-variables/model.ckpt');
    const original = await contentsAt(prefix);
    for (const at of placesIn(index.length, 8)) {
      writeFileSync(`${prefix}.index`, index.subarray(0, at));
      await checkPromises(prefix, original, { variablesBeside });
    }
    writeFileSync(`${prefix}.index`, index.subarray(0, index.length - 100));
    expect((await salvage(prefix)).sound.size).toBe(0);
    expect((await salvage(prefix, { variablesBeside })).sound.size).toBeGreaterThan(0);
  }, 60_000);

  it('with a changed byte, gives nothing back of which the name or the dtype may be another', async () => {
    const { prefix, index } = copyOf('v2/object-based-keras/model');
    const original = await contentsAt(prefix);
    for (const at of placesIn(index.length, 14)) {
      writeFileSync(
        `${prefix}.index`,
        damaged(index, { at, bytes: Uint8Array.of((index[at] as number) ^ 2), cut: false }),
      );
      await checkPromises(prefix, original);
    }
  }, 60_000);
});

describe('what is lost', () => {
  it('reads bytes once that an index gives to many tensors, and tells apart what the same bytes are taken for', async () => {
    const { prefix } = copyOf('v2/overlapping-ranges/model.ckpt');
    const original = await contentsAt(prefix);
    const saved = await salvage(prefix);
    expect([...contentsOf(saved.sound)]).toEqual([...original]);
    expect(saved.lost).toEqual([]);
    saved.checkpoint.close();
  });

  it('is told by name and reason', async () => {
    const { lost, sound, damage, checkpoint } = await salvage(fixture('damaged/truncated-data/model.ckpt'));
    expect([...sound.keys()]).toEqual(['bias', 'labels']);
    expect(lost.map(({ name }) => name)).toEqual(['step', 'weights']);
    expect(lost[0]?.reason).toMatch(/^tensor step: its bytes 217 to 225 run past the end of .*, which has 213$/);
    expect(damage).toEqual([]);
    checkpoint.close();
  });

  it('is a partitioned tensor of which one part is damaged', async () => {
    const { prefix } = copyOf('v2/partitioned/parts.ckpt');
    const checkpoint = await openCheckpoint(prefix);
    const [name, tensor] = [...checkpoint.tensors].find(([, { parts }]) => parts !== undefined) as [string, never];
    const part = (tensor as { parts: { tensor: { stored: { path: string; offset: number } } }[] }).parts[0]?.tensor
      .stored;
    checkpoint.close();
    const data = readFileSync(part?.path as string);
    writeFileSync(
      part?.path as string,
      damaged(data, { at: part?.offset as number, bytes: Uint8Array.of(0xa5, 0x5a), cut: false }),
    );
    const saved = await salvage(prefix);
    expect(saved.lost.map((one) => one.name)).toEqual([name]);
    saved.checkpoint.close();
  });
});
