/** What both halves of the contract use: small tensors, and a format's write, open and check on fresh paths. */
import { join } from 'node:path';
import { expect } from 'vitest';
import { readBytes } from '../../src/bytes/source.ts';
import { encodeText } from '../../src/bytes/text.ts';
import { openCheckpoint, planCheckpoint, verifyCheckpoint } from '../../src/checkpoints/checkpoint.ts';
import type { Finding } from '../../src/formats/finding.ts';
import type { Checkpoint, Format } from '../../src/formats/format.ts';
import type { PlannedFile, WriteOptions, WritePlan } from '../../src/formats/write-plan.ts';
import { checkStored } from '../../src/inspect/digest.ts';
import { dtypeOf } from '../../src/tensor/dtype.ts';
import { type Tensor, type TensorMap, tensorOfBytes, tensorOfStrings } from '../../src/tensor/tensor.ts';
import { scratch } from '../scratch.ts';

const FLOAT32 = dtypeOf('float32');
const STRING = dtypeOf('string');

/** A float32 vector of `length` elements, all bytes alike. */
export function vector(length: number, fill = 1): Tensor {
  return tensorOfBytes(FLOAT32, [length], new Uint8Array(length * 4).fill(fill));
}

export const strings = (shape: readonly number[], ...elements: string[]): Tensor =>
  tensorOfStrings(STRING, shape, elements.map(encodeText));

export function contentOf(tensor: Tensor): Uint8Array {
  return readBytes(tensor.source, 0, tensor.source.byteLength);
}

/** The same names, dtypes, shapes and bytes, every recorded checksum right; parts where there were parts. */
export function expectSame(actual: TensorMap, expected: TensorMap): void {
  expect([...actual.keys()].sort()).toEqual([...expected.keys()].sort());
  expect(actual.size).toBe(expected.size);
  for (const [name, tensor] of actual) {
    const wanted = expected.get(name) as Tensor;
    expect({ dtype: tensor.dtype.name, shape: tensor.shape }, name).toEqual({
      dtype: wanted.dtype.name,
      shape: wanted.shape,
    });
    expect(tensor.byteLength, name).toBe(wanted.byteLength);
    expect(Buffer.compare(contentOf(tensor), contentOf(wanted)), name).toBe(0);
    expect(tensor.parts?.length, name).toBe(wanted.parts?.length);
    checkStored(name, tensor);
  }
}

/** The files of a plan that hold content, and the one that makes the checkpoint. */
export const dataFilesOf = ({ files }: WritePlan): readonly PlannedFile[] =>
  files.filter(({ kind }) => kind !== 'index');
export const lastFileOf = ({ files }: WritePlan): string => files.at(-1)?.path as string;

/** The doors of the library, for one format. */
export interface FormatDoors {
  planned(path: string, tensors: TensorMap, options?: WriteOptions): Promise<WritePlan>;
  write(path: string, tensors: TensorMap, options?: WriteOptions): Promise<WritePlan>;
  open(path: string): Promise<Checkpoint>;
  /** Writes to a fresh path and opens what was written. */
  opened(tensors: TensorMap, options?: WriteOptions): Promise<Checkpoint>;
  findingsAt(path: string): Promise<Finding[]>;
}

export function doorsOf({ name }: Format): FormatDoors {
  const planned = (path: string, tensors: TensorMap, options?: WriteOptions): Promise<WritePlan> =>
    planCheckpoint(path, tensors, { ...options, format: name });
  const open = (path: string): Promise<Checkpoint> => openCheckpoint(path, { format: name });

  async function write(path: string, tensors: TensorMap, options?: WriteOptions): Promise<WritePlan> {
    const plan = await planned(path, tensors, options);
    await plan.write();
    return plan;
  }

  async function opened(tensors: TensorMap, options?: WriteOptions): Promise<Checkpoint> {
    return open((await write(join(scratch(), 'model'), tensors, options)).path);
  }

  async function findingsAt(path: string): Promise<Finding[]> {
    const findings: Finding[] = [];
    for await (const finding of verifyCheckpoint(path, { format: name })) findings.push(finding);
    return findings;
  }

  return { planned, write, open, opened, findingsAt };
}
