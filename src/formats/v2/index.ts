/** TensorFlow's V2 format, the "tensor bundle": an index that is a table, and data files that are nothing but content. */
import { UsageError } from '../../errors.ts';
import { fileSize } from '../../io/file-source.ts';
import { indexName } from '../../io/shard-names.ts';
import type { Format } from '../format.ts';
import { bundleHolds } from './holds.ts';
import { type OpenBundle, openBundle } from './open.ts';
import type { BundlePlan } from './plan.ts';

/** Writing and checking load their code when they are called: a listing must not wait for it. */
export const v2: Format = {
  name: 'v2',
  holds: bundleHolds,
  detect: (path) => fileSize(indexName(path)) !== undefined,
  open: (path) => openBundle(path),
  openDamaged: async (path) => (await import('./open-damaged.ts')).openDamagedBundle(path),
  plan: async (path, tensors, options) => (await import('./plan.ts')).planBundle(path, tensors, options),
  write: async (plan, options) => (await import('./write.ts')).writeBundle(plan as BundlePlan, options),
  rename: async (checkpoint, rename, options = {}) => {
    const { renameBundleInPlace, writeRenamedBundle } = await import('./rename-bundle.ts');
    const { bundle } = checkpoint as Partial<OpenBundle>;
    if (bundle === undefined) throw new UsageError(`${checkpoint.path} was not opened with openCheckpoint`);
    return options.target === undefined
      ? renameBundleInPlace(bundle, rename)
      : writeRenamedBundle(bundle, options.target, rename, options);
  },
  verify: async function* (path, options) {
    yield* (await import('./verify.ts')).verifyBundle(path, options);
  },
};
