/**
 * Names of tensors as names of files, and of members of an archive, and back. A slash is a folder; what no path can hold, or what
 * would lead out of the folder, is written as `%` and two digits. Any other name stands for itself, so that files which others made
 * keep theirs; in an archive, which nobody has to unpack, hardly any name needs more, and numpy gives it as it is.
 */

import { liesInside } from '../../zip/directory.ts';

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

/** The path that any name has; a zero byte stands for an empty part, so it is written twice. */
function escapedPath(name: string): string {
  return name.replaceAll('\0', '\0\0').split('/').map(partName).join('/');
}

/** What a zip does not give back, or Windows takes for something else. */
const AWKWARD_MEMBER = /[\0\\:]|%(?=[0-9A-F]{2})/g;

/** The same in an archive, of whose members no folder has to be made. */
function escapedMember(name: string, awkward: RegExp): string {
  const parts = name.replaceAll('\0', '\0\0').replace(awkward, escaped).split('/');
  return parts
    .map((part) => (part === '' ? '%00' : /^\.{1,2}$/.test(part) ? part.replaceAll('.', '%2E') : part))
    .join('/');
}

function unescaped(path: string): string {
  const plain = path.replace(ESCAPE, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
  return plain.replace(/\0\0?/g, (zeros) => (zeros.length === 2 ? '\0' : ''));
}

/** The path of a tensor's file, without its ending: as its name is, where that gives the name back. */
export function pathOfName(name: string): string {
  const path = escapedPath(name);
  const plain = path.replaceAll('%25', '%');
  return nameOfPath(plain) === name ? plain : path;
}

/** The name of the tensor in a file, from its path without the ending. */
export function nameOfPath(path: string): string {
  const name = unescaped(path);
  return escapedPath(name) === path ? name : path;
}

/** The member of a tensor in an archive, without its ending: as its name is, where that gives the name back and does not lead out. */
export function memberOfName(name: string): string {
  const plain = escapedMember(name, /\0/g);
  return nameOfMember(plain) === name && liesInside(plain) ? plain : escapedMember(name, AWKWARD_MEMBER);
}

/** The name of the tensor in a member of an archive, without its ending: one that was escaped, there or as a file that was packed. */
export function nameOfMember(member: string): string {
  const name = unescaped(member);
  const escapings = [escapedPath(name), escapedMember(name, AWKWARD_MEMBER), escapedMember(name, /\0/g)];
  return escapings.includes(member) ? name : member;
}
