/** TensorFlow restores what the library renamed, chose, stripped and merged, of names (TF1), Keras 3 and SavedModels. */
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { REPOSITORY } from './fixtures.ts';
import { NO_PYTHON, PYTHON, python } from './python.ts';
import { scratch } from './scratch.ts';

const PROGRAM = join(REPOSITORY, 'test/tensorflow/library-surgery.mjs');
const RENAMED = ['renamed', 'subset', 'stripped', 'merged'];

describe.skipIf(PYTHON === undefined)(`TensorFlow restores from the library${NO_PYTHON}`, () => {
  let outcomes: Record<string, string | null>;
  beforeAll(() => {
    const args = [scratch(), process.execPath, PROGRAM];
    outcomes = python('library_surgery.py', args, null) as Record<string, string | null>;
  }, 240_000);

  it.each([
    ...RENAMED.map((what) => `TF1, ${what}`),
    'TF1, in the V1 format',
    ...RENAMED.map((what) => `Keras 3, ${what}`),
    'Keras 3, renamed as a checkpoint',
    'Keras 3, filtered without its graph',
    'SavedModel, renamed',
    'SavedModel, stripped',
    'SavedModel, merged',
    'SavedModel, written anew',
  ])('%s', (title) => {
    expect(outcomes[title]).toBeNull();
  });
});
