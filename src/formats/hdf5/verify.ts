/** Checking HDF5: the format has no checksums here, so what can be wrong is its structure, and where its content lies. */
import { CkptError, CorruptError, UnsupportedError } from '../../errors.ts';
import { type Store, supply } from '../../io/store.ts';
import type { Finding, VerifyOptions } from '../finding.ts';
import type { Found } from '../format.ts';
import { openHdf5 } from './open.ts';

/** Checks the structure, and every dataset; goes on after a finding. */
export async function* verifyHdf5(store: Store, found: Found, options: VerifyOptions = {}): AsyncGenerator<Finding> {
  const path = found.prefix;
  let checkpoint: ReturnType<typeof openHdf5>;
  try {
    checkpoint = await supply(() => openHdf5(store, found));
  } catch (error) {
    if (!(error instanceof CkptError) || error instanceof UnsupportedError) throw error;
    const offset = error instanceof CorruptError ? error.damage.offset : undefined;
    yield { kind: 'index-damaged', severity: 'damage', message: error.message, path, offset };
    return;
  }
  const totals = { tensors: 0, bytes: 0, files: 1 };
  try {
    for (const [tensor, { problem, byteLength }] of checkpoint.tensors) {
      if (problem === undefined) {
        totals.tensors++;
        totals.bytes += byteLength;
      } else if (problem instanceof UnsupportedError) throw problem;
      else yield { kind: 'invalid-entry', severity: 'damage', message: problem.message, path, tensor };
    }
  } finally {
    checkpoint.close();
  }
  if (options.totals !== undefined) Object.assign(options.totals, totals);
}
