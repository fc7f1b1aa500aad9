import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import type { ByteSource } from '../../src/bytes/source.ts';
import { assignAll } from '../../src/engine/assign-all.ts';
import { constant } from '../../src/engine/constants.ts';
import { resetDefaultGraph } from '../../src/engine/graph.ts';
import { initializeAllVariables } from '../../src/engine/initialization.ts';
import { Variable } from '../../src/engine/variable.ts';
import { UninitializedError, UnreadableError } from '../../src/errors.ts';
import { FileSource } from '../../src/io/file-source.ts';
import { dtypeOf } from '../../src/tensor/dtype.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { scratch } from '../scratch.ts';

const COUNT = 3 << 20;

/** Ones, which can be read so many times. */
function onesOf(count: number, times: number): Tensor {
  const bytes = new Uint8Array(new Float32Array(count).fill(1).buffer);
  let read = 0;
  const source: ByteSource = {
    byteLength: bytes.length,
    readInto: (target, offset) => {
      read += target.length;
      if (read > bytes.length * times) throw new UnreadableError('the disk fails', 'data');
      target.set(bytes.subarray(offset, offset + target.length));
    },
  };
  return { dtype: dtypeOf('float32'), shape: [count], byteLength: bytes.length, source };
}

beforeEach(resetDefaultGraph);

/** Four variables of twos, of which three are large. */
function twos(): Variable<'float32'>[] {
  const made = [COUNT, COUNT, COUNT, 2].map(
    (size, i) => new Variable(constant(0, { shape: [size] }), { name: `v${i}` }),
  );
  initializeAllVariables();
  return made.map((v) => v.assign(new Float32Array(v.shape[0] as number).fill(2)));
}

const incoming = (variables: Variable[], times: (i: number) => number) =>
  variables.map((variable, i) => ({ name: `t${i}`, variable, tensor: onesOf(variable.shape[0] as number, times(i)) }));
const firsts = (variables: Variable[]) => variables.map((v) => (v.isInitialized ? v.read()[0] : undefined));

it('changes no variable where the first reading fails', async () => {
  const variables = twos();
  await expect(
    assignAll(
      incoming(variables, (i) => (i === 2 ? 0.5 : 2)),
      {},
    ),
  ).rejects.toThrow('the disk fails');
  expect(firsts(variables)).toEqual([2, 2, 2, 2]);
});

it('says what became of every variable where only the second reading fails', async () => {
  const variables = twos();
  const failing = assignAll(
    incoming(variables, (i) => (i === 1 ? 1.5 : 2)),
    {},
  );
  const error = await failing.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(UninitializedError);
  expect(error).toMatchObject({ variables: ['v1'] });
  expect((error as Error).message).toContain('v1 has no value now; v0 have their new values');
  expect(firsts(variables)).toEqual([1, undefined, 2, 2]);
  await assignAll(
    incoming(variables, () => 2),
    {},
  );
  expect(firsts(variables)).toEqual([1, 1, 1, 1]);
});

it('changes nothing where a file was changed or removed after it was checked', async () => {
  for (const change of [(path: string) => appendFileSync(path, 'x'), (path: string) => rmSync(path)]) {
    const variables = twos();
    const path = join(scratch(), 'data');
    writeFileSync(path, 'data');
    const { identity } = new FileSource(path);
    const assigned = assignAll(
      incoming(variables, () => 2),
      { heldFiles: () => [{ path, identity }] },
    );
    change(path);
    await expect(assigned).rejects.toThrow('nothing was restored');
    expect(firsts(variables)).toEqual([2, 2, 2, 2]);
    resetDefaultGraph();
  }
});

it('leaves alone what is lent to a save meanwhile', async () => {
  const variables = twos();
  const assigned = assignAll(
    incoming(variables, () => 3),
    {},
  );
  const lent = (variables[0] as Variable).lend();
  await assigned;
  const bytes = new Uint8Array(4);
  lent.source.readInto(bytes, 0);
  expect([...new Float32Array(bytes.buffer)]).toEqual([2]);
  expect(firsts(variables)).toEqual([1, 1, 1, 1]);
});
