/** Files that are not there under their name, and lie beside it under another: as browsers, systems and programs change names. */

import { leavingsOf } from '../io/leavings.ts';
import { indexName, parseDataName, splitPrefix } from '../io/shard-names.ts';
import type { Store } from '../io/store.ts';
import { namesIn } from '../io/stored.ts';
import { type Diagnosis, diagnosisOf, listed, quoted } from './diagnosis.ts';

/** What browsers and systems put into the name of a second copy, before its ending or at its end. */
const COPY = /( ?\(\d+\)| - Copy( \(\d+\))?| copy( \d+)?| \((another )?copy\)| [2-9])(?=\.|$)/g;

/** A name without what was added to it: a copy's number, an ending, blanks. */
export function plainName(name: string): string {
  return name
    .replace(/(%20|\s)+$/, '')
    .replace(/\.(txt|bin|dat|dms|octet-stream)$/i, '')
    .replace(COPY, '')
    .replace(/[\s.]+$/, '');
}

const UNFINISHED = /\.(part|partial|crdownload|download|aria2|filepart|opdownload)$/i;

/** Whether a save of `base` makes something of this name while it is under way: a file that is being written, a directory of parts. */
function isTemporary(name: string, base: string): boolean {
  if (name.startsWith(base) && /^_temp(_[0-9a-f]{32})?$/.test(name.slice(base.length))) return true;
  const file = name.replace(/\.tempstate\d+$/, '');
  return file !== name && (file === indexName(base) || parseDataName(file)?.prefix === base);
}

/** Whether a name is that of an index with data of the same prefix: then it has its own name, and another was typed. */
function isWhole(name: string, names: readonly string[]): boolean {
  const prefix = name.endsWith('.index') ? name.slice(0, -'.index'.length) : undefined;
  return prefix !== undefined && names.some((one) => parseDataName(one)?.prefix === prefix);
}

/** What became of the file `wanted`, which is not there, if something beside it tells; `what` says what the file is. */
export function changedName(store: Store, wanted: string, what: string): Diagnosis | undefined {
  const { directory, base } = splitPrefix(wanted);
  const names = namesIn(store, directory);
  for (const name of names) {
    const isOtherCase = name.toLowerCase() === base.toLowerCase();
    const isMangled = plainName(name) === base;
    const isUnfinished = UNFINISHED.test(name) && plainName(name.replace(UNFINISHED, '')) === base;
    if (name === base || !(isOtherCase || isMangled || isUnfinished) || isWhole(name, names)) continue;
    const path = directory + name;
    const commands = [`mv ${quoted(path)} ${quoted(wanted)}`];
    const gone = `${what} ${wanted} is not there`;
    if (isOtherCase) return diagnosisOf('name-case', path, `${gone}; ${path} is, in other letters`, { commands });
    if (isMangled) return diagnosisOf('mangled-name', path, `${gone}; it seems to lie there as ${path}`, { commands });
    return diagnosisOf('unfinished-download', path, `${gone}; ${path} is what a download has fetched so far`);
  }
  return undefined;
}

/** What a save leaves behind while it is under way: temporary files, and directories with the parts of single workers. */
export function temporaries(store: Store, prefix: string): string[] {
  const { directory, base } = splitPrefix(prefix);
  return namesIn(store, directory)
    .filter((name) => isTemporary(name, base))
    .map((name) => directory + name);
}

/** Checkpoints of single workers that a save had not merged yet. */
export function unmerged(store: Store, prefix: string): string[] {
  return temporaries(store, prefix).flatMap((path) =>
    namesIn(store, path)
      .filter((name) => name.endsWith('.index'))
      .map((name) => `${path}/${name.slice(0, -'.index'.length)}`),
  );
}

/** An older checkpoint whose files a killed write had put aside: they only need their names. */
function putAside(prefix: string): Diagnosis | undefined {
  const files = leavingsOf(prefix);
  if (files.length === 0) return undefined;
  const found = `there is no checkpoint ${prefix}; its files lie beside under temporary names: ${listed(files.map(({ path }) => path))}`;
  return diagnosisOf('interrupted-write', prefix, found, {
    commands: files.map(({ path, target }) => `mv ${quoted(path)} ${quoted(target)}`),
  });
}

/** The save of a prefix that is not there and that was begun, or a write over it that was killed. */
export function unfinishedSave(store: Store, prefix: string): Diagnosis | undefined {
  const aside = putAside(prefix);
  if (aside !== undefined) return aside;
  const left = temporaries(store, prefix);
  if (left.length === 0) return undefined;
  const parts = unmerged(store, prefix);
  const found = `there is no checkpoint ${prefix}, but a save of it was begun: ${listed(left)}`;
  if (parts.length === 0) return diagnosisOf('unfinished-save', prefix, found);
  const inputs = parts.map(quoted).join(' ');
  return diagnosisOf('unfinished-save', prefix, `${found}; ${listed(parts)} can be looked into`, {
    remedy: 'wait if it is still running; otherwise make a checkpoint of what was written, which may not be all',
    commands: [`ckpt ${parts.length === 1 ? `subset ${inputs} '**'` : `merge ${inputs}`} -o ${quoted(prefix)}`],
  });
}
