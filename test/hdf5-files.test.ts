/** HDF5 files with many chunks, links and attributes, read as h5py reads them. */
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { openCheckpoint } from '../src/checkpoints/checkpoint.ts';
import { sha256Of } from '../src/inspect/digest.ts';
import { NO_PYTHON, PYTHON, python } from './python.ts';
import { scratch } from './scratch.ts';

type Rows = Readonly<Record<string, readonly [dtype: string, shape: readonly number[], sha256: string]>>;

const FILES = ['arrays-earliest', 'arrays-latest', 'names-latest', 'numbers-earliest', 'numbers-latest'];

describe.skipIf(PYTHON === undefined)(`files of h5py${NO_PYTHON}`, () => {
  const folder = scratch();
  let truth: Readonly<Record<string, Rows>> = {};

  beforeAll(() => {
    truth = python('hdf5_files.py', [folder], null) as typeof truth;
  }, 120_000);

  it.each(FILES)('%s.h5 holds what h5py reads in it', async (name) => {
    const checkpoint = await openCheckpoint(join(folder, `${name}.h5`));
    const rows: Record<string, unknown> = {};
    for (const [path, tensor] of checkpoint.tensors) {
      rows[path] = [tensor.dtype.name, [...tensor.shape], await sha256Of(path, tensor)];
    }
    checkpoint.close();
    expect(rows).toEqual(truth[`${name}.h5`]);
  });
});
