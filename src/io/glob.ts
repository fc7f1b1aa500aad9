/** Shell patterns over file names: `*`, `?` and `[...]`, as TensorFlow matches checkpoint paths. */
import {
  GlobPattern,
  type GlobPiece,
  literalPiece,
  ONE_IN_SEGMENT,
  SOME_IN_SEGMENT,
  setPiece,
} from '../bytes/glob-pattern.ts';

const SPECIAL = /[*?[]/;

export function isGlob(pattern: string): boolean {
  return SPECIAL.test(pattern);
}

/** A test of one name, without slashes, by a pattern; one that makes no sense, `[z-a]`, stands for itself. */
export function compileGlob(pattern: string): { test(name: string): boolean } {
  const pieces = piecesOf(pattern);
  if (pieces === undefined) return { test: (name) => name === pattern };
  const glob = new GlobPattern(pieces);
  return { test: (name) => glob.matches(name) };
}

function piecesOf(pattern: string): GlobPiece[] | undefined {
  const pieces: GlobPiece[] = [];
  for (let i = 0; i < pattern.length; i++) {
    const character = pattern[i] as string;
    const close = character === '[' ? pattern.indexOf(']', i + 2) : -1;
    if (character === '*') pieces.push(SOME_IN_SEGMENT);
    else if (character === '?') pieces.push(ONE_IN_SEGMENT);
    else if (close > 0) {
      const set = setPiece(pattern.slice(i + 1, close));
      if (set === undefined) return undefined;
      pieces.push(set);
      i = close;
    } else pieces.push(literalPiece(pattern.charCodeAt(i)));
  }
  return pieces;
}
