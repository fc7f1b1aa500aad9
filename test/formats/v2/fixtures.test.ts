/** Every folder of fixtures/ is a test: sound checkpoints read and write exactly, damaged ones are refused or found out. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readBytes } from '../../../src/bytes/source.ts';
import { openCheckpoint, verifyCheckpoint, writeCheckpoint } from '../../../src/checkpoints/checkpoint.ts';
import { CkptError } from '../../../src/errors.ts';
import type { Finding } from '../../../src/formats/finding.ts';
import { sha256Of } from '../../../src/inspect/digest.ts';
import { decodeObjectGraph, OBJECT_GRAPH_KEY } from '../../../src/object-graph/object-graph.ts';
import { sliceTensor } from '../../../src/tensor/slice-tensor.ts';
import { readStrings } from '../../../src/tensor/strings.ts';
import type { Tensor, TensorMap } from '../../../src/tensor/tensor.ts';
import { formatTensorSlice } from '../../../src/tensor/tensor-slice.ts';
import {
  type DamagedCase,
  damagedCases,
  type ExpectedCheckpoint,
  type ExpectedDamage,
  soundCheckpoints,
} from '../../fixtures.ts';
import { scratch } from '../../scratch.ts';

async function findingsAt(path: string): Promise<Finding[]> {
  const findings: Finding[] = [];
  for await (const finding of verifyCheckpoint(path)) findings.push(finding);
  return findings;
}

const damageIn = (findings: readonly Finding[]): Finding[] => findings.filter(({ severity }) => severity === 'damage');

async function expectTensors(tensors: TensorMap, expected: ExpectedCheckpoint['tensors']): Promise<void> {
  expect([...tensors.keys()].sort()).toEqual(Object.keys(expected).sort());
  expect(tensors.size).toBe(Object.keys(expected).length);
  for (const [name, tensor] of tensors) {
    const facts = expected[name];
    const slices = tensor.parts?.map(({ slice }) => formatTensorSlice(slice));
    const { dtype, shape, byteLength } = tensor;
    expect({ dtype: dtype.name, shape, bytes: byteLength, slices }, name).toEqual({
      dtype: facts?.dtype,
      shape: facts?.shape,
      bytes: facts?.bytes,
      slices: facts?.slices,
    });
    if (facts?.sha256 !== undefined) expect(await sha256Of(name, tensor), name).toBe(facts.sha256);
  }
}

/** Where the first byte of a tensor lies. */
function placeOf(tensor: Tensor): readonly [number, number, number] {
  const places = (tensor.parts?.map((part) => part.tensor) ?? [tensor]).map(
    ({ stored }) => [stored?.shard ?? 0, stored?.offset ?? 0, stored?.byteLength ?? 0] as const,
  );
  return places.sort((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2])[0] ?? [0, 0, 0];
}

function inDataOrder(tensors: TensorMap): string[] {
  const placed = [...tensors].map(([name, tensor]) => ({ name, place: placeOf(tensor) }));
  return placed
    .sort((a, b) => a.place[0] - b.place[0] || a.place[1] - b.place[1] || a.place[2] - b.place[2])
    .map(({ name }) => name);
}

/** The files of a checkpoint by what follows its prefix. */
function filesOf(prefix: string): Map<string, Buffer> {
  const directory = dirname(`${prefix}x`);
  const base = basename(`${prefix}x`).slice(0, -1);
  const names = readdirSync(directory).filter((name) => {
    return name.startsWith(base) && /^\.(index|data-\d+-of-\d+)$/.test(name.slice(base.length));
  });
  return new Map(names.map((name) => [name.slice(base.length), readFileSync(join(directory, name))]));
}

describe.each(soundCheckpoints('v2'))('$title', ({ prefix, expected }) => {
  it('lists TensorFlow’s names, dtypes, shapes and digests', async () => {
    const checkpoint = await openCheckpoint(prefix);
    expect(checkpoint.byteOrder).toBe(expected.endianness);
    await expectTensors(checkpoint.tensors, expected.tensors);
    for (const name of Object.keys(expected.tensors)) {
      expect(checkpoint.tensors.has(name), name).toBe(true);
      expect(checkpoint.tensors.get(name)?.shape, name).toEqual(expected.tensors[name]?.shape);
    }
    if (expected.dataOrder !== undefined) expect(inDataOrder(checkpoint.tensors)).toEqual(expected.dataOrder);
    checkpoint.close();
  });

  it('verifies clean', async () => {
    expect(damageIn(await findingsAt(prefix))).toEqual([]);
  });

  it('reads a slice as the same bytes that the whole has there', async () => {
    const checkpoint = await openCheckpoint(prefix);
    for (const [name, tensor] of checkpoint.tensors) {
      if (tensor.shape.length === 0 || tensor.dtype.width === 0 || tensor.shape.includes(0)) continue;
      const whole = readBytes(tensor.source, 0, tensor.source.byteLength);
      const row = whole.length / (tensor.shape[0] as number);
      const last = sliceTensor(tensor, [-1]);
      expect(Buffer.compare(readBytes(last.source, 0, last.byteLength), whole.subarray(whole.length - row)), name).toBe(
        0,
      );
    }
    checkpoint.close();
  });

  it('knows its object graph', async () => {
    const checkpoint = await openCheckpoint(prefix);
    const tensor = checkpoint.tensors.get(OBJECT_GRAPH_KEY);
    expect(tensor !== undefined).toBe(expected.objectGraph !== undefined);
    if (tensor !== undefined && expected.objectGraph !== undefined) {
      const [bytes] = readStrings(tensor.source, 1);
      const { nodes } = decodeObjectGraph(bytes as Uint8Array);
      const attributes = nodes.flatMap((node) => node.attributes);
      const keyOf = (id: number): string | null => nodes[id]?.attributes[0]?.checkpointKey ?? null;
      const slots = nodes.flatMap((node) =>
        node.slotVariables.map((slot) => [
          keyOf(slot.originalVariableNodeId),
          slot.slotName,
          keyOf(slot.slotVariableNodeId),
        ]),
      );
      const fullNames = Object.fromEntries(attributes.map((item) => [item.checkpointKey, item.fullName]));
      expect({ nodes: nodes.length, fullNames, slots }).toEqual(expected.objectGraph);
    }
    checkpoint.close();
  });

  it('is written again byte for byte where TensorFlow wrote it, else with the same digests', async () => {
    const checkpoint = await openCheckpoint(prefix);
    const variants = [...checkpoint.tensors.values()].some(({ dtype }) => dtype.kind === 'variant');
    const copy = join(scratch(), 'new', 'copy');
    if (expected.endianness === 'big' && variants) return;
    await writeCheckpoint(copy, checkpoint.tensors);
    checkpoint.close();
    const again = await openCheckpoint(copy);
    await expectTensors(again.tensors, expected.tensors);
    again.close();
    expect(await findingsAt(copy)).toEqual([]);
    if (expected.written_by !== 'tensorflow') return;
    const [theirs, ours] = [filesOf(prefix), filesOf(copy)];
    expect([...ours.keys()]).toEqual([...theirs.keys()]);
    for (const [suffix, bytes] of theirs) expect(Buffer.compare(ours.get(suffix) as Buffer, bytes), suffix).toBe(0);
  });
});

const kindOf = ({ code }: CkptError): string => code.toLowerCase().replaceAll('_', '-');

/** The first error that reading these tensors gives. */
async function errorOfReading(tensors: TensorMap, names: Iterable<string>): Promise<unknown> {
  for (const name of names) {
    try {
      await sha256Of(name, tensors.get(name) as Tensor);
    } catch (error) {
      return error;
    }
  }
  return undefined;
}

async function errorOf(action: () => Promise<void>): Promise<unknown> {
  try {
    await action();
    return undefined;
  } catch (error) {
    return error;
  }
}

const pathOf = ({ folder, expected }: DamagedCase): string =>
  expected.path === '.' ? folder : join(folder, expected.path);

function expectRefusal(error: unknown, expected: ExpectedDamage): void {
  expect(error).toBeInstanceOf(CkptError);
  expect(kindOf(error as CkptError)).toMatch(new RegExp(`^(${expected.kind})$`));
  expect((error as CkptError).message).toMatch(new RegExp(expected.error_matches ?? '', 'i'));
}

describe.each(damagedCases().filter(({ expected }) => !expected.opens))('$title', (damaged) => {
  const path = pathOf(damaged);

  it('is refused with a sentence that names the problem', async () => {
    const error = await errorOf(async () => {
      const checkpoint = await openCheckpoint(path);
      for (const _ of checkpoint.tensors);
    });
    expectRefusal(error, damaged.expected);
  });

  it('does not pass a check', async () => {
    const passes = await findingsAt(path).then(
      (findings) => damageIn(findings).length === 0,
      (failure) => !(failure instanceof CkptError),
    );
    expect(passes).toBe(false);
  });
});

describe.each(damagedCases().filter(({ expected }) => expected.opens))('$title', (damaged) => {
  const path = pathOf(damaged);
  const { expected } = damaged;

  it('lists all tensors, reads the sound ones, and refuses the others', async () => {
    const { tensors, close } = await openCheckpoint(path);
    const names = [...tensors.keys()];
    const sound = expected.sound ?? [];
    expect(names).toEqual(expect.arrayContaining([...sound]));
    for (const name of sound) await sha256Of(name, tensors.get(name) as Tensor);
    const others = names.filter((name) => !sound.includes(name));
    for (const name of others) expect(await errorOfReading(tensors, [name]), name).toBeInstanceOf(CkptError);
    if (expected.kind !== null) expectRefusal(await errorOfReading(tensors, others), expected);
    close();
  });

  it('is found out by a check: just this damage, with tensor and file', async () => {
    const found = damageIn(await findingsAt(path)).map(({ kind, tensor, path: file }) => ({
      code: kind as string,
      tensor: tensor ?? null,
      file: file === undefined ? null : basename(file),
    }));
    const byText = (a: object, b: object): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
    expect(found.sort(byText)).toEqual([...(expected.findings ?? [])].sort(byText));
  });
});

it('every case has its files', () => {
  expect(soundCheckpoints('v2').length).toBeGreaterThan(40);
  expect(damagedCases().every(({ folder }) => existsSync(join(folder, 'expected.json')))).toBe(true);
});
