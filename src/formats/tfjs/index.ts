/** Weights of TensorFlow.js: a manifest in JSON, by itself or in a model.json, and binary shards. */
import { Missing } from '../../bytes/missing.ts';
import type { Format } from '../format.ts';
import { tfjsHolds } from './dtypes.ts';
import { findTfjs, tfjsAt, tfjsFilesOf } from './find.ts';

let doors: typeof import('./doors.ts') | undefined;

async function load(): Promise<typeof import('./doors.ts')> {
  doors ??= await import('./doors.ts');
  return doors;
}

/** The code that opens files; whoever reads a checkpoint of TensorFlow does not wait for it. */
function loaded(): typeof import('./doors.ts') {
  if (doors !== undefined) return doors;
  throw new Missing('the code that reads weights of TensorFlow.js', async () => void (await load()));
}

export const tfjs: Format = {
  name: 'tfjs',
  title: 'TensorFlow.js',
  can: {
    share: false,
    split: false,
    tensorflow: false,
    metadata: true,
    checksums: false,
    folder: true,
  },
  endings: ['.json'],
  holds: tfjsHolds,
  at: tfjsAt,
  find: findTfjs,
  filesOf: tfjsFilesOf,
  open: (store, found) => loaded().openTfjs(store, found),
  openDamaged: async (store, found) => (await load()).openDamagedTfjs(store, found),
  plan: async (path, tensors, options) => (await import('./writing.ts')).planTfjs(path, tensors, options),
  planRename: async (checkpoint, rename, options = {}) =>
    (await import('./writing.ts')).planRenamedTfjs(checkpoint, rename, options),
  verify: async function* (store, found, options) {
    yield* (await load()).verifyTfjs(store, found, options);
  },
};
