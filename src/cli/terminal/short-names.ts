/**
 * Names cut to a width so that no two look alike. What tells names apart is mostly at their ends: so the cut goes through the
 * middle of what a name shares with others, and where it cannot, through its own middle.
 */
import { TextMap, TextSet } from '../../text.ts';
import { characterWidth, textWidth } from './text-width.ts';

/** What stands in nearly every name of a TF2 checkpoint: where room is short it goes first, for it tells nothing apart. */
const COMMON_PARTS = [/\.ATTRIBUTES\/VARIABLE_VALUE$/, /\.OPTIMIZER_SLOT(?=\/)/];
const CUT = '…';

function withoutCommonParts(name: string, width: number): string {
  let short = name;
  for (const part of COMMON_PARTS) if (textWidth(short) > width) short = short.replace(part, CUT);
  return short;
}

/** The characters of a name, and how many columns those before each take. */
class Measured {
  readonly characters: readonly string[];
  readonly before: readonly number[];

  constructor(name: string) {
    this.characters = [...name];
    const before = [0];
    for (const [i, character] of this.characters.entries())
      before.push((before[i] as number) + characterWidth(character));
    this.before = before;
  }

  get width(): number {
    return this.before.at(-1) as number;
  }

  /** How many characters fit into `width` columns, from the first on. */
  fitting(width: number): number {
    let count = 0;
    while (count < this.characters.length && (this.before[count + 1] as number) <= width) count++;
    return count;
  }

  /** The first character with at most `width` columns from it to the end. */
  tail(width: number): number {
    let at = this.characters.length;
    while (at > 0 && this.width - (this.before[at - 1] as number) <= width) at--;
    return at;
  }

  text(start: number, end?: number): string {
    return this.characters.slice(start, end).join('');
  }

  /** How many characters are those of another, from the first on. */
  shared(other: Measured | undefined): number {
    let count = 0;
    while (other !== undefined && count < this.characters.length && this.characters[count] === other.characters[count])
      count++;
    return count;
  }
}

/** One cut, through the middle of the first `shared` characters where that is enough. */
function cutOnce(name: Measured, shared: number, width: number): string {
  const excess = name.width - (width - 1);
  const room = (name.before[shared] as number) - excess;
  const start = name.fitting(room >= 0 ? Math.floor(room / 2) : Math.ceil((width - 1) / 2));
  let end = start;
  while (end < name.characters.length && (name.before[end] as number) - (name.before[start] as number) < excess) end++;
  return name.text(0, start) + CUT + name.text(end);
}

/** The parts of a name that are shown, and what that takes. */
class Shown {
  readonly #keep: boolean[];

  constructor(readonly name: Measured) {
    this.#keep = name.characters.map(() => false);
  }

  text(): string {
    const { characters } = this.name;
    return characters
      .map((character, i) => (this.#keep[i] ? character : i > 0 && !this.#keep[i - 1] ? '' : CUT))
      .join('');
  }

  /** Shows characters `start` to `end` too, if all of it then fits into `width` columns. */
  add(start: number, end: number, width: number): boolean {
    const added: number[] = [];
    for (let i = Math.max(start, 0); i < Math.min(end, this.#keep.length); i++) {
      if (this.#keep[i] === true) continue;
      this.#keep[i] = true;
      added.push(i);
    }
    if (textWidth(this.text()) <= width) return true;
    for (const i of added) this.#keep[i] = false;
    return false;
  }

  /** The same with as many characters as fit, of up to `most`. */
  addMost(most: number, width: number, rangeOf: (count: number) => readonly [number, number]): void {
    let [least, past] = [0, most + 1];
    while (past - least > 1) {
      const middle = (least + past) >> 1;
      if (this.add(...rangeOf(middle), width)) least = middle;
      else past = middle;
    }
  }
}

/** Several cuts, between the places where a name parts from others; undefined where these do not fit. */
function cutBetween(name: Measured, branches: readonly number[], width: number): string | undefined {
  const shown = new Shown(name);
  const { characters } = name;
  const { length } = characters;
  for (const at of branches) if (!shown.add(Math.min(at, length - 1), at + 1, width)) return undefined;
  for (const at of branches) {
    const start = characters.lastIndexOf('/', Math.max(at - 1, 0)) + 1;
    const end = characters.indexOf('/', at);
    shown.add(start, end < 0 ? length : end + 1, width);
  }
  shown.addMost(length, width, (count) => [length - count, length]);
  shown.addMost(length, width, (count) => [0, count]);
  return shown.text();
}

/** The beginning, and a number that nothing else has. */
function numbered(name: Measured, number: number, width: number): string {
  const end = `${CUT}~${number}`;
  return name.text(0, name.fitting(Math.max(width - textWidth(end), 0))) + end;
}

interface Name {
  readonly name: string;
  readonly measured: Measured;
}

/** The names by what a cut makes of them. */
function byText(names: readonly Name[], cut: (name: Name, i: number) => string): Map<string, Name[]> {
  const groups = new TextMap<Name[]>();
  for (const [i, name] of names.entries()) {
    const text = cut(name, i);
    groups.set(text, [...(groups.get(text) ?? []), name]);
  }
  return groups;
}

/** How many characters a name has in common with each other of a sorted group: the places where it parts from some. */
function branchesIn(group: readonly Name[]): (i: number) => number[] {
  const next = group.map(({ measured }, i) => measured.shared(group[i + 1]?.measured));
  return (i) => {
    const branches = new Set<number>();
    for (let at = i, least = Number.POSITIVE_INFINITY; at < group.length - 1; at++) {
      least = Math.min(least, next[at] as number);
      branches.add(least);
    }
    for (let at = i - 1, least = Number.POSITIVE_INFINITY; at >= 0; at--) {
      least = Math.min(least, next[at] as number);
      branches.add(least);
    }
    return [...branches];
  };
}

/** Each of the names, which differ, in at most `width` columns, all of them different. */
function cutAll(names: readonly string[], width: number): Map<string, string> {
  const sorted = names
    .map((name): Name => ({ name, measured: new Measured(withoutCommonParts(name, width)) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const sharedOf = (i: number): number => {
    const { measured } = sorted[i] as Name;
    return Math.max(measured.shared(sorted[i - 1]?.measured), measured.shared(sorted[i + 1]?.measured));
  };
  const groups = byText(sorted, ({ measured }, i) =>
    measured.width <= width ? measured.text(0) : cutOnce(measured, sharedOf(i), width),
  );
  const made = new TextMap<string>();
  const taken = new TextSet();
  const take = (name: string, text: string): void => {
    made.set(name, text);
    taken.add(text);
  };
  for (const [text, [only, ...others]] of groups) if (others.length === 0 && only !== undefined) take(only.name, text);
  let number = 0;
  for (const group of groups.values()) {
    if (group.length === 1) continue;
    const branchesOf = branchesIn(group);
    for (const [i, { name, measured }] of group.entries()) {
      let text = cutBetween(measured, branchesOf(i), width);
      while (text === undefined || taken.has(text)) text = numbered(measured, ++number, width);
      take(name, text);
    }
  }
  return made;
}

/** A text that is no name, cut in its middle where it is wider than `width`. */
export function cutText(text: string, width: number): string {
  return textWidth(text) <= width ? text : cutOnce(new Measured(text), 0, width);
}

/** The texts, in their order, each in at most `width` columns; those that differ still do. */
export function shortNames(names: readonly string[], width: number): readonly string[] {
  if (names.every((name) => textWidth(name) <= width)) return names;
  const made = cutAll([...new TextSet(names)], width);
  return names.map((name) => made.get(name) as string);
}
