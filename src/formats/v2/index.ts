/** TensorFlow's V2 format, the "tensor bundle": an index that is a table, and data files that are nothing but content. */
import { UsageError } from '../../errors.ts';
import { fileSize } from '../../io/file-source.ts';
import { indexName } from '../../io/shard-names.ts';
import type { Format } from '../format.ts';
import { bundleHolds } from './holds.ts';
import { isOpenBundle, openBundle } from './open.ts';

/** Writing and checking load their code when they are called: a listing must not wait for it. */
export const v2: Format = {
  name: 'v2',
  holds: bundleHolds,
  detect: (path) => fileSize(indexName(path)) !== undefined,
  open: (path) => openBundle(path),
  openDamaged: async (path) => (await import('./open-damaged.ts')).openDamagedBundle(path),
  plan: async (path, tensors, options) => (await import('./plan.ts')).planBundle(path, tensors, options),
  planRename: async (checkpoint, rename, options = {}) => {
    const { planRenamedBundle } = await import('./plan-rename.ts');
    if (!isOpenBundle(checkpoint)) throw new UsageError(`${checkpoint.path} was not opened with openCheckpoint`);
    return planRenamedBundle(checkpoint, rename, options);
  },
  verify: async function* (path, options) {
    yield* (await import('./verify.ts')).verifyBundle(path, options);
  },
};
