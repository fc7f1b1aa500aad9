/** A pattern says of texts in order, given what each shares with the one before, what it says of each alone. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  GlobPattern,
  type GlobPiece,
  literalPiece,
  ONE_IN_SEGMENT,
  SOME,
  SOME_IN_SEGMENT,
} from '../../src/bytes/glob-pattern.ts';
import { encodeText } from '../../src/bytes/text.ts';

const piece: fc.Arbitrary<GlobPiece> = fc.oneof(
  fc.constantFrom(...'ab/').map((character) => literalPiece(character.charCodeAt(0))),
  fc.constantFrom(ONE_IN_SEGMENT, SOME, SOME_IN_SEGMENT),
);
const text = fc.string({ unit: fc.constantFrom(...'aab/'), maxLength: 9 });

function sharedLength(a: string, b: string): number {
  let shared = 0;
  while (shared < Math.min(a.length, b.length) && a[shared] === b[shared]) shared++;
  return shared;
}

it('takes texts in order as it takes each alone, whichever of them it is asked of', () => {
  const asked = fc.array(fc.tuple(text, fc.boolean()), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 6 }), asked, fc.nat(3), (pieces, texts, less) => {
      const inOrder = new GlobPattern(pieces);
      const alone = new GlobPattern(pieces);
      const sorted = [...texts].sort(([a], [b]) => (a < b ? -1 : 1));
      for (const [position, [name, isAsked]] of sorted.entries()) {
        const before = sorted[position - 1]?.[0] ?? '';
        // An index may say that less is shared than is.
        const shared = Math.max(0, sharedLength(before, name) - less);
        const bytes = encodeText(name);
        const within = Uint8Array.from([0x61, ...bytes, 0x62]);
        expect(alone.matchesRange(within, 1, bytes.length + 1)).toBe(alone.matches(name));
        if (isAsked) expect(inOrder.matchesBytes(bytes, bytes.length, shared, position)).toBe(alone.matches(name));
      }
    }),
    { numRuns: 1000 },
  );
});
