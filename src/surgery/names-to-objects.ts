/**
 * From names to objects: the values of a name-based checkpoint in the places of an object-based one, the template. Its object
 * graph says which program the result is for, and stays as it is.
 */
import { TextMap, TextSet } from '../bytes/text-map.ts';
import { MismatchError, NameError, UsageError } from '../errors.ts';
import type { GraphColumns } from '../object-graph/graph-columns.ts';
import { OBJECT_GRAPH_KEY } from '../object-graph/object-graph-key.ts';
import { OtherNames } from '../object-graph/other-names.ts';
import { graphColumnsOf } from '../object-graph/stored-columns.ts';
import { formatShape } from '../tensor/shape.ts';
import type { Tensor, TensorMap } from '../tensor/tensor.ts';
import { nearestHint } from './nearest-names.ts';
import { isBookkeepingKey, nameOfPath, namesOfObjects } from './object-names.ts';
import type { Converted } from './objects-to-names.ts';
import { NamedState, type PrefixChanges, prefixHint, unprefixed } from './slot-generations.ts';
import { SlotMatcher } from './slot-matcher.ts';
import { someOf } from './some-of.ts';

export interface ToObjectsOptions {
  /** Names of the input and what of the template they fill: a key, the path of an object, or a full name. */
  readonly map?: ReadonlyMap<string, string> | undefined;
  /** Keep the template's values where the input has none, instead of refusing. */
  readonly allowMissing?: boolean | undefined;
  /** Put before the names of the input, before they are compared. */
  readonly addPrefix?: string | undefined;
  /** Taken off the names that have it, first. */
  readonly stripPrefix?: string | undefined;
}

const MOST_LISTED = 20;

/** Which tensor of the input fills which key of the template; each does so once. */
class Matches {
  readonly #input: TensorMap;
  readonly #nameOf = new TextMap<string>();
  readonly #keyOf = new TextMap<string>();

  constructor(
    input: TensorMap,
    readonly prefixes: PrefixChanges,
  ) {
    this.#input = input;
  }

  nameOf(key: string): string | undefined {
    return this.#nameOf.get(key);
  }

  keyOf(name: string): string | undefined {
    return this.#keyOf.get(name);
  }

  set(key: string, name: string): void {
    this.#nameOf.set(key, name);
    this.#keyOf.set(name, key);
  }

  /** Takes the tensor of this name, which some versions of TensorFlow wrote with a `:0`, where both are free. */
  take(key: string, name: string): void {
    if (this.#nameOf.has(key)) return;
    const names = unprefixed(name, this.prefixes);
    for (const spelled of names.flatMap((one) => [one, `${one}:0`, one.replace(/:0$/, '')])) {
      if (!this.#input.has(spelled) || this.#keyOf.has(spelled)) continue;
      this.set(key, spelled);
      return;
    }
  }
}

/** The keys of the template by all that people may call them; a name of several keys is none of one. */
function keysByName(
  graph: GraphColumns,
  keys: readonly string[],
  names: ReadonlyMap<string, string>,
): Map<string, string> {
  const found = new TextMap<string | undefined>();
  const add = (name: string, key: string): void => {
    const known = found.has(name) && found.get(name) !== key;
    found.set(name, known ? undefined : key);
  };
  for (const key of keys) add(nameOfPath(key), key);
  for (let attribute = 0; attribute < graph.attributes.total; attribute++) {
    const key = graph.keyAt(attribute);
    if (names.has(key)) add(graph.textAt(graph.fullNames.at(attribute)), key);
  }
  const there = new TextSet(keys);
  new OtherNames(graph).each((name, key) => {
    if (there.has(key)) add(name, key);
  });
  for (const [key, name] of names) found.set(name, key);
  for (const key of keys) found.set(key, key);
  return new TextMap([...found].filter((pair): pair is [string, string] => pair[1] !== undefined));
}

/** What somebody said; throws {@link NameError} for a name that is not there, or two for one place. */
function matchByMap(
  matches: Matches,
  map: ReadonlyMap<string, string>,
  input: TensorMap,
  places: ReadonlyMap<string, string>,
): void {
  const unknown = (name: string, where: string, names: Iterable<string>): NameError => {
    const hint = nearestHint(name, names);
    return new NameError(`${where} called ${name}${hint}`, { missing: [name] });
  };
  for (const [name, place] of map) {
    if (!input.has(name)) throw unknown(name, 'no tensor is', input.keys());
    const key = places.get(place);
    if (key === undefined) throw unknown(place, 'the template has no one value', places.keys());
    const before = matches.nameOf(key);
    if (before !== undefined) {
      throw new NameError(`${before} and ${name} would both become ${key}`, { colliding: [before, name] });
    }
    matches.set(key, name);
  }
}

/** A path without the underscores that attributes of Keras start with. */
function plainPath(key: string): string {
  return nameOfPath(key).replaceAll(/(^|\/)_+(?=[^/])/g, '$1');
}

function matched(
  input: TensorMap,
  graph: GraphColumns,
  names: ReadonlyMap<string, string>,
  keys: readonly string[],
  template: TensorMap,
  { map = new Map(), ...prefixes }: ToObjectsOptions,
): Matches {
  const matches = new Matches(input, prefixes);
  matchByMap(matches, map, input, keysByName(graph, keys, names));
  for (const key of keys) matches.take(key, key);
  const slots = new SlotMatcher(graph, keys);
  const ownNameOf = (key: string): string => names.get(key) ?? nameOfPath(key);
  const others = keys.filter((key) => !slots.isSlot(key));
  for (const nameOf of [ownNameOf, nameOfPath, plainPath]) for (const key of others) matches.take(key, nameOf(key));
  const candidates = keys
    .filter((key) => slots.isSlot(key))
    .map((key) => ({ key, ...slots.namesOf(key, input, (variable) => matches.nameOf(variable)) }));
  for (const { key, byOrder } of candidates) if (byOrder !== undefined) matches.take(key, byOrder);
  for (const { key } of candidates) matches.take(key, ownNameOf(key));
  for (const { key, bySlotName } of candidates) if (bySlotName !== undefined) matches.take(key, bySlotName);
  for (const { key } of candidates) matches.take(key, nameOfPath(key));
  matchStates(matches, new NamedState(input), slots, keys, template);
  return matches;
}

/** Slots by variable and kind, and settings by what they are, where generations of optimizers have other names for them. */
function matchStates(
  matches: Matches,
  states: NamedState,
  slots: SlotMatcher,
  keys: readonly string[],
  template: TensorMap,
): void {
  for (const key of keys) {
    if (matches.nameOf(key) !== undefined) continue;
    const wanted = template.get(key) as Tensor;
    const slot = slots.slotOf(key);
    const variable = slot === undefined ? undefined : matches.nameOf(slot.variableKey);
    const name =
      slot === undefined
        ? states.settingFor(nameOfPath(key), wanted)
        : variable && states.slotOf(variable, slot.name, wanted);
    if (name !== undefined && name !== '') matches.take(key, name);
  }
}

const described = ({ dtype, shape }: Tensor): string => `${dtype.name} ${formatShape(shape)}`;

/** Throws {@link MismatchError} when tensors do not have the dtype and the shape of what they are to fill. */
function checkFits(
  pairs: readonly (readonly [key: string, name: string])[],
  input: TensorMap,
  template: TensorMap,
): void {
  const wrong = pairs.flatMap(([key, name]) => {
    const [given, wanted] = [input.get(name) as Tensor, template.get(key) as Tensor];
    return described(given) === described(wanted)
      ? []
      : [{ key, name, given: described(given), wanted: described(wanted) }];
  });
  const [first] = wrong;
  if (first === undefined) return;
  const lines = wrong.map(({ key, name, given, wanted }) => `${name} is ${given}, but ${key} wants ${wanted}`);
  const advice = 'use a template of the same program, or leave such tensors out first with ckpt drop';
  throw new MismatchError(`${someOf(lines, MOST_LISTED)}; ${advice}`, first.name, first.wanted, first.given);
}

/** What the keys of a template are called. */
const calledBy = (keys: readonly string[], names: ReadonlyMap<string, string>): string[] =>
  keys.map((key) => names.get(key) ?? nameOfPath(key));

/** What is to be said of values that the input does not have; throws {@link NameError} unless the template's may stay. */
function missingNotes(
  missing: readonly string[],
  names: ReadonlyMap<string, string>,
  allowed: boolean,
  hint: string,
): string[] {
  if (missing.length === 0) return [];
  if (allowed) return [`kept from the template, for the input has nothing for them: ${someOf(missing)}`];
  const wanted = missing.map((key) => (names.has(key) ? `${key} (${names.get(key)})` : key));
  throw new NameError(
    `the input has nothing for ${missing.length} of the template's values: ${someOf(wanted, MOST_LISTED)}${hint}; say which tensors they are with --map name=key, or keep the template's values with --allow-missing`,
    { missing },
  );
}

/**
 * The template with the values of `input`. A value is found by its key, as a file has it that was made of such a checkpoint,
 * then by the full name that the graph gives it, with or without `:0`; a slot by the name of its variable and what TensorFlow 1 or TensorFlow 2 calls the slot; then by the path of its object.
 * Throws {@link UsageError} when only one of the two should have an object graph and that is not so, {@link NameError} for
 * values that are missing, {@link MismatchError} for those of another dtype or shape.
 */
export function namesToObjects(input: TensorMap, template: TensorMap, options: ToObjectsOptions = {}): Converted {
  const graph = graphColumnsOf(template);
  if (graph === undefined) throw new UsageError('the template has no object graph; save one with tf.train.Checkpoint');
  if (input.has(OBJECT_GRAPH_KEY)) {
    throw new UsageError('the input has an object graph itself; turn it into names first: ckpt convert --names');
  }
  const keys = [...template.keys()].filter((key) => key !== OBJECT_GRAPH_KEY);
  const { names } = namesOfObjects(graph, keys);
  const matches = matched(input, graph, names, keys, template, options);
  const pairs = keys.flatMap((key) => {
    const name = matches.nameOf(key);
    return name === undefined ? [] : [[key, name] as const];
  });
  if (pairs.length === 0) {
    const hint = prefixHint(input.keys(), calledBy(keys, names));
    throw new NameError(
      `no tensor of the input fits a value of the template by name${hint}; say which with --map name=key`,
      { missing: keys },
    );
  }
  checkFits(pairs, input, template);
  const missing = keys.filter((key) => matches.nameOf(key) === undefined);
  const kept = missing.filter(isBookkeepingKey);
  const others = missingNotes(
    missing.filter((key) => !isBookkeepingKey(key)),
    names,
    options.allowMissing === true,
    prefixHint(
      input.keys(),
      calledBy(
        missing.filter((key) => !isBookkeepingKey(key)),
        names,
      ),
    ),
  );
  const unused = [...input.keys()].filter((name) => matches.keyOf(name) === undefined);
  const tensors = new TextMap<Tensor>();
  for (const [key, tensor] of template) tensors.set(key, input.get(matches.nameOf(key) ?? '') ?? tensor);
  return {
    tensors,
    newNameOf: (name) => matches.keyOf(name),
    notes: [
      ...others,
      ...(kept.length === 0
        ? []
        : [`kept from the template, as checkpoints of names have no such thing: ${someOf(kept)}`]),
      ...(unused.length === 0 ? [] : [`left out, for the template has no place for them: ${someOf(unused)}`]),
    ],
  };
}
