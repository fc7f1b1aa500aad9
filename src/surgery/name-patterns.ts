/**
 * Patterns for names: an exact name; a glob, where `*` stays inside one `/` segment and `**` crosses them; a scope with a
 * trailing slash; a regular expression between slashes; each may be turned around with a leading `!`. Names, globs and scopes are
 * written as listings print them. Exact names are looked up, so that a hundred thousand of them cost what one does.
 */

import {
  GlobPattern,
  type GlobPiece,
  literalPiece,
  ONE_IN_SEGMENT,
  SOME,
  SOME_IN_SEGMENT,
  setPiece,
} from '../bytes/glob-pattern.ts';
import { decodeText } from '../bytes/text.ts';
import { TextMap, TextSet } from '../bytes/text-map.ts';
import { UsageError } from '../errors.ts';
import type { TensorFacts, TensorMap } from '../tensor/tensor.ts';
import { GLOB, noMatch, REGEX } from './meant-patterns.ts';
import { nameMeant, unescapeName } from './printed-name.ts';
import { type FurtherNames, type Pattern, type TakenOtherwise, takenOtherwise } from './taken-otherwise.ts';
import { compileUserPattern } from './user-pattern.ts';

export type { FurtherNames } from './taken-otherwise.ts';

const TOKEN = /\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|[ntr\\])|\*\*\/|\*\*|\*|\?|\[!?[^\]]+\]|[\s\S]/g;

/** A glob over whole names; `**` and a slash take any scopes, or none. */
function compileGlob(text: string): GlobPattern {
  const pieces: GlobPiece[] = [];
  const jumps = new Map<number, number>();
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === '**/') {
      jumps.set(pieces.length, pieces.length + 2);
      pieces.push(SOME, literalPiece(0x2f));
    } else if (token === '**') pieces.push(SOME);
    else if (token === '*') pieces.push(SOME_IN_SEGMENT);
    else if (token === '?') pieces.push(ONE_IN_SEGMENT);
    else if (token.startsWith('[') && token.length > 1) {
      const set = setPiece(unescapeName(token.slice(1, -1)));
      if (set === undefined)
        throw new UsageError(`the pattern ${text} is not valid: the range in ${token} is turned around`);
      pieces.push(set);
    } else pieces.push(literalPiece(unescapeName(token).charCodeAt(0)));
  }
  if (text.endsWith('/')) pieces.push(SOME);
  return new GlobPattern(pieces, jumps);
}

/** Reads one pattern; what is the name of a tensor is nothing else, however it looks. */
function compile(text: string, isName: (name: string) => boolean): Pattern {
  const exactly = (meant: string, isThere: boolean): Pattern => ({
    text,
    negated: false,
    name: meant,
    isThere,
    matches: (name) => name === meant,
  });
  const known = nameMeant(text, isName);
  if (known !== undefined) return exactly(known, true);
  if (text.startsWith('!')) return { ...compile(text.slice(1), isName), text, negated: true };
  const regex = REGEX.exec(text);
  if (regex !== null) {
    const compiled = compileUserPattern(text, regex[1] as string, (regex[2] as string).replace(/[gy]/g, ''));
    return { text, negated: false, name: undefined, matches: (name) => compiled.test(name) };
  }
  if (GLOB.test(text)) {
    const glob = compileGlob(text);
    return { text, negated: false, name: undefined, glob, matches: (name) => glob.matches(name) };
  }
  const plain = unescapeName(text);
  if (text.endsWith('/')) return { text, negated: false, name: undefined, matches: (name) => name.startsWith(plain) };
  return exactly(plain, false);
}

/** So few names are looked up one by one; for more of them the map is gone through once. */
const FEW = 16;

/** Which of some texts are names of a map. */
interface NamesAmong {
  isName(name: string): boolean;
  /** The texts, where each of them spells the name of a tensor as it is. */
  readonly all?: ReadonlySet<string>;
}

/** Adds all that a text may mean as a name: itself, what stands in it after a `!`, and the names behind their printed forms. */
function addForms(text: string, forms: Set<string>): void {
  const bare = text.startsWith('!') ? [text, text.slice(1), text.replace(/^!+/, '')] : [text];
  for (const form of bare) forms.add(form).add(unescapeName(form));
}

const isPlain = (text: string): boolean => text !== '' && !text.startsWith('!') && !text.includes('\\');

/** Tells which of the texts, and of what stands in them after a `!`, are names of the map. */
function namesAmong(texts: readonly string[], tensors: TensorMap): NamesAmong {
  if (texts.length <= FEW) return { isName: (name) => name !== '' && tensors.has(name) };
  const wanted = new TextSet();
  let plain = 0;
  for (const text of texts) {
    if (!isPlain(text)) addForms(text, wanted);
    else {
      wanted.add(text);
      plain++;
    }
  }
  let count = 0;
  for (const name of tensors.keys()) if (wanted.has(name)) count++;
  const isName = (name: string): boolean => name !== '' && wanted.has(name);
  // All of them: what is wanted is what is there.
  if (count === wanted.size) return plain === texts.length ? { isName, all: wanted } : { isName };
  const found = new TextSet();
  for (const name of tensors.keys()) if (wanted.has(name)) found.add(name);
  return { isName: (name) => name !== '' && found.has(name) };
}

/** Any of some patterns: exact names in a set, which may be at hand, all others one after the other. */
class AnyOf {
  readonly #names: ReadonlySet<string>;
  readonly #others: readonly Pattern[];

  /** The globs, where there is nothing else: then bytes can be matched as they are. */
  readonly globs: readonly GlobPattern[] | undefined;

  constructor(
    readonly patterns: readonly Pattern[],
    taken: TakenOtherwise,
    exact?: ReadonlySet<string>,
  ) {
    const byOtherNames = taken.size === 0 ? [] : patterns.flatMap((pattern) => [...(taken.get(pattern)?.keys() ?? [])]);
    const names = (): string[] => patterns.flatMap(({ name }) => name ?? []);
    this.#names = byOtherNames.length === 0 && exact !== undefined ? exact : new TextSet([...names(), ...byOtherNames]);
    this.#others = patterns.filter(({ name }) => name === undefined);
    const globs = patterns.flatMap(({ glob }) => glob ?? []);
    this.globs = globs.length === patterns.length && byOtherNames.length === 0 ? globs : undefined;
  }

  matches(name: string): boolean {
    if (this.#names.has(name)) return true;
    for (const pattern of this.#others) if (pattern.matches(name)) return true;
    return false;
  }
}

/** The patterns that match none of the names, in the order in which they were written. */
function unmatchedOf(all: readonly Pattern[], taken: TakenOtherwise, tensors: TensorMap): Pattern[] {
  const patterns = all.filter((pattern) => (taken.get(pattern)?.size ?? 0) === 0);
  const open = new Set(patterns.filter(({ name }) => name === undefined));
  if (open.size > 0) {
    for (const name of tensors.keys()) {
      for (const pattern of open) if (pattern.matches(name)) open.delete(pattern);
      if (open.size === 0) break;
    }
  }
  return patterns.filter((pattern) => (pattern.name === undefined ? open.has(pattern) : pattern.isThere !== true));
}

/** Patterns as a test of names. */
export class NamePatterns {
  readonly #wanted: AnyOf;
  readonly #refused: AnyOf;

  readonly #taken: TakenOtherwise;

  /**
   * Compiles patterns against the names of a map, and what else its tensors are called; throws {@link NameError} for one that
   * matches none of them.
   */
  constructor(texts: readonly string[], tensors: TensorMap, others?: FurtherNames) {
    const { isName, all } = namesAmong(texts, tensors);
    const patterns = texts.map((text) => compile(text, isName));
    this.#taken = others === undefined ? new Map() : takenOtherwise(patterns, others, tensors);
    const unmatched = unmatchedOf(patterns, this.#taken, tensors);
    if (unmatched.length > 0) throw noMatch(unmatched, tensors, others, (text) => compile(text, () => false).matches);
    this.#wanted = new AnyOf(
      patterns.filter(({ negated }) => !negated),
      this.#taken,
      all,
    );
    this.#refused = new AnyOf(
      patterns.filter(({ negated }) => negated),
      this.#taken,
    );
  }

  /** The tensors that no pattern takes by their name, but some by another, which is given; in the order of the patterns. */
  takenOtherwise(): Map<string, string> {
    const found = new TextMap<string>();
    for (const pattern of this.#wanted.patterns) {
      for (const [key, name] of this.#taken.get(pattern) ?? []) {
        if (!found.has(key) && !this.wants(key) && this.matches(key)) found.set(key, name);
      }
    }
    return found;
  }

  /** Whether a wanted pattern takes a name as it is written. */
  wants(name: string): boolean {
    return this.#wanted.patterns.some((pattern) => pattern.matches(name));
  }

  matches(name: string): boolean {
    return (this.#wanted.patterns.length === 0 || this.#wanted.matches(name)) && !this.#refused.matches(name);
  }

  /** The same for a name as bytes; a string is made of it where it takes one. */
  matchesFacts({ nameBytes, nameLength, nameIsSimple, nameShared, position }: TensorFacts): boolean {
    const wanted = this.#wanted.globs;
    const refused = this.#refused.globs;
    if (!nameIsSimple || wanted === undefined || refused === undefined) {
      return this.matches(decodeText(nameBytes, 0, nameLength));
    }
    const takes = (glob: GlobPattern): boolean => glob.matchesBytes(nameBytes, nameLength, nameShared, position);
    return (wanted.length === 0 || wanted.some(takes)) && !refused.some(takes);
  }
}

/** Patterns as a test of names; throws {@link NameError} for one that matches no name of the map. */
export function nameChooser(
  texts: readonly string[],
  tensors: TensorMap,
  others?: FurtherNames,
): (name: string) => boolean {
  const patterns = new NamePatterns(texts, tensors, others);
  return (name) => patterns.matches(name);
}
