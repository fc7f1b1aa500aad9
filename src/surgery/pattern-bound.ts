/**
 * What a program does before the first pattern of a user that repeats something: V8 can be told to go over to an engine that
 * needs no more time than the text is long, which is a matter of the process and not of this library.
 */

let bound: (() => void) | undefined;

/** Has `first` called once, before the first pattern that repeats something is compiled. */
export function boundPatternsBy(first: () => void): void {
  bound = first;
}

/** Called with the source of each pattern of a user, before it is compiled. */
export function beforePattern(source: string): void {
  if (bound === undefined || !/[*+{]/.test(source)) return;
  const first = bound;
  bound = undefined;
  first();
}
