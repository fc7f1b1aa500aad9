/** The diagnosis of every damaged fixture, of every sound one, and of real checkpoints from public repositories. */
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { diagnose } from '../../src/diagnose/diagnose.ts';
import type { Examination } from '../../src/diagnose/diagnosis.ts';
import { PROBLEMS, type ProblemCode } from '../../src/diagnose/problems.ts';
import { damagedCases, soundCheckpoints } from '../fixtures.ts';
import { HAS_ZOO, NO_ZOO, ZOO, ZOO_CHECKPOINTS } from '../zoo.ts';

/** What each folder of fixtures/damaged suffers from. */
const DISEASE_OF: Readonly<Record<string, ProblemCode>> = {
  'absent-checksum': 'no-checksum',
  'bad-block-type': 'invalid-index',
  'bad-consumer': 'newer-version',
  'bad-restarts': 'invalid-index',
  'bad-shared-length': 'invalid-index',
  'bad-snappy': 'invalid-index',
  'bzip2-named-ckpt': 'bzip2',
  'crlf-mangled': 'line-endings',
  'crlf-mangled-data': 'line-endings',
  'duplicate-key': 'invalid-index',
  'empty-index': 'empty',
  'empty-state': 'empty-state',
  'flipped-data-bit': 'damaged-tensors',
  'flipped-index-bit': 'damaged-index',
  'flipped-string-bit': 'damaged-tensors',
  'frozen-graph': 'graph',
  'future-version': 'newer-version',
  'gzip-named-ckpt': 'gzip',
  'handle-out-of-bounds': 'damaged-index',
  'hdf5-named-ckpt': 'damaged-index',
  'html-page': 'html',
  'huge-shape': 'invalid-entries',
  'lfs-pointer-data': 'lfs-pointer',
  'lfs-pointer-index': 'lfs-pointer',
  'lightning-zip': 'lightning',
  'missing-header': 'invalid-index',
  'missing-shard': 'missing-shard',
  'negative-dimension': 'invalid-entries',
  'negative-offset': 'invalid-entries',
  'negative-size': 'invalid-entries',
  'offset-out-of-bounds': 'truncated-data',
  'overflowing-shape': 'invalid-entries',
  'overlapping-slices': 'broken-parts',
  'plain-text': 'text',
  'pytorch-legacy-pickle': 'pickle',
  'pytorch-zip': 'pytorch',
  'shard-out-of-range': 'invalid-entries',
  'slice-of-other-shape': 'broken-parts',
  'slice-out-of-range': 'broken-parts',
  'slice-without-entry': 'broken-parts',
  'snappy-bomb': 'invalid-index',
  'stale-state': 'stale-state',
  'stale-state-nothing': 'stale-state',
  'string-length-checksum': 'damaged-tensors',
  'string-lengths-past-end': 'damaged-tensors',
  'text-decoded-index': 'text-decoded',
  'text-index': 'text',
  'truncated-data': 'truncated-data',
  'truncated-index': 'truncated-index',
  'unknown-dtype': 'unknown-dtype',
  'unparsable-entry': 'invalid-entries',
  'unsorted-keys': 'invalid-index',
  'v1-named-index': 'mangled-name',
  'wrong-size': 'invalid-entries',
  'wrong-step-mix': 'mixed-saves',
  'xz-named-ckpt': 'xz',
  'zeroed-data': 'zeros',
  'zip-named-ckpt': 'zip',
};

/** What looks damaged and is not. */
const SOUND = ['missing-slice'];

const diseasesOf = ({ diagnoses }: Examination): string[] =>
  diagnoses.filter(({ severity }) => severity === 'problem').map(({ code }) => code);

const CASES = damagedCases().map((one) => ({ ...one, name: basename(one.folder) }));

describe('every damaged fixture', () => {
  it.each(CASES)('$title', async ({ name, folder, expected }) => {
    const examination = await diagnose(join(folder, expected.path));
    const problem = DISEASE_OF[name];
    expect(diseasesOf(examination)).toEqual(problem === undefined ? [] : [problem]);
    expect(examination.healthy).toBe(problem === undefined);
    for (const { found, cause, remedy } of examination.diagnoses) {
      for (const sentence of [found, cause, remedy]) expect(sentence).toMatch(/^\S.*[^.\s]$/);
    }
  });

  it('has a problem of its own in the table', () => {
    expect(CASES.map(({ name }) => name)).toEqual([...Object.keys(DISEASE_OF), ...SOUND].sort());
  });
});

/** TensorFlow finds no data under the names of the one, and refuses the entries of the others. */
const NOT_TENSORFLOWS: Readonly<Record<string, readonly ProblemCode[]>> = {
  'merged-shard-numbering': ['shard-names'],
};

describe('every sound fixture', () => {
  it.each(soundCheckpoints('v2'))('$title is healthy', async ({ prefix }) => {
    const examination = await diagnose(prefix);
    expect(diseasesOf(examination)).toEqual(NOT_TENSORFLOWS[basename(dirname(prefix))] ?? []);
    expect(examination.contents?.files).toBeGreaterThan(0);
  });
});

it('every problem and note has a cause and a remedy, as sentences', () => {
  expect(Object.keys(PROBLEMS).length).toBeGreaterThan(50);
  for (const { cause, remedy } of Object.values(PROBLEMS)) {
    for (const sentence of [cause, remedy])
      expect(sentence).toMatch(/^[^A-Z\s].*[^.\s]$|^\.ckpt|^TensorFlow|^TensorBoard|^Keras/);
  }
});

/** What is wrong with some of the zoo, by set: most of these have no data on purpose. */
const ZOO_DISEASES: Readonly<Record<string, ProblemCode>> = {
  'o-lfs-shard': 'lfs-pointer',
  'v2-carla-indexonly': 'missing-data',
  'v2-showtell-indexonly': 'missing-data',
  'v2-swift-indexonly': 'missing-data',
};
const ZOO_DIRECTORIES: Readonly<Record<string, ProblemCode>> = {
  'v2-carla-indexonly': 'missing-data',
  'v2-showtell-indexonly': 'several-checkpoints',
  'v2-swift-indexonly': 'several-checkpoints',
  'v2-dl4j-float64': 'stale-state',
  'v2-mtcnn-pnet': 'stale-state',
};

describe.skipIf(!HAS_ZOO)(`the zoo${NO_ZOO}`, () => {
  it.each(ZOO_CHECKPOINTS)('$title', async ({ set, path }) => {
    const problem = ZOO_DISEASES[set];
    expect(diseasesOf(await diagnose(path))).toEqual(problem === undefined ? [] : [problem]);
  });

  it.each(Object.entries(ZOO_DIRECTORIES))('the directory %s: %s', async (set, problem) => {
    expect(diseasesOf(await diagnose(join(ZOO, set)))).toEqual([problem]);
  });
});
