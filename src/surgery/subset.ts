/** Some of the tensors, under the names they have. */

import { checkChooser, checkMap } from '../tensor/arguments.ts';
import { DerivedMap, pairsAt } from '../tensor/derived-map.ts';
import { nameOfFacts } from '../tensor/named-facts.ts';
import { scanTensors } from '../tensor/scan.ts';
import type { Tensor, TensorMap } from '../tensor/tensor.ts';
import type { Chooser } from './selectors.ts';

/** For each tensor of a map, in its order, whether it stays: a byte each, so that nobody asks twice what may be costly. */
export class Verdicts {
  #bytes = new Uint8Array(1024);
  #length = 0;
  kept = 0;

  /** Bytes of the content that does not stay. */
  bytesDropped = 0;

  push(stays: boolean, byteLength: number): void {
    if (this.#length === this.#bytes.length) {
      const grown = new Uint8Array(2 * this.#length);
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    this.#bytes[this.#length++] = stays ? 1 : 0;
    if (stays) this.kept++;
    else this.bytesDropped += byteLength;
  }

  /** How many tensors were judged. */
  get size(): number {
    return this.#length;
  }

  at(position: number): boolean {
    return this.#bytes[position] === 1;
  }

  /** What a chooser says of each tensor. */
  static of(tensors: TensorMap, keep: Chooser): Verdicts {
    const verdicts = new Verdicts();
    scanTensors(tensors, (facts) => {
      const name = nameOfFacts(facts);
      verdicts.push(keep(name, facts.tensor), facts.byteLength);
    });
    return verdicts;
  }
}

/** A map of which some tensors stay. */
export class SubsetMap extends DerivedMap {
  #verdicts: Verdicts | undefined;

  constructor(
    readonly tensors: TensorMap,
    readonly keep: Chooser,
    verdicts?: Verdicts,
  ) {
    super();
    this.#verdicts = verdicts;
  }

  /** What was said of each tensor, found out when it is first asked for. */
  get verdicts(): Verdicts {
    this.#verdicts ??= Verdicts.of(this.tensors, this.keep);
    return this.#verdicts;
  }

  override get size(): number {
    return this.verdicts.kept;
  }

  override *entries(): MapIterator<[string, Tensor]> {
    const { verdicts } = this;
    yield* pairsAt(this.tensors, (at) => verdicts.at(at));
  }

  override *keys(): MapIterator<string> {
    const { verdicts } = this;
    let position = 0;
    for (const name of this.tensors.keys()) if (verdicts.at(position++)) yield name;
  }

  override get(name: string): Tensor | undefined {
    const tensor = this.tensors.get(name);
    return tensor !== undefined && this.keep(name, tensor) ? tensor : undefined;
  }
}

/**
 * The tensors that `keep` takes, in the old order; `keep` is asked once of each, and again where a name is looked up.
 *
 * @example
 * const { tensors } = await openCheckpoint('model.ckpt');
 * await writeCheckpoint('large.ckpt', subset(tensors, (_, { byteLength }) => byteLength >= 16));
 */
export function subset(tensors: TensorMap, keep: Chooser): SubsetMap {
  checkMap('subset', tensors);
  checkChooser('subset', keep);
  return new SubsetMap(tensors, keep);
}

/**
 * The tensors that `leave` does not take: with the same chooser, what {@link subset} leaves out.
 *
 * @example
 * const { tensors } = await openCheckpoint('model.ckpt');
 * await writeCheckpoint('smaller.ckpt', drop(tensors, (name) => /\/Adam(_1)?$/.test(name)));
 */
export function drop(tensors: TensorMap, leave: Chooser): SubsetMap {
  checkMap('drop', tensors);
  checkChooser('drop', leave);
  return subset(tensors, (name, facts) => !leave(name, facts));
}
