/** Names that somebody may have meant: few edits away, or holding what was typed. */

import { distance as editDistance } from 'fastest-levenshtein';

const MOST_COMPARED = 50_000;
const LONGEST_COMPARED = 256;

/** Up to `most` names nearest to `wanted`, best first; none that has nothing to do with it. */
export function nearestNames(wanted: string, names: Iterable<string>, most = 3): string[] {
  const scored: { name: string; score: number }[] = [];
  const needle = wanted.toLowerCase();
  const mostEdits = Math.max(2, needle.length / 3);
  let compared = 0;
  for (const name of names) {
    if (++compared > MOST_COMPARED) break;
    if (name.length > LONGEST_COMPARED || wanted.length > LONGEST_COMPARED) continue;
    const hay = name.toLowerCase();
    const inside = needle.length >= 3 && (hay.includes(needle) || needle.includes(hay));
    const apart = Math.abs(hay.length - needle.length);
    // So many edits it takes at least: most names need not be compared.
    if (!inside && apart > mostEdits) continue;
    const distance = inside ? apart / 100 : editDistance(needle, hay);
    if (inside || distance <= mostEdits) scored.push({ name, score: distance });
  }
  return scored
    .sort((a, b) => a.score - b.score)
    .slice(0, most)
    .map(({ name }) => name);
}

/** `; the nearest names are a, b`, or nothing where none is near: the end of a sentence about a name that is not there. */
export function nearestHint(wanted: string, names: Iterable<string>): string {
  const near = nearestNames(wanted, names);
  return near.length > 0 ? `; the nearest names are ${near.join(', ')}` : '';
}
