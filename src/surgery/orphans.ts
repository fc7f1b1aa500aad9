/** Slots and moving averages that stay where their variables go. */
import { TextSet } from '../bytes/text-map.ts';
import type { Roles } from '../roles/role.ts';
import type { Tensor, TensorMap } from '../tensor/tensor.ts';

/** More words than this are not looked for one by one. */
const MOST_WORDS = 16;

/** A test whether a name may be that of a slot of one of some variables: where names tell, it holds the last word of that. */
function mayBelong(variables: ReadonlySet<string>): (name: string) => boolean {
  const words = new TextSet();
  for (const name of variables) {
    words.add(name.slice(name.lastIndexOf('/') + 1));
    if (words.size > MOST_WORDS) return () => true;
  }
  const all = [...words];
  return (name) => all.some((word) => name.includes(word));
}

/** The slots and moving averages that stay of variables that go, in the order of the map. */
export function orphansOf(
  tensors: TensorMap,
  { roleOf, best }: Pick<Roles, 'roleOf'> & Partial<Pick<Roles, 'best'>>,
  isLeftOut: (name: string, tensor: Tensor) => boolean,
): Set<string> {
  const leftOut = new TextSet();
  for (const [name, tensor] of tensors) if (isLeftOut(name, tensor)) leftOut.add(name);
  const orphans = new TextSet();
  if (leftOut.size === 0) return orphans;
  const isCandidate = best === 'names' ? mayBelong(leftOut) : () => true;
  for (const [name, tensor] of tensors) {
    if (leftOut.has(name) || !isCandidate(name)) continue;
    const { of } = roleOf(name, tensor);
    if (of !== undefined && leftOut.has(of)) orphans.add(name);
  }
  return orphans;
}

/** How many names of orphans are told. */
const MOST_EXAMPLES = 3;

/** Says which slots are left without their variable; `way` is how they would go too. */
export function orphanNotes(orphans: ReadonlySet<string>, way?: string): string[] {
  if (orphans.size === 0) return [];
  const [one, more] = [orphans.size === 1, orphans.size > MOST_EXAMPLES ? ', ...' : ''];
  const names = [...orphans].slice(0, MOST_EXAMPLES).join(', ') + more;
  const stays = one ? 'slot stays, though its variable goes' : 'slots stay, though their variables go';
  const hint = way === undefined ? '' : `; ${way} leaves ${one ? 'it' : 'them'} out too`;
  return [`${orphans.size} ${stays}: ${names}${hint}`];
}
