/** Single names of tensors, as arguments give them: the key as listings print it, or whatever else the object graph calls the value. */
import { TextMap, TextSet } from '../bytes/text-map.ts';
import { NameError } from '../errors.ts';
import type { TensorMap } from '../tensor/tensor.ts';
import type { FurtherNames } from './name-patterns.ts';
import { nameMeant, unescapeName } from './printed-name.ts';

/** More names than this are not told. */
const MOST_NAMED = 5;

/** The keys that each of the wanted texts leads to as another name, all in one walk. */
function keysByOtherName(
  wanted: ReadonlySet<string>,
  tensors: TensorMap,
  others: FurtherNames,
): Map<string, Set<string>> {
  const keys = new TextMap<Set<string>>();
  others.each((name, key) => {
    if (wanted.has(name) && tensors.has(key)) keys.set(name, (keys.get(name) ?? new TextSet()).add(key));
  });
  return keys;
}

/** Which tensor each of some texts means. */
export class MeantNames {
  readonly #keys: ReadonlyMap<string, ReadonlySet<string>>;

  /** Only texts among `texts` are looked for beyond the names of the map. */
  constructor(
    readonly tensors: TensorMap,
    texts: Iterable<string>,
    others: FurtherNames | undefined,
  ) {
    const wanted = new TextSet();
    if (others !== undefined) for (const text of texts) wanted.add(text).add(unescapeName(text));
    this.#keys = others === undefined || wanted.size === 0 ? new Map() : keysByOtherName(wanted, tensors, others);
  }

  /** The key of the tensor that a text means; undefined where there is none. Throws {@link NameError} where there are several. */
  keyOf(text: string): string | undefined {
    const key = nameMeant(text, (name) => this.tensors.has(name));
    if (key !== undefined) return key;
    const name = nameMeant(text, (other) => this.#keys.has(other));
    if (name === undefined) return undefined;
    const found = [...(this.#keys.get(name) as ReadonlySet<string>)];
    if (found.length === 1) return found[0];
    const more = found.length > MOST_NAMED ? ` and ${found.length - MOST_NAMED} more` : '';
    throw new NameError(`${text} is the name of several tensors: ${found.slice(0, MOST_NAMED).join(', ')}${more}`, {
      colliding: found,
    });
  }
}
