/** Every folder of fixtures/v1 is a test: TensorFlow's values out of any V1 file, and TensorFlow's bytes back. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readBytes } from '../../../src/bytes/source.ts';
import { openCheckpoint, verifyCheckpoint, writeCheckpoint } from '../../../src/checkpoints/checkpoint.ts';
import type { Finding } from '../../../src/formats/finding.ts';
import { sha256Of } from '../../../src/inspect/digest.ts';
import type { Tensor, TensorMap } from '../../../src/tensor/tensor.ts';
import { formatTensorSlice } from '../../../src/tensor/tensor-slice.ts';
import { type ExpectedCheckpoint, fixture, soundCheckpoints } from '../../fixtures.ts';
import { scratch } from '../../scratch.ts';

async function findingsAt(path: string): Promise<Finding[]> {
  const findings: Finding[] = [];
  for await (const finding of verifyCheckpoint(path)) findings.push(finding);
  return findings;
}

async function expectTensors(tensors: TensorMap, expected: ExpectedCheckpoint['tensors']): Promise<void> {
  expect([...tensors.keys()].sort()).toEqual(Object.keys(expected).sort());
  for (const [name, tensor] of tensors) {
    const { dtype, shape, byteLength, parts } = tensor;
    const { sha256, tensorflow_error: _, ...facts } = expected[name] as ExpectedCheckpoint['tensors'][string];
    const slices = parts?.map(({ slice }) => formatTensorSlice(slice));
    expect({ dtype: dtype.name, shape, bytes: byteLength, ...(slices && { slices }) }, name).toEqual(facts);
    expect(await sha256Of(name, tensor), name).toBe(sha256);
  }
}

/** The files behind a path, a pattern included, by what follows the name that the new checkpoint would have. */
function filesAt(path: string): Buffer[] {
  const pattern = new RegExp(`^${basename(path).replaceAll('?', '\\d').replaceAll('.', '\\.')}$`);
  return readdirSync(dirname(path))
    .filter((name) => pattern.test(name))
    .sort()
    .map((name) => readFileSync(join(dirname(path), name)));
}

describe.each(soundCheckpoints('v1'))('$title', ({ prefix, expected }) => {
  it('lists TensorFlow’s names, dtypes, shapes and digests', async () => {
    const checkpoint = await openCheckpoint(prefix);
    expect(checkpoint.format).toBe('v1');
    await expectTensors(checkpoint.tensors, expected.tensors);
    checkpoint.close();
  });

  it('verifies clean', async () => {
    const damage = (await findingsAt(prefix)).filter(({ severity }) => severity === 'damage');
    expect(damage).toEqual([]);
  });

  it('reads any part of a content as it stands in the whole', async () => {
    const checkpoint = await openCheckpoint(prefix);
    for (const [name, { source }] of checkpoint.tensors) {
      const whole = readBytes(source, 0, source.byteLength);
      for (const [from, to] of [
        [0, 1],
        [1, whole.length],
        [whole.length >> 1, whole.length],
        [whole.length >> 2, (whole.length * 3) >> 2],
      ] as const) {
        if (to > whole.length || from > to) continue;
        const part = readBytes(source, from, to - from);
        expect(Buffer.compare(part, whole.subarray(from, to)), `${name} ${from} to ${to}`).toBe(0);
      }
    }
    checkpoint.close();
  });

  it('is written in V1 byte for byte as TensorFlow wrote it, and in V2 with the same digests', async () => {
    const checkpoint = await openCheckpoint(prefix);
    const directory = scratch();
    const holdable = !Object.values(expected.tensors).some(({ dtype }) => dtype === 'uint32' || dtype === 'uint64');
    if (holdable) {
      const plan = await writeCheckpoint(join(directory, 'copy'), checkpoint.tensors, { format: 'v1' });
      const again = await openCheckpoint(join(directory, 'copy'));
      await expectTensors(again.tensors, expected.tensors);
      again.close();
      const ours = plan.files.map((file) => readFileSync(file.path));
      if (expected.written_by === 'tensorflow') {
        const theirs = filesAt(prefix);
        expect(ours.length).toBe(theirs.length);
        for (const [i, bytes] of theirs.entries())
          expect(Buffer.compare(ours[i] as Buffer, bytes), `file ${i}`).toBe(0);
      }
    }
    await writeCheckpoint(join(directory, 'v2'), checkpoint.tensors, { format: 'v2' });
    checkpoint.close();
    const converted = await openCheckpoint(join(directory, 'v2'));
    expect(converted.format).toBe('v2');
    await expectTensors(converted.tensors, expected.tensors);
    converted.close();
    expect(await findingsAt(join(directory, 'v2'))).toEqual([]);
  });
});

it('a slice that is listed twice is noted', async () => {
  const findings = await findingsAt(fixture('v1/duplicate-slices/model.ckpt'));
  expect(findings.map(({ kind, severity, tensor }) => [kind, severity, tensor])).toEqual([
    ['slices-overlap', 'note', 'parts'],
    ['slices-overlap', 'note', 'whole'],
  ]);
});

it('a shard by itself opens; what lies in others too is listed, and what is here of it can be read', async () => {
  const path = fixture('v1/partitioned-across-shards/m-00001-of-00003');
  const checkpoint = await openCheckpoint(path);
  expect(checkpoint.path).toBe(path);
  expect([...checkpoint.tensors.keys()]).toEqual(['kernel', 'step']);
  expect(checkpoint.tensors.get('kernel')?.shape).toEqual([6, 4]);
  const kernel = checkpoint.tensors.get('kernel') as Tensor;
  expect(kernel.parts?.length).toBe(1);
  expect(await sha256Of('kernel', kernel)).toBe(await sha256Of('part', kernel.parts?.[0]?.tensor as Tensor));
  expect(() => readBytes(kernel.source, 0, 96)).toThrow(/tensor kernel: of its shape \[6,4\] only \[.*\] is stored/);
  checkpoint.close();
  expect((await findingsAt(path)).map(({ kind, tensor }) => [kind, tensor])).toEqual([['slices-incomplete', 'kernel']]);
});
