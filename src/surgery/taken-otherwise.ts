/** Which tensors patterns take by another of their names than their key: a path that leads to them, or a full name. */

import type { GlobPattern } from '../bytes/glob-pattern.ts';
import { decodeText } from '../bytes/text.ts';
import { TextMap } from '../bytes/text-map.ts';
import type { NameFilter } from '../object-graph/other-names.ts';
import type { TensorMap } from '../tensor/tensor.ts';

/** What else the tensors are called; see `OtherNames` of the object graph. */
export interface FurtherNames {
  /** Goes through the other names of each value; with a filter, through those that it lets pass. */
  each(visit: (name: string, key: string) => void, filter?: NameFilter): void;
  /** Whether any object has several paths. */
  readonly isShared: boolean;
  /** Paths to the object of a key, besides the one that the key spells. */
  otherPathsOf(key: string): readonly string[];
}

/** A pattern that was read. */
export interface Pattern {
  /** As it was written, with its `!`. */
  readonly text: string;
  readonly negated: boolean;
  /** The name that it means, where it is an exact one. */
  readonly name: string | undefined;
  /** Whether a tensor has that name. */
  readonly isThere?: boolean;
  readonly glob?: GlobPattern;
  matches(name: string): boolean;
}

/** The tensors that each pattern takes by another of their names, with the first name that it took each by. */
export type TakenOtherwise = ReadonlyMap<Pattern, ReadonlyMap<string, string>>;

const NONE: readonly Pattern[] = [];

/** What patterns take by other names. */
export function takenOtherwise(patterns: readonly Pattern[], others: FurtherNames, tensors: TensorMap): TakenOtherwise {
  const taken = new Map(patterns.map((pattern) => [pattern, new TextMap<string>()]));
  const exact = new TextMap<Pattern[]>();
  for (const pattern of patterns) {
    if (pattern.name !== undefined) exact.set(pattern.name, [...(exact.get(pattern.name) ?? []), pattern]);
  }
  const inexact = patterns.filter(({ name }) => name === undefined);
  const take = (pattern: Pattern, key: string, name: string): void => {
    const keys = taken.get(pattern) as Map<string, string>;
    if (!keys.has(key) && tensors.has(key)) keys.set(key, name);
  };
  // What takes the key needs no other name of it.
  let open: readonly Pattern[] = inexact;
  const only = inexact.length === 1 ? inexact[0] : undefined;
  const filter: NameFilter = {
    isOpen(bytes, start, end) {
      const isLeft = ({ glob, matches }: Pattern): boolean =>
        !(glob?.matchesRange(bytes, start, end) ?? matches(decodeText(bytes, start, end)));
      // One pattern is what most people give; no list is made for each name.
      if (only !== undefined) open = isLeft(only) ? inexact : NONE;
      else open = inexact.filter(isLeft);
      return open.length > 0 || exact.size > 0;
    },
    isWanted: (bytes, start, end) =>
      exact.size > 0 || open.some(({ glob }) => glob?.matchesRange(bytes, start, end) !== false),
  };
  others.each((name, key) => {
    for (const pattern of exact.get(name) ?? []) take(pattern, key, name);
    for (const pattern of open) if (pattern.matches(name)) take(pattern, key, name);
  }, filter);
  return taken;
}
