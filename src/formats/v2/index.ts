/** TensorFlow's V2 format, the "tensor bundle": an index that is a table, and data files that are nothing but content. */
import { UsageError } from '../../errors.ts';
import type { Format } from '../format.ts';
import { bundleAt, bundleFilesOf, findBundles } from './find.ts';
import { bundleHolds } from './holds.ts';
import { isOpenBundle, openBundle } from './open.ts';

/** Writing and checking load their code when they are called: a listing must not wait for it. */
export const v2: Format = {
  name: 'v2',
  title: 'V2',
  can: { share: true, split: true, tensorflow: true, metadata: false, checksums: true, folder: false },
  endings: [],
  holds: bundleHolds,
  at: bundleAt,
  find: findBundles,
  filesOf: bundleFilesOf,
  open: openBundle,
  openDamaged: async (store, found) => (await import('./open-damaged.ts')).openDamagedBundle(store, found),
  plan: async (path, tensors, options) => (await import('./plan.ts')).planBundle(path, tensors, options),
  planRename: async (checkpoint, rename, options = {}) => {
    const { planRenamedBundle } = await import('./plan-rename.ts');
    if (!isOpenBundle(checkpoint)) throw new UsageError(`${checkpoint.path} was not opened with openCheckpoint`);
    if (checkpoint.bundle.store.isOnDisk === true) return planRenamedBundle(checkpoint, rename, options);
    return (await import('./plan-elsewhere.ts')).planBundleFromElsewhere(checkpoint, rename, options);
  },
  verify: async function* (store, found, options) {
    yield* (await import('./verify.ts')).verifyBundle(store, found, options);
  },
};
