/**
 * Names of tensors as paths of datasets, and back. A slash is a group; what no path can hold is written as `%` and two digits:
 * empty steps, `.` and `..`, zero bytes, and a slash behind a name that is a dataset itself, as that of a slot behind its
 * variable (`w` and `w%2FAdam`), or behind more groups than are read. Any other path stands for itself, so that files which others made keep theirs.
 */
import { TextMap, TextSet } from '../../bytes/text-map.ts';

export const H5_SUFFIXES = ['.weights.h5', '.h5', '.hdf5'];
/** An archive of a whole model, in which the weights are a file. */
export const KERAS_SUFFIX = '.keras';

/** Groups lie no deeper in each other. */
export const MOST_GROUPS = 256;

/** `%` where it would be taken for one of the escapes below. */
const PERCENT = /%(?=00|25|2E|2F)/g;
const NOTHING = /(?!)/g;
const ESCAPE = /%(00|25|2E|2F)/g;
const CHARACTERS: Readonly<Record<string, string>> = { '00': '\0', '25': '%', '2E': '.', '2F': '/' };

/** A step that means itself. A zero byte stands for an empty step, so it is written twice. */
function stepOf(step: string, percent: RegExp): string {
  if (step === '') return '%00';
  if (/^\.{1,2}$/.test(step)) return step.replaceAll('.', '%2E');
  return step.replace(percent, '%25').replaceAll('\0', '%00%00');
}

/** The paths of some names: no dataset is a group for another. A `%` stays where all names come back so. */
export function pathsOfNames(names: Iterable<string>): Map<string, string> {
  const all = new TextSet(names);
  const escaped = new TextMap([...all].map((name) => [name, pathOf(name, all)]));
  if (![...all].some((name) => name.search(PERCENT) >= 0)) return escaped;
  const plain = new TextMap([...all].map((name) => [name, pathOf(name, all, NOTHING)]));
  const back = namesOfPaths(plain.values());
  const isKept = back.size === all.size && [...plain].every(([name, path]) => back.get(path) === name);
  return isKept ? plain : escaped;
}

function pathOf(name: string, all: ReadonlySet<string>, percent = PERCENT): string {
  let path = '';
  let start = 0;
  let groups = 0;
  for (let at = name.indexOf('/'); ; at = name.indexOf('/', at + 1)) {
    path += stepOf(name.slice(start, at < 0 ? name.length : at), percent);
    if (at < 0) return path;
    const isGroup = groups < MOST_GROUPS && !all.has(name.slice(0, at));
    if (isGroup) groups++;
    path += isGroup ? '/' : '%2F';
    start = at + 1;
  }
}

function unescaped(path: string): string {
  const plain = path.replace(ESCAPE, (_, digits: string) => CHARACTERS[digits] as string);
  return plain.replace(/\0\0?/g, (zeros) => (zeros.length === 2 ? '\0' : ''));
}

/** The names of the datasets of a file, by their paths: what others wrote, and only looks like one of the escapes, stays as it is. */
export function namesOfPaths(paths: Iterable<string>): Map<string, string> {
  const names = new TextMap([...paths].map((path) => [path, unescaped(path)]));
  const changed = [...names].filter(([path, name]) => name !== path);
  if (changed.length === 0) return names;
  const all = new TextSet(names.values());
  for (const [path, name] of changed) if (pathOf(name, all) !== path) names.set(path, path);
  return names;
}
