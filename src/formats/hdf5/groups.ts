/** The members of a group: names with the addresses of their object headers. */
import { compareText, decodeText } from '../../bytes/text.ts';
import { CorruptError, UnsupportedError } from '../../errors.ts';
import type { AddressSpace, Structure } from './address-space.ts';
import { denseLinks } from './dense.ts';
import { MESSAGE, SYMBOL_ENTRY_BYTES } from './layout.ts';
import { type Message, messageOf } from './object-header.ts';

export interface Member {
  readonly name: string;
  readonly address: number;
}

const NODE_HEADER_BYTES = 24;
const LEAF_HEADER_BYTES = 8;
const HEAP_HEADER_BYTES = 32;
/** A symbol entry whose cache type is this is a soft link: a path, no object. */
const SOFT_LINK = 2;
const HARD = 0;
const SOFT = 1;
const EXTERNAL = 64;
/** A B-tree of more levels would index more names than bytes. */
const MOST_LEVELS = 16;

/** The hard links of a group, in the order of their names; undefined for an object that is no group. */
export function membersOf(file: AddressSpace, messages: readonly Message[], path: string): Member[] | undefined {
  const table = messageOf(messages, MESSAGE.symbolTable);
  if (table !== undefined) return symbolsOf(file, table);
  const info = messageOf(messages, MESSAGE.linkInfo);
  if (info === undefined) return undefined;
  const inObject = messages.filter(({ type }) => type === MESSAGE.link).map(({ data }) => data);
  const links = [...(denseLinks(file, info) ?? inObject)].map((link) => linkOf(link, path));
  return links.filter((link) => link !== undefined).sort((a, b) => compareText(a.name, b.name));
}

function symbolsOf(file: AddressSpace, table: Structure): Member[] {
  const heap = file.structure(table.u64(8), HEAP_HEADER_BYTES, 'local heap');
  if (!heap.isSigned('HEAP')) throw heap.damaged('it does not begin with HEAP');
  const names = file.structure(heap.u64(24), heap.u64(8), 'names of a group');
  const members: Member[] = [];
  const seen = new Set<number>();
  const visit = (address: number, levels: number): void => {
    const start = file.structure(address, LEAF_HEADER_BYTES, 'node of a group');
    if (seen.has(address) || levels > MOST_LEVELS) throw start.damaged('its nodes lead in a circle');
    seen.add(address);
    if (start.isSigned('SNOD')) members.push(...leafMembers(file, address, start.u16(6), names));
    else if (start.isSigned('TREE')) {
      const count = start.u16(6);
      const node = file.structure(address + NODE_HEADER_BYTES, count * 16, 'node of a group');
      for (let i = 0; i < count; i++) visit(node.u64(i * 16 + 8), levels + 1);
    } else throw start.damaged('it begins with neither TREE nor SNOD');
  };
  visit(table.u64(0), 0);
  return members;
}

function leafMembers(file: AddressSpace, address: number, count: number, names: Structure): Member[] {
  const leaf = file.structure(address + LEAF_HEADER_BYTES, count * SYMBOL_ENTRY_BYTES, 'leaf of a group');
  const members: Member[] = [];
  for (let i = 0; i < count; i++) {
    const at = i * SYMBOL_ENTRY_BYTES;
    if (leaf.u32(at + 16) === SOFT_LINK) continue;
    members.push({ name: nameAt(names, leaf.u64(at)), address: leaf.u64(at + 8) });
  }
  return members;
}

function nameAt(names: Structure, offset: number): string {
  const { start, length, held } = names;
  let end = offset;
  while (end < length && held.bytes[start + end] !== 0) end++;
  if (end >= length) throw names.damaged(`a name at ${offset} has no end`);
  return checkedName(decodeText(held.bytes, start + offset, start + end), names.address);
}

/** A name is one step of a path. */
function checkedName(name: string, offset: number): string {
  if (name !== '' && name !== '.' && name !== '..' && !name.includes('/')) return name;
  throw new CorruptError(`a member of a group is called '${name}', which is no name`, { where: 'group', offset });
}

/** A link message; soft links lead to what has another name already. Throws for one that leaves the file. */
function linkOf(link: Structure, path: string): Member | undefined {
  const flags = link.u8(1);
  let at = 2;
  const type = (flags & 8) === 0 ? HARD : link.u8(at++);
  if ((flags & 4) !== 0) at += 8;
  if ((flags & 16) !== 0) at += 1;
  const width = 1 << (flags & 3);
  const length = width === 1 ? link.u8(at) : width === 2 ? link.u16(at) : width === 4 ? link.u32(at) : link.u64(at);
  at += width;
  const name = checkedName(decodeText(link.slice(at, length).bytes), link.address);
  if (type === HARD) return { name, address: link.u64(at + length) };
  if (type === SOFT) return undefined;
  const what = type === EXTERNAL ? 'a link to another file' : `a link of type ${type}`;
  throw new UnsupportedError(
    `${path === '' ? '' : `${path}/`}${name} is ${what}, and nothing outside the file is read`,
    'HDF5 external link',
  );
}
