/** A list of names that may be long, as a part of a sentence. */

/** `a, b, c and 4 more`; there may be more names than are given. */
export function someOf(names: readonly string[], most = 5, all = names.length): string {
  const more = all - most;
  return names.slice(0, most).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
