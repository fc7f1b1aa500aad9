/** The diagnosis of a file that is something else than its place says, with the command that unpacks or fetches it. */

import type { Foreign } from '../io/recognise.ts';
import { splitPrefix } from '../io/shard-names.ts';
import type { Store } from '../io/store.ts';
import { pageTitle } from './checks.ts';
import { counted, type Diagnosis, diagnosisOf, quoted } from './diagnosis.ts';
import { foreignCode } from './problems.ts';

/** How each kind of archive is unpacked; a compressed file may hold a tar archive or a single file. */
function unpacking(kind: string, path: string): string[] {
  const file = quoted(path);
  const out = quoted(`${path}.unpacked`);
  const tarOr = (flag: string, program: string): string[] => [`tar x${flag}f ${file} || ${program} < ${file} > ${out}`];
  switch (kind) {
    case 'zip':
      return [`unzip ${file}`];
    case 'tar':
      return [`tar xf ${file}`];
    case 'gzip':
      return tarOr('z', 'gunzip');
    case 'bzip2':
      return tarOr('j', 'bunzip2');
    case 'xz':
      return tarOr('J', 'unxz');
    case 'zstd':
      return tarOr(' --zstd -', 'unzstd');
    case '7z':
      return [`7z x ${file}`];
    case 'rar':
      return [`unrar x ${file}`];
    default:
      return [];
  }
}

/** What is to be said of a file of a foreign kind. */
export function foreignDiagnosis(store: Store, path: string, { kind, sentence }: Foreign): Diagnosis {
  const code = foreignCode(kind);
  const title = kind === 'html' ? pageTitle(store, path) : undefined;
  const bytes = store.size(path);
  const size = kind === 'empty' || bytes === undefined ? '' : ` (${counted(bytes, 'byte')})`;
  const [what] = sentence.split('; ');
  const found = `${path}${size} ${what}${title === undefined ? '' : `; it says "${title}"`}`;
  if (kind !== 'lfs-pointer') return diagnosisOf(code, path, found, { commands: unpacking(kind, path) });
  const directory = splitPrefix(path).directory;
  const at = directory === '' ? '' : ` -C ${quoted(directory)}`;
  return diagnosisOf(code, path, found, { commands: ['git lfs install', `git${at} lfs pull`] });
}
