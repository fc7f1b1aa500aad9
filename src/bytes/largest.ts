/** The largest of any many numbers: `Math.max` takes no more than some hundred thousand arguments. */
export function largestOf<T>(values: Iterable<T>, numberOf: (value: T) => number, least = 0): number {
  let largest = least;
  for (const value of values) largest = Math.max(largest, numberOf(value));
  return largest;
}
