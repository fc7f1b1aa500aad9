/** Other names for the same tensors. Nothing is copied: the new map asks the old one. */
import { TextMap, TextSet } from '../bytes/text-map.ts';
import { NameError } from '../errors.ts';
import { OBJECT_GRAPH_KEY } from '../object-graph/object-graph-key.ts';
import { checkMap, checkRule } from '../tensor/arguments.ts';
import { DerivedMap } from '../tensor/derived-map.ts';
import type { Tensor, TensorMap } from '../tensor/tensor.ts';
import type { NameRule } from './name-rules.ts';

class RenamedMap extends DerivedMap {
  /** Old names by new ones, made when a name is looked up. */
  #oldNames: Map<string, string> | undefined;

  constructor(
    readonly tensors: TensorMap,
    readonly rule: NameRule,
  ) {
    super();
  }

  override *entries(): MapIterator<[string, Tensor]> {
    for (const [name, tensor] of this.tensors) yield [this.rule(name), tensor];
  }

  override *keys(): MapIterator<string> {
    for (const name of this.tensors.keys()) yield this.rule(name);
  }

  override get(name: string): Tensor | undefined {
    const same = this.rule(name) === name ? this.tensors.get(name) : undefined;
    if (same !== undefined) return same;
    this.#oldNames ??= new TextMap([...this.tensors.keys()].map((old) => [this.rule(old), old]));
    const old = this.#oldNames.get(name);
    return old === undefined ? undefined : this.tensors.get(old);
  }
}

/**
 * The map with every name passed through `rule`, in the old order; a name that the rule returns as it is stays, and so does
 * that of the object graph, whatever the rule says. All names change at once, so swaps and chains work. Throws {@link NameError} when two tensors would come to one name, or one to none.
 *
 * @example
 * const { tensors } = await openCheckpoint('model.ckpt');
 * await writeCheckpoint('renamed.ckpt', rename(tensors, (name) => name.replace(/^net\//, 'model/')));
 */
export function rename(tensors: TensorMap, by: NameRule): TensorMap {
  checkMap('rename', tensors);
  checkRule('rename', by);
  const rule: NameRule = (name) => (name === OBJECT_GRAPH_KEY ? name : by(name));
  const taken = new TextSet();
  for (const name of tensors.keys()) {
    const next = rule(name);
    if (next === '') throw new NameError(`${name} would be left without a name`, { missing: [name] });
    if (taken.has(next)) throw collision(tensors, rule, name, next);
    taken.add(next);
  }
  return new RenamedMap(tensors, rule);
}

/** A prefix can be taken off again, so that a look-up needs nothing held. */
class PrefixedMap extends DerivedMap {
  constructor(
    readonly tensors: TensorMap,
    readonly prefix: string,
  ) {
    super();
  }

  #prefixed(name: string): string {
    return name === OBJECT_GRAPH_KEY ? name : this.prefix + name;
  }

  override *entries(): MapIterator<[string, Tensor]> {
    for (const [name, tensor] of this.tensors) yield [this.#prefixed(name), tensor];
  }

  override *keys(): MapIterator<string> {
    for (const name of this.tensors.keys()) yield this.#prefixed(name);
  }

  override get(name: string): Tensor | undefined {
    if (name === OBJECT_GRAPH_KEY) return this.tensors.get(name);
    return name.startsWith(this.prefix) ? this.tensors.get(name.slice(this.prefix.length)) : undefined;
  }
}

/**
 * The map with a prefix before every name but that of the object graph, which is found under its own name only.
 *
 * @example
 * const { tensors } = await openCheckpoint('model.ckpt');
 * await writeCheckpoint('encoder.ckpt', withPrefix(tensors, 'encoder/'));
 */
export function withPrefix(tensors: TensorMap, prefix: string): TensorMap {
  return prefix === '' ? tensors : new PrefixedMap(tensors, prefix);
}

/** Names both sides: who got there first is found by going through the map again, for a collision is rare. */
function collision(tensors: TensorMap, rule: NameRule, second: string, name: string): NameError {
  let first = name;
  for (const candidate of tensors.keys()) {
    if (rule(candidate) === name) {
      first = candidate;
      break;
    }
  }
  return new NameError(`${first} and ${second} would both be called ${name}; nothing was renamed`, {
    colliding: [first, second],
  });
}
