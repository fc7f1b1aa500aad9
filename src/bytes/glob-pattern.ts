/**
 * Shell patterns over texts, in time that grows with the text alone: a pattern is followed in all its places at once, as an
 * automaton whose states are made as they are met. A regular expression would try the places one after the other, which for
 * `*a*a*a*b` takes time without end.
 */

/** A piece of a pattern: one character of some, or any number of them. */
export interface GlobPiece {
  /** Whether it takes a character, by its UTF-16 code unit. */
  takes(unit: number): boolean;
  readonly repeats: boolean;
}

const SLASH = 0x2f;
/** Units below this have their transitions in a table. */
const TABLED = 128;
/** More states are forgotten and made again: their number must not follow the text. */
const MOST_STATES = 1024;

const notSlash = (unit: number): boolean => unit !== SLASH;
const any = (): boolean => true;

export const ONE_IN_SEGMENT: GlobPiece = { takes: notSlash, repeats: false };
export const SOME_IN_SEGMENT: GlobPiece = { takes: notSlash, repeats: true };
export const SOME: GlobPiece = { takes: any, repeats: true };

export function literalPiece(unit: number): GlobPiece {
  return { takes: (other) => other === unit, repeats: false };
}

/** A set in brackets, given what is inside: ranges, and `!` or `^` in front for all others; undefined for a range turned around. */
export function setPiece(inside: string): GlobPiece | undefined {
  const negated = /^[!^]/.test(inside);
  const ranges: (readonly [number, number])[] = [];
  for (let at = negated ? 1 : 0; at < inside.length; at++) {
    const low = inside.charCodeAt(at);
    const isRange = inside[at + 1] === '-' && at + 2 < inside.length;
    const high = isRange ? inside.charCodeAt(at + 2) : low;
    if (high < low) return undefined;
    ranges.push([low, high]);
    if (isRange) at += 2;
  }
  return { takes: (unit) => ranges.some(([low, high]) => unit >= low && unit <= high) !== negated, repeats: false };
}

interface State {
  /** Places in the pattern that a match may have come to, ascending; none where there is no match. */
  readonly places: readonly number[];
  /** Whether the pattern may end here. */
  readonly isEnd: boolean;
  /** Whether no further character changes the answer: nothing matches any more, or anything does. */
  readonly isSettled: boolean;
  /** By code unit; undefined where nobody went yet. */
  readonly next: (State | undefined)[];
}

export class GlobPattern {
  readonly #pieces: readonly GlobPiece[];
  /** Places that a match may jump to from a place, without a character. */
  readonly #jumps: ReadonlyMap<number, number>;
  #states = new Map<string, State>();
  #start: State | undefined;
  /** The states of the last text after so many bytes; how many bytes were gone through, and where that text stood. */
  readonly #walk: State[] = [];
  #walked = 0;
  #position = -1;

  /** `jumps` lets a run of pieces be left out: from the place of its first piece to that after its last. */
  constructor(pieces: readonly GlobPiece[], jumps: ReadonlyMap<number, number> = new Map()) {
    this.#pieces = pieces;
    this.#jumps = jumps;
  }

  /** Whether the pattern takes the whole text. */
  matches(text: string): boolean {
    let state = this.#startState();
    for (let at = 0; at < text.length && !state.isSettled; at++) state = this.#step(state, text.charCodeAt(at));
    return state.isEnd;
  }

  /**
   * The same for a text of ASCII characters, by its bytes. Of a text at a position of some order, `shared` bytes at the front
   * are those of the text at the position before: where that was asked for last, they are not gone through again.
   */
  matchesBytes(bytes: Uint8Array, length: number, shared = 0, position = -1): boolean {
    const walk = this.#walk;
    const follows = position > 0 && position === this.#position + 1;
    let at = follows ? Math.min(shared, this.#walked, length) : 0;
    let state = at === 0 ? this.#startState() : (walk[at] as State);
    while (at < length && !state.isSettled) {
      const byte = bytes[at] as number;
      state = state.next[byte] ?? this.#step(state, byte);
      walk[++at] = state;
    }
    this.#position = position;
    this.#walked = at;
    return state.isEnd;
  }

  /** The same for bytes `start` to `end` of some; undefined where they are no ASCII text as far as one must look. */
  matchesRange(bytes: Uint8Array, start: number, end: number): boolean | undefined {
    let state = this.#startState();
    for (let at = start; at < end && !state.isSettled; at++) {
      const byte = bytes[at] as number;
      if (byte >= TABLED) return undefined;
      state = state.next[byte] ?? this.#step(state, byte);
    }
    return state.isEnd;
  }

  #startState(): State {
    this.#start ??= this.#stateOf(new Set([0]));
    return this.#start;
  }

  #step(state: State, unit: number): State {
    const known = unit < TABLED ? state.next[unit] : undefined;
    if (known !== undefined) return known;
    const places = new Set<number>();
    for (const place of state.places) {
      const piece = this.#pieces[place];
      if (piece?.takes(unit) === true) places.add(piece.repeats ? place : place + 1);
    }
    const next = this.#stateOf(places);
    if (unit < TABLED) state.next[unit] = next;
    return next;
  }

  #stateOf(reached: Set<number>): State {
    for (const place of reached) {
      if (this.#pieces[place]?.repeats === true) reached.add(place + 1);
      const jump = this.#jumps.get(place);
      if (jump !== undefined) reached.add(jump);
    }
    const places = [...reached].sort((a, b) => a - b);
    const key = places.join();
    let state = this.#states.get(key);
    if (state === undefined) {
      if (this.#states.size === MOST_STATES) {
        this.#states = new Map();
        this.#start = undefined;
      }
      const last = this.#pieces.length - 1;
      const isSettled = places.length === 0 || (this.#pieces[last] === SOME && reached.has(last));
      state = { places, isEnd: reached.has(last + 1), isSettled, next: new Array(TABLED) };
      this.#states.set(key, state);
    }
    return state;
  }
}
