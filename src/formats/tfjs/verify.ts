/** Checking weights of TensorFlow.js: they have no checksums, so what can be wrong is the manifest, and the sizes of shards. */
import { CkptError, CorruptError, NotACheckpointError, UnsupportedError } from '../../errors.ts';
import { type Store, type StoredFile, supply } from '../../io/store.ts';
import type { Finding, FindingKind, VerifyOptions } from '../finding.ts';
import type { Found } from '../format.ts';
import type { Manifest } from './manifest.ts';
import { openGroup, readManifest } from './open.ts';

function findingOf(kind: FindingKind, error: unknown, path: string): Finding {
  if (!(error instanceof CkptError) || error instanceof UnsupportedError) throw error;
  if (error instanceof NotACheckpointError) {
    return { kind: 'shard-missing', severity: 'damage', message: 'the file is missing', path: error.path };
  }
  const offset = error instanceof CorruptError ? error.damage.offset : undefined;
  return { kind, severity: 'damage', message: error.message, path, offset };
}

/** Checks the manifest, and group by group the shards; goes on after a finding. */
export async function* verifyTfjs(
  store: Store,
  { files: [path = ''] }: Found,
  options: VerifyOptions = {},
): AsyncGenerator<Finding> {
  let manifest: Manifest;
  try {
    manifest = await supply(() => readManifest(store, path));
  } catch (error) {
    yield findingOf('index-damaged', error, path);
    return;
  }
  const totals = { tensors: 0, bytes: 0, files: 1 };
  for (const group of manifest.groups) {
    const open: StoredFile[] = [];
    try {
      const tensors = await supply(() => openGroup(store, path, group, open));
      totals.tensors += tensors.size;
      totals.files += group.paths.length;
      for (const file of open) totals.bytes += file.byteLength;
    } catch (error) {
      yield findingOf('invalid-entry', error, path);
    } finally {
      for (const file of open) file.close();
    }
  }
  if (options.totals !== undefined) Object.assign(options.totals, totals);
}
