/** HDF5 as Keras writes it: `.weights.h5` of Keras 3, `.h5` of Keras 2, and what h5py writes where nobody says otherwise. */
import { Missing } from '../../bytes/missing.ts';
import { fixedTextProblem } from '../fixed-texts.ts';
import type { Format } from '../format.ts';
import { hdf5Holds } from './datatype.ts';
import { findHdf5, hdf5At, hdf5FilesOf } from './find.ts';
import { H5_SUFFIXES, KERAS_SUFFIX } from './names.ts';

let doors: typeof import('./doors.ts') | undefined;

async function load(): Promise<typeof import('./doors.ts')> {
  doors ??= await import('./doors.ts');
  return doors;
}

/** The code that opens files; whoever reads a checkpoint of TensorFlow does not wait for it. */
function loaded(): typeof import('./doors.ts') {
  if (doors !== undefined) return doors;
  throw new Missing('the code that reads HDF5', async () => void (await load()));
}

export const hdf5: Format = {
  name: 'hdf5',
  title: 'HDF5',
  can: {
    share: false,
    split: false,
    tensorflow: false,
    metadata: true,
    checksums: false,
    folder: false,
  },
  endings: [...H5_SUFFIXES, KERAS_SUFFIX],
  kinds: ['keras'],
  holds: hdf5Holds,
  refusal: (name, tensor) => fixedTextProblem(name, tensor),
  at: hdf5At,
  find: findHdf5,
  filesOf: hdf5FilesOf,
  open: (store, found) => loaded().openHdf5(store, found),
  openDamaged: async (store, found) => (await load()).openDamagedHdf5(store, found),
  plan: async (path, tensors, options) => (await import('./writing.ts')).planHdf5File(path, tensors, options),
  planRename: async (checkpoint, rename, options = {}) =>
    (await import('./writing.ts')).planRenamedHdf5(checkpoint, rename, options),
  verify: async function* (store, found, options) {
    yield* (await load()).verifyHdf5(store, found, options);
  },
};
