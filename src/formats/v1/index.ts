/** TensorFlow's V1 format: one table, or several shards of one, in which names and content lie together. */
import { v1FilesAt } from '../../locate/v1-files.ts';
import type { Format } from '../format.ts';
import { openTables } from './open.ts';
import { tableHolds } from './value-field.ts';

/** Writing and checking load their code when they are called: a listing must not wait for it. */
export const v1: Format = {
  name: 'v1',
  holds: tableHolds,
  detect: (path) => v1FilesAt(path) !== undefined,
  open: openTables,
  openDamaged: async (path) => (await import('./open-damaged.ts')).openDamagedTables(path),
  plan: async (path, tensors, options) => (await import('./writing.ts')).planTables(path, tensors, options),
  planRename: async (checkpoint, rename, options = {}) =>
    (await import('./writing.ts')).planRenamedTables(checkpoint, rename, options),
  verify: async function* (path, options) {
    yield* (await import('./verify.ts')).verifyTables(path, options);
  },
};
