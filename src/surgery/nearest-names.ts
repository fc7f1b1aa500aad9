/** Names that somebody may have meant: few edits away, or holding what was typed. */

const MOST_COMPARED = 50_000;
const LONGEST_COMPARED = 256;

/** Edits (insert, delete, replace) between two texts, by the usual table, one row at a time. */
export function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const replaced = (row[j] as number) + (a[i] === b[j] ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] as number) + 1, (next[j] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}

/** Up to `most` names nearest to `wanted`, best first; none that has nothing to do with it. */
export function nearestNames(wanted: string, names: Iterable<string>, most = 3): string[] {
  const scored: { name: string; score: number }[] = [];
  const needle = wanted.toLowerCase();
  let compared = 0;
  for (const name of names) {
    if (++compared > MOST_COMPARED) break;
    if (name.length > LONGEST_COMPARED || wanted.length > LONGEST_COMPARED) continue;
    const hay = name.toLowerCase();
    const inside = needle.length >= 3 && (hay.includes(needle) || needle.includes(hay));
    const distance = inside ? Math.abs(hay.length - needle.length) / 100 : editDistance(needle, hay);
    if (inside || distance <= Math.max(2, needle.length / 3)) scored.push({ name, score: distance });
  }
  return scored
    .sort((a, b) => a.score - b.score)
    .slice(0, most)
    .map(({ name }) => name);
}
