/** TensorFlow's V1 format: one table, or several shards of one, in which names and content lie together. */
import type { Format } from '../format.ts';
import { findTables, tableFilesOf, tablesAt } from './find.ts';
import { openTables } from './open.ts';
import { tableHolds } from './value-field.ts';

/** Writing and checking load their code when they are called: a listing must not wait for it. */
export const v1: Format = {
  name: 'v1',
  title: 'V1',
  can: { share: false, split: true, tensorflow: true, metadata: false, checksums: true, folder: false },
  endings: [],
  superseded: { by: 'v2', why: 'one table with everything in it' },
  holds: tableHolds,
  at: tablesAt,
  find: findTables,
  filesOf: tableFilesOf,
  // Named when it is called: the command line loads that code then.
  open: (store, found) => openTables(store, found),
  openDamaged: async (store, found) => (await import('./open-damaged.ts')).openDamagedTables(store, found),
  plan: async (path, tensors, options) => (await import('./writing.ts')).planTables(path, tensors, options),
  planRename: async (checkpoint, rename, options = {}) =>
    (await import('./writing.ts')).planRenamedTables(checkpoint, rename, options),
  verify: async function* (store, found, options) {
    yield* (await import('./verify.ts')).verifyTables(store, found, options);
  },
};
