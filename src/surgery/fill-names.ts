/** The values of one checkpoint under the names of another, the template, in the parts that its variables have there. */
import { TextMap, TextSet } from '../bytes/text-map.ts';
import { MismatchError, NameError } from '../errors.ts';
import { inParts } from '../tensor/in-parts.ts';
import { formatShape } from '../tensor/shape.ts';
import type { Tensor, TensorMap } from '../tensor/tensor.ts';
import type { ToObjectsOptions } from './names-to-objects.ts';
import { nearestHint } from './nearest-names.ts';
import type { Converted } from './objects-to-names.ts';
import { type PrefixChanges, prefixHint, unprefixed } from './slot-generations.ts';
import { someOf } from './some-of.ts';

const MOST_LISTED = 20;

const described = ({ dtype, shape }: Tensor): string => `${dtype.name} ${formatShape(shape)}`;

/** In a `.h5` of Keras 2 a weight lies in the group of its layer, and its own name, with that of the layer, ends in `:0`. */
const LEGACY_KERAS = /^[^/]+\/(.+):0$/;

/** What a tensor of the template may be called elsewhere. */
function spellingsOf(name: string): string[] {
  const [, weight] = LEGACY_KERAS.exec(name) ?? [];
  return [name, `${name}:0`, name.replace(/:0$/, ''), ...(weight === undefined ? [] : [`${weight}:0`, weight])];
}

/** Which tensor of the input fills which name of the template: what somebody said, then the same name, with or without `:0`. */
function matched(
  input: TensorMap,
  template: TensorMap,
  map: ReadonlyMap<string, string>,
  prefixes: PrefixChanges,
): Map<string, string> {
  const nameOf = new TextMap<string>();
  const used = new TextSet();
  const unknown = (name: string, where: string, names: Iterable<string>): NameError => {
    const hint = nearestHint(name, names);
    return new NameError(`${where} called ${name}${hint}`, { missing: [name] });
  };
  for (const [from, to] of map) {
    if (!input.has(from)) throw unknown(from, 'no tensor is', input.keys());
    if (!template.has(to)) throw unknown(to, 'the template has no tensor', template.keys());
    const before = nameOf.get(to);
    if (before !== undefined) {
      throw new NameError(`${before} and ${from} would both become ${to}`, { colliding: [before, from] });
    }
    nameOf.set(to, from);
    used.add(from);
  }
  for (const name of template.keys()) {
    if (nameOf.has(name)) continue;
    const spellings = unprefixed(name, prefixes).flatMap(spellingsOf);
    const found = spellings.find((one) => input.has(one) && !used.has(one));
    if (found === undefined) continue;
    nameOf.set(name, found);
    used.add(found);
  }
  return nameOf;
}

/** Throws {@link MismatchError} where tensors do not have the dtype and the shape of what they are to fill. */
export function checkFits(nameOf: ReadonlyMap<string, string>, input: TensorMap, template: TensorMap): void {
  const wrong: { name: string; line: string; given: string; wanted: string }[] = [];
  for (const [to, name] of nameOf) {
    const [given, wanted] = [described(input.get(name) as Tensor), described(template.get(to) as Tensor)];
    if (given !== wanted) wrong.push({ name, given, wanted, line: `${name} is ${given}, but ${to} wants ${wanted}` });
  }
  const [first] = wrong;
  if (first === undefined) return;
  const lines = wrong.map(({ line }) => line);
  throw new MismatchError(
    `${someOf(lines, MOST_LISTED)}; change them first, or leave them out with ckpt drop`,
    first.name,
    first.wanted,
    first.given,
  );
}

/**
 * The template with the values of `input`: each under the name, of the dtype and shape, and in the parts that the template has
 * for it. Throws {@link NameError} for values that are missing, {@link MismatchError} for those of another dtype or shape.
 */
export function fillNames(input: TensorMap, template: TensorMap, options: ToObjectsOptions = {}): Converted {
  const { map = new TextMap<string>(), ...prefixes } = options;
  const nameOf = matched(input, template, map, prefixes);
  if (nameOf.size === 0) {
    const hint = prefixHint(input.keys(), template.keys());
    throw new NameError(`no tensor of the input has a name of the template${hint}; say which with --map name=other`, {
      missing: [...template.keys()],
    });
  }
  checkFits(nameOf, input, template);
  const missing = [...template.keys()].filter((name) => !nameOf.has(name));
  if (missing.length > 0 && options.allowMissing !== true) {
    throw new NameError(
      `the input has nothing for ${missing.length} of the template's tensors: ${someOf(missing, MOST_LISTED)}${prefixHint(input.keys(), missing)}; say which they are with --map name=other, or keep the template's values with --allow-missing`,
      { missing },
    );
  }
  const tensors = new TextMap<Tensor>();
  for (const [name, tensor] of template) {
    const from = nameOf.get(name);
    const value = from === undefined ? tensor : (input.get(from) as Tensor);
    const isCut = from !== undefined && tensor.parts !== undefined && value.parts === undefined;
    tensors.set(name, isCut ? inParts(name, value, tensor.parts?.map(({ slice }) => slice) ?? []) : value);
  }
  const nextOf = new TextMap([...nameOf].map(([to, from]) => [from, to]));
  const unused = [...input.keys()].filter((name) => !nextOf.has(name));
  return {
    tensors,
    newNameOf: (name) => nextOf.get(name),
    notes: [
      ...(missing.length === 0
        ? []
        : [`kept from the template, for the input has nothing for them: ${someOf(missing)}`]),
      ...(unused.length === 0 ? [] : [`left out, for the template has no place for them: ${someOf(unused)}`]),
    ],
  };
}
