/** One screen of facts: totals by dtype, the step, the object graph, and facts that cannot be read. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openNow, writeCheckpoint } from '../../src/checkpoints/checkpoint.ts';
import { type Summary, summaryOf } from '../../src/inspect/summary.ts';
import { OBJECT_GRAPH_KEY } from '../../src/object-graph/object-graph.ts';
import { dtypeOf } from '../../src/tensor/dtype.ts';
import { type TensorMap, tensorOfBytes, tensorOfStrings } from '../../src/tensor/tensor.ts';
import { fixture } from '../fixtures.ts';
import { scratch } from '../scratch.ts';

function summaryAt(path: string): Summary {
  const checkpoint = openNow(path);
  try {
    return summaryOf(checkpoint);
  } finally {
    checkpoint.close();
  }
}

async function summaryOfMap(tensors: TensorMap): Promise<Summary> {
  const path = join(scratch(), 'model');
  await writeCheckpoint(path, tensors);
  return summaryAt(path);
}

const int = (dtype: string, ...bytes: number[]): ReturnType<typeof tensorOfBytes> =>
  tensorOfBytes(dtypeOf(dtype), [], Uint8Array.from(bytes));

describe('a summary', () => {
  it('counts tensors, parameters and bytes by dtype, the largest first', async () => {
    const summary = await summaryOfMap(
      new Map([
        ['w', tensorOfBytes(dtypeOf('float32'), [10, 2], new Uint8Array(80))],
        ['b', tensorOfBytes(dtypeOf('float32'), [2], new Uint8Array(8))],
        ['global_step', int('int64', 70, 0, 0, 0, 0, 0, 0, 0)],
        ['names', tensorOfStrings(dtypeOf('string'), [1], [new Uint8Array(200)])],
      ]),
    );
    expect(summary).toMatchObject({
      format: 'v2',
      byteOrder: 'little',
      tensors: 4,
      parameters: 23,
      bytes: 302,
      partitioned: 0,
    });
    expect(summary.dtypes.map(({ dtype, tensors }) => [dtype, tensors])).toEqual([
      ['string', 1],
      ['float32', 2],
      ['int64', 1],
    ]);
    expect(summary.largest.map(({ name }) => name)).toEqual(['names', 'w', 'b', 'global_step']);
    expect(summary.step).toEqual({ name: 'global_step', value: 70n });
    expect(summary.objectGraph).toBeUndefined();
  });

  it('of an object-based checkpoint counts its objects', () => {
    const summary = summaryAt(fixture('v2/object-based-cyclic/cyclic'));
    expect(summary.objectGraph).toEqual({ objects: expect.any(Number), slotVariables: 0 });
  });

  it('of a partitioned one counts the partitioned tensors', () => {
    expect(summaryAt(fixture('v2/partitioned/parts.ckpt')).partitioned).toBe(7);
  });

  it('tells what keeps the object graph from being read', async () => {
    const broken = tensorOfStrings(dtypeOf('string'), [], [Uint8Array.of(0x0a, 0x7f)]);
    const summary = await summaryOfMap(new Map([[OBJECT_GRAPH_KEY, broken]]));
    expect(summary.objectGraph).toEqual({ error: expect.stringContaining('object graph') });
    const noString = await summaryOfMap(new Map([[OBJECT_GRAPH_KEY, int('int64', 1, 2, 3, 4, 5, 6, 7, 8)]]));
    expect(noString.objectGraph).toEqual({ error: expect.any(String) });
  });

  it('takes a step of 32 bits, a negative one, and no vector for one', async () => {
    expect((await summaryOfMap(new Map([['global_step', int('int32', 0xff, 0xff, 0xff, 0xff)]]))).step?.value).toBe(
      -1n,
    );
    const vector = tensorOfBytes(dtypeOf('int64'), [1], new Uint8Array(8));
    expect((await summaryOfMap(new Map([['global_step', vector]]))).step).toBeUndefined();
  });

  it('does without data files that are missing', () => {
    const summary = summaryAt(fixture('damaged/missing-shard/model.ckpt'));
    expect(summary.tensors).toBe(3);
    expect(summary.files.map(({ byteLength }) => byteLength === undefined)).toEqual([false, false, true, false]);
  });
});
