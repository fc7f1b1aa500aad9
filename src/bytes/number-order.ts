/** The order of names in which numbers count as numbers: `layer_2` before `layer_10`. */

let collator: Intl.Collator | undefined;

/** Compares two names, as `sort` wants it. Making a collator takes milliseconds, so it waits for the first comparison. */
export function compareByNumber(a: string, b: string): number {
  collator ??= new Intl.Collator('en', { numeric: true });
  return collator.compare(a, b);
}
