/** Safetensors: tensors behind a header of JSON, in one file, or in several that an index names. */
import { Missing } from '../../bytes/missing.ts';
import type { Format } from '../format.ts';
import { typeOf } from './dtypes.ts';
import { findSafetensors, safetensorsAt, safetensorsFilesOf } from './find.ts';
import { INDEX_SUFFIX, SUFFIX } from './names.ts';

let doors: typeof import('./doors.ts') | undefined;

async function load(): Promise<typeof import('./doors.ts')> {
  doors ??= await import('./doors.ts');
  return doors;
}

/** The code that opens files; whoever reads a checkpoint of TensorFlow does not wait for it. */
function loaded(): typeof import('./doors.ts') {
  if (doors !== undefined) return doors;
  throw new Missing('the code that reads safetensors', async () => void (await load()));
}

export const safetensors: Format = {
  name: 'safetensors',
  title: 'safetensors',
  can: { share: false, split: true, tensorflow: false, metadata: true, checksums: false, folder: false },
  endings: [SUFFIX, INDEX_SUFFIX],
  holds: (dtype) => typeOf(dtype) !== undefined,
  at: safetensorsAt,
  find: findSafetensors,
  filesOf: safetensorsFilesOf,
  open: (store, found) => loaded().openSafetensors(store, found),
  openDamaged: async (store, found) => (await load()).openDamagedSafetensors(store, found),
  plan: async (path, tensors, options) => (await import('./writing.ts')).planSafetensors(path, tensors, options),
  planRename: async (checkpoint, rename, options = {}) =>
    (await import('./writing.ts')).planRenamedSafetensors(checkpoint, rename, options),
  stream: async function* (tensors, options) {
    yield* (await import('./writing.ts')).streamSafetensors(tensors, options);
  },
  verify: async function* (store, found, options) {
    yield* (await load()).verifySafetensors(store, found, options);
  },
};
