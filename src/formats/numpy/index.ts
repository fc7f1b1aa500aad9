/** numpy's own formats: .npz, an archive of arrays, and .npy, an array a file, in a directory or alone. */
import { Missing } from '../../bytes/missing.ts';
import type { DType } from '../../tensor/dtype.ts';
import { fixedTextProblem } from '../fixed-texts.ts';
import type { Format } from '../format.ts';
import { descrOf } from './dtypes.ts';
import { findNpz, npyAt, npyFilesOf, npyFolder, npzAt, npzFilesOf } from './find.ts';

const holds = (dtype: DType): boolean => dtype.kind === 'string' || descrOf(dtype) !== undefined;

let doors: typeof import('./doors.ts') | undefined;

async function load(): Promise<typeof import('./doors.ts')> {
  doors ??= await import('./doors.ts');
  return doors;
}

/** The code that opens files; whoever reads a checkpoint of TensorFlow does not wait for it. */
function loaded(): typeof import('./doors.ts') {
  if (doors !== undefined) return doors;
  throw new Missing("the code that reads numpy's files", async () => void (await load()));
}

export const npz: Format = {
  name: 'npz',
  title: 'NumPy .npz',
  can: { share: false, split: false, tensorflow: false, metadata: true, checksums: true, folder: false },
  endings: ['.npz'],
  holds,
  refusal: (name, tensor) => fixedTextProblem(name, tensor),
  at: npzAt,
  find: findNpz,
  filesOf: npzFilesOf,
  open: (store, found) => loaded().openNpz(store, found),
  openDamaged: async (store, found) => {
    const { openNpz } = await load();
    return Object.assign(openNpz(store, found), { damage: [] });
  },
  plan: async (path, tensors, options) => (await import('./writing.ts')).planNpz(path, tensors, options),
  planRename: async (checkpoint, rename, options = {}) =>
    (await import('./writing.ts')).planRenamedArrays(checkpoint, rename, options),
  stream: async function* (tensors, options) {
    yield* (await import('./writing.ts')).streamNpz(tensors, options);
  },
  verify: async function* (store, found, options) {
    yield* (await load()).verifyNpz(store, found, options);
  },
};

export const npy: Format = {
  name: 'npy',
  title: 'NumPy .npy',
  can: { share: false, split: false, tensorflow: false, metadata: true, checksums: false, folder: true },
  endings: ['.npy'],
  holds,
  refusal: (name, tensor) => fixedTextProblem(name, tensor),
  at: npyAt,
  find: () => [],
  folder: npyFolder,
  filesOf: npyFilesOf,
  open: (store, found) => loaded().openNpy(store, found),
  openDamaged: async (store, found) => {
    const { openNpy } = await load();
    return Object.assign(openNpy(store, found), { damage: [] });
  },
  plan: async (path, tensors, options) => (await import('./writing.ts')).planNpy(path, tensors, options),
  planRename: async (checkpoint, rename, options = {}) =>
    (await import('./writing.ts')).planRenamedArrays(checkpoint, rename, options),
  stream: async function* (tensors, options) {
    yield* (await import('./writing.ts')).streamNpy(tensors, options);
  },
  verify: async function* (store, found, options) {
    yield* (await load()).verifyNpy(store, found, options);
  },
};
