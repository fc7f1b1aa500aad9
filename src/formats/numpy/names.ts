/**
 * Names of tensors as names of files, and back. A slash is a folder; what no path can hold, or what would lead out of the
 * folder, is written as `%` and two digits. Any other name of a file stands for itself, so that files which others made
 * keep theirs.
 */

export const NPY_SUFFIX = '.npy';

/** Signs that file systems refuse, and `%` where it would be taken for one of these escapes. */
const AWKWARD = /[\0-\x1f\x7f\\:*?"<>|]|%(?=[0-9A-F]{2})/g;
const ESCAPE = /%([0-9A-F]{2})/g;

const escaped = (character: string): string =>
  `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;

/** A part of a path that means itself: not empty, neither this folder nor the one above, and no folder called as a file is. */
function partName(part: string, i: number, parts: readonly string[]): string {
  if (part === '') return '%00';
  const plain = part.replace(AWKWARD, escaped);
  if (/^\.{1,2}$/.test(plain)) return plain.replaceAll('.', '%2E');
  return i < parts.length - 1 && plain.endsWith(NPY_SUFFIX) ? plain.replace(/\.npy$/, '%2Enpy') : plain;
}

/** The path of a tensor's file, without its ending. A zero byte stands for an empty part, so it is written twice. */
export function pathOfName(name: string): string {
  return name.replaceAll('\0', '\0\0').split('/').map(partName).join('/');
}

/** The name of the tensor in a file, from its path without the ending. */
export function nameOfPath(path: string): string {
  const plain = path.replace(ESCAPE, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
  const name = plain.replace(/\0\0?/g, (zeros) => (zeros.length === 2 ? '\0' : ''));
  return pathOfName(name) === path ? name : path;
}
