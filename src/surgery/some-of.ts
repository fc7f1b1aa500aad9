/** A list of names that may be long, as a part of a sentence. */

/** `a, b, c and 4 more` */
export function someOf(names: readonly string[], most = 5): string {
  const more = names.length - most;
  return names.slice(0, most).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
