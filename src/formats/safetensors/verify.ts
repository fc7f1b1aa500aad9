/** Checking safetensors: the format has no checksums, so what can be wrong is where the bytes lie, and which are there. */
import { TextSet } from '../../bytes/text-map.ts';
import { CkptError, CorruptError, UnsupportedError } from '../../errors.ts';
import { type Store, supply } from '../../io/store.ts';
import { withFile } from '../../io/stored.ts';
import type { Finding, FindingKind, VerifyOptions } from '../finding.ts';
import type { Found } from '../format.ts';
import { type Header, readHeader } from './header.ts';
import { inFile, placeOf } from './open.ts';

/** What an error of reading amounts to; what only this version does not know is neither yes nor no. */
function findingOf(kind: FindingKind, error: unknown, path: string): Finding {
  if (!(error instanceof CkptError) || error instanceof UnsupportedError) throw error;
  const offset = error instanceof CorruptError ? error.damage.offset : undefined;
  return { kind, severity: 'damage', message: error.message, path, offset };
}

function headerAt(store: Store, path: string): Promise<Header> {
  return supply(() => withFile(store, path, (file) => inFile(path, () => readHeader(file))));
}

/** Checks the index, every file that it names, and that each tensor is where the index says; goes on after a finding. */
export async function* verifySafetensors(
  store: Store,
  { prefix: path }: Found,
  options: VerifyOptions = {},
): AsyncGenerator<Finding> {
  let place: ReturnType<typeof placeOf>;
  try {
    place = await supply(() => placeOf(store, path));
  } catch (error) {
    yield findingOf('index-damaged', error, path);
    return;
  }
  const { index, files } = place;
  const totals = { tensors: 0, bytes: 0, files: index === undefined ? 0 : 1 };
  const missing = new TextSet(index?.fileOf.keys());
  for (const [shard, file] of files.entries()) {
    if ((await supply(() => ({ size: store.size(file) }))).size === undefined) {
      for (const [name, of] of index?.fileOf ?? []) if (of === shard) missing.delete(name);
      yield { kind: 'shard-missing', severity: 'damage', message: 'the file is missing', path: file };
      continue;
    }
    totals.files++;
    try {
      const { entries } = await headerAt(store, file);
      if (index === undefined) {
        totals.tensors += entries.length;
        for (let row = 0; row < entries.length; row++) totals.bytes += entries.end(row) - entries.begin(row);
        continue;
      }
      for (const { name, begin, end } of entries) {
        if (index.fileOf.get(name) !== shard) {
          const message = `tensor ${name} is in the file, and the index does not place it there`;
          yield { kind: 'unused-bytes', severity: 'note', message, path: file, tensor: name };
          continue;
        }
        missing.delete(name);
        totals.tensors++;
        totals.bytes += end - begin;
      }
    } catch (error) {
      for (const [name, of] of index?.fileOf ?? []) if (of === shard) missing.delete(name);
      yield findingOf('index-damaged', error, file);
    }
  }
  for (const name of missing) {
    const file = index?.files[index.fileOf.get(name) as number];
    const message = `the index places tensor ${name} in ${file}, which does not hold it`;
    yield { kind: 'invalid-entry', severity: 'damage', message, path, tensor: name };
  }
  if (options.totals !== undefined) Object.assign(options.totals, totals);
}
