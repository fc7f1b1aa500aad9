/** What a check of any table begins with: the parts that nothing needs in order to be read. */
import { CkptError, CorruptError } from '../errors.ts';
import type { TableReader } from '../sstable/table-reader.ts';
import type { Finding, FindingKind } from './finding.ts';

/** What an error thrown while checking amounts to; an error that is not ours is a bug and thrown on. */
export function findingOf(kind: FindingKind, error: unknown, about: Partial<Finding>): Finding {
  if (!(error instanceof CkptError)) throw error;
  const offset = error instanceof CorruptError ? error.damage.offset : undefined;
  return { kind, severity: 'damage', message: error.message, offset, ...about };
}

/** Checks the metaindex block and the footer of the table at `path`; `what` is what people call it. */
export function* frameFindings(table: TableReader, path: string, what: string): Generator<Finding> {
  try {
    table.checkMetaindex();
  } catch (error) {
    yield findingOf('index-damaged', error, { path, offset: table.footer.metaindex.offset });
  }
  if (table.hasCleanFooter()) return;
  const message = `the footer of ${what} holds bytes that mean nothing`;
  yield { kind: 'index-damaged', severity: 'note', message, path };
}
